"""Metrics of weighted draws against scikit-learn's with sample weights, and against the rows written out."""

import math

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    roc_auc_score,
    roc_curve,
)

from barefaced.metrics import calibration, ranking
from barefaced.metrics.bootstrap.binned import BINS, bin_scores, metrics_from_counts, prepare_metrics
from barefaced.values.card import Thresholds
from barefaced.values.evaluation import METRICS

THRESHOLDS = Thresholds(fpr_1=0.8, eer=0.45)


def made_up(rows: int, ties: bool, seed: int):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, rows)
    scores = 1 / (1 + np.exp(-rng.normal(size=rows) - labels))
    return labels, scores.round(1) if ties else scores, rng.integers(0, 4, (rows, 6))


def of_weights(labels, scores, weights, thresholds=THRESHOLDS, bins=BINS):
    """The metrics for each column of row weights."""
    cuts = bin_scores(labels, scores, thresholds, bins)
    totals = (np.bincount(cuts.row_bins[labels == kind], minlength=len(cuts)) for kind in (0, 1))
    metrics = prepare_metrics(cuts, thresholds, *totals)
    counts = []
    for kind in (0, 1):
        held = np.zeros((len(cuts), weights.shape[1]), np.int32)
        np.add.at(held, cuts.row_bins[labels == kind], weights[labels == kind])
        counts.append(held)
    return metrics_from_counts(*counts, metrics)


def by_scikit_learn(labels, scores, weight):
    fpr, tpr, _ = roc_curve(labels, scores, sample_weight=weight, drop_intermediate=False)
    gap = fpr + tpr - 1
    after = np.flatnonzero(gap >= 0)[0]
    over = scores >= THRESHOLDS.eer
    sure = scores >= THRESHOLDS.fpr_1
    return {
        "auc": roc_auc_score(labels, scores, sample_weight=weight),
        "ap": average_precision_score(labels, scores, sample_weight=weight),
        "eer": float(np.interp(0, gap[after - 1 : after + 1], fpr[after - 1 : after + 1])),
        "pauc_fpr_1": roc_auc_score(labels, scores, sample_weight=weight, max_fpr=0.01),
        "tpr_at_fpr_1": tpr[fpr <= 0.01].max(),
        "tpr_at_fpr_0_1": tpr[fpr <= 0.001].max(),
        "accuracy": accuracy_score(labels, over, sample_weight=weight),
        "balanced_accuracy": balanced_accuracy_score(labels, over, sample_weight=weight),
        "false_alarms": np.average(sure[labels == 0], weights=weight[labels == 0]),
        "found": np.average(sure[labels == 1], weights=weight[labels == 1]),
        "brier": brier_score_loss(labels, scores, sample_weight=weight),
    }


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("rows", [12, 400])
def test_a_drawn_weighing_gives_what_scikit_learn_gives_with_sample_weights(rows, ties):
    labels, scores, weights = made_up(rows, ties, seed=1)
    for found, weight in zip(of_weights(labels, scores, weights), weights.T, strict=True):
        for name, expected in by_scikit_learn(labels, scores, weight.astype(float)).items():
            assert found[METRICS.index(name)] == pytest.approx(expected, abs=1e-12), name


@pytest.mark.parametrize("ties", [False, True])
def test_weighing_every_row_once_gives_the_plain_metrics(ties):
    labels, scores, _ = made_up(300, ties, seed=2)
    [found] = of_weights(labels, scores, np.ones((300, 1), np.int64))
    expected = {
        "auc": ranking.auc(labels, scores),
        "ap": ranking.average_precision(labels, scores),
        "eer": ranking.eer(labels, scores),
        "pauc_fpr_1": ranking.partial_auc(labels, scores, 0.01),
        "tpr_at_fpr_1": ranking.tpr_at_fpr(labels, scores, 0.01),
        "ece": calibration.calibration_error(labels, scores),
        "brier": calibration.brier(labels, scores),
    }
    for name, value in expected.items():
        assert found[METRICS.index(name)] == pytest.approx(value, abs=1e-12), name


def test_a_row_that_weighs_two_is_that_row_written_twice():
    labels, scores, _ = made_up(60, True, seed=3)
    weights = np.ones((60, 1), np.int64)
    weights[40:] = 2
    twice = np.concatenate([np.arange(60), np.arange(40, 60)])
    written = of_weights(labels[twice], scores[twice], np.ones((80, 1), np.int64))
    at = [place for place, name in enumerate(METRICS) if name != "ece"]  # whose bins are of equal weight
    np.testing.assert_allclose(of_weights(labels, scores, weights)[:, at], written[:, at], atol=1e-12)


def test_more_scores_than_bins_move_the_metrics_of_a_draw_by_next_to_nothing():
    labels, scores, weights = made_up(30_000, False, seed=4)
    exact, binned = (of_weights(labels, scores, weights, bins=bins) for bins in (1 << 20, BINS))
    off = dict(zip(METRICS, np.abs(exact - binned).max(axis=0), strict=True))
    # An interval of so many independent rows is .01 wide for AUC and .04 for TPR at 1 %.
    assert max(off[name] for name in ("auc", "accuracy", "balanced_accuracy", "brier", "found")) < 2e-5
    assert max(off[name] for name in ("ap", "eer", "pauc_fpr_1", "ece")) < 5e-4
    assert max(off[name] for name in ("tpr_at_fpr_1", "tpr_at_fpr_0_1")) < 2e-3


def test_a_threshold_is_never_inside_a_bin():
    labels, scores, weights = made_up(30_000, False, seed=5)
    exact, binned = (of_weights(labels, scores, weights, bins=bins) for bins in (1 << 20, 64))
    for name in ("accuracy", "balanced_accuracy", "false_alarms", "found"):
        at = METRICS.index(name)
        np.testing.assert_allclose(exact[:, at], binned[:, at], atol=1e-12)


@pytest.mark.parametrize("thresholds", [Thresholds(2.0, 1.5), Thresholds(-0.5, -1.0)])
def test_thresholds_beyond_every_score_are_answered(thresholds):
    labels, scores, weights = made_up(40, False, seed=6)
    found = of_weights(labels, scores, weights, thresholds)
    assert set(found[:, METRICS.index("found")]) == {0.0 if thresholds.fpr_1 > 1 else 1.0}
    np.testing.assert_allclose(found[:, METRICS.index("balanced_accuracy")], 0.5)


def test_a_draw_without_a_class_is_not_a_number():
    labels, scores, _ = made_up(40, False, seed=7)
    weights = np.stack([labels, 1 - labels, np.ones(40, np.int64)], axis=1)
    found = of_weights(labels, scores, weights)
    assert np.isnan(found[:2]).all()
    assert np.isfinite(found[2]).all()


def test_logits_have_no_calibration_but_a_ranking():
    labels, scores, weights = made_up(40, False, seed=8)
    found = dict(zip(METRICS, of_weights(labels, 10 * scores - 5, weights).T, strict=True))
    assert np.isnan(found["ece"]).all()
    assert np.isnan(found["brier"]).all()
    assert math.isfinite(found["auc"].sum())
