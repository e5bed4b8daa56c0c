"""Moments into a person's number, people into a clip's, and the choice between ways: truths on made tables."""

import math

import numpy as np
import pytest

from barefaced.metrics.aggregation import MOMENTS, find_decider, interval_over_moments, profile
from barefaced.metrics.thresholds import choice_of
from barefaced.values.card import ModelCard
from barefaced.values.scores import MomentScore, ScoreTable, TrackScore


def track(*fakeness: float, number: int = 0) -> TrackScore:
    moments = tuple(MomentScore(10 * at, float(at), one) for at, one in enumerate(fakeness))
    return TrackScore(number, 0.0, float(len(fakeness)), float(np.mean(fakeness)), moments)


def table(clips: dict[str, list[float]], source: str = "made") -> ScoreTable:
    """Clips `real0`, `fake0`, ... of an origin each pair shares."""
    rows = [(name, at, value) for name, values in clips.items() for at, value in enumerate(values)]
    names = np.array([name for name, *_ in rows], object)
    fake = np.array([name.startswith("fake") for name in names])
    return ScoreTable(
        clip=np.array([f"{source}/{name}" for name in names], object),
        track=np.zeros(len(rows), np.int64),
        frame=np.array([at for _, at, _ in rows], np.int64),
        seconds=np.array([float(at) for _, at, _ in rows]),
        fakeness=np.array([value for *_, value in rows]),
        label=fake.astype(np.int64),
        dataset=np.full(len(rows), source, object),
        method=np.where(fake, "swap", "real").astype(object),
        origin=np.array([f"{source}/{name[4:]}" for name in names], object),
    )


def test_every_way_gives_the_number_itself_where_all_moments_agree():
    for aggregate in MOMENTS.values():
        assert aggregate(np.full(7, 0.1)) == pytest.approx(0.1, abs=1e-15)


def test_the_ways_are_what_their_names_say():
    fakeness = np.array([0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6])
    assert MOMENTS["mean"](fakeness) == pytest.approx(0.5)
    assert MOMENTS["median"](fakeness) == pytest.approx(0.5)
    assert MOMENTS["top_quarter"](fakeness) == pytest.approx(0.85)
    assert MOMENTS["max"](fakeness) == 0.9


def test_more_fakeness_at_a_moment_never_makes_a_person_less_suspicious():
    rng = np.random.default_rng(0)
    for _ in range(100):
        before = rng.random(9)
        after = before.copy()
        after[rng.integers(9)] += 0.2
        for aggregate in MOMENTS.values():
            assert aggregate(after) >= aggregate(before)


def test_a_passer_by_does_not_speak_for_the_clip():
    calm, odd, passing = track(*[0.1] * 8), track(*[0.6] * 6, number=1), track(0.99, number=2)
    assert find_decider((calm, odd, passing), "most_suspicious") is odd
    assert find_decider((calm, odd, passing), "longest") is calm
    assert find_decider((), "most_suspicious") is None


def test_forgeries_of_a_part_of_the_clip_choose_the_top_quarter_or_the_highest():
    rng = np.random.default_rng(1)
    clips = {}
    for n in range(40):
        clips[f"real{n}"] = (0.3 + 0.2 * rng.random(12)).tolist()
        # Elsewhere calmer than the real ones: their mean says nothing.
        clips[f"fake{n}"] = [*(0.2 + 0.2 * rng.random(9)), *(0.6 + 0.2 * rng.random(3))]
    made = profile(table(clips), "made clips")
    assert made.aggregation in ("top_quarter", "max")
    assert made.choices["max"].auc.value == 1.0
    assert made.choices["max"].verdicts == {
        "real": {"likely_fake": 0, "inconclusive": 0, "likely_real": 40},
        "fake": {"likely_fake": 40, "inconclusive": 0, "likely_real": 0},
    }
    assert made.choices["mean"].thresholds.chosen_on == "made clips"


def test_where_nothing_is_proven_the_mean_stays():
    rng = np.random.default_rng(2)
    few = {f"{kind}{n}": rng.random(6).tolist() for n in range(4) for kind in ("real", "fake")}
    assert profile(table(few), "few").aggregation == "mean"
    one = {"real0": [0.9, 0.1], "fake0": [0.2, 0.95]}
    assert profile(table(one), "one").aggregation == "mean"


def test_the_interval_over_moments_is_that_of_a_mean():
    rng = np.random.default_rng(1)
    one = track(*rng.random(400))
    found = interval_over_moments(one, "mean", np.random.default_rng(2), draws=4000)
    half = 1.96 * np.std([moment.fakeness for moment in one.moments]) / 20
    assert found.value == one.fakeness
    assert found.high - found.low == pytest.approx(2 * half, rel=0.06)
    assert found == interval_over_moments(one, "mean", np.random.default_rng(2), draws=4000)


def test_one_moment_has_no_interval():
    found = interval_over_moments(track(0.9), "mean", np.random.default_rng(0))
    assert (found.value, math.isnan(found.low), math.isnan(found.high)) == (0.9, True, True)


def joined(*tables: ScoreTable) -> ScoreTable:
    columns = {name: np.concatenate([getattr(one, name) for one in tables]) for name in vars(tables[0])}
    return ScoreTable(**columns)


def clips(count: int, moments: int, rng: np.random.Generator, high: float = 0.0) -> dict[str, list[float]]:
    """Real clips about .3 + high, fake ones about .6; within a clip moments differ by .05 or so."""
    made = {}
    for n in range(count):
        made[f"real{n}"] = (0.3 + high + 0.05 * rng.normal() + 0.05 * rng.normal(size=moments)).tolist()
        made[f"fake{n}"] = (0.6 + 0.05 * rng.normal() + 0.05 * rng.normal(size=moments)).tolist()
    return {name: np.clip(row, 0, 1).tolist() for name, row in made.items()}


def test_there_are_thresholds_for_every_number_of_moments_and_source_that_were_measured():
    rng = np.random.default_rng(3)
    films, shorts, photographs = (
        table(clips(count, moments, rng, high), name)
        for count, moments, high, name in ((40, 17, 0.0, "films"), (30, 9, 0.1, "shorts"), (20, 1, 0.4, "photographs"))
    )
    made = profile(joined(films, shorts, photographs), "val", draws=20)
    rows = [*(choice.thresholds for choice in made.fewer["mean"]), made.choices["mean"].thresholds]
    assert [row.moments for row in rows] == [1, 4, 8, 16]
    assert [[(one.source, one.moments, one.origins) for one in row.sources] for row in rows] == [
        [("films", 1, 40), ("photographs", 1, 20), ("shorts", 1, 30)],
        [("films", 4, 40), ("shorts", 4, 30)],
        [("films", 8, 40), ("shorts", 8, 30)],
        [("films", 16, 40), ("shorts", 9, 30)],
    ]
    for row in rows:
        assert row.fpr_1 == max(one.fpr_1 for one in row.sources)
    # Photographs are the worst, and raise what pictures are judged by, but not what videos are.
    assert rows[0].sources[1].fpr_1 == rows[0].fpr_1 > rows[1].fpr_1
    assert sum(made.choices["mean"].verdicts["real"].values()) == 70
    assert made.fewer["max"][0] == made.fewer["mean"][0]


def test_single_pictures_have_thresholds_of_one_moment_alone():
    made = profile(table(clips(12, 1, np.random.default_rng(4))), "val", draws=20)
    assert made.fewer == dict.fromkeys(MOMENTS, ())
    assert {choice.thresholds.moments for choice in made.choices.values()} == {1}


def test_a_score_is_judged_by_the_row_of_as_many_moments_and_its_own_aggregation():
    made = profile(table(clips(30, 9, np.random.default_rng(5))), "val", draws=20)
    card = ModelCard(
        "m", "1", "b", 64, 24, 80, 1.3, "centerface", 480, 9, (0.5,) * 3, (0.5,) * 3,
        thresholds=made.choices["mean"].thresholds, profile=made,
    )  # fmt: skip
    for aggregation in MOMENTS:
        found = [choice_of(card, aggregation, moments) for moments in (0, 1, 3, 4, 7, 8, 40)]
        first, second, last = *made.fewer[aggregation], made.choices[aggregation]
        assert found == [first, first, first, second, second, last, last]


def test_a_handful_of_videos_gives_no_row_of_its_own_where_many_pictures_stand_beside_it():
    rng = np.random.default_rng(0)
    pictures = {f"{kind}{n}": [float(rng.random())] for n in range(150) for kind in ("real", "fake")}
    videos = {f"{kind}{n}": rng.random(8).tolist() for n in range(4) for kind in ("real", "fake")}
    both = [table(pictures, "pictures"), table(videos, "videos")]
    assert profile(joined(*both), "both", draws=10).choices["mean"].thresholds.moments == 1
    assert profile(both[1], "videos", draws=10).choices["mean"].thresholds.moments == 8
