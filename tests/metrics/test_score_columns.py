"""Columns of files that people really have: refused in one sentence that names the column, never with a traceback."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from barefaced.errors import InputError
from barefaced.metrics.score_columns import read_columns
from barefaced.metrics.score_files import read_score_file

BASE = {"clip": ["a", "b"], "label": [0, 1], "fakeness": [0.25, 0.75]}


def test_a_column_that_stands_twice_is_named(tmp_path):
    (tmp_path / "x.csv").write_text("clip,label,fakeness,fakeness\na,0,.1,.1\n")
    pq.write_table(pa.table([*BASE.values(), BASE["label"]], names=[*BASE, "label"]), tmp_path / "x.parquet")
    for name, column in (("x.csv", "fakeness"), ("x.parquet", "label")):
        with pytest.raises(InputError, match=f"{column} 2 times"):
            read_score_file(tmp_path / name)


@pytest.mark.parametrize("column", [*BASE, "frame", "reason"])
def test_a_column_of_lists_is_named_and_one_that_nobody_asked_for_is_left_alone(tmp_path, column):
    lists = [[value] for value in BASE.get(column, [1, 2])]
    pq.write_table(pa.table(BASE | {column: lists}), tmp_path / "x.parquet")
    with pytest.raises(InputError, match=f"a column {column} of the type list"):
        read_score_file(tmp_path / "x.parquet")
    pq.write_table(pa.table(BASE | {"embedding": [[1.0], [2.0]]}), tmp_path / "y.parquet")
    assert not read_score_file(tmp_path / "y.parquet").groups


@pytest.mark.parametrize(
    ("real", "fake"), [("0", "1"), ("False", "True"), ("REAL", "FAKE"), ("0.0", "1.0"), ("original", "deepfake")]
)
def test_labels_are_read_by_the_rule_that_prepare_and_import_have(tmp_path, real, fake):
    (tmp_path / "x.csv").write_text(f"clip,label,fakeness\na,{real},.1\nb,{fake},.9\n")
    assert list(read_score_file(tmp_path / "x.csv").table.label) == [0, 1]


def test_columns_of_other_names_are_listed_and_may_be_given_theirs(tmp_path):
    (tmp_path / "x.csv").write_text("filename,label,score\na,0,.1\nb,1,.9\n")
    with pytest.raises(InputError, match="without clip, fakeness; it has filename, label, score"):
        read_score_file(tmp_path / "x.csv")
    file = read_score_file(tmp_path / "x.csv", {"clip": "filename", "fakeness": "score"})
    assert list(file.table.clip) == ["a", "b"]
    np.testing.assert_array_equal(file.table.fakeness, [0.1, 0.9])
    assert not file.groups
    with pytest.raises(InputError, match="without name; it has"):
        read_score_file(tmp_path / "x.csv", {"clip": "name", "fakeness": "score"})


@pytest.mark.parametrize("frame", ["2.5", "", "x"])
def test_a_frame_that_is_no_whole_number_is_refused_and_not_cut(tmp_path, frame):
    (tmp_path / "x.csv").write_text(f"clip,label,fakeness,frame\na,0,.1,1\nb,1,.9,{frame}\n")
    with pytest.raises(InputError, match="whole numbers in the column frame"):
        read_score_file(tmp_path / "x.csv")


def test_a_file_that_is_not_there_or_of_another_kind_is_said_plainly(tmp_path):
    with pytest.raises(InputError, match="got no such file"):
        read_columns(tmp_path / "x.csv")
    (tmp_path / "x.parquet").write_text("clip,label")
    with pytest.raises(InputError, match="a Parquet file at"):
        read_columns(tmp_path / "x.parquet")
