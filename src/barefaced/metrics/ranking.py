"""How well scores rank fakes above reals.

Alphabet: N rows. A label is 0 (real) or 1 (fake); a higher score means more likely fake; equal
scores are one threshold.
With one class or no row every metric here is undefined and the answer is NaN: never 0.5, never an error.
A score that is NaN or infinite is refused, because every ranking with it would be an invention.
"""

import math

import numpy as np
from jaxtyping import Float, Float64, Int
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from barefaced.errors import InputError


def check_rows(labels: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"]) -> None:
    """Refuse what cannot be ranked.

    Raises:
        InputError: a score that is NaN or infinite, or a label other than 0 and 1. The first such row, counted from 0,
            is named.
    """
    bad = np.flatnonzero(~np.isfinite(scores))
    if bad.size:
        raise InputError(
            expected="a finite score in every row",
            got=f"{scores[bad[0]]} in row {bad[0]} ({bad.size} such rows)",
            fix="A clip without a score belongs to the clips that could not be assessed, not into the scores.",
        )
    bad = np.flatnonzero((labels != 0) & (labels != 1))
    if bad.size:
        raise InputError(
            expected="labels of 0 (real) and 1 (fake)",
            got=f"{labels[bad[0]]} in row {bad[0]} ({bad.size} such rows)",
            fix="Write 0 for a real row and 1 for a fake one.",
        )


def has_both(labels: Int[np.ndarray, " N"]) -> bool:
    """Tell whether both classes are there."""
    return bool((labels == 0).any() and (labels == 1).any())


def auc(labels: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"]) -> float:
    """Compute the area under the ROC curve: the chance that a fake scores over a real, a tie counting half.

    NaN with one class.

    Raises:
        InputError: see `check_rows`.
    """
    check_rows(labels, scores)
    return float(roc_auc_score(labels, scores)) if has_both(labels) else math.nan


def average_precision(labels: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"]) -> float:
    """Sum of precision times the step in recall over falling thresholds, not interpolated. NaN with one class.

    Raises:
        InputError: see `check_rows`.
    """
    check_rows(labels, scores)
    return float(average_precision_score(labels, scores)) if has_both(labels) else math.nan


def eer(labels: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"]) -> float:
    """Equal error rate: where the ROC curve, its points joined by straight lines, crosses miss rate = false-alarm rate.

    NaN with one class.

    Raises:
        InputError: see `check_rows`.
    """
    check_rows(labels, scores)
    if not has_both(labels):
        return math.nan
    false_alarms, hits, _ = roc_points(labels, scores)
    gap = false_alarms + hits - 1
    after = int(np.argmax(gap >= 0))
    # The curve starts at (0, 0), where the gap is -1, and rises: there is a point before.
    before = after - 1
    share = -gap[before] / (gap[after] - gap[before])
    return float(false_alarms[before] + share * (false_alarms[after] - false_alarms[before]))


def tpr_at_fpr(labels: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"], fpr: float) -> float:
    """Compute the largest share of fakes found by a threshold that raises false alarms on at most `fpr` of the reals.

    A point of the curve, not between points: with few reals this is the rate at zero false alarms. NaN with one class.

    Raises:
        InputError: see `check_rows`; or `fpr` outside [0, 1].
    """
    if not 0 <= fpr <= 1:
        raise InputError(expected="a false-alarm rate in [0, 1]", got=str(fpr), fix="Give a share, say 0.01.")
    check_rows(labels, scores)
    if not has_both(labels):
        return math.nan
    false_alarms, hits, _ = roc_points(labels, scores)
    return float(hits[false_alarms <= fpr].max())


def roc_points(
    labels: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"], weights: Float[np.ndarray, " N"] | None = None
) -> tuple[Float64[np.ndarray, " V"], Float64[np.ndarray, " V"], Float64[np.ndarray, " V"]]:
    """False-alarm rate, hit rate and threshold at every distinct score from the highest down.

    The first point is (0, 0) at the threshold infinity. Both classes must be there.
    """
    # Thresholds in double precision compare with a score as the score they came from.
    false_alarms, hits, thresholds = roc_curve(
        labels, scores.astype(np.float64), sample_weight=weights, drop_intermediate=False
    )
    return false_alarms, hits, thresholds


def partial_auc(labels: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"], fpr: float) -> float:
    """Compute the area under the ROC curve up to `fpr`, standardised (McClish, 1989): 0.5 is chance, 1 perfect.

    NaN with one class.

    Raises:
        InputError: see `check_rows`; or `fpr` outside (0, 1].
    """
    if not 0 < fpr <= 1:
        raise InputError(expected="a false-alarm rate in (0, 1]", got=str(fpr), fix="Give a share, say 0.01.")
    check_rows(labels, scores)
    return float(roc_auc_score(labels, scores, max_fpr=fpr)) if has_both(labels) else math.nan


def rates_at(labels: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"], threshold: float) -> tuple[float, float]:
    """Compute the shares of reals and of fakes at or over `threshold`: false alarms and hits.

    NaN for a class without a row.

    Raises:
        InputError: see `check_rows`.
    """
    check_rows(labels, scores)
    over = scores >= threshold
    false_alarms, hits = (float(over[labels == kind].mean()) if (labels == kind).any() else math.nan for kind in (0, 1))
    return false_alarms, hits
