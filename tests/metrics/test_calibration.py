"""Calibration against what it promises."""

import math

import numpy as np
import pytest
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from barefaced.errors import InputError
from barefaced.metrics.calibration import (
    balanced_weights,
    brier,
    calibration_error,
    fit_isotonic,
    fit_platt,
    reliability,
)
from barefaced.model.student import to_fakeness


def mixture(rows: int = 4000, seed: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Differences, labels, data sets and methods: two sets, the fakes of one by two methods."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(rows) < 0.5).astype(np.int64)
    datasets = np.where(rng.random(rows) < 0.3, "a", "b").astype(object)
    forged = np.where((datasets == "a") | (rng.random(rows) < 0.2), "swap", "blend")
    methods = np.where(labels == 0, "real", forged).astype(object)
    return rng.normal(3 * labels - 1.5 + 0.5 * (datasets == "a"), 2), labels, datasets, methods


def test_known_scale_and_shift_are_found_again():
    rng = np.random.default_rng(0)
    true = 3 * rng.normal(size=20_000)
    labels = (rng.random(20_000) < expit(true)).astype(np.int64)
    fitted = fit_platt(2.5 * true + 4, labels, np.ones(20_000), "toy val")
    assert fitted.temperature == pytest.approx(2.5, rel=0.05)
    assert fitted.shift == pytest.approx(4, abs=0.1)
    assert (fitted.kind, fitted.chosen_on, fitted.note) == ("platt", "toy val", "")


@pytest.mark.parametrize("offset", [0.0, 300.0])
def test_scale_and_shift_are_those_of_a_weighted_logistic_regression(offset):
    differences, labels, datasets, methods = mixture(400)
    weights = balanced_weights(labels, datasets, methods)
    oracle = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000, solver="newton-cholesky")
    oracle.fit(differences[:, None], labels, sample_weight=weights * 400)
    found = fit_platt(differences + offset, labels, weights, "toy")
    assert found.temperature == pytest.approx(1 / oracle.coef_.item(), rel=1e-6)
    assert found.shift - offset == pytest.approx(-oracle.intercept_.item() / oracle.coef_.item(), abs=1e-6)
    assert found.balanced


def test_even_odds_are_where_the_classes_densities_cross_whatever_the_shift_of_the_model():
    rng = np.random.default_rng(6)
    labels = np.array([0] * 5000 + [1] * 45_000)
    # Two normal densities of one spread: log odds at equal priors are 2 (x - 7), straight, zero at 7.
    differences = rng.normal(7 + 2 * labels - 1, 1)
    found = fit_platt(differences, labels, balanced_weights(labels, labels.astype(str), labels.astype(str)), "toy")
    assert found.shift == pytest.approx(7, abs=0.05)
    assert found.temperature == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize(
    ("differences", "bound", "meaning"),
    [
        ([-2.0, -1.0, 1.0, 2.0], 0.05, "separable"),
        ([2.0, 1.0, -1.0, -2.0], 20, "do not tell"),
        ([3.0] * 4, 20, "do not"),
    ],
)
def test_at_a_bound_the_fit_stops_and_says_so(differences, bound, meaning):
    fitted = fit_platt(np.array(differences) + 5, np.array([0, 0, 1, 1]), np.ones(4), "toy")
    assert fitted.temperature == pytest.approx(bound)
    assert meaning in fitted.note
    assert np.isfinite(fitted.shift)


def test_the_weights_are_halved_by_class_then_shared_alike_by_set_and_method():
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1])
    datasets = np.array(list("aaabaaaab"), object)
    methods = np.array(["real"] * 4 + ["swap", "swap", "swap", "blend", "swap"], object)
    weights = balanced_weights(labels, datasets, methods)
    np.testing.assert_allclose(weights, [1 / 12] * 3 + [1 / 4] + [1 / 18] * 3 + [1 / 6] * 2)


@pytest.mark.parametrize("fit", [fit_platt, fit_isotonic])
@pytest.mark.parametrize("of", ["fakes", "a method", "a set's reals"])
def test_the_ratio_of_the_mixture_does_not_move_a_score(fit, of):
    differences, labels, datasets, methods = mixture()
    again = {"fakes": labels == 1, "a method": methods == "blend", "a set's reals": (labels == 0) & (datasets == "b")}
    rows = np.concatenate([np.arange(len(labels)), *[np.flatnonzero(again[of])] * 5])
    once, more = (
        fit(differences[kept], labels[kept], balanced_weights(labels[kept], datasets[kept], methods[kept]), "toy")
        for kept in (np.arange(len(labels)), rows)
    )
    assert once.balanced
    assert more.balanced
    # An isotonic curve's ends stand at 1 / (clips + 2).
    middle = differences[np.abs(to_fakeness(differences, once) - 0.5) < 0.495]
    assert len(middle) > 3000
    np.testing.assert_allclose(to_fakeness(middle, once), to_fakeness(middle, more), atol=1e-6)


def test_one_class_is_refused():
    with pytest.raises(InputError, match="2 real and 0 fake"):
        fit_platt(np.array([0.1, 0.2]), np.array([0, 0]), np.ones(2), "toy")


def test_the_ratio_of_the_mixture_does_not_move_the_calibration_error():
    rng = np.random.default_rng(8)
    labels, fakeness = rng.integers(0, 2, 500), rng.random(500).round(2)
    rows = np.concatenate([np.arange(500), *[np.flatnonzero(labels)] * 5])
    once = calibration_error(labels, fakeness)
    assert calibration_error(labels[rows], fakeness[rows]) == pytest.approx(once, abs=1e-12)


def test_after_a_fit_to_a_lopsided_mixture_the_error_at_equal_weights_is_that_of_chance():
    rng = np.random.default_rng(9)
    labels = np.array([0] * 2000 + [1] * 10_000)
    differences = rng.normal(4 + labels, 1)
    weights = balanced_weights(labels, labels.astype(str), labels.astype(str))
    fakeness = to_fakeness(differences, fit_platt(differences, labels, weights, "toy"))
    assert calibration_error(labels, fakeness) < 1.5 * reliability(labels, fakeness).by_chance


def test_a_calibrated_source_has_a_small_error_and_an_overconfident_one_a_large_one():
    rng = np.random.default_rng(2)
    true = rng.random(30_000)
    labels = (rng.random(30_000) < true).astype(np.int64)
    assert calibration_error(labels, true) < 0.015
    assert calibration_error(labels, (true > 0.5).astype(float)) == pytest.approx(0.25, abs=0.02)


def test_calibration_error_of_two_bins_by_hand():
    labels, fakeness = np.array([0, 1, 1, 1]), np.array([0.1, 0.3, 0.6, 0.8])
    # The real weighs a half, each fake a sixth; the first bin, up to half of the weight, holds the real alone.
    assert calibration_error(labels, fakeness, bins=2) == pytest.approx(0.1 / 2 + 0.5 * (1 - 1.7 / 3))


def test_equal_scores_share_a_bin_so_the_order_of_rows_does_not_matter():
    labels = np.array([0] * 30 + [1] * 30)
    assert calibration_error(labels, np.full(60, 0.5)) == pytest.approx(0)


def test_brier_is_the_mean_squared_difference():
    labels, fakeness = np.array([0, 1, 1]), np.array([0.1, 0.3, 0.8])
    assert brier(labels, fakeness) == pytest.approx(((fakeness - labels) ** 2).mean())
    assert brier(np.array([1, 1]), np.array([0.5, 0.5])) == pytest.approx(0.25)
    assert math.isnan(brier(np.zeros(0, np.int64), np.zeros(0)))
    assert math.isnan(calibration_error(np.zeros(0, np.int64), np.zeros(0)))
    assert math.isnan(calibration_error(np.array([1, 1]), np.array([0.5, 0.5])))
    assert math.isnan(reliability(np.array([1, 1]), np.array([0.5, 0.5])).by_chance)


def test_logits_are_not_taken_for_probabilities():
    for measure in (brier, calibration_error):
        with pytest.raises(InputError, match="row 1"):
            measure(np.array([0, 1]), np.array([0.5, 1.5]))


def test_an_isotonic_curve_is_scikit_learns_between_its_ends():
    rng = np.random.default_rng(3)
    true = 3 * rng.normal(size=400)
    labels = (rng.random(400) < expit(true)).astype(np.int64)
    fitted = fit_isotonic(true, labels, np.ones(400), "toy val")
    x, y = np.array(fitted.knots).T
    least = 1 / 402
    expected = IsotonicRegression(y_min=least, y_max=1 - least).fit(true, labels).predict(true)
    np.testing.assert_allclose(np.interp(true, x, y), expected, atol=1e-12)
    assert (np.diff(x) > 0).all()
    assert (np.diff(y) >= 0).all()
    assert (fitted.kind, fitted.note) == ("isotonic", "")
    assert "at will" in fit_isotonic(true[:50], labels[:50], np.ones(50), "toy val").note


@pytest.mark.parametrize(("reals", "fakes"), [(400, 400), (200, 800)])
def test_chance_alone_moves_a_calibrated_detector_by_as_much_as_is_said(reals, fakes):
    rng = np.random.default_rng(4)
    labels = np.array([0] * reals + [1] * fakes)
    # Densities 2 (1 - f) and 2 f: at equal priors the chance of a fake is f.
    drawn = [np.concatenate([rng.beta(1, 2, reals), rng.beta(2, 1, fakes)]) for _ in range(300)]
    seen = np.mean([calibration_error(labels, fakeness) for fakeness in drawn])
    assert np.mean([reliability(labels, fakeness).by_chance for fakeness in drawn]) == pytest.approx(seen, rel=0.05)


def test_the_bins_of_the_diagram_are_those_of_the_error():
    rng = np.random.default_rng(5)
    fakeness, labels = rng.random(200).round(1), rng.integers(0, 2, 200)
    bins = reliability(labels, fakeness)
    assert sum(bins.clips) == 200
    error = np.abs(np.array(bins.fakeness) - bins.share) @ np.array(bins.weight)
    assert calibration_error(labels, fakeness) == pytest.approx(error)
