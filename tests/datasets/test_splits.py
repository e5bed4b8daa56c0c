import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys_datasets import toy_clip

from barefaced.config.recipe import DataSettings
from barefaced.datasets.splits import assign, leaks
from barefaced.errors import BadConfig


def pairs(*swaps: tuple[int, int]) -> list:
    """Real clips and the forgeries (target, source) among them."""
    people = sorted({person for swap in swaps for person in swap})
    return [toy_clip(f"{person:03}") for person in people] + [
        toy_clip(f"{target:03}", "swap", name=f"{target:03}_{source:03}", source=f"{source:03}")
        for target, source in swaps
    ]


MUTUAL = pairs(*((a, a + 1) for a in range(0, 20, 2)), *((a + 1, a) for a in range(0, 20, 2)))

graphs = st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), min_size=1, max_size=30)


@given(graphs, st.floats(0, 0.9), st.integers(0, 5))
def test_no_person_is_ever_in_two_parts(swaps, share, seed):
    clips = pairs(*swaps)
    parts = assign(clips, DataSettings(val_share=share), seed)
    assert set(parts) == {clip.origin for clip in clips}
    assert leaks(clips, parts) == ()
    assert "train" in parts.values()


@given(graphs, st.randoms(use_true_random=False))
def test_the_order_of_the_clips_does_not_matter(swaps, shuffler: random.Random):
    clips = pairs(*swaps)
    before = assign(clips, DataSettings(), 3)
    shuffler.shuffle(clips)
    assert assign(clips, DataSettings(), 3) == before


@given(st.integers(0, 50), st.floats(0.01, 0.9))
def test_two_pairs_are_enough_to_validate_on_a_forgery(seed, share):
    clips = pairs((0, 1), (1, 0), (2, 3), (3, 2))
    parts = assign(clips, DataSettings(val_share=share), seed)
    assert sorted(parts.values()) == ["train", "train", "val", "val"]


def test_the_share_is_of_people_and_the_seed_chooses_them():
    chosen = set()
    for seed in range(20):
        val = {origin for origin, part in assign(MUTUAL, DataSettings(val_share=0.2), seed).items() if part == "val"}
        assert len(val) == 4
        chosen |= val
    assert len(chosen) > 10


def test_real_people_without_a_forgery_do_not_use_up_the_validation():
    lone = [toy_clip(f"{n}") for n in range(100, 200)]
    val = [o for o, part in assign(MUTUAL + lone, DataSettings(val_share=0.1), 0).items() if part == "val"]
    assert sum(origin < "toy/1" for origin in val) == 2
    assert len(val) == 12


def test_a_forgery_whose_real_clip_is_not_there_is_not_all_that_is_validated_on():
    orphans = [toy_clip(f"{n}", "swap", source=f"{n + 1}") for n in range(100, 160, 2)]
    for seed in range(10):
        parts = assign(MUTUAL + orphans, DataSettings(val_share=0.1), seed)
        val = [clip for clip in MUTUAL if parts[clip.origin] == "val"]
        assert {clip.label for clip in val} == {0, 1}


def test_one_person_more_moves_nobody_else():
    before = assign(MUTUAL, DataSettings(val_share=0.2), 0)
    after = assign([*MUTUAL, toy_clip("900")], DataSettings(val_share=0.2), 0)
    assert {origin: after[origin] for origin in before} == before


def test_a_data_sets_own_split_is_taken():
    clips = [toy_clip("1", split="train"), toy_clip("2", split="val"), toy_clip("3", split="test"), toy_clip("4")]
    assert assign(clips, DataSettings(), 0) == {"toy/1": "train", "toy/2": "val", "toy/3": "test", "toy/4": "train"}


def test_an_origin_with_one_clip_in_the_test_list_is_a_test_origin():
    clips = [toy_clip("1", split="train"), toy_clip("1", "swap", split="test"), toy_clip("2", split="train")]
    assert assign(clips, DataSettings(), 0)["toy/1"] == "test"


def test_named_origins_win_by_full_or_bare_name():
    settings = DataSettings(val_origins=("toy/000", "001"), test_origins=("002",))
    parts = assign(MUTUAL, settings, 0)
    assert {origin for origin, part in parts.items() if part == "val"} == {"toy/000", "toy/001"}
    assert {origin for origin, part in parts.items() if part == "test"} == {"toy/002"}


def test_a_pair_torn_apart_by_hand_is_reported():
    (first, second) = leaks(MUTUAL, assign(MUTUAL, DataSettings(val_origins=("000",)), 0))
    assert (first.person, second.person) == ("toy/000", "toy/001")
    assert first.splits == ("train", "val")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (DataSettings(val_origins=("0001",)), "Did you mean"),
        (DataSettings(val_origins=("000",), test_origins=("toy/000",)), "in both"),
        (DataSettings(test_origins=tuple(f"{n:03}" for n in range(20))), "20 test"),
    ],
)
def test_what_cannot_be_split_is_refused(settings, says):
    with pytest.raises(BadConfig, match=says):
        assign(MUTUAL, settings, 0)


def test_a_bare_name_of_two_data_sets_is_refused():
    other = replace(toy_clip("1"), clip="other/1", dataset="other", origin="other/1", identity="other/1")
    clips = [toy_clip("1"), other]
    with pytest.raises(BadConfig, match="other/1 and toy/1"):
        assign(clips, DataSettings(val_origins=("1",)), 0)
