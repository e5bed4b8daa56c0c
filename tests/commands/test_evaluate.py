"""Evaluation: what training saw is left out, what cannot be scored is counted, and the numbers are scikit-learn's."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from barefaced.commands.main import main
from barefaced.datasets.store import Store
from barefaced.metrics.score_rows import read_scores
from barefaced.values.evaluation import METRICS


def evaluated(model: Path, store: Path, out: Path, *words: str) -> dict:
    assert main(["evaluate", str(model), str(store), "--out", str(out), "--draws", "50", *words]) == 0
    return json.loads((out / "report.json").read_text())


def test_origins_that_the_model_was_trained_or_chosen_on_are_left_out(model: Path, store: Path, tmp_path: Path) -> None:
    report = evaluated(model, store, tmp_path)
    assert set(read_scores(tmp_path / "scores.parquet").origin) == {"clips/p5"}
    assert len(report["excluded"]) == 15
    assert report["coverage"]["assessed"] == 3


def test_they_are_measured_when_asked_for(model: Path, store: Path, tmp_path: Path) -> None:
    report = evaluated(model, store, tmp_path, "--include-seen")
    assert report["coverage"]["assessed"] == 18
    table = read_scores(tmp_path / "scores.parquet")
    expected = roc_auc_score(table.label, table.fakeness)
    assert report["pooled"]["frame"]["auc"]["value"] == pytest.approx(expected)
    assert report["sets"]["clips"]["frame"]["auc"]["value"] == pytest.approx(expected)
    videos = {clip: table.fakeness[table.clip == clip].mean() for clip in set(table.clip)}
    labels = {clip: table.label[table.clip == clip][0] for clip in videos}
    expected = roc_auc_score([labels[clip] for clip in videos], list(videos.values()))
    assert report["pooled"]["video"]["auc"]["value"] == pytest.approx(expected)


def test_the_files_have_the_promised_shape(model: Path, store: Path, tmp_path: Path) -> None:
    report = evaluated(model, store, tmp_path, "--include-seen")
    for part in (report["pooled"], report["sets"]["clips"], *report["sets"]["clips"]["methods"].values()):
        for level in ("frame", "video"):
            assert set(part[level]) == set(METRICS)
            assert all(set(metric) == {"value", "low", "high"} for metric in part[level].values())
    assert set(report["sets"]["clips"]["methods"]) == {"self_blend", "frequency"}
    table = read_scores(tmp_path / "scores.parquet")
    assert len(table.clip) == 54
    assert np.all((table.fakeness >= 0) & (table.fakeness <= 1))


def test_crops_of_another_size_are_refused(model: Path, clips: Path, tmp_path: Path, capsys) -> None:
    store = tmp_path / "large"
    assert main(["prepare", str(clips), str(store), "--crop.size", "64", "--frames", "1", "--workers", "1"]) == 0
    assert main(["evaluate", str(model), str(store), "--out", str(tmp_path / "out")]) == 4
    assert "--crop.size 48" in capsys.readouterr().err


def test_a_damaged_crop_costs_its_clip_and_nothing_else(model: Path, store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(store, copy)
    crop = next(crop for crop in Store.open(copy).crops() if "p5" in crop.clip)
    (copy / crop.file).write_bytes(b"")
    report = evaluated(model, copy, tmp_path / "out")
    assert list(report["coverage"]["clips"]) == [crop.clip]
    assert crop.clip not in set(read_scores(tmp_path / "out" / "scores.parquet").clip)


def test_the_report_is_one_file_that_shows_the_worst_cases(model: Path, store: Path, tmp_path: Path) -> None:
    report = evaluated(model, store, tmp_path, "--include-seen")
    page = (tmp_path / "report.html").read_text()
    assert (len(report["worst"]["false_alarms"]), len(report["worst"]["misses"])) == (6, 12)
    line = report["thresholds"]["fpr_1"]
    alarms = sum(case["fakeness"] >= line for case in report["worst"]["false_alarms"])
    misses = sum(case["fakeness"] < line for case in report["worst"]["misses"])
    assert page.count("data:image/jpeg;base64,") == alarms + misses > 0
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!#|data:)', page)
    assert not (tmp_path / "parts").exists()


def test_its_scores_make_the_same_report_again_without_the_model(model: Path, store: Path, tmp_path: Path) -> None:
    first = evaluated(model, store, tmp_path / "one")
    words = ["--scores", str(tmp_path / "one" / "scores.parquet"), "--draws", "50", "--out", str(tmp_path / "two")]
    assert main(["evaluate", *words]) == 0
    assert json.loads((tmp_path / "two" / "report.json").read_text()) == first
    assert main(["evaluate", *words, str(store)]) == 0
    assert "data:image/jpeg" in (tmp_path / "two" / "report.html").read_text()


def test_somebody_elses_detector_is_a_function_of_crops(store: Path, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "theirs.py").write_text("def bright(crops):\n    return crops.mean(axis=(1, 2, 3)) / 255\n")
    monkeypatch.chdir(tmp_path)
    words = [
        "--model",
        "theirs:bright",
        str(store),
        "--out",
        str(tmp_path / "out"),
        "--draws",
        "20",
        "--by",
        "identity",
    ]
    assert main(["evaluate", *words]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["model"]["name"], report["coverage"]["assessed"]) == ("theirs:bright", 18)
    assert report["groups"][0]["column"] == "identity"
    table = read_scores(tmp_path / "out" / "scores.parquet")
    crop = next(
        crop for crop in Store.open(store).crops() if crop.clip == table.clip[0] and crop.frame == table.frame[0]
    )
    assert table.fakeness[0] == pytest.approx(Store.open(store).load(crop).mean() / 255)


def test_a_function_that_is_not_there_or_gives_no_scores_is_told(
    store: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    (tmp_path / "wrong.py").write_text("def one(crops):\n    return 0.5\n")
    monkeypatch.chdir(tmp_path)
    for named, said in (("wrong:two", "'two'"), ("absent:one", "absent"), ("wrong:one", "shape ()")):
        assert main(["evaluate", "--model", named, str(store), "--out", str(tmp_path / "out")]) == 2
        assert said in capsys.readouterr().err


def test_one_clip_two_clips_and_one_class_are_answered(tmp_path: Path) -> None:
    for rows in (["a,0,0.1"], ["a,1,0.1"], ["a,0,0.1", "b,1,0.9"], ["a,0,0.1", "b,0,0.9"]):
        (tmp_path / "s.csv").write_text("\n".join(["clip,label,fakeness", *rows]))
        assert main(["evaluate", "--scores", str(tmp_path / "s.csv"), "--out", str(tmp_path / "out")]) == 0
        report = json.loads((tmp_path / "out" / "report.json").read_text())
        assert report["pooled"]["video"]["auc"]["value"] == (1.0 if len({row[2] for row in rows}) == 2 else None)
        assert report["pooled"]["video"]["auc"]["low"] is None
        assert len(report["warnings"]) >= 2


def test_the_known_answer_comes_from_a_csv_with_its_warning(tmp_path: Path, capsys) -> None:
    rows = ["clip,label,fakeness,method,origin"]
    for n in range(140):
        rows.append(f"ff/real/{n:03d},0,0.5,real,{n}")
        rows += [f"ff/{m}/{n:03d}_{n + 140:03d},1,{0.1 if m == 'NeuralTextures' else 0.9},{m},{n}"
                 for m in ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures")]  # fmt: skip
    (tmp_path / "ff.csv").write_text("\n".join(rows))
    assert main(["evaluate", "--scores", str(tmp_path / "ff.csv"), "--out", str(tmp_path), "--draws", "50"]) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["sets"]["ff"]["video"]["auc"]["value"] == 0.75
    [warning] = [one for one in report["warnings"] if "last folder" in one]
    assert "700 videos would be 280" in warning
    assert "1.000 for 0.750" in warning


def test_another_detector_is_compared_on_the_same_clips(model: Path, store: Path, tmp_path: Path) -> None:
    evaluated(model, store, tmp_path / "one", "--include-seen")
    scores = str(tmp_path / "one" / "scores.parquet")
    report = evaluated(model, store, tmp_path / "two", "--include-seen", "--against", scores)
    assert report["comparisons"][0]["video"]["clips"]["difference"] == {"value": 0, "low": 0, "high": 0}
