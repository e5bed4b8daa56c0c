"""Verdicts at the edges, and segments on a track drawn by hand."""

import itertools
import math

import numpy as np
import pytest

from barefaced.errors import InputError
from barefaced.metrics.verdicts import interval_over_moments, most_suspicious, segments_of, verdict
from barefaced.types import MomentScore, Thresholds, TrackScore

THRESHOLDS = Thresholds(fpr_1=0.8, eer=0.4)


def track(*fakeness: float, number: int = 0) -> TrackScore:
    moments = tuple(MomentScore(10 * at, float(at), one) for at, one in enumerate(fakeness))
    return TrackScore(number, -0.25, len(fakeness) - 0.75, float(np.mean(fakeness)), moments)


@pytest.mark.parametrize(
    ("fakeness", "expected"),
    [
        (1.0, "likely_fake"),
        (0.8, "likely_fake"),
        (0.79, "inconclusive"),
        (0.4, "inconclusive"),
        (0.39, "likely_real"),
        (0.0, "likely_real"),
        (None, "not_assessable"),
    ],
)
def test_a_verdict_turns_exactly_at_its_thresholds(fakeness, expected):
    assert verdict(fakeness, THRESHOLDS) == expected


def test_not_a_number_has_no_verdict():
    with pytest.raises(InputError, match="NaN"):
        verdict(math.nan, THRESHOLDS)


def test_a_segment_ends_half_way_to_its_neighbours_and_otherwise_with_the_track():
    first, last = segments_of(track(0.9, 0.1, 0.2, 0.8, 1.0), THRESHOLDS)
    assert (first.start, first.end, first.fakeness) == (-0.25, 0.5, 0.9)
    assert (last.start, last.end, last.fakeness) == (2.5, 4.25, pytest.approx(0.9))


def test_segments_hold_every_moment_over_the_threshold_and_no_other():
    rng = np.random.default_rng(0)
    for _ in range(50):
        one = track(*rng.random(12), number=3)
        segments = segments_of(one, Thresholds(fpr_1=0.5, eer=0.2))
        for moment in one.moments:
            inside = any(segment.start <= moment.seconds <= segment.end for segment in segments)
            assert inside == (moment.fakeness >= 0.5)
        assert all(segment.track == 3 for segment in segments)
        assert all(a.end < b.start for a, b in itertools.pairwise(segments))


def test_a_track_without_moments_has_no_segments():
    assert segments_of(TrackScore(0, 0.0, 1.0, 0.9, ()), THRESHOLDS) == ()


def test_the_most_suspicious_person_has_the_largest_mean():
    calm, odd = track(0.1, 0.3), track(0.6, 0.7, number=1)
    assert most_suspicious((calm, odd)) is odd
    assert most_suspicious(()) is None


def test_the_interval_over_moments_is_that_of_a_mean():
    rng = np.random.default_rng(1)
    one = track(*rng.random(400))
    found = interval_over_moments(one, np.random.default_rng(2), draws=4000)
    half = 1.96 * np.std([moment.fakeness for moment in one.moments]) / 20
    assert found.value == one.fakeness
    assert found.high - found.low == pytest.approx(2 * half, rel=0.06)
    assert found == interval_over_moments(one, np.random.default_rng(2), draws=4000)


def test_one_moment_has_no_interval():
    found = interval_over_moments(track(0.9), np.random.default_rng(0))
    assert (found.value, math.isnan(found.low), math.isnan(found.high)) == (0.9, True, True)
