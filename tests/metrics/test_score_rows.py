"""scores.parquet and videos: names are whole, nothing is guessed."""

from dataclasses import fields, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from barefaced.errors import DataError, InputError
from barefaced.metrics.score_columns import KINDS, factorize
from barefaced.metrics.score_rows import by_video, read_scores, write_scores
from barefaced.values.scores import ScoreTable


def table(*rows: tuple[str, str, str, float]) -> ScoreTable:
    """Rows of (clip, method, origin, fakeness) of one data set."""
    clip, method, origin, fakeness = (list(column) for column in zip(*rows, strict=True))
    return ScoreTable(
        clip=np.array(clip, dtype=object),
        track=np.zeros(len(rows), np.int64),
        frame=np.arange(len(rows)),
        seconds=np.arange(len(rows)) / 25,
        fakeness=np.array(fakeness),
        label=np.array([int(one != "real") for one in method]),
        dataset=np.full(len(rows), "toy", dtype=object),
        method=np.array(method, dtype=object),
        origin=np.array(origin, dtype=object),
    )


TOY = table(
    ("toy/real/a", "real", "toy/a", 0.1),
    ("toy/swap/a", "swap", "toy/a", 0.9),
    ("toy/swap/a", "swap", "toy/a", 0.6),
    ("toy/real/b", "real", "toy/b", 0.3),
)


def test_the_columns_of_the_file_are_those_of_the_table():
    assert list(KINDS) == [field.name for field in fields(ScoreTable)]


@pytest.mark.parametrize("names", [object, str])
def test_a_table_comes_back_from_its_file_as_it_went(tmp_path, names):
    sent = replace(TOY, clip=TOY.clip.astype(names), fakeness=TOY.fakeness.astype(np.float32))
    write_scores(tmp_path / "scores.parquet", sent)
    read = read_scores(tmp_path / "scores.parquet")
    for field in fields(ScoreTable):
        np.testing.assert_array_equal(getattr(read, field.name), getattr(sent, field.name))


def test_an_empty_table_goes_and_comes(tmp_path):
    empty = ScoreTable(**{field.name: getattr(TOY, field.name)[:0] for field in fields(ScoreTable)})
    write_scores(tmp_path / "scores.parquet", empty)
    assert len(by_video(read_scores(tmp_path / "scores.parquet")).clip) == 0


def test_missing_columns_are_named(tmp_path):
    stored = pa.table({name: [] for name in KINDS if name not in ("origin", "label")})
    pq.write_table(stored, tmp_path / "scores.parquet")
    with pytest.raises(InputError, match="without label, origin"):
        read_scores(tmp_path / "scores.parquet")


@pytest.mark.parametrize("column", [["0.1", "x"], [0.1, None]])
def test_a_column_that_is_not_numbers_is_named(tmp_path, column):
    stored = {name: pa.array([0, 1] if pa.types.is_primitive(kind) else ["a", "b"]) for name, kind in KINDS.items()}
    pq.write_table(pa.table(stored | {"fakeness": pa.array(column)}), tmp_path / "scores.parquet")
    with pytest.raises(InputError, match="fakeness"):
        read_scores(tmp_path / "scores.parquet")


def test_what_is_no_parquet_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="a Parquet file"):
        read_scores(tmp_path / "absent.parquet")
    (tmp_path / "scores.parquet").write_text("clip,fakeness")
    with pytest.raises(InputError, match="a Parquet file"):
        read_scores(tmp_path / "scores.parquet")


def test_a_video_is_the_mean_of_its_rows():
    videos = by_video(TOY)
    assert list(videos.clip) == ["toy/real/a", "toy/real/b", "toy/swap/a"]
    np.testing.assert_allclose(videos.fakeness, [0.1, 0.3, 0.75])
    assert list(videos.frames) == [1, 1, 2]
    assert list(videos.label) == [0, 0, 1]
    assert list(videos.origin) == ["toy/a", "toy/b", "toy/a"]


def test_clips_of_one_number_tie_however_many_rows_they_have():
    rows = [(f"toy/real/{n}", "real", f"toy/{n}", 0.1) for n in range(1, 40) for _ in range(n)]
    assert set(by_video(table(*rows)).fakeness) == {0.1}


def test_a_video_does_not_depend_on_the_order_of_its_rows():
    rng = np.random.default_rng(0)
    rows = [(f"toy/real/{n % 7}", "real", f"toy/{n % 7}", float(rng.random())) for n in range(200)]
    moved = [rows[at] for at in rng.permutation(200)]
    np.testing.assert_array_equal(by_video(table(*rows)).fakeness, by_video(table(*moved)).fakeness)


@pytest.mark.parametrize("column", ["label", "method", "origin", "dataset"])
def test_a_clip_that_contradicts_itself_is_named(column):
    values = getattr(TOY, column).copy()
    values[2] = 0 if column == "label" else "other"
    with pytest.raises(DataError, match=f"one {column} for the clip toy/swap/a"):
        by_video(replace(TOY, **{column: values}))


def test_a_label_that_contradicts_the_method_is_named():
    with pytest.raises(DataError, match="label 1 and method 'real' for the clip toy/real/a"):
        by_video(replace(TOY, label=np.array([1, 1, 1, 0])))


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(InputError, match="row 3"):
        by_video(replace(TOY, fakeness=np.array([0.1, 0.2, 0.3, np.nan])))


def test_names_become_numbers_in_alphabetical_order():
    codes, names = factorize(np.array(["b", "a", "c", "a"], dtype=object))
    assert (list(codes), list(names)) == ([1, 0, 2, 0], ["a", "b", "c"])
