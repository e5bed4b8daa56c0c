"""From a fakeness to a verdict, and from a track to the stretches that speak for it.

Fakeness lies in [0, 1]; times are seconds. The thresholds are the model's own, of its card.
"""

import itertools
import math

import numpy as np

from barefaced.errors import InputError
from barefaced.metrics.uncertainty import interval
from barefaced.types import Interval, Segment, Thresholds, TrackScore, Verdict


def verdict(fakeness: float | None, thresholds: Thresholds) -> Verdict:
    """At or over `fpr_1`: likely fake. Else under `eer`: likely real. Else inconclusive. None: not assessable.

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


def segments_of(track: TrackScore, thresholds: Thresholds) -> tuple[Segment, ...]:
    """Runs of moments at or over `fpr_1`, in order of time.

    A segment ends half-way to the neighbouring moment; where there is none, with the track. Its fakeness is the mean of
    its moments. The threshold was chosen for the mean of a clip, whose noise is less than one moment's: a segment
    shows where to look, and is no verdict of its own.
    """
    moments = sorted(track.moments, key=lambda moment: moment.seconds)
    cuts = [
        track.start,
        *((one.seconds + other.seconds) / 2 for one, other in itertools.pairwise(moments)),
        track.end,
    ]
    segments = []
    for over, run in itertools.groupby(range(len(moments)), key=lambda at: moments[at].fakeness >= thresholds.fpr_1):
        if over:
            at = list(run)
            fakeness = math.fsum(moments[one].fakeness for one in at) / len(at)
            segments.append(Segment(track.track, cuts[at[0]], cuts[at[-1] + 1], fakeness))
    return tuple(segments)


def most_suspicious(tracks: tuple[TrackScore, ...]) -> TrackScore | None:
    """The track of the largest fakeness, the first of equals; None where there is no track."""
    return max(tracks, key=lambda track: track.fakeness, default=None)


def interval_over_moments(track: TrackScore, rng: np.random.Generator, draws: int = 2000) -> Interval:
    """How far the track's mean would move had other moments of the same clip been looked at: a 95 % bootstrap.

    Moments are drawn as if independent; neighbours are not, so it is rather too narrow. It says nothing of how often
    the model errs, nor of other clips: it is not a confidence in the verdict. NaN bounds with fewer than 2 moments.
    """
    fakeness = np.array([moment.fakeness for moment in track.moments])
    if len(fakeness) < 2:
        return Interval(track.fakeness, math.nan, math.nan)
    means = fakeness[rng.integers(0, len(fakeness), (draws, len(fakeness)))].mean(axis=1)
    return interval(track.fakeness, means)
