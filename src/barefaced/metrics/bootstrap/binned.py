"""Every metric of thousands of weighted draws at once, from counts of rows in bins of score.

A draw gives each row a weight. All that the metrics need of it is how many reals and how many fakes, so weighed, lie in
each bin from the highest score down. Up to `BINS` distinct scores have a bin each, and the metrics are exact: equal to
scikit-learn's with those weights. More scores share bins, cut finely among the reals and finest at their top, where
the low false-alarm rates are decided. A pair within one bin counts as a tie: AUC is then off by about a bin's share of
pairs squared (`benchmarks/evaluation.py bins`: 4e-5 of 10,000 rows, 6e-6 of 100,000).
Only the bounds stand on this, never a value.

Alphabet: N rows, K bins in falling order of score, B draws at a time, E bins of the calibration error, M metrics in the
order of `evaluation.METRICS`. A label is 0 (real) or 1 (fake).
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int, Int64, Integer

from barefaced.metrics.calibration import calibration_cuts
from barefaced.values.card import Thresholds
from barefaced.values.evaluation import METRICS

BINS = 2048
"""Of a table with more distinct scores."""
TOP = 0.02
"""A quarter of the bins is kept for this share of the reals, the highest."""
LOW_FPR, LOWEST_FPR = 0.01, 0.001
"""False-alarm rates at which TPR is given; the first also bounds the partial AUC."""


@dataclass(frozen=True)
class ScoreBins:
    """Where the scores of one table are cut, and which bins its rows fell into."""

    row_bins: Int64[np.ndarray, " N"]
    """The bin of each row, 0 the highest."""
    mean: Float64[np.ndarray, " K"]
    """Mean score in each bin; its lower cut where none is in it."""
    square: Float64[np.ndarray, " K"]
    """Mean square of the scores in each bin."""
    lowest: Float64[np.ndarray, " K"]
    """The lower cut: a score at or over it is in the bin or in one before."""

    def __len__(self) -> int:
        return len(self.lowest)


def bin_scores(
    labels: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"], thresholds: Thresholds, bins: int = BINS
) -> ScoreBins:
    """Put scores into bins; equal scores are never parted, and both thresholds are cuts."""
    scores = scores.astype(np.float64)
    distinct = np.unique(scores)
    exact = len(distinct) <= bins
    if not exact:
        reals, fakes = (np.sort(scores[labels == kind]) for kind in (0, 1))
        wanted = [distinct[:1]]
        for rows, shares in (
            (reals, np.linspace(0, 1, bins // 2)),
            (reals, 1 - TOP * np.linspace(0, 1, bins // 4)),
            (fakes, np.linspace(0, 1, bins // 4)),
        ):
            if len(rows):
                wanted.append(rows[np.rint(shares * (len(rows) - 1)).astype(np.int64)])
        distinct = np.unique(np.concatenate(wanted))
    lowest = np.union1d(distinct, [thresholds.eer, thresholds.fpr_1])
    rising = np.searchsorted(lowest, scores, side="right") - 1
    mean, square = lowest, lowest**2
    if not exact:
        # In order of score: the sums do not depend on the order of the rows.
        ordered = np.sort(scores)
        bin_of = np.searchsorted(lowest, ordered, side="right") - 1
        rows = np.bincount(bin_of, minlength=len(lowest))
        mean = np.where(rows > 0, np.bincount(bin_of, ordered, len(lowest)) / np.maximum(rows, 1), mean)
        square = np.where(rows > 0, np.bincount(bin_of, ordered**2, len(lowest)) / np.maximum(rows, 1), square)
    return ScoreBins((len(lowest) - 1 - rising).astype(np.int64), mean[::-1], square[::-1], lowest[::-1])


@dataclass(frozen=True)
class BinMetrics:
    """What turns counts of rows in bins into metrics."""

    mean: Float64[np.ndarray, " K"]
    square: Float64[np.ndarray, " K"]
    over_eer: int
    """Bins at or over the threshold of equal error."""
    over_fpr_1: int
    ends: Int64[np.ndarray, " E"] | None
    """First bin of each stretch of the calibration error; None: the scores are no probabilities."""


def prepare_metrics(
    bins: ScoreBins, thresholds: Thresholds, reals: Int[np.ndarray, " K"], fakes: Int[np.ndarray, " K"]
) -> BinMetrics:
    """Prepare the metrics of that part of a table that has so many reals and fakes in each bin."""
    ends = None
    if ((bins.mean >= 0) & (bins.mean <= 1))[reals + fakes > 0].all() and reals.any() and fakes.any():
        cuts = calibration_cuts(bins.mean, reals, fakes)
        stretch = np.searchsorted(cuts, bins.mean, side="left")
        ends = np.flatnonzero(np.append(True, stretch[1:] != stretch[:-1])).astype(np.int64)
    return BinMetrics(
        mean=bins.mean,
        square=bins.square,
        over_eer=int((bins.lowest >= thresholds.eer).sum()),
        over_fpr_1=int((bins.lowest >= thresholds.fpr_1).sum()),
        ends=ends,
    )


def metrics_from_counts(
    reals: Integer[np.ndarray, "K B"], fakes: Integer[np.ndarray, "K B"], bins: BinMetrics
) -> Float64[np.ndarray, "B M"]:
    """Compute the metrics of each draw from its counts; NaN where a class has none.

    Counts are whole numbers, so AUC and EER are exact up to their last division.
    """
    reals, fakes = reals.astype(np.float64), fakes.astype(np.float64)
    fp, tp = np.cumsum(reals, axis=0), np.cumsum(fakes, axis=0)
    real, fake = fp[-1], tp[-1]
    undefined = (real == 0) | (fake == 0)
    real, fake = np.where(undefined, 1, real), np.where(undefined, 1, fake)
    pairs = np.cumsum(reals * (tp - fakes / 2), axis=0)
    false_alarms = fp / real
    values = {
        "auc": pairs[-1] / (real * fake),
        "ap": np.einsum("kb,kb->b", fakes, tp / np.maximum(tp + fp, 1)) / fake,
        "eer": _eer(fp, tp, real, fake),
        "pauc_fpr_1": _partial(false_alarms, fp, tp, pairs, reals, fakes, real, fake),
    }
    for name, rate in (("tpr_at_fpr_1", LOW_FPR), ("tpr_at_fpr_0_1", LOWEST_FPR)):
        values[name] = _before(tp, (false_alarms <= rate).sum(axis=0)) / fake
    wrong, right = _first(fp, bins.over_eer), _first(tp, bins.over_eer)
    values["accuracy"] = (real - wrong + right) / (real + fake)
    values["balanced_accuracy"] = (1 - wrong / real + right / fake) / 2
    values["false_alarms"] = _first(fp, bins.over_fpr_1) / real
    values["found"] = _first(tp, bins.over_fpr_1) / fake
    values["ece"] = values["brier"] = np.full(len(real), math.nan)
    if bins.ends is not None:
        rows = reals + fakes
        # Reals weigh a half together, fakes the other.
        excess = reals * (bins.mean[:, None] / real) + fakes * ((bins.mean[:, None] - 1) / fake)
        values["ece"] = np.abs(np.add.reduceat(excess, bins.ends, axis=0)).sum(axis=0) / 2
        squares = bins.square @ rows - 2 * (bins.mean @ fakes) + fakes.sum(axis=0)
        values["brier"] = squares / (real + fake)
    table = np.stack([values[name] for name in METRICS], axis=1)
    table[undefined] = math.nan
    return table


def _first(counts: Float64[np.ndarray, "K B"], bins: int) -> Float64[np.ndarray, " B"]:
    """Running counts after the first `bins` bins."""
    return counts[bins - 1] if bins else np.zeros(counts.shape[1])


def _before(counts: Float64[np.ndarray, "K B"], bins: Int64[np.ndarray, " B"]) -> Float64[np.ndarray, " B"]:
    """Running counts after the first `bins` bins, another number for each draw."""
    before = np.take_along_axis(counts, np.maximum(bins - 1, 0)[None], axis=0)[0]
    return np.where(bins > 0, before, 0.0)


def _eer(
    fp: Float64[np.ndarray, "K B"],
    tp: Float64[np.ndarray, "K B"],
    real: Float64[np.ndarray, " B"],
    fake: Float64[np.ndarray, " B"],
) -> Float64[np.ndarray, " B"]:
    # False-alarm rate less miss rate, times both counts: whole numbers, rising along the curve from below zero.
    gap = fp * fake + tp * real - real * fake
    after = (gap >= 0).argmax(axis=0)
    gaps = np.take_along_axis(gap, after[None], axis=0)[0], np.where(after > 0, _before(gap, after), -real * fake)
    alarms = np.take_along_axis(fp, after[None], axis=0)[0], _before(fp, after)
    share = -gaps[1] / (gaps[0] - gaps[1])
    return (alarms[1] + share * (alarms[0] - alarms[1])) / real


def _partial(
    false_alarms: Float64[np.ndarray, "K B"],
    fp: Float64[np.ndarray, "K B"],
    tp: Float64[np.ndarray, "K B"],
    pairs: Float64[np.ndarray, "K B"],
    reals: Float64[np.ndarray, "K B"],
    fakes: Float64[np.ndarray, "K B"],
    real: Float64[np.ndarray, " B"],
    fake: Float64[np.ndarray, " B"],
) -> Float64[np.ndarray, " B"]:
    whole = (false_alarms <= LOW_FPR).sum(axis=0)
    # In the bin that crosses the bound the curve is a straight line.
    across = np.minimum(whole, len(fp) - 1)[None]
    rest = LOW_FPR * real - _before(fp, whole)
    slope = np.take_along_axis(fakes, across, axis=0)[0] / np.maximum(np.take_along_axis(reals, across, axis=0)[0], 1)
    area = (_before(pairs, whole) + rest * (_before(tp, whole) + slope * rest / 2)) / (real * fake)
    least = LOW_FPR**2 / 2
    return (1 + (area - least) / (LOW_FPR - least)) / 2
