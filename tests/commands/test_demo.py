"""The demo walks the whole road. Minutes long: run by `make bench`."""

import json
from pathlib import Path

import pytest

from barefaced.commands.main import main
from barefaced.forgery.registry import USUAL


@pytest.mark.slow
def test_the_demo_ends_with_a_model_numbers_answers_and_a_picture(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a demo"
    assert main(["demo", "--out", str(out)]) == 0
    assert (out / "demo.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "run" / "model.safetensors").is_file()
    report = json.loads((out / "evaluation" / "report.json").read_text())
    assert set(report["sets"]["clips"]["methods"]) == {*USUAL}
    assert report["coverage"]["not_assessed"] == 0
    assert len([*(out / "answers" / "reports").glob("*.html")]) == 1 + len(USUAL)
    answers = [json.loads(line) for line in (out / "answers" / "results.jsonl").read_text().splitlines()]
    assert len(answers) == 1 + len(USUAL)
    assert all(answer["fakeness"] is not None for answer in answers)
    assert {answer["model"]["path"] for answer in answers} == {"shipped"}
    told = capfd.readouterr().out
    assert all(f"{answer['verdict']:14} {answer['fakeness']:.3f}" in told for answer in answers)
