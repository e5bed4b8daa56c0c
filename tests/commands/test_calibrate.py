"""Calibration: fitted on what the model was not trained on, carried by the weights file, and used by every score."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from barefaced.commands.main import main
from barefaced.datasets.store import Store
from barefaced.model.card import card_of
from barefaced.model.checkpoint import load


@pytest.mark.parametrize("kind", ["platt", "isotonic"])
def test_the_card_carries_the_calibration_and_every_score_uses_it(
    model: Path, store: Path, tmp_path: Path, kind
) -> None:
    out = tmp_path / "calibrated.safetensors"
    before = card_of(model)
    assert main(["calibrate", str(model), str(store), "--kind", kind, "--out", str(out)]) == 0
    student, card = load(out)
    assert card.calibration.kind == kind
    assert card.calibration.balanced
    assert card.calibration.chosen_on == card.thresholds.chosen_on == "validation clips of clips (3)"
    assert (card.thresholds.real_clips, card.thresholds.fake_clips) == (1, 2)
    assert card.sha256 == before.sha256
    assert card_of(model) == before
    # Every aggregation's thresholds are those of the new numbers; nothing else has moved.
    assert card.profile.choices["mean"].thresholds == card.thresholds
    [source] = card.thresholds.sources
    assert (source.source, source.origins, source.over) == ("clips", 1, 0)
    unmoved = replace(card, calibration=before.calibration, thresholds=before.thresholds, profile=before.profile)
    assert unmoved == before
    opened = Store.open(store)
    crops = np.stack([opened.load(crop) for crop in opened.crops()[:8]])
    plain, _ = load(model)
    plain.calibrate(card.calibration)
    np.testing.assert_array_equal(plain.score(crops), student.score(crops))


def test_isotonic_scores_are_the_straight_lines_between_the_knots(model: Path, store: Path, tmp_path: Path) -> None:
    out = tmp_path / "calibrated.safetensors"
    assert main(["calibrate", str(model), str(store), "--kind", "isotonic", "--split", "all", "--out", str(out)]) == 0
    student, card = load(out)
    assert "6" in card.calibration.chosen_on
    opened = Store.open(store)
    crops = np.stack([opened.load(crop) for crop in opened.crops()[:8]])
    x, y = np.array(card.calibration.knots).T
    np.testing.assert_allclose(student.score(crops), np.interp(student.differences(crops), x, y), atol=1e-6)


def test_what_it_was_trained_on_is_never_fitted_to(model: Path, store: Path, tmp_path: Path, capsys) -> None:
    card = card_of(model)
    trained = {origin for seen in card.trained_on for origin in seen.train_origins}
    out = tmp_path / "all.safetensors"
    assert main(["calibrate", str(model), str(store), "--split", "all", "--out", str(out)]) == 0
    assert len(trained) == 4
    assert card_of(out).thresholds.real_clips == 2
    told = capsys.readouterr().out
    assert "by chance alone" in told
    assert "at most 77.7 % of real faces like those measured (0 of 2 of clips lie over it; 95 % bound)" in told
    assert main(["info", str(out)]) == 0
    assert "77.7 %" in capsys.readouterr().out
