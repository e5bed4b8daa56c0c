"""From a fakeness to a verdict, and from a track to the stretches that speak for it.

Alphabet: T moments of one person. Fakeness lies in [0, 1]; times are seconds. The thresholds are the model's own,
of its card.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float

from barefaced.errors import InputError
from barefaced.values.card import Thresholds
from barefaced.values.scores import MomentScore, Segment, TrackScore, Verdict


def verdict(fakeness: float | None, thresholds: Thresholds) -> Verdict:
    """Judge a fakeness by the thresholds.

    At or over `fpr_1`: likely fake. Else under `eer`: likely real. Else inconclusive. None: not assessable.

    Raises:
        InputError: the fakeness is NaN.
    """
    if fakeness is None:
        return "not_assessable"
    if math.isnan(fakeness):
        raise InputError(
            expected="a fakeness in [0, 1], or None where nothing could be assessed",
            got="NaN",
            fix="Find where the model's answer stopped being a number.",
        )
    if fakeness >= thresholds.fpr_1:
        return "likely_fake"
    return "likely_real" if fakeness < thresholds.eer else "inconclusive"


SMOOTHED = 3
"""Neighbouring moments whose mean is compared with the threshold: one odd moment is no segment, two in three are."""


LEAST_RUN = 3
"""Moments of a jump, and of what is left beside it."""


def segments_of(track: TrackScore, threshold: float, jump: float) -> tuple[Segment, ...]:
    """Stretches of one person that are suspicious: high by what is usual for real faces, or by what is for this one.

    `high`: runs of moments whose fakeness, the mean with that of its neighbours, is at or over the threshold. `jump`:
    the stretch that stands out most from the rest of the same track, if by at least `jump`; a clip forged for a part
    shows so even where the whole person scores low. It is left out where a `high` one overlaps it.

    In order of time. A segment ends half-way to the neighbouring moment; where there is none, with the track. Its
    fakeness is the mean of its moments as they were scored. A segment shows where to look, and is no verdict.

    Args:
        threshold: of a single moment (`Profile.moment`).
        jump: that hardly a real clip reaches (`Profile.jump`).
    """
    moments = sorted(track.moments, key=lambda moment: moment.seconds)
    cuts = [
        track.start,
        *((one.seconds + other.seconds) / 2 for one, other in itertools.pairwise(moments)),
        track.end,
    ]
    reach = SMOOTHED // 2
    smooth = [_mean_of(moments[max(0, at - reach) : at + reach + 1]) for at in range(len(moments))]
    spans: list[tuple[int, int, Literal["high", "jump"]]] = []
    for over, run in itertools.groupby(range(len(moments)), key=lambda at: smooth[at] >= threshold):
        if over:
            at = list(run)
            spans.append((at[0], at[-1] + 1, "high"))
    height, start, end = largest_jump(np.array([moment.fakeness for moment in moments]))
    if height >= jump and all(last <= start or first >= end for first, last, _ in spans):
        spans.append((start, end, "jump"))
    return tuple(
        Segment(track.track, cuts[first], cuts[last], _mean_of(moments[first:last]), kind)
        for first, last, kind in sorted(spans)
    )


def largest_jump(fakeness: Float[np.ndarray, " T"]) -> tuple[float, int, int]:
    """Find by how much, and from which moment to before which, a stretch stands out most from all the other moments.

    Stretch and rest have at least `LEAST_RUN` moments; with too few for both the answer is (0, 0, 0). Of all stretches
    the one is taken whose difference of means is largest against its own uncertainty (a t statistic with a common
    spread: its factor sqrt(n_in n_out) keeps a lone peak from winning).
    """
    count = len(fakeness)
    if count < 2 * LEAST_RUN:
        return 0.0, 0, 0
    total = np.concatenate([[0.0], np.cumsum(fakeness, dtype=np.float64)])
    start, end = np.triu_indices(count + 1, LEAST_RUN)
    keep = end - start <= count - LEAST_RUN
    start, end = start[keep], end[keep]
    inside = end - start
    height = (total[end] - total[start]) / inside - (total[-1] - total[end] + total[start]) / (count - inside)
    best = int(np.argmax(height * np.sqrt(inside * (count - inside))))
    return float(height[best]), int(start[best]), int(end[best])


def _mean_of(moments: Sequence[MomentScore]) -> float:
    return math.fsum(moment.fakeness for moment in moments) / len(moments)
