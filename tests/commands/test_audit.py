"""Audit with a model: distances, quarters, and crops that are not the model's."""

import json
from pathlib import Path

from toys_commands import SMALL

from barefaced.commands.main import main

FEW = ["--draws", "100"]


def test_a_model_gives_distances_and_quarters(model: Path, store: Path, tmp_path: Path, capsys) -> None:
    words = ["data", "audit", str(store), "--out", str(tmp_path / "out"), "--model", str(model), *FEW]
    assert main(words) in (0, 3)
    report = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert report["model"]["name"] == "toy"
    # Its methods are those of `forge`, and most of its people were trained on.
    assert report["distances"] == []
    assert {row["part"] for row in report["quarters"]} == {0, 1, 2, 3, 4}
    assert sum(row["reals"] for row in report["quarters"] if row["by"] == "sharpness") == 3
    assert any("the model was trained or chosen on" in note for note in report["notes"])
    assert "by quarters" in capsys.readouterr().out
    assert "within quarters" in (tmp_path / "out" / "audit.html").read_text()


def test_crops_that_are_not_the_models_are_refused(model: Path, clips: Path, tmp_path: Path, capsys) -> None:
    small = ["--crop.size", "32", *SMALL[2:], "--workers", "1"]
    assert main(["prepare", str(clips), str(tmp_path / "small"), *small]) == 0
    out = tmp_path / "out"
    assert main(["data", "audit", str(tmp_path / "small"), "--out", str(out), "--model", str(model)]) == 4
    assert "CropMismatch" in capsys.readouterr().err
    assert not out.exists()
