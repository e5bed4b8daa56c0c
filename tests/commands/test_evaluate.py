"""Evaluation: what training saw is left out, what cannot be scored is counted, and the numbers are scikit-learn's."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from barefaced.cli import main
from barefaced.datasets.store import Store
from barefaced.metrics.tables import KINDS, read_scores


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
            assert set(part[level]) == {"auc", "eer", "ap"}
            assert all(set(metric) == {"value", "low", "high"} for metric in part[level].values())
    assert set(report["sets"]["clips"]["methods"]) == {"self_blend", "frequency"}
    table = read_scores(tmp_path / "scores.parquet")
    assert {"clip", "track", "frame", "seconds", "fakeness", "label", "dataset", "method", "origin"} == set(KINDS)
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
