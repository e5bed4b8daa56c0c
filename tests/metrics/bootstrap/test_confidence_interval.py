"""The bootstrap: who is drawn together, and whether its intervals hold the truth that they claim to hold."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from barefaced.errors import InputError
from barefaced.metrics.bootstrap import confidence_interval
from barefaced.metrics.bootstrap.confidence_interval import (
    auc_interval,
    bootstrap,
    interval,
    number_origins,
    origin_weights,
)
from barefaced.metrics.ranking import auc


def made_up(rows: int, origins: int, ties: bool, seed: int):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, rows)
    scores = rng.normal(size=rows) + labels
    return labels, scores.round(1) if ties else scores, rng.integers(0, origins, rows)


def test_a_draw_is_origins_drawn_and_their_rows_weighed():
    """By hand: the same generator's weights, handed to scikit-learn row by row."""
    labels, scores, origins = made_up(211, 40, True, seed=1)
    draws = bootstrap(labels, scores, origins, np.random.default_rng(3), 12)
    seed = [int(one) for one in np.random.default_rng(3).integers(0, 1 << 32, 4, np.uint64)]
    weights = origin_weights(40, np.random.default_rng(seed), 12)
    assert (weights.sum(axis=1) == 40).all()
    expected = [roc_auc_score(labels, scores, sample_weight=weight[origins]) for weight in weights]
    np.testing.assert_allclose(draws[:, 0], expected, atol=1e-12)


def test_the_draws_are_the_same_however_they_are_cut(monkeypatch):
    labels, scores, origins = made_up(300, 50, True, seed=4)
    whole = bootstrap(labels, scores, origins, np.random.default_rng(9), 70)
    monkeypatch.setattr(confidence_interval, "CELLS", 600)
    monkeypatch.setattr(confidence_interval, "WEIGHTS", 1000)
    cut = bootstrap(labels, scores, origins, np.random.default_rng(9), 70)
    np.testing.assert_array_equal(whole, cut)


def test_sets_draw_apart_unless_they_share_an_origin():
    datasets, origins = np.array(["b", "a", "a", "c", "c"]), np.array(["x", "y", "z", "z", "w"])
    numbers, found = number_origins(datasets, origins, 7)
    assert [one.count for one in found] == [3, 1]
    assert len(set(numbers)) == 4
    for one, names in zip(found, ("yzw", "x"), strict=True):
        inside = (numbers >= one.first) & (numbers < one.first + one.count)
        assert set(origins[inside]) == set(names)
    assert found[0].seed != found[1].seed


def test_all_scores_equal_are_one_threshold():
    labels, origins = np.array([0, 1] * 20), np.arange(40) // 2
    draws = bootstrap(labels, np.full(40, 0.3), origins, np.random.default_rng(0), 20)
    np.testing.assert_allclose(draws[:, [0, 1, 2]], 0.5)


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


def test_what_drawing_biases_is_moved_back_to_its_value():
    draws = np.random.default_rng(0).normal(0.3, 0.01, 1000)
    bounds = interval(0.2, draws, centred=True)
    assert bounds.low < 0.2 < bounds.high
    assert bounds.high - bounds.low == pytest.approx(np.ptp(np.quantile(draws, (0.025, 0.975))))
    assert interval(0.001, draws, centred=True).low == 0.0


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


def test_an_auc_of_nothing_has_a_half_in_its_interval_as_often_as_it_says() -> None:
    """Rows of an origin move together: real and forged of it alike, so that nothing but chance tells them."""
    covered = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        origins = np.repeat(np.arange(40), 10)
        labels = np.tile(np.repeat([0, 1], 5), 40)
        scores = np.repeat(generator.normal(size=80), 5) + np.repeat(generator.normal(size=40), 10)
        found = auc_interval(labels, scores, origins.astype(str).astype(object), seed, 200)
        covered += found.low <= 0.5 <= found.high
    assert 0.88 <= covered / 200 <= 0.99


def test_a_forgery_always_a_little_over_its_own_real_face_does_not_push_the_bounds_up() -> None:
    """Of 20 origins one pair in 20 is of one origin, and of a draw's two in 20."""
    generator = np.random.default_rng(0)
    reals = generator.normal(size=20)
    scores, labels = np.concatenate([reals, reals + 1e-6]), np.repeat([0, 1], 20)
    found = auc_interval(labels, scores, np.tile(np.arange(20), 2).astype(object), 0, 2000)
    assert found.value == pytest.approx(0.5 + 0.5 / 20)
    assert (found.low + found.high) / 2 == pytest.approx(found.value, abs=0.02)
