from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys_datasets import toy_clip, toy_stored

from barefaced.config import DataSettings
from barefaced.datasets.groups import GroupSampler, domains_of, make_groups
from barefaced.errors import BadConfig

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


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (DataSettings(domains=("swpa",)), "Did you mean swap"),
        (DataSettings(domains=("swap",), held_out=("swap",)), "in both"),
        (DataSettings(domains=("swap", "swap")), "once"),
        (DataSettings(held_out=("puppet", "swap")), "all held out"),
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


sizes = {"groups": st.integers(4, 60), "batch": st.integers(1, 7), "number": st.integers(0, 3)}


@given(**sizes)
def test_alone_every_group_comes_once_an_epoch(groups, batch, number):
    flat = [pair for one in epoch(groups, batch, number=number) for pair in one]
    assert sorted(flat) == [(number, index) for index in range(groups)]


@given(**sizes, world=st.integers(1, 4))
def test_ranks_take_equal_disjoint_shares_and_leave_fewer_groups_than_ranks(groups, batch, number, world):
    ranks = [epoch(groups, batch, rank, world, number) for rank in range(world)]
    assert len({tuple(map(len, batches)) for batches in ranks}) == 1
    flat = [pair for batches in ranks for one in batches for pair in one]
    assert len(set(flat)) == len(flat) > groups - world


@given(**sizes, world=st.integers(1, 4))
def test_step_for_step_all_ranks_together_see_what_one_would(groups, batch, number, world):
    ranks = [epoch(groups, batch, rank, world, number) for rank in range(world)]
    alone = epoch(groups, batch * world, number=number)
    for step, whole in enumerate(alone):
        together = [pair for batches in ranks for pair in (batches[step] if step < len(batches) else [])]
        assert together == whole[: len(whole) // world * world]


@given(**sizes, world=st.integers(1, 3), data=st.data())
def test_resuming_gives_exactly_the_tail(groups, batch, number, world, data):
    whole = epoch(groups, batch, 0, world, number)
    start = data.draw(st.integers(0, len(whole)))
    assert epoch(groups, batch, 0, world, number, start) == whole[start:]


def test_epochs_and_seeds_have_orders_of_their_own():
    orders = [epoch(50, 50, number=number, seed=seed)[0] for number in range(3) for seed in range(3)]
    assert len({tuple(index for _, index in order) for order in orders}) == 9


def test_fewer_groups_than_processes_is_refused():
    with pytest.raises(BadConfig, match="2 groups"):
        GroupSampler(2, 1, 0, rank=0, world=3)
