"""What a card's calibration and thresholds promise, in the same words everywhere."""

import math
from collections.abc import Iterator, Mapping

from barefaced.metrics.thresholds import REALS_PER_FALSE_ALARM, rows_of
from barefaced.values.card import Calibration, ModelCard, SourceThreshold, Thresholds

SELECTED = (
    "The bound holds for real faces like those measured, and with 95 % confidence: others may do worse. Real clips of "
    "one original count once."
)

HARDLY_ANY = 20
"""Origins of a source under which its bound (14 % at best) is not quoted where there are others: it is named."""


def calibration_text(calibration: Calibration) -> str:
    """Say how a calibration was fitted, in a few words."""
    if calibration.kind == "isotonic":
        how = f"isotonic, {len(calibration.knots)} knots"
    elif calibration.kind == "platt":
        how = f"Platt scaling, temperature {calibration.temperature:.3f}, shift {calibration.shift:.3f}"
    else:
        return f"{calibration.kind}, temperature {calibration.temperature:.3f}"
    if not calibration.balanced:
        return how
    return f"{how}; real and fake weighed alike, so .5 is even odds where they are equally frequent"


def promise(thresholds: Thresholds, *, counts: bool = True) -> str:
    """Say what is promised of the threshold of `likely_fake`: of the source of which least is.

    Args:
        counts: with the numbers that the promise stands on.
    """
    if not thresholds.sources:
        if not thresholds.real_clips:
            return "chosen on nothing, so nothing is promised"
        return f"at most 1 % of {thresholds.real_clips} real validation clips lay there; no bound is on the card"
    worst = least_promised(thresholds)
    few = [f"{one.source} ({one.origins})" for one in thresholds.sources if one.origins < HARDLY_ANY <= worst.origins]
    measured = f"{worst.over_shipped} of {worst.origins} of {worst.source} lie over it; 95 % bound"
    measured += f"; too few to say of {', '.join(few)}" if few else ""
    if worst.bound_shipped <= 1 / REALS_PER_FALSE_ALARM:
        words = "1 % or less of real faces like those measured"
    else:
        words = f"at most {percent(worst.bound_shipped)} of real faces like those measured"
    return f"{words} ({measured})" if counts else words


def least_promised(thresholds: Thresholds) -> SourceThreshold:
    """Pick the source with the largest bound at the threshold that is used, of those with `HARDLY_ANY` origins where
    there are such; there are sources.
    """
    enough = [source for source in thresholds.sources if source.origins >= HARDLY_ANY]
    return max(enough or thresholds.sources, key=lambda source: source.bound_shipped)


def found_elsewhere(shares: Mapping[str, float]) -> str:
    """Say in one sentence how many forgeries made by others a detector finds.

    Args:
        shares: found at the threshold of `likely_fake`, by test set; empty where nothing was measured.
    """
    if not shares:
        return "How many forgeries made by others this detector finds was not measured."
    low, high = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
    span = f"{share(shares[low])} ({low})"
    if low != high:
        span += f" to {share(shares[high])} ({high})"
    return f"Of forgeries made by others, this detector found {span} in tests."


def share(value: float) -> str:
    """Write a share as a per cent, to a tenth."""
    return f"{round(100 * value, 1):g} %"


def percent(bound: float) -> str:
    """Write a bound, rounded up to a tenth of a per cent: never less than it is."""
    return f"{math.ceil(round(1000 * bound, 9)) / 10:g} %"


def averaging_text(thresholds: Thresholds, aggregation: str) -> str:
    """Say what the thresholds are for."""
    if thresholds.moments == 1:
        return "one picture"
    return f"{aggregation.replace('_', ' ')} of {thresholds.moments} moments or more"


def threshold_lines(card: ModelCard) -> Iterator[tuple[str, str]]:
    """Give a name and a sentence for each threshold of a card."""
    rows = rows_of(card, card.profile.aggregation)
    of = [f", {averaging_text(row, card.profile.aggregation)}" if row.moments else "" for row in rows]
    if len(rows) == 1 and rows[0].moments == 1:
        of = [f", one picture or the {card.profile.aggregation.replace('_', ' ')} of several"]
    for row, what in zip(rows, of, strict=True):
        yield f"likely_fake from{what}", f"{row.fpr_1:.3f}: {promise(row)}"
    for row, what in zip(rows, of, strict=True):
        alike = ", each method and each data set's reals weighed alike" if row.sources else ""
        yield f"likely_real under{what}", f"{row.eer:.3f} (equal error rate{alike})"
    counts = [f"{row.real_clips} real, {row.fake_clips} fake clips{what}" for row, what in zip(rows, of, strict=True)]
    yield "chosen on", f"{rows[-1].chosen_on or 'nothing'}: {'; '.join(counts)}"


SOURCE_HEAD = (
    "scores of",
    "real faces of",
    "threshold for them",
    "originals over it",
    "95 % bound",
    "over the one used",
    "95 % bound",
)


def source_rows(card: ModelCard) -> list[tuple[str, ...]]:
    """Give a row for each number of moments and source, under `SOURCE_HEAD`; none where the card does not know."""
    return [
        (
            "1 picture" if one.moments == 1 else f"{one.moments} moments",
            one.source,
            f"{one.fpr_1:.3f}",
            f"{one.over} of {one.origins}",
            percent(one.bound),
            f"{one.over_shipped} of {one.origins} ({row.fpr_1:.3f})",
            percent(one.bound_shipped),
        )
        for row in rows_of(card, card.profile.aggregation)
        for one in row.sources
    ]
