"""Ranking metrics against counting by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from barefaced.errors import InputError
from barefaced.metrics.ranking import auc, average_precision, eer, tpr_at_fpr

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), min_size=1, max_size=40)


def pairs_won(labels, scores) -> float:
    fakes, reals = scores[labels == 1], scores[labels == 0]
    won = sum((fake > real) + 0.5 * (fake == real) for fake in fakes for real in reals)
    return won / (len(fakes) * len(reals))


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_auc_is_the_share_of_pairs_won_with_a_tie_counting_half(rows):
    labels, scores = np.array([row[0] for row in rows]), np.array([row[1] / 7 for row in rows])
    if len(set(labels)) < 2:
        assert math.isnan(auc(labels, scores))
        return
    assert auc(labels, scores) == pytest.approx(pairs_won(labels, scores), abs=1e-12)
    u = mannwhitneyu(scores[labels == 1], scores[labels == 0]).statistic
    assert auc(labels, scores) == pytest.approx(u / ((labels == 1).sum() * (labels == 0).sum()), abs=1e-12)


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_metrics_do_not_change_when_rows_move_or_scores_are_stretched(rows):
    labels, scores = np.array([row[0] for row in rows]), np.array([row[1] / 7 for row in rows])
    for metric in (auc, eer, average_precision):
        np.testing.assert_allclose(metric(labels, scores), metric(labels[::-1], scores[::-1]), atol=1e-12)
        np.testing.assert_allclose(metric(labels, scores), metric(labels, 3 * scores**3 - 1), atol=1e-12)


@pytest.mark.parametrize(
    ("reals", "fakes", "expected"),
    [
        ([0.1, 0.2], [0.8, 0.9], 0.0),
        ([0.8, 0.9], [0.1, 0.2], 1.0),
        ([0.5, 0.5, 0.5], [0.5, 0.5], 0.5),
        # Points (0, 1/2), (1/3, 1/2), (1/3, 1): the step at 1/2 is level, and meets 1 - fpr only on its rise at 1/3.
        ([0.1, 0.2, 0.7], [0.6, 0.9], 1 / 3),
        # One tie of a real and a fake: from (0, 0) to (1/2, 1/2), where misses equal false alarms.
        ([0.1, 0.5], [0.5, 0.2], 0.5),
        # Points (0, 2/3), (1/2, 1) by a tie: (1/2) t = 1/3 - t / 3, so t = 2/5.
        ([0.1, 0.5], [0.5, 0.8, 0.9], 0.2),
    ],
)
def test_eer_is_where_the_roc_crosses_as_worked_out_by_hand(reals, fakes, expected):
    labels = np.array([0] * len(reals) + [1] * len(fakes))
    assert eer(labels, np.array(reals + fakes)) == pytest.approx(expected, abs=1e-12)


def test_average_precision_is_the_sum_worked_out_by_hand():
    labels, scores = np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1])
    assert average_precision(labels, scores) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_hits_at_a_false_alarm_rate_are_a_point_of_the_curve():
    labels = np.array([0] * 10 + [1] * 4)
    scores = np.array([0.1] * 9 + [0.8] + [0.05, 0.5, 0.9, 0.95])
    assert tpr_at_fpr(labels, scores, 0.01) == 0.5
    assert tpr_at_fpr(labels, scores, 0.1) == 0.75
    assert tpr_at_fpr(labels, scores, 1.0) == 1.0
    with pytest.raises(InputError, match="got 1\\.5"):
        tpr_at_fpr(labels, scores, 1.5)


@pytest.mark.parametrize("labels", [[], [0, 0], [1, 1]])
def test_with_one_class_or_none_the_answer_is_nan_and_never_a_half(labels):
    labels, scores = np.array(labels, dtype=np.int64), np.linspace(0, 1, len(labels))
    for metric in (auc, eer, average_precision):
        assert math.isnan(metric(labels, scores))
    assert math.isnan(tpr_at_fpr(labels, scores, 0.01))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_refused_and_its_row_named(bad):
    labels, scores = np.array([0, 1, 1, 0]), np.array([0.1, 0.9, bad, 0.2])
    for metric in (auc, eer, average_precision):
        with pytest.raises(InputError, match="row 2"):
            metric(labels, scores)


def test_a_label_that_is_neither_real_nor_fake_is_refused():
    with pytest.raises(InputError, match="2 in row 1"):
        auc(np.array([0, 2]), np.array([0.1, 0.2]))


def test_single_and_double_precision_scores_rank_alike():
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 200), rng.random(200).astype(np.float32)
    for metric in (auc, eer, average_precision):
        assert metric(labels, scores) == metric(labels, scores.astype(np.float64))
