"""Thresholds against what they promise: known answers, invariants, and the bound by simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from barefaced.errors import InputError
from barefaced.metrics.thresholds import choose_thresholds, false_alarm_bound, for_moments, limit, spread
from barefaced.values.card import Thresholds
from barefaced.values.scores import VideoScores


def videos(reals, fakes, sources=None, origins=None, methods=None) -> VideoScores:
    """Real scores, then fake ones; each clip its own origin, of one data set by one method, unless told otherwise."""
    count, label = len(reals) + len(fakes), np.array([0] * len(reals) + [1] * len(fakes))
    clips = np.array([f"clip{n}" for n in range(count)], object)
    return VideoScores(
        clip=clips,
        fakeness=np.array([*reals, *fakes], np.float64),
        label=label,
        dataset=np.array(sources if sources is not None else ["made"] * count, object),
        method=np.array(methods if methods is not None else np.where(label == 0, "real", "swap"), object),
        origin=clips if origins is None else np.array(origins, object),
        frames=np.ones(count, np.int64),
    )


@pytest.mark.parametrize(
    ("over", "reals", "bound"),
    [
        (0, 299, 0.00997),
        (0, 120, 0.02466),
        (0, 59, 0.04951),
        (1, 473, 0.00999),
        (2, 628, 0.00999),
        (4, 447, 0.02036),
        (3, 100, 0.07571),
        (5, 5, 1.0),
    ],
)
def test_the_bound_is_the_one_of_the_tables(over, reals, bound):
    assert false_alarm_bound(over, reals) == pytest.approx(bound, rel=2e-3)


def test_one_real_fewer_than_299_promises_no_one_per_cent():
    assert false_alarm_bound(0, 299) <= 0.01 < false_alarm_bound(0, 298)
    assert false_alarm_bound(1, 473) <= 0.01 < false_alarm_bound(1, 472)


@given(st.integers(1, 700), st.data())
@settings(max_examples=80, deadline=None)
def test_at_the_bound_so_few_over_are_seen_one_time_in_twenty(reals, data):
    over = data.draw(st.integers(0, reals - 1))
    bound = false_alarm_bound(over, reals)
    assert binom.cdf(over, reals, bound) == pytest.approx(0.05, rel=1e-6)
    assert over / reals < bound
    assert false_alarm_bound(over + 1, reals) > bound


def test_more_over_than_there_are_or_no_reals_is_refused():
    for over, reals in ((1, 0), (0, 0), (3, 2), (-1, 4)):
        with pytest.raises(InputError, match="real"):
            false_alarm_bound(over, reals)


@pytest.mark.parametrize("counts", [(120, 120), (299, 60), (40, 1000)])
def test_the_bound_of_the_very_clips_that_chose_is_broken_one_time_in_twenty_at_most(counts):
    rng = np.random.default_rng(sum(counts))
    broken, broken_alone, runs = 0, 0, 1500
    for _ in range(runs):
        # Uniform scores: over a threshold t lie 1 - t of all real faces. The second source's are a little lower.
        first, second = rng.random(counts[0]), rng.random(counts[1]) - 0.01
        own = limit(first)
        shipped = max(own, limit(second))
        broken_alone += 1 - own > false_alarm_bound(int((first >= own).sum()), counts[0])
        broken += 1 - shipped > false_alarm_bound(int((first >= shipped).sum()), counts[0])
    # Exactly one in twenty by theory, for either; three standard deviations.
    slack = 3 * np.sqrt(0.05 * 0.95 / runs)
    assert broken_alone / runs == pytest.approx(0.05, abs=slack)
    assert broken / runs <= 0.05 + slack


@given(
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from("abc")), min_size=1, max_size=260),
    st.lists(st.integers(0, 400), min_size=1, max_size=9),
)
@settings(max_examples=60, deadline=None)
def test_the_threshold_holds_for_every_source_and_no_smaller_one_holds_for_the_worst(reals, fakes):
    real, source = np.array([score for score, _ in reals]) / 400, np.array([name for _, name in reals])
    chosen = choose_thresholds(videos(real, np.array(fakes) / 400, [*source, *["a"] * len(fakes)]), "toy")
    for one in chosen.sources:
        own = real[source == one.source]
        assert one.origins == len(own)
        assert one.over == (own >= one.fpr_1).sum() <= len(own) / 100
        assert (own >= np.nextafter(one.fpr_1, 0)).sum() > len(own) / 100
        assert one.fpr_1 <= chosen.fpr_1
        assert one.over_shipped == (own >= chosen.fpr_1).sum() <= one.over
        assert one.bound_shipped == false_alarm_bound(one.over_shipped, len(own)) <= one.bound
    assert [one.source for one in chosen.sources] == sorted(set(source))
    assert chosen.fpr_1 == max(one.fpr_1 for one in chosen.sources)
    assert chosen.eer <= chosen.fpr_1
    assert (chosen.real_clips, chosen.fake_clips) == (len(reals), len(fakes))


def test_with_few_reals_the_threshold_stands_over_all_of_them():
    assert 0.62 < limit(np.array([0.1, 0.2, 0.62])) < 0.6200001


def test_clips_of_one_origin_count_once_by_the_highest():
    reals = [0.1 + n / 1000 for n in range(99)] + [0.9, 0.8, 0.2]
    origins = [f"person {n}" for n in range(99)] + ["loud"] * 3 + ["fake"]
    [one] = choose_thresholds(videos(reals, [0.95], origins=origins), "toy").sources
    # A hundred people: the loudest alone may lie over it, with all three clips.
    assert (one.origins, one.over) == (100, 1)
    assert one.fpr_1 == pytest.approx(0.198)
    [alone] = choose_thresholds(videos(reals, [0.95], origins=[""] * 103), "toy").sources
    assert (alone.origins, alone.over) == (102, 1)


def test_the_eer_threshold_lies_mid_way_between_the_clips_it_parts():
    chosen = choose_thresholds(videos([0.1, 0.2, 0.3, 0.8], [0.4, 0.6, 0.7, 0.9]), "toy")
    # One real in four over it (0.8), one fake in four under it (0.4).
    assert chosen.eer == pytest.approx(0.5)


def test_where_the_eer_is_below_one_per_cent_nothing_is_inconclusive():
    chosen = choose_thresholds(videos([0.1, 0.2], [0.8, 0.9]), "toy")
    assert chosen.eer == chosen.fpr_1


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_forgeries_made_again_and_a_larger_set_of_alike_reals_move_neither_threshold(seed):
    rng = np.random.default_rng(seed)
    reals, fakes = rng.random(80).round(2), rng.random(120).round(2) + 0.2
    sources = np.array(["a"] * 60 + ["b"] * 20 + ["a"] * 120, object)
    methods = np.array(["real"] * 80 + ["swap"] * 90 + ["blend"] * 30, object)
    plain = choose_thresholds(videos(reals, fakes, sources, methods=methods), "toy")
    again = np.flatnonzero(methods == "swap")
    more = np.concatenate([np.arange(200), *[again] * 5])
    scores = np.concatenate([reals, fakes])[more]
    grown = choose_thresholds(videos(scores[:80], scores[80:], sources[more], methods=methods[more]), "toy")
    assert (grown.fpr_1, grown.eer) == (plain.fpr_1, plain.eer)


def test_one_class_is_refused():
    with pytest.raises(InputError, match="2 real and 0 fake"):
        choose_thresholds(videos([0.1, 0.2], []), "toy")


def test_moments_are_taken_evenly_and_never_twice():
    assert spread(9, 1).tolist() == [4]
    assert spread(8, 4).tolist() == [1, 3, 5, 7]
    for count in range(1, 40):
        for wanted in range(1, 40):
            chosen = spread(count, wanted)
            assert len(set(chosen.tolist())) == min(count, wanted)
            assert 0 <= chosen.min() <= chosen.max() < count


def test_the_row_is_that_of_the_nearest_number_of_moments_not_above():
    rows = [Thresholds(moments=moments) for moments in (1, 4, 8)]
    found = [for_moments(rows, moments).moments for moments in (0, 1, 2, 3, 4, 7, 8, 100)]
    assert found == [1, 1, 1, 1, 4, 4, 8, 8]
    assert for_moments([Thresholds(0.7)], 12).fpr_1 == 0.7
