"""The thresholds at which a verdict turns, and what can be promised of them.

A threshold belongs to what is judged (one picture, or the mean of so many moments) and to where it comes from: real
faces of one data set score higher than those of another. So there is one for each number of moments and each source of
the real validation clips, and the one that is used is the highest of the sources'.

Alphabet: N clips, O origins. Fakeness lies in [0, 1]. What is chosen here is chosen on validation clips, never on a
test set; `chosen_on` says which.
"""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float64, Int64, Shaped
from scipy.stats import beta

from barefaced.errors import InputError
from barefaced.metrics.calibration import balanced_weights, check_both_classes
from barefaced.metrics.ranking import roc_points
from barefaced.metrics.score_columns import factorize
from barefaced.values.card import Choice, ModelCard, SourceThreshold, Thresholds
from barefaced.values.scores import Interval, VideoScores

MOMENTS = (1, 4, 8, 16, 32)
"""Numbers of moments that have thresholds of their own, where the validation clips have that many."""

REALS_PER_FALSE_ALARM = 100
"""Of so many real origins one may lie at or over `Thresholds.fpr_1`."""

FEW_REALS = 59
"""Origins with none of which over a threshold it promises 5 %; fewer promise less."""

CONFIDENCE = 0.95
"""Of a bound."""


def false_alarm_bound(over: int, reals: int) -> float:
    """Compute the largest false-alarm rate that fits `over` of `reals`: one-sided 95 % (Clopper & Pearson, 1934).

    The reals that chose a threshold bound it as well as new ones would: where it stands just over the (k + 1)-th
    highest of n, its rate is distributed as Beta(k + 1, n - k) (Wilks, 1941), whose quantile this is. Raising it to
    another source's threshold and counting again keeps that.

    Raises:
        InputError: no reals, or more over the threshold than there are.
    """
    if not 0 <= over <= reals or not reals:
        raise InputError(
            expected="at least one real, and no more over the threshold than there are",
            got=f"{over} of {reals}",
            fix="Count the real origins of the validation clips, and those of them at or over the threshold.",
        )
    return 1.0 if over == reals else float(beta.ppf(CONFIDENCE, over + 1, reals - over))


def limit(reals: Float[np.ndarray, " O"]) -> float:
    """Find the smallest number with at most 1 % of `reals` at or over it: the next one after a real's score.

    With fewer than 100 not one may lie there, so it stands just over the highest; a new one then lies over it with a
    chance of about 1 / (reals + 1), which for few is far more than 1 % (`false_alarm_bound`).
    """
    highest_first = np.sort(reals.astype(np.float64))[::-1]
    return float(np.nextafter(highest_first[len(reals) // REALS_PER_FALSE_ALARM], math.inf))


def choose_thresholds(videos: VideoScores, chosen_on: str) -> Thresholds:
    """Both thresholds of a verdict, from one score per validation clip.

    `fpr_1` holds for the worst source: it is the largest `limit` of the data sets' real origins. `eer` is taken where
    the shares of false alarms and misses differ least, by `calibration.balanced_weights`; of all numbers with those
    shares it is the middle one. It is never over `fpr_1`: where the EER is lower no score is inconclusive.

    Args:
        videos: `frames` are the moments that a score sums up. A clip of no known origin is its own.

    Raises:
        InputError: a score that is not finite, or one class only.
    """
    check_both_classes(videos.label, videos.fakeness, "to choose thresholds")
    real = videos.label == 0
    own = {
        str(source): _of_origins(videos, real & (videos.dataset == source))
        for source in factorize(videos.dataset[real])[1]
    }
    limits = {source: limit(reals) for source, reals in own.items()}
    fpr_1 = max(limits.values())
    weights = balanced_weights(videos.label, videos.dataset, videos.method)
    false_alarms, hits, scores = roc_points(videos.label, videos.fakeness, weights)
    # Rounded: of equal gaps the first, whatever the weights' last bits.
    at = int(np.argmin(np.abs(false_alarms + hits - 1).round(12)))
    # Never the first point (infinity): the second one's gap is smaller. The last one has no lower neighbour.
    eer = float((scores[at] + scores[min(at + 1, len(scores) - 1)]) / 2)
    return Thresholds(
        fpr_1=fpr_1,
        eer=min(eer, fpr_1),
        chosen_on=chosen_on,
        real_clips=int(real.sum()),
        fake_clips=int((~real).sum()),
        moments=int(videos.frames.max()),
        sources=tuple(
            _source(
                source, int(np.median(videos.frames[real & (videos.dataset == source)])), reals, limits[source], fpr_1
            )
            for source, reals in own.items()
        ),
    )


def _of_origins(videos: VideoScores, inside: Shaped[np.ndarray, " N"]) -> Float64[np.ndarray, " O"]:
    """The highest score of each origin's clips: it lies over a threshold if any of them does."""
    alone = videos.origin == ""
    names = np.where(alone, "?" + videos.clip.astype(object), "=" + videos.origin.astype(object))
    at, origins = factorize(names[inside])
    highest = np.full(len(origins), -math.inf)
    np.maximum.at(highest, at, videos.fakeness[inside].astype(np.float64))
    return highest


def _source(name: str, moments: int, reals: Float64[np.ndarray, " O"], own: float, shipped: float) -> SourceThreshold:
    over, over_shipped = (int((reals >= threshold).sum()) for threshold in (own, shipped))
    return SourceThreshold(
        source=name,
        moments=moments,
        fpr_1=own,
        origins=len(reals),
        over=over,
        bound=false_alarm_bound(over, len(reals)),
        over_shipped=over_shipped,
        bound_shipped=false_alarm_bound(over_shipped, len(reals)),
    )


def spread(count: int, wanted: int) -> Int64[np.ndarray, " M"]:
    """Choose which of `count` moments in order of time stand for all: `wanted` of them, in the middle of as many equal
    parts; all where there are no more.
    """
    wanted = min(count, wanted)
    return (np.arange(wanted) * 2 + 1) * count // (2 * wanted)


def for_moments(rows: Sequence[Thresholds], moments: int) -> Thresholds:
    """Pick the row of the nearest number of moments that is not above `moments`; the first where there is none.

    Args:
        rows: rising by their moments, at least one.
    """
    return [rows[0], *(row for row in rows if row.moments <= moments)][-1]


def rows_of(card: ModelCard, aggregation: str = "mean") -> tuple[Thresholds, ...]:
    """List a card's thresholds for each number of moments, rising; the mean's for an unknown aggregation."""
    choices = card.profile.choices
    last = choices[aggregation].thresholds if aggregation in choices else card.thresholds
    fewer = card.profile.fewer.get(aggregation if aggregation in choices else "mean", ())
    return (*(choice.thresholds for choice in fewer), last)


def choice_of(card: ModelCard, aggregation: str, moments: int) -> Choice:
    """Pick what a score of so many moments, summed up so, is judged by.

    An aggregation that the card does not know lends the thresholds of the mean, of which nothing was measured.
    """
    chosen, profile = for_moments(rows_of(card, aggregation), moments), card.profile
    if aggregation not in profile.choices:
        return Choice(chosen, Interval(math.nan, math.nan, math.nan))
    choices = (*profile.fewer.get(aggregation, ()), profile.choices[aggregation])
    return next(choice for choice in choices if choice.thresholds is chosen)
