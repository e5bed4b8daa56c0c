"""From logit differences to fakeness that means what it says, and the thresholds at which a verdict turns.

Alphabet: N clips (or crops). A label is 0 (real) or 1 (fake). A logit difference is fake minus real. Fakeness lies in
[0, 1].
What is fitted here is fitted on a held-out split of the source data, never on a test set; `chosen_on` says which.
"""

import math

import numpy as np
from jaxtyping import Float, Float64, Int, Int64
from scipy.optimize import minimize_scalar
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss

from barefaced.errors import InputError
from barefaced.metrics.ranking import check_rows, has_both, roc_points
from barefaced.results import Reliability
from barefaced.types import Calibration, Thresholds

TEMPERATURES = (0.05, 20.0)
"""Where a temperature is looked for. Data that a threshold separates would ask for 0, and for certainty."""

CALIBRATION_BINS = 15
"""Of the calibration error (as Guo et al., ICML 2017)."""

ISOTONIC_CLIPS = 200
"""Fewer than so many and an isotonic fit says so."""

REALS_PER_FALSE_ALARM = 100
"""Of so many real clips one may lie at or over `Thresholds.fpr_1`."""


def fit_temperature(
    differences: Float[np.ndarray, " N"], labels: Int[np.ndarray, " N"], chosen_on: str, *, even: bool = False
) -> Calibration:
    """The temperature of least negative log likelihood (Guo et al., ICML 2017), within `TEMPERATURES`.

    The likelihood is convex in 1 / temperature, so there is one minimum. At a bound the temperature is the bound and
    the note says so: at the lower one the clips are separable, at the upper one the differences say nothing.

    Args:
        even: real and fake weigh alike, whatever their counts: for a model that learnt at even odds. A temperature
            cannot move the odds; fitted at others than the model learnt at it flattens the scores instead.

    Raises:
        InputError: a difference that is not finite, or one class only.
    """
    _both(labels, differences, "to fit a temperature")
    weights = _weights(labels, even=even)
    # + for a fake, - for a real: the likelihood of a clip is sigmoid(towards / temperature).
    towards = differences.astype(np.float64) * (2 * labels - 1)
    low, high = (math.log(bound) for bound in TEMPERATURES)
    found = minimize_scalar(
        lambda log_temperature: np.average(np.logaddexp(0.0, -towards / math.exp(log_temperature)), weights=weights),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-8},
    )
    for bound, meaning in ((low, "the clips are separable"), (high, "the differences do not tell the classes apart")):
        if abs(found.x - bound) < 1e-3:
            note = f"temperature at its bound of {math.exp(bound):g}: {meaning}"
            return Calibration("temperature", math.exp(bound), chosen_on=chosen_on, note=note)
    return Calibration("temperature", math.exp(found.x), chosen_on=chosen_on)


def fit_isotonic(
    differences: Float[np.ndarray, " N"], labels: Int[np.ndarray, " N"], chosen_on: str, *, even: bool = False
) -> Calibration:
    """The rising curve of least squared error (Zadrozny & Elkan, KDD 2002), joined by straight lines.

    It bends where a temperature cannot, and needs more clips: a few hundred at least. Its level stretches make ties of
    scores that the model told apart. It never says 0 or 1: of N clips the ends stand at 1 / (N + 2) and its complement
    (Laplace's rule).

    Args:
        even: as in `fit_temperature`.

    Raises:
        InputError: a difference that is not finite, or one class only.
    """
    _both(labels, differences, "to fit an isotonic curve")
    least = 1 / (len(labels) + 2)
    fitted = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip")
    fitted.fit(differences.astype(np.float64), labels, sample_weight=_weights(labels, even=even))
    knots = tuple((float(x), float(y)) for x, y in zip(fitted.X_thresholds_, fitted.y_thresholds_, strict=True))
    note = f"{len(labels)} clips bend an isotonic curve at will" if len(labels) < ISOTONIC_CLIPS else ""
    return Calibration("isotonic", knots=knots, chosen_on=chosen_on, note=note)


def choose_thresholds(
    video_scores: Float[np.ndarray, " N"], labels: Int[np.ndarray, " N"], chosen_on: str
) -> Thresholds:
    """Both thresholds of a verdict, from one score per validation clip.

    `fpr_1` is the smallest number with at most 1 % of the real clips at or over it: the next one after a real clip's
    score. With fewer than 100 real clips not one may lie there, so it stands just over the highest real; a new real
    clip then lies over it with a chance of about 1 / (reals + 1), which for few clips is far more than 1 %.

    `eer` is taken where the shares of false alarms and misses differ least; of all numbers with those shares it is the
    middle one. It is never over `fpr_1`: where the EER is under 1 % no score is inconclusive.

    Raises:
        InputError: a score that is not finite, or one class only.
    """
    _both(labels, video_scores, "to choose thresholds")
    reals = np.sort(video_scores[labels == 0].astype(np.float64))[::-1]
    fpr_1 = float(np.nextafter(reals[len(reals) // REALS_PER_FALSE_ALARM], math.inf))
    false_alarms, hits, scores = roc_points(labels, video_scores)
    at = int(np.argmin(np.abs(false_alarms + hits - 1)))
    # Never the first point (infinity): the second one's gap is smaller. The last one has no lower neighbour.
    eer = float((scores[at] + scores[min(at + 1, len(scores) - 1)]) / 2)
    return Thresholds(
        fpr_1=fpr_1,
        eer=min(eer, fpr_1),
        chosen_on=chosen_on,
        real_clips=len(reals),
        fake_clips=len(labels) - len(reals),
    )


def _weights(labels: Int[np.ndarray, " N"], *, even: bool) -> Float64[np.ndarray, " N"]:
    counts = np.bincount(labels, minlength=2)
    return 1 / counts[labels] if even else np.ones(len(labels))


def _both(labels: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"], purpose: str) -> None:
    check_rows(labels, scores)
    if not has_both(labels):
        raise InputError(
            expected=f"real and fake clips {purpose}",
            got=f"{(labels == 0).sum()} real and {(labels == 1).sum()} fake",
            fix="Hold out clips of both classes.",
        )


def calibration_error(
    labels: Int[np.ndarray, " N"], fakeness: Float[np.ndarray, " N"], bins: int = CALIBRATION_BINS
) -> float:
    """Expected calibration error: |mean fakeness - share of fakes| in each bin, weighed by the bin's rows.

    Bins hold about equally many rows (Nixon et al., CVPR-W 2019), cut at the quantiles of the fakeness; equal scores
    are never parted, so ties make bins unequal or fewer. Biased upwards: chance alone parts mean and share, the more
    so the fewer rows (`reliability` says by how much). NaN without rows.

    Raises:
        InputError: fakeness outside [0, 1].
    """
    _probabilities(labels, fakeness)
    if not len(labels):
        return math.nan
    fakeness = fakeness.astype(np.float64)
    bin_of = _bins(fakeness, bins)
    return float(np.abs(np.bincount(bin_of, weights=fakeness - labels)).sum() / len(labels))


def calibration_cuts(
    fakeness: Float64[np.ndarray, " V"], rows: Int[np.ndarray, " V"] | None = None, bins: int = CALIBRATION_BINS
) -> Float64[np.ndarray, " C"]:
    """Where the bins of the calibration error end, rising: quantiles of the fakeness, each standing for `rows` rows."""
    shares = np.arange(1, bins) / bins
    if rows is None:
        return np.quantile(fakeness, shares)
    order = np.argsort(fakeness, kind="stable")
    ends = np.cumsum(rows[order])
    # As numpy's quantile of the rows written out: between the two neighbours of the position sought.
    position = shares * (ends[-1] - 1)
    below, above = (
        fakeness[order][np.searchsorted(ends, at, side="right")] for at in (np.floor(position), np.ceil(position))
    )
    return below + (above - below) * (position - np.floor(position))


def _bins(fakeness: Float64[np.ndarray, " N"], bins: int) -> Int64[np.ndarray, " N"]:
    return np.searchsorted(calibration_cuts(fakeness, None, bins), fakeness, side="left").astype(np.int64)


def reliability(
    labels: Int[np.ndarray, " N"], fakeness: Float[np.ndarray, " N"], bins: int = CALIBRATION_BINS
) -> Reliability:
    """The bins behind `calibration_error`, and what chance alone would make of it.

    Were every row fake with the very chance that its fakeness says, a bin's mean and share would differ by a sum of
    independent errors; `by_chance` is the expectation of |that|, taken as normal. Rows that belong together (frames of
    a clip, forgeries of one original) move it further.

    Raises:
        InputError: fakeness outside [0, 1].
    """
    _probabilities(labels, fakeness)
    fakeness = fakeness.astype(np.float64)
    bin_of = _bins(fakeness, bins) if len(labels) else np.zeros(0, np.int64)
    rows = np.bincount(bin_of)
    kept = rows > 0
    spread = np.bincount(bin_of, weights=fakeness * (1 - fakeness))[kept]
    return Reliability(
        fakeness=tuple((np.bincount(bin_of, weights=fakeness)[kept] / rows[kept]).tolist()),
        share=tuple((np.bincount(bin_of, weights=labels.astype(np.float64))[kept] / rows[kept]).tolist()),
        clips=tuple(rows[kept].tolist()),
        by_chance=float(np.sqrt(2 / np.pi * spread).sum() / len(labels)) if len(labels) else math.nan,
    )


def brier(labels: Int[np.ndarray, " N"], fakeness: Float[np.ndarray, " N"]) -> float:
    """Mean squared difference of fakeness and label (Brier, 1950). NaN without rows.

    Raises:
        InputError: fakeness outside [0, 1].
    """
    _probabilities(labels, fakeness)
    return float(brier_score_loss(labels, fakeness, pos_label=1)) if len(labels) else math.nan


def _probabilities(labels: Int[np.ndarray, " N"], fakeness: Float[np.ndarray, " N"]) -> None:
    check_rows(labels, fakeness)
    outside = np.flatnonzero((fakeness < 0) | (fakeness > 1))
    if outside.size:
        raise InputError(
            expected="fakeness in [0, 1]",
            got=f"{fakeness[outside[0]]} in row {outside[0]}",
            fix="Calibration is of probabilities; turn logits into them first.",
        )
