"""Verdicts at the edges, and segments on a track drawn by hand."""

import itertools
import math

import numpy as np
import pytest

from barefaced.errors import InputError
from barefaced.metrics.verdict import largest_jump, segments_of, verdict
from barefaced.values.card import Thresholds
from barefaced.values.scores import MomentScore, TrackScore

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
    first, last = segments_of(track(0.9, 0.9, 0.1, 0.1, 0.1, 0.8, 1.0), 0.8, 2.0)
    assert (first.start, first.end, first.fakeness) == (-0.25, 0.5, 0.9)
    assert (last.start, last.end, last.fakeness) == (5.5, 6.25, 1.0)


def test_one_odd_moment_is_no_segment_and_one_calm_moment_does_not_end_one():
    assert segments_of(track(0.1, 0.1, 0.9, 0.1, 0.1), 0.5, 2.0) == ()
    [one] = segments_of(track(0.1, 0.1, 0.9, 0.9, 0.2, 0.9, 0.9, 0.1, 0.1), 0.5, 2.0)
    assert (one.start, one.end) == (1.5, 6.5)


def test_segments_are_apart_in_order_and_of_their_track():
    rng = np.random.default_rng(0)
    for _ in range(50):
        segments = segments_of(track(*rng.random(12), number=3), 0.5, 2.0)
        assert all(segment.track == 3 for segment in segments)
        assert all(a.end < b.start for a, b in itertools.pairwise(segments))
        assert all(segment.start < segment.end for segment in segments)


def test_a_track_over_the_threshold_throughout_is_one_segment_and_one_under_it_none():
    whole = track(*[0.9] * 5)
    assert [(one.start, one.end) for one in segments_of(whole, 0.9, 2.0)] == [(whole.start, whole.end)]
    assert segments_of(whole, 0.91, 2.0) == ()


def test_a_track_without_moments_has_no_segments():
    assert segments_of(TrackScore(0, 0.0, 1.0, 0.9, ()), 0.5, 2.0) == ()


def test_a_stretch_that_stands_out_of_a_calm_track_is_a_jump():
    one = track(0.1, 0.1, 0.12, 0.4, 0.42, 0.38, 0.41, 0.1, 0.11, 0.1)
    [found] = segments_of(one, 0.9, 0.25)
    assert (found.start, found.end, found.kind) == (2.5, 6.5, "jump")
    assert segments_of(one, 0.9, 0.35) == ()
    [high] = segments_of(one, 0.3, 0.25)
    assert high.kind == "high"


def test_a_lone_peak_or_a_short_track_is_no_jump():
    assert largest_jump(np.array([0.1, 0.1, 0.1, 1.0, 0.1, 0.1, 0.1, 0.1]))[0] < 0.35
    assert largest_jump(np.array([0.1, 0.1, 1.0, 1.0, 0.1])) == (0.0, 0, 0)
    assert largest_jump(np.full(20, 0.4))[0] == pytest.approx(0, abs=1e-12)


def test_the_largest_jump_is_the_one_found_by_trying_all():
    rng = np.random.default_rng(3)
    for _ in range(20):
        x = rng.random(11)
        tried = []
        for start in range(11):
            for end in range(start + 3, 12):
                rest = np.concatenate([x[:start], x[end:]])
                if len(rest) >= 3:
                    height = x[start:end].mean() - rest.mean()
                    tried.append((height * np.sqrt((end - start) * len(rest)), height, start, end))
        height, start, end = largest_jump(x)
        assert (height, start, end) == (pytest.approx(max(tried)[1]), *max(tried)[2:])
