"""Every input of the list gets a typed answer, alone and in a batch; no decoder's fate is its neighbours'."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from toys_hostile import MADE, a_folder, alpha, many_faces, no_right, nobody, not_utf8, zero_bytes

import barefaced
from barefaced.commands.main import main


@pytest.fixture(scope="module")
def detector(model: Path) -> Iterator[barefaced.Detector]:
    with barefaced.load(model) as made:
        yield made


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_every_input_gets_a_typed_answer(make, detector, tmp_path) -> None:
    path = make(tmp_path)
    with nobody() if make is no_right else nullcontext():
        report = detector.detect(path, barefaced.DetectSettings(evidence=0))
    expected = MADE[make]
    if expected in ("", "no_face"):
        assert report.reason == expected
        assert (report.fakeness is None) == bool(expected)
    else:
        assert (report.verdict, report.reason) == ("not_assessable", "decode_error")
        assert expected in report.detail
    if make is many_faces:
        assert len(report.tracks) == 16


def test_one_bad_file_never_ends_the_batch(model, tmp_path, capsys) -> None:
    made = [make(tmp_path) for make in (zero_bytes, not_utf8, a_folder, alpha)]
    listed = tmp_path / "list.txt"
    listed.write_bytes(b"\n".join(str(path).encode("utf-8", "surrogateescape") for path in made))
    out = tmp_path / "out"
    code = main(
        ["detect", "--list", str(listed), "--model", str(model), "--out", str(out), "--evidence", "0", "--json"]
    )
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 2
    # The folder holds no file, so it is none.
    assert {Path(one["path"]).name: one["reason"] for one in told} == {
        "zero.mp4": "decode_error",
        "f\\xffce.png": "",
        "alpha.png": "",
    }
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sorted(lines, key=str) == sorted(told, key=str)
