"""Calibration and thresholds against what they promise."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from barefaced.errors import InputError
from barefaced.metrics.calibration import (
    brier,
    calibration_error,
    choose_thresholds,
    fit_isotonic,
    fit_temperature,
    reliability,
)


def test_a_known_temperature_is_found_again():
    rng = np.random.default_rng(0)
    true = 3 * rng.normal(size=20_000)
    labels = (rng.random(20_000) < expit(true)).astype(np.int64)
    fitted = fit_temperature(2.5 * true, labels, "toy val")
    assert fitted.temperature == pytest.approx(2.5, rel=0.05)
    assert (fitted.kind, fitted.chosen_on, fitted.note) == ("temperature", "toy val", "")


def test_the_temperature_is_that_of_a_logistic_regression_without_intercept():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 400)
    differences = rng.normal(size=400) + labels - 0.5
    fitted = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10).fit(differences[:, None], labels)
    found = fit_temperature(differences, labels, "toy").temperature
    assert found == pytest.approx(1 / fitted.coef_.item(), rel=1e-4)


def test_separable_clips_stop_at_the_bound_and_say_so():
    fitted = fit_temperature(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0, 0, 1, 1]), "toy")
    assert fitted.temperature == pytest.approx(0.05)
    assert "separable" in fitted.note


def test_differences_that_tell_nothing_stop_at_the_other_bound_and_say_so():
    fitted = fit_temperature(np.array([2.0, 1.0, -1.0, -2.0]), np.array([0, 0, 1, 1]), "toy")
    assert fitted.temperature == pytest.approx(20)
    assert "do not tell" in fitted.note


def test_at_even_odds_the_counts_of_real_and_fake_change_nothing():
    rng = np.random.default_rng(5)
    labels = (rng.random(4000) < 0.5).astype(np.int64)
    differences = rng.normal(3 * labels - 1.5, 2)
    repeated = np.concatenate([np.arange(len(labels)), *[np.flatnonzero(labels)] * 6])
    once = fit_temperature(differences, labels, "toy", even=True).temperature
    assert fit_temperature(differences[repeated], labels[repeated], "toy", even=True).temperature == pytest.approx(once)
    assert fit_temperature(differences[repeated], labels[repeated], "toy").temperature != pytest.approx(once, rel=0.01)
    knots, again = (
        fit_isotonic(differences[rows], labels[rows], "toy", even=True).knots
        for rows in (np.arange(len(labels)), repeated)
    )
    np.testing.assert_allclose([y for _, y in knots[2:-2]], [y for _, y in again[2:-2]], atol=1e-6)


@pytest.mark.parametrize("fit", [fit_temperature, choose_thresholds])
def test_one_class_is_refused(fit):
    with pytest.raises(InputError, match="2 real and 0 fake"):
        fit(np.array([0.1, 0.2]), np.array([0, 0]), "toy")


@given(st.lists(st.integers(0, 400), min_size=1, max_size=260), st.lists(st.integers(0, 400), min_size=1, max_size=9))
@settings(max_examples=60, deadline=None)
def test_at_most_one_real_in_a_hundred_lies_over_the_threshold_and_no_smaller_one_does(reals, fakes):
    scores = np.array(reals + fakes) / 400
    labels = np.array([0] * len(reals) + [1] * len(fakes))
    chosen = choose_thresholds(scores, labels, "toy")
    real = scores[labels == 0]
    assert (real >= chosen.fpr_1).sum() <= len(reals) / 100
    assert (real >= np.nextafter(chosen.fpr_1, 0)).sum() > len(reals) / 100
    assert chosen.eer <= chosen.fpr_1
    assert (chosen.real_clips, chosen.fake_clips) == (len(reals), len(fakes))


def test_with_few_reals_the_threshold_stands_over_all_of_them():
    scores = np.array([0.1, 0.2, 0.62, 0.3, 0.7, 0.9])
    chosen = choose_thresholds(scores, np.array([0, 0, 0, 1, 1, 1]), "toy")
    assert 0.62 < chosen.fpr_1 < 0.6200001


def test_the_eer_threshold_lies_mid_way_between_the_clips_it_parts():
    scores = np.array([0.1, 0.2, 0.3, 0.8, 0.4, 0.6, 0.7, 0.9])
    chosen = choose_thresholds(scores, np.array([0, 0, 0, 0, 1, 1, 1, 1]), "toy")
    # One real in four over it (0.8), one fake in four under it (0.4).
    assert chosen.eer == pytest.approx(0.5)


def test_where_the_eer_is_below_one_per_cent_nothing_is_inconclusive():
    chosen = choose_thresholds(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1]), "toy")
    assert chosen.eer == chosen.fpr_1


def test_a_calibrated_source_has_a_small_error_and_an_overconfident_one_a_large_one():
    rng = np.random.default_rng(2)
    true = rng.random(30_000)
    labels = (rng.random(30_000) < true).astype(np.int64)
    assert calibration_error(labels, true) < 0.015
    assert calibration_error(labels, (true > 0.5).astype(float)) == pytest.approx(0.25, abs=0.02)


def test_calibration_error_of_two_bins_by_hand():
    labels, fakeness = np.array([0, 1, 1, 1]), np.array([0.1, 0.3, 0.6, 0.8])
    # Bins {0.1, 0.3} and {0.6, 0.8}: |0.2 - 0.5| and |0.7 - 1|, each half the rows.
    assert calibration_error(labels, fakeness, bins=2) == pytest.approx(0.3)


def test_equal_scores_share_a_bin_so_the_order_of_rows_does_not_matter():
    labels = np.array([0] * 30 + [1] * 30)
    assert calibration_error(labels, np.full(60, 0.5)) == pytest.approx(0)


def test_brier_is_the_mean_squared_difference():
    labels, fakeness = np.array([0, 1, 1]), np.array([0.1, 0.3, 0.8])
    assert brier(labels, fakeness) == pytest.approx(((fakeness - labels) ** 2).mean())
    assert brier(np.array([1, 1]), np.array([0.5, 0.5])) == pytest.approx(0.25)
    assert math.isnan(brier(np.zeros(0, np.int64), np.zeros(0)))
    assert math.isnan(calibration_error(np.zeros(0, np.int64), np.zeros(0)))


def test_logits_are_not_taken_for_probabilities():
    for measure in (brier, calibration_error):
        with pytest.raises(InputError, match="row 1"):
            measure(np.array([0, 1]), np.array([0.5, 1.5]))


def test_an_isotonic_curve_is_scikit_learns_between_its_ends():
    rng = np.random.default_rng(3)
    true = 3 * rng.normal(size=400)
    labels = (rng.random(400) < expit(true)).astype(np.int64)
    fitted = fit_isotonic(true, labels, "toy val")
    x, y = np.array(fitted.knots).T
    least = 1 / 402
    expected = IsotonicRegression(y_min=least, y_max=1 - least).fit(true, labels).predict(true)
    np.testing.assert_allclose(np.interp(true, x, y), expected, atol=1e-12)
    assert (np.diff(x) > 0).all()
    assert (np.diff(y) >= 0).all()
    assert (fitted.kind, fitted.note) == ("isotonic", "")
    assert "at will" in fit_isotonic(true[:50], labels[:50], "toy val").note


def test_chance_alone_moves_a_calibrated_detector_by_as_much_as_is_said():
    rng = np.random.default_rng(4)
    true = rng.random(600)
    seen = [calibration_error((rng.random(600) < true).astype(np.int64), true) for _ in range(300)]
    assert reliability((true > 0.5).astype(np.int64), true).by_chance == pytest.approx(np.mean(seen), rel=0.05)


def test_the_bins_of_the_diagram_are_those_of_the_error():
    rng = np.random.default_rng(5)
    fakeness, labels = rng.random(200).round(1), rng.integers(0, 2, 200)
    bins = reliability(labels, fakeness)
    assert sum(bins.clips) == 200
    error = np.abs(np.array(bins.fakeness) - bins.share) @ np.array(bins.clips) / 200
    assert calibration_error(labels, fakeness) == pytest.approx(error)
