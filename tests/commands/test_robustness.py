"""Robustness: the clean scores are evaluate's, the loss is paired, and a killed run goes on."""

import json
from pathlib import Path

import pytest

from barefaced.commands.main import main


def test_the_curve_starts_at_what_evaluate_says_and_the_loss_is_the_difference(
    model: Path, store: Path, tmp_path: Path
) -> None:
    words = [str(model), str(store), "--include-seen", "--draws", "50"]
    assert main(["evaluate", *words, "--out", str(tmp_path / "clean")]) == 0
    only = ["--only", "h264", "--only", "noise"]
    assert main(["robustness", *words, *only, "--out", str(tmp_path / "robust")]) == 0
    clean = json.loads((tmp_path / "clean" / "report.json").read_text())["sets"]["clips"]["video"]["auc"]
    report = json.loads((tmp_path / "robust" / "robustness.json").read_text())
    assert report["clean"]["clips"]["auc"] == clean
    assert list(report["corruptions"]) == ["h264", "noise"]
    for one in report["corruptions"].values():
        assert len(one["strengths"]) == 5
        for point in one["strengths"]:
            lost = clean["value"] - point["auc"]["clips"]["value"]
            assert point["loss"]["clips"]["value"] == pytest.approx(lost)
    page = (tmp_path / "robust" / "robustness.html").read_text()
    assert page.count("data:image/jpeg") == 10
    assert page.count("<svg role") == 2


def test_a_killed_run_goes_on_from_what_it_had_scored(model: Path, store: Path, tmp_path: Path, monkeypatch) -> None:
    words = ["robustness", str(model), str(store), "--include-seen", "--draws", "20", "--only", "blur"]
    assert main([*words, "--out", str(tmp_path / "whole")]) == 0
    from barefaced.pipelines import robustness

    scored, calls = robustness.score_clips, []

    def cut(*given, **named):
        calls.append(named.get("what") or given[4])
        if len(calls) == 4:
            raise KeyboardInterrupt
        return scored(*given, **named)

    monkeypatch.setattr(robustness, "score_clips", cut)
    assert main([*words, "--out", str(tmp_path / "cut")]) == 130
    kept = {file.name for file in (tmp_path / "cut" / "parts").iterdir()}
    assert len(kept) == 3
    monkeypatch.setattr(robustness, "score_clips", scored)
    assert main([*words, "--out", str(tmp_path / "cut")]) == 0
    one, other = ((tmp_path / name / "robustness.json").read_text() for name in ("whole", "cut"))
    assert one == other


def test_an_unknown_corruption_is_refused_by_name(model: Path, store: Path, tmp_path: Path, capsys) -> None:
    assert main(["robustness", str(model), str(store), "--only", "rain", "--out", str(tmp_path)]) == 2
    assert "rain" in capsys.readouterr().err
