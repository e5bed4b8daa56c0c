"""The bootstrap against scikit-learn, and its intervals against the truth they claim to hold."""

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from barefaced.errors import InputError
from barefaced.metrics import uncertainty
from barefaced.metrics.ranking import auc, average_precision, eer
from barefaced.metrics.uncertainty import bootstrap, interval, origin_weights, rank, weighted


def made_up(rows: int, origins: int, ties: bool, seed: int):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, rows)
    scores = rng.normal(size=rows) + labels
    return labels, scores.round(1) if ties else scores, rng.integers(0, origins, rows)


def weighted_eer(labels, scores, weight) -> float:
    fpr, tpr, _ = roc_curve(labels, scores, sample_weight=weight, drop_intermediate=False)
    gap = fpr + tpr - 1
    after = np.flatnonzero(gap >= 0)[0]
    return float(np.interp(0, gap[after - 1 : after + 1], fpr[after - 1 : after + 1]))


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("block", [4, 64, 1 << 15])
def test_a_drawn_weighing_gives_what_scikit_learn_gives_with_sample_weights(monkeypatch, ties, block):
    monkeypatch.setattr(uncertainty, "BLOCK", block)
    labels, scores, origins = made_up(211, 40, ties, seed=1)
    weights = np.stack([origin_weights(40, np.random.default_rng(seed)) for seed in range(12)])
    ours = weighted(rank(labels, scores, origins, 40), weights)
    for found, weight in zip(ours, weights[:, origins], strict=True):
        expected = [
            roc_auc_score(labels, scores, sample_weight=weight),
            weighted_eer(labels, scores, weight),
            average_precision_score(labels, scores, sample_weight=weight),
        ]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("ties", [False, True])
def test_weighing_every_origin_once_gives_the_plain_metrics(ties):
    labels, scores, origins = made_up(150, 20, ties, seed=2)
    found = weighted(rank(labels, scores, origins, 20), np.ones((1, 20), np.int64))[0]
    expected = [metric(labels, scores) for metric in (auc, eer, average_precision)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_an_origin_drawn_twice_is_its_rows_written_twice():
    labels, scores, origins = made_up(60, 6, True, seed=3)
    twice = np.concatenate([np.arange(60), np.flatnonzero(origins == 4)])
    found = weighted(rank(labels, scores, origins, 6), np.array([[1, 1, 1, 1, 2, 1]]))[0]
    np.testing.assert_allclose(found[0], auc(labels[twice], scores[twice]), atol=1e-12)
    np.testing.assert_allclose(found[1], eer(labels[twice], scores[twice]), atol=1e-12)


def test_the_draws_are_the_same_however_they_are_cut_into_blocks(monkeypatch):
    labels, scores, origins = made_up(300, 50, True, seed=4)
    whole = bootstrap(labels, scores, origins, np.random.default_rng(9), 70)
    monkeypatch.setattr(uncertainty, "BLOCK", 32)
    cut = bootstrap(labels, scores, origins, np.random.default_rng(9), 70)
    np.testing.assert_allclose(whole, cut, rtol=0, atol=1e-12)
    assert whole.shape == (70, 3)


def test_all_scores_equal_are_one_threshold():
    labels, origins = np.array([0, 1] * 20), np.arange(40) // 2
    draws = bootstrap(labels, np.full(40, 0.3), origins, np.random.default_rng(0), 20)
    np.testing.assert_allclose(draws, 0.5)


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [0, 0, 0, 1], [0, 1, 1, 1], []])
def test_with_fewer_than_two_origins_of_a_class_there_is_no_interval(labels):
    labels = np.array(labels, dtype=np.int64)
    count = len(labels)
    draws = bootstrap(labels, np.linspace(0, 1, count), np.arange(count), np.random.default_rng(0), 50)
    bounds = interval(0.75, draws[:, 0])
    assert (bounds.value, math.isnan(bounds.low), math.isnan(bounds.high)) == (0.75, True, True)


def test_draws_without_a_class_are_dropped_and_can_be_counted():
    labels, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.4, 0.9])
    draws = bootstrap(labels, scores, np.arange(4), np.random.default_rng(0), 4000)
    lost = np.isnan(draws).all(axis=1).mean()
    # Every one of four draws falls on the two reals, or on the two fakes: 2 / 2^4.
    assert lost == pytest.approx(1 / 8, abs=0.02)
    assert np.isfinite(draws).any(axis=1).mean() == 1 - lost
    assert math.isfinite(interval(0.75, draws[:, 0]).low)


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(InputError, match="row 1"):
        bootstrap(np.array([0, 1]), np.array([0.1, np.nan]), np.arange(2), np.random.default_rng(0), 5)


def test_a_clustered_interval_holds_the_truth_where_a_naive_one_does_not():
    """30 origins, each a real and a fake clip of 8 frames: what a clip's frames share outweighs their own noise."""
    rng = np.random.default_rng(5)
    sets, draws, origins, frames = 100, 200, 30, 8
    # A fake's and a real's difference is normal with mean 1 and variance 2 (1 + 0.3^2).
    truth = 0.5 * (1 + math.erf(1 / math.sqrt(2 * 2 * 1.09)))
    held = {"clustered": 0, "naive": 0}
    label = np.tile(np.repeat([0, 1], frames), origins)
    origin = np.repeat(np.arange(origins), 2 * frames)
    for _ in range(sets):
        clips = np.repeat(rng.normal(size=(origins, 2)).ravel(), frames)
        scores = clips + label + 0.3 * rng.normal(size=len(label))
        value = auc(label, scores)
        for name, cluster in (("clustered", origin), ("naive", np.arange(len(label)))):
            bounds = interval(value, bootstrap(label, scores, cluster, rng, draws)[:, 0])
            held[name] += bounds.low <= truth <= bounds.high
    assert 0.88 <= held["clustered"] / sets <= 1.0
    assert held["naive"] / sets < 0.7
