from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys_datasets import toy_clip, toy_stored

from barefaced.config.recipe import DataSettings
from barefaced.datasets.groups import GroupSampler, GroupSet, balanced, domains_of, loose_groups, make_groups
from barefaced.errors import BadConfig
from barefaced.values.dataset import Group

REAL = toy_clip("001")
SWAP = toy_clip("001", "swap", name="001_002")
PUPPET = toy_clip("001", "puppet", name="001_003")
DOMAINS = ("swap", "puppet")


def stored(clip, *moments, **fields):
    return [toy_stored(clip, moment, **fields) for moment in moments]


def test_a_group_is_one_origin_at_one_moment_in_the_order_of_the_domains():
    crops = stored(REAL, 0, 1) + stored(SWAP, 0, 1) + stored(PUPPET, 0, 1)
    made = make_groups([REAL, SWAP, PUPPET], crops[::-1], DOMAINS, "skip")
    assert made.methods == ("real", "swap", "puppet")
    assert [group.moment for group in made.groups] == [0, 1]
    for group in made.groups:
        assert [crop.clip for crop in group.crops if crop] == [REAL.clip, SWAP.clip, PUPPET.clip]
        assert {crop.moment for crop in group.crops if crop} == {group.moment}
    assert (made.holes, made.without_real, made.without_forgery, made.skipped) == ((0, 0), 0, 0, 0)


def test_a_hole_is_left_or_its_group_is_and_both_are_counted():
    crops = stored(REAL, 0, 1, 2, 3) + stored(SWAP, 0, 1, 4) + stored(PUPPET, 1)
    clips = [REAL, SWAP, PUPPET]
    present = make_groups(clips, crops, DOMAINS, "present")
    assert [[crop is not None for crop in group.crops] for group in present.groups] == [[1, 1, 0], [1, 1, 1]]
    skip = make_groups(clips, crops, DOMAINS, "skip")
    assert [group.moment for group in skip.groups] == [1]
    assert (present.holes, present.without_real, present.without_forgery, present.skipped) == ((0, 1), 1, 2, 0)
    assert (skip.holes, skip.skipped) == ((0, 1), 1)


moments = st.sets(st.integers(0, 6), max_size=6)


@given(moments, moments, moments, st.sampled_from(["skip", "present"]))
def test_a_neighbours_frame_never_fills_a_hole(real, swap, puppet, holes):
    crops = stored(REAL, *real) + stored(SWAP, *swap) + stored(PUPPET, *puppet)
    usable = real & swap & puppet if holes == "skip" else real & (swap | puppet)
    if not usable:
        with pytest.raises(BadConfig, match="left out for their holes"):
            make_groups([REAL, SWAP, PUPPET], crops, DOMAINS, holes)
        return
    made = make_groups([REAL, SWAP, PUPPET], crops, DOMAINS, holes)
    assert {group.moment for group in made.groups} == usable
    for group in made.groups:
        assert [crop is not None for crop in group.crops] == [group.moment in of for of in (real, swap, puppet)]
        assert all(crop.moment == group.moment for crop in group.crops if crop)


def test_compressions_other_people_and_other_parts_do_not_mix():
    low = toy_clip("001", "swap", clip="toy/c40/swap/001_002", compression="c40")
    other = toy_clip("009", "swap", name="009_001")
    crops = stored(REAL, 0) + stored(SWAP, 0) + stored(low, 0) + stored(other, 0)
    crops += stored(PUPPET, 0, subject=False) + stored(PUPPET, 0, track=1, subject=False)
    made = make_groups([REAL, SWAP, PUPPET, low, other], crops, DOMAINS, "present")
    (group,) = made.groups
    assert [crop and crop.clip for crop in group.crops] == [REAL.clip, SWAP.clip, None]
    assert made.without_real == 2
    assert make_groups([REAL, SWAP], crops, ("swap",), "skip").without_real == 0


def test_one_target_with_many_faces_uses_every_forgery_and_repeats_the_real():
    fakes = [toy_clip("001", "swap", name=f"001_{n}") for n in range(3)]
    crops = stored(REAL, 0) + stored(PUPPET, 0) + [crop for fake in fakes for crop in stored(fake, 0)]
    made = make_groups([REAL, PUPPET, *fakes], crops, DOMAINS, "skip")
    used = Counter(crop.clip for group in made.groups for crop in group.crops if crop)
    assert used == {REAL.clip: 3, PUPPET.clip: 3} | {fake.clip: 1 for fake in fakes}


def test_domains_are_those_named_or_all_that_are_not_held_out():
    clips = [REAL, SWAP, PUPPET]
    assert domains_of(clips, DataSettings()) == ("puppet", "swap")
    assert domains_of(clips, DataSettings(domains=DOMAINS)) == DOMAINS
    assert domains_of(clips, DataSettings(held_out=("swap",))) == ("puppet",)
    assert domains_of(clips, DataSettings(val_methods=("puppet",))) == ("swap",)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (DataSettings(domains=("swpa",)), "Did you mean swap"),
        (DataSettings(domains=("swap",), held_out=("swap",)), "in both"),
        (DataSettings(val_methods=("swap",), held_out=("swap",)), "in both"),
        (DataSettings(domains=("swap", "swap")), "once"),
        (DataSettings(held_out=("puppet", "swap")), "all held out or kept"),
    ],
)
def test_domains_that_cannot_be_are_refused(settings, says):
    with pytest.raises(BadConfig, match=says):
        domains_of([REAL, SWAP, PUPPET], settings)


def epoch(groups, batch, rank=0, world=1, number=0, start=0, seed=0):
    sampler = GroupSampler(groups, batch, seed, rank=rank, world=world)
    sampler.seek(number, start)
    batches = list(sampler)
    assert len(batches) == len(sampler)
    return batches


@st.composite
def shared_out(draw):
    world = draw(st.integers(1, 5))
    return {
        "groups": draw(st.integers(1, 60)),
        "batch": draw(st.integers(world, 9)),
        "number": draw(st.integers(0, 3)),
    }, world


@given(shared_out())
def test_all_ranks_together_see_every_group_once_an_epoch(drawn):
    sizes, world = drawn
    flat = [pair for rank in range(world) for one in epoch(**sizes, rank=rank, world=world) for pair in one]
    assert sorted(flat) == [(sizes["number"], index) for index in range(sizes["groups"])]


@given(shared_out())
def test_step_for_step_ranks_share_evenly_what_one_would_see(drawn):
    sizes, world = drawn
    alone = epoch(**sizes)
    ranks = [epoch(**sizes, rank=rank, world=world) for rank in range(world)]
    for step, whole in enumerate(alone):
        parts = [batches[step] for batches in ranks]
        assert [pair for part in parts for pair in part] == whole
        assert max(map(len, parts)) - min(map(len, parts)) <= 1
        assert len(whole) == GroupSampler(sizes["groups"], sizes["batch"], 0).size(step)
    assert {len(batches) for batches in ranks} == {len(alone)}


@given(shared_out(), st.data())
def test_resuming_gives_exactly_the_tail(drawn, data):
    sizes, world = drawn
    rank = data.draw(st.integers(0, world - 1))
    whole = epoch(**sizes, rank=rank, world=world)
    start = data.draw(st.integers(0, len(whole)))
    assert epoch(**sizes, rank=rank, world=world, start=start) == whole[start:]


def test_epochs_and_seeds_have_orders_of_their_own():
    orders = [epoch(50, 50, number=number, seed=seed)[0] for number in range(3) for seed in range(3)]
    assert len({tuple(index for _, index in order) for order in orders}) == 9


def test_fewer_groups_a_step_than_processes_is_refused():
    with pytest.raises(BadConfig, match=r"optim.groups 2, rank 0 of 3"):
        GroupSampler(9, 2, 0, rank=0, world=3)


def test_rare_domains_and_small_sets_come_more_often_by_whole_numbers():
    def made(origin, *there):
        crops = tuple(toy_stored(REAL if k == 0 else SWAP, 0) if k in there else None for k in range(3))
        return Group(origin=origin, compression="", moment=0, crops=crops)

    groups = (*(made(f"a/{n}", 0, 1) for n in range(6)), made("b/0", 0, 1, 2), made("b/1", 0, 2))
    found = GroupSet(groups, ("real", "swap", "puppet"), (1, 6), 0, 0, 0)
    sets = [group.origin[0] for group in groups]
    assert balanced(found, "groups", sets) is found
    often = Counter(group.origin for group in balanced(found, "domains", sets).groups)
    # swap 7 times, puppet 2: groups that hold puppet come round(3.5) = 4 times.
    assert often == {f"a/{n}": 1 for n in range(6)} | {"b/0": 4, "b/1": 4}
    often = Counter(group.origin for group in balanced(found, "sets", sets).groups)
    assert often == {f"a/{n}": 1 for n in range(6)} | {"b/0": 3, "b/1": 3}


def test_groups_of_strangers_use_every_crop_and_leave_no_hole():
    clips = [toy_clip(f"{n:03}") for n in range(5)] + [toy_clip(f"9{n}", "swap") for n in range(2)]
    clips += [toy_clip("777", "puppet")]
    crops = [toy_stored(clip, 0) for clip in clips]
    found = loose_groups(clips, crops, ("puppet", "swap"), np.random.default_rng(0))
    assert found.methods == ("real", "puppet", "swap")
    assert len(found.groups) == 5
    used = Counter(crop.clip for group in found.groups for crop in group.crops)
    assert set(used) == {clip.clip for clip in clips}
    swaps = [used[clip.clip] for clip in clips if clip.method == "swap"]
    assert sorted(swaps) == [2, 3]
    again = loose_groups(clips, crops[::-1], ("puppet", "swap"), np.random.default_rng(0))
    assert again == found
    with pytest.raises(BadConfig, match="none of mask"):
        loose_groups(clips, crops, ("mask",), np.random.default_rng(0))
