"""Scores of any detector: what a file may leave out, and what it may not."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from barefaced.errors import DataError, InputError
from barefaced.metrics.evaluation import evaluate_file
from barefaced.metrics.score_files import read_score_file, with_attributes, write_score_file
from barefaced.values.card import SourceThreshold, Thresholds
from barefaced.values.evaluation import Model, ScoreFile
from barefaced.values.scores import ScoreTable


def csv(tmp_path, text: str, name: str = "theirs.csv"):
    file = tmp_path / name
    file.write_text(text)
    return file


def test_three_columns_are_enough(tmp_path):
    file = read_score_file(csv(tmp_path, "clip,label,fakeness\n007,0,0.1\n007,0,0.3\n1e5,1,.9\n"))
    assert list(file.table.clip) == ["007", "007", "1e5"]
    assert list(file.table.method) == ["real", "real", "fake"]
    assert list(file.table.frame) == [0, 1, 0]
    assert set(file.table.dataset) == {"theirs"}
    assert set(file.table.origin) == {""}
    assert file.model.name == "theirs"


def test_labels_may_be_words_and_a_real_clip_has_one_method_whatever_it_is_called(tmp_path):
    text = "clip,label,fakeness,method,origin\na,real,0.1,youtube,o\nb,FAKE,0.9,swap,o\n"
    table = read_score_file(csv(tmp_path, text)).table
    assert (list(table.label), list(table.method)) == ([0, 1], ["real", "swap"])
    assert list(table.origin) == ["o", "o"]


@pytest.mark.parametrize(
    ("real", "forged"),
    [("original", "Deepfakes"), ("False", "True"), ("0.0", "1.0"), ("YouTube-real", "FaceSwap_Fake")],
)
def test_labels_are_read_by_the_rule_of_prepare_and_import(tmp_path, real, forged):
    table = read_score_file(csv(tmp_path, f"clip,label,fakeness\na,{real},0.1\nb,{forged},0.9\n")).table
    assert (list(table.label), list(table.method)) == ([0, 1], ["real", "fake"])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,0,0.1\nb,1,nan\n", "nan in row 1"),
        ("a,0,0.1\nb,1,\n", "nan in row 1"),
        ("a,0,0.1\nb,1,inf\n", "inf in row 1"),
        ("a,0,0.1\nb,2,0.5\n", "'2' in row 1"),
        ("a,0,0.1\nb,1,high\n", "fakeness"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_its_row(tmp_path, rows, said):
    with pytest.raises(InputError, match=said):
        read_score_file(csv(tmp_path, "clip,label,fakeness\n" + rows))


def test_missing_columns_and_files_are_named(tmp_path):
    with pytest.raises(InputError, match="label"):
        read_score_file(csv(tmp_path, "clip,fakeness\na,1\n"))
    for name in ("absent.csv", "absent.parquet"):
        with pytest.raises(InputError, match="absent"):
            read_score_file(tmp_path / name)


def test_a_row_with_a_reason_is_a_clip_that_could_not_be_assessed(tmp_path):
    text = "clip,label,fakeness,reason\na,0,0.1,\nb,1,,no_face\nc,1,0.8,\n"
    file = read_score_file(csv(tmp_path, text))
    assert file.not_assessed == {"b": "no_face"}
    assert list(file.table.clip) == ["a", "c"]
    report = evaluate_file(file, 0, 0)
    assert (report.coverage.given, report.coverage.assessed) == (3, 2)
    with pytest.raises(DataError, match="a with both"):
        read_score_file(csv(tmp_path, text + "a,0,,no_face\n"))


def test_other_columns_are_groups_and_another_csv_brings_more(tmp_path):
    text = "clip,label,fakeness,identity\na,0,0.1,p\nb,1,0.9,p\nc,0,0.2,q\nd,1,0.4,q\n"
    file = read_score_file(csv(tmp_path, text))
    more = with_attributes(file, csv(tmp_path, "identity,gender\np,f\nr,m\n", "people.csv"))
    assert list(more.groups["gender"]) == ["f", "f", "", ""]
    report = evaluate_file(more, 0, 20, by=("identity", "gender"))
    assert [list(group.groups) for group in report.groups] == [["p", "q"], ["f"]]
    with pytest.raises(InputError, match="'person'"):
        with_attributes(file, csv(tmp_path, "person,gender\np,f\n", "people.csv"))
    with pytest.raises(InputError, match="1 again"):
        with_attributes(file, csv(tmp_path, "identity,gender\np,f\np,m\n", "people.csv"))


def test_what_a_csv_says_a_parquet_file_says_too(tmp_path):
    rows = {"clip": ["a", "b"], "label": [0, 1], "fakeness": [0.25, 0.5], "gender": ["f", None]}
    pq.write_table(pa.table(rows), tmp_path / "x.parquet")
    file = read_score_file(tmp_path / "x.parquet")
    other = read_score_file(csv(tmp_path, "clip,label,fakeness,gender\na,0,.25,f\nb,1,.5,\n", "x.csv"))
    for name, column in vars(file.table).items():
        np.testing.assert_array_equal(column, getattr(other.table, name))
    assert list(file.groups["gender"]) == list(other.groups["gender"]) == ["f", ""]


def test_our_own_file_comes_back_with_all_that_was_known(tmp_path):
    table = read_score_file(csv(tmp_path, "clip,label,fakeness\na,0,0.1\nb,1,0.9\n")).table
    sent = ScoreFile(
        replace(table, seconds=np.array([0.5, 1.5]), track=np.array([1, 2])),
        Model("m", "ab", ("ff",), 3),
        {"c": "no_face"},
        {"d": "seen"},
        {"crops": "128 px"},
        Thresholds(0.9, 0.4, "val", 10, 20, 4, (SourceThreshold("ff", 4, 0.9, 10, 0, 0.26, 0, 0.26),)),
        {"identity": np.array(["p", "q"], object)},
        (Thresholds(0.95, 0.5, "val", 10, 20, 1),),
    )
    write_score_file(tmp_path / "scores.parquet", sent)
    came = read_score_file(tmp_path / "scores.parquet")
    for name, column in vars(sent.table).items():
        np.testing.assert_array_equal(getattr(came.table, name), column)
    assert replace(came, table=sent.table, groups={}) == replace(sent, groups={})
    assert list(came.groups["identity"]) == ["p", "q"]
    assert evaluate_file(came, 0, 10) == evaluate_file(sent, 0, 10)


def test_an_empty_file_is_an_empty_table(tmp_path):
    table: ScoreTable = read_score_file(csv(tmp_path, "clip,label,fakeness\n")).table
    assert len(table.clip) == 0
