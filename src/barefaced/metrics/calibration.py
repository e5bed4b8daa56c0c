"""From logit differences to fakeness that means what it says, and how well it does.

Alphabet: N clips (or crops). A label is 0 (real) or 1 (fake). A logit difference is fake minus real. Fakeness lies in
[0, 1].
What is fitted here is fitted on a held-out split of the source data, never on a test set; `chosen_on` says which.
"""

import math

import numpy as np
from jaxtyping import Float, Float64, Int, Int64, Shaped
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss

from barefaced.errors import InputError
from barefaced.metrics.ranking import check_rows, has_both
from barefaced.metrics.score_columns import factorize
from barefaced.values.card import Calibration
from barefaced.values.evaluation import Reliability

TEMPERATURES = (0.05, 20.0)
"""Where a temperature is looked for. Data that a threshold separates would ask for 0, and for certainty."""

BOUNDS = dict(
    zip(TEMPERATURES, ("the clips are separable", "the differences do not tell the classes apart"), strict=True)
)

CALIBRATION_BINS = 15
"""Of the calibration error (as Guo et al., ICML 2017)."""

ISOTONIC_CLIPS = 200
"""Fewer than so many and an isotonic fit says so."""


def balanced_weights(
    labels: Int[np.ndarray, " N"], datasets: Shaped[np.ndarray, " N"], methods: Shaped[np.ndarray, " N"]
) -> Float64[np.ndarray, " N"]:
    """Weigh each row where no mixture is to decide: 1 in all, half of it the reals' and half the fakes'.

    Of the reals' half each data set has an equal share, of the fakes' half each method of each data set; rows within a
    share weigh alike. A set with ten times the clips, or forgeries made five times over, move nothing.
    """
    (sets, _), (kinds, names) = factorize(datasets), factorize(methods)
    group = (sets * len(names) + kinds) * 2 + labels
    _, at, rows = np.unique(group, return_inverse=True, return_counts=True)
    groups = np.array([len(np.unique(group[labels == kind])) for kind in (0, 1)])
    return 1 / (2.0 * groups[labels] * rows[at])


def fit_platt(
    differences: Float[np.ndarray, " N"],
    labels: Int[np.ndarray, " N"],
    weights: Float[np.ndarray, " N"],
    chosen_on: str,
) -> Calibration:
    """Scale and shift of least negative log likelihood (Platt, 1999), the temperature within `TEMPERATURES`.

    Fakeness is sigmoid((difference - shift) / temperature). With `balanced_weights`, .5 means even odds where real and
    fake are equally frequent, whatever their counts here. The likelihood is convex in 1 / temperature and
    shift / temperature, so there is one minimum, within the bounds too. At a bound the note says so: at the lower one
    the clips are separable, at the upper one the differences say nothing.

    Args:
        weights: of each row, positive; both classes' sum to the same.

    Raises:
        InputError: a difference that is not finite, or one class only.
    """
    check_both_classes(labels, differences, "to fit a calibration")
    share = weights.astype(np.float64) / weights.sum()
    middle = float(share @ differences)
    spread = float(np.sqrt(share @ (differences - middle) ** 2)) if np.ptp(differences) else 1.0
    scaled = (differences.astype(np.float64) - middle) / spread
    side = 2.0 * labels - 1

    def loss(at: Float64[np.ndarray, "2"]) -> tuple[float, Float64[np.ndarray, "2"]]:
        towards = side * (at[0] * scaled + at[1])
        slope = -share * side * expit(-towards)
        return float(share @ np.logaddexp(0.0, -towards)), np.array([slope @ scaled, slope.sum()])

    bounds = [(spread / TEMPERATURES[1], spread / TEMPERATURES[0]), (None, None)]
    start = np.array([bounds[0][0], 0.0])
    steepness, offset = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 0, "gtol": 1e-12, "maxiter": 1000}
    ).x
    temperature = float(np.clip(spread / steepness, *TEMPERATURES))
    shift = middle - float(offset) * temperature
    note = ""
    for bound, meaning in BOUNDS.items():
        if math.isclose(temperature, bound, rel_tol=1e-3):
            note = f"temperature at its bound of {bound:g}: {meaning}"
    return Calibration("platt", temperature, shift, chosen_on=chosen_on, note=note, balanced=_balanced(labels, share))


def fit_isotonic(
    differences: Float[np.ndarray, " N"],
    labels: Int[np.ndarray, " N"],
    weights: Float[np.ndarray, " N"],
    chosen_on: str,
) -> Calibration:
    """Fit the rising curve of least squared error (Zadrozny & Elkan, KDD 2002), joined by straight lines.

    It bends where Platt's cannot, and needs more clips: a few hundred at least. Its level stretches make ties of
    scores that the model told apart. It never says 0 or 1: of N clips the ends stand at 1 / (N + 2) and its complement
    (Laplace's rule).

    Args:
        weights: as in `fit_platt`.

    Raises:
        InputError: a difference that is not finite, or one class only.
    """
    check_both_classes(labels, differences, "to fit a calibration")
    least = 1 / (len(labels) + 2)
    fitted = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip")
    fitted.fit(differences.astype(np.float64), labels, sample_weight=weights * len(weights))
    knots = tuple((float(x), float(y)) for x, y in zip(fitted.X_thresholds_, fitted.y_thresholds_, strict=True))
    note = f"{len(labels)} clips bend an isotonic curve at will" if len(labels) < ISOTONIC_CLIPS else ""
    return Calibration(
        "isotonic", knots=knots, chosen_on=chosen_on, note=note, balanced=_balanced(labels, weights / weights.sum())
    )


def _balanced(labels: Int[np.ndarray, " N"], share: Float64[np.ndarray, " N"]) -> bool:
    return math.isclose(float(share[labels == 1].sum()), 0.5, rel_tol=1e-9)


def check_both_classes(labels: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"], purpose: str) -> None:
    """Refuse clips of which nothing can be chosen.

    Raises:
        InputError: a score that is not finite, or one class only.
    """
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
    """Compute the expected calibration error at equal class weights: reals weigh a half together, fakes the other.

    The sum over bins of |mean fakeness - share of fakes|, both so weighed, times the bin's weight. Bins weigh about
    the same (Nixon et al., CVPR-W 2019), cut at the quantiles of the fakeness; equal scores are never parted, so ties
    make bins unequal or fewer. How many fakes there are for a real moves nothing. Biased upwards: chance alone parts
    mean and share, the more so the fewer rows (`reliability` says by how much). NaN without rows of both classes.

    Raises:
        InputError: fakeness outside [0, 1].
    """
    _probabilities(labels, fakeness)
    if not has_both(labels):
        return math.nan
    fakeness = fakeness.astype(np.float64)
    at, weight = _binned(labels, fakeness, bins)
    return float(np.abs(np.bincount(at, weights=weight * (fakeness - labels))).sum())


def calibration_cuts(
    fakeness: Float64[np.ndarray, " V"],
    reals: Int[np.ndarray, " V"],
    fakes: Int[np.ndarray, " V"],
    bins: int = CALIBRATION_BINS,
) -> Float64[np.ndarray, " C"]:
    """Find where the bins of the calibration error end, rising: the lowest fakeness up to which lies 1/bins of the
    weight, 2/bins, ... Reals and fakes weigh the same together.

    Args:
        fakeness: values in any order.
        reals: how many reals have each; at least one in all.
        fakes: how many fakes.
    """
    order = np.argsort(fakeness, kind="stable")
    # Whole numbers, so that no rounding moves a row: a real weighs as many as there are fakes, and the other way round.
    weight = np.cumsum(
        reals[order].astype(np.int64) * int(fakes.sum()) + fakes[order].astype(np.int64) * int(reals.sum())
    )
    return fakeness[order][np.searchsorted(weight * bins, np.arange(1, bins) * weight[-1])]


def _binned(
    labels: Int[np.ndarray, " N"], fakeness: Float64[np.ndarray, " N"], bins: int
) -> tuple[Int64[np.ndarray, " N"], Float64[np.ndarray, " N"]]:
    """The bin of each row and its weight, 1 in all. There are rows of both classes."""
    cuts = calibration_cuts(fakeness, 1 - labels, labels, bins)
    weight = 1 / (2.0 * np.bincount(labels, minlength=2)[labels])
    return np.searchsorted(cuts, fakeness, side="left").astype(np.int64), weight


def reliability(
    labels: Int[np.ndarray, " N"], fakeness: Float[np.ndarray, " N"], bins: int = CALIBRATION_BINS
) -> Reliability:
    """Draw up the bins behind `calibration_error`, and what chance alone would make of it; none without both classes.

    Were every row fake with the very chance that its fakeness says at even odds, shifted to the odds of R reals and F
    fakes, then a row of fakeness f would move its bin's excess by a chance amount of variance f (1 - f) / (4 R F).
    `by_chance` is the expectation of the sum of |excess|, taken as normal. Rows that belong together (frames of a clip,
    forgeries of one original) move it further.

    Raises:
        InputError: fakeness outside [0, 1].
    """
    _probabilities(labels, fakeness)
    if not has_both(labels):
        return Reliability((), (), (), math.nan)
    fakeness = fakeness.astype(np.float64)
    at, weight = _binned(labels, fakeness, bins)
    rows, total = np.bincount(at), np.bincount(at, weights=weight)
    kept = rows > 0
    spread = np.bincount(at, weights=fakeness * (1 - fakeness))[kept]
    pairs = int((labels == 0).sum()) * int((labels == 1).sum())
    return Reliability(
        fakeness=tuple((np.bincount(at, weights=weight * fakeness)[kept] / total[kept]).tolist()),
        share=tuple((np.bincount(at, weights=weight * labels)[kept] / total[kept]).tolist()),
        clips=tuple(rows[kept].tolist()),
        by_chance=float(np.sqrt(2 / np.pi * spread / (4 * pairs)).sum()),
        weight=tuple(total[kept].tolist()),
    )


def brier(labels: Int[np.ndarray, " N"], fakeness: Float[np.ndarray, " N"]) -> float:
    """Compute the mean squared difference of fakeness and label (Brier, 1950). NaN without rows.

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
