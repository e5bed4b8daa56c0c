"""Groups drawn anew from several stores."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from toys_datasets import SIDE, toy_clip, toy_crops, toy_store

from barefaced.config.pictures import PixelSettings
from barefaced.config.recipe import DataSettings
from barefaced.datasets.data_loader import load_batches
from barefaced.datasets.groups import GroupSampler
from barefaced.datasets.selection import select
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig

PAIRED = [toy_clip(f"{n:03}") for n in range(6)] + [
    toy_clip(f"{n:03}", method) for n in range(6) for method in ("swap", "puppet") if (n, method) != (2, "puppet")
]
LOOSE = [toy_clip(f"l{n:03}") for n in range(4)] + [toy_clip(f"f{n:03}", "swap") for n in range(7)]
REALS = [toy_clip(f"r{n:03}") for n in range(3)]


@pytest.fixture
def stores(tmp_path: Path) -> list[Store]:
    return [toy_store(tmp_path / "paired", PAIRED), toy_store(tmp_path / "loose", LOOSE)]


def settings(stores: list[Store], **more) -> DataSettings:
    values = {"stores": tuple(str(store.path) for store in stores), "shares": (0.75, 0.25), "val_share": 0.0}
    return DataSettings(**(values | more))


def mixture(stores: list[Store], **more):
    found = select(settings(stores, **more), 3).groups
    assert found.mixture is not None
    return found.mixture, found.methods


def clip_of(picture) -> str:
    return Path(picture.place).parent.name


def test_each_store_gives_its_share_and_each_real_clip_comes_as_often_as_any_other(stores):
    mixed, _ = mixture(stores, epoch_groups=16)
    assert [source.count for source in mixed.sources] == [12, 4]
    seen = Counter(clip_of(mixed.draw(epoch, at)[0]) for epoch in range(6) for at in range(len(mixed)))
    assert sorted(seen.values()) == [6] * 4 + [12] * 6


def test_an_epoch_of_fewer_groups_than_clips_goes_on_where_the_last_one_ended(stores):
    mixed, _ = mixture(stores, epoch_groups=4)
    seen = Counter(clip_of(mixed.draw(epoch, at)[0]) for epoch in range(2) for at in range(3))
    assert len(seen) == 6


def test_a_forgery_is_of_its_group_s_real_clip_and_moment_where_the_store_says_of_what(stores):
    mixed, methods = mixture(stores, stored=0)
    for epoch in range(8):
        for at in range(len(mixed)):
            drawn = mixed.draw(epoch, at)
            real, *forged = drawn
            assert real is not None
            origin = clip_of(real).split("-")[3]
            for k, one in enumerate(forged, start=1):
                if one is not None and origin.startswith("0"):
                    assert f"-{methods[k]}-{origin}-" in clip_of(one)
                    assert Path(one.place).name == Path(real.place).name
            if origin.startswith("l"):
                assert [one is not None for one in forged] == [methods[k] == "swap" for k in (1, 2)]
                assert "-f0" in clip_of(next(one for one in forged if one))


def test_moments_and_methods_are_drawn_anew_and_every_one_comes(stores):
    mixed, _ = mixture(stores)
    drawn = [mixed.draw(epoch, at) for epoch in range(60) for at in range(len(mixed))]
    assert all(sum(one is not None for one in group) == 2 for group in drawn)
    of_zero = [group for group in drawn if "real-000-" in clip_of(group[0])]
    assert {Path(group[0].place).stem for group in of_zero} == {"0_0", "0_1", "0_2", "0_3"}
    assert {tuple(one is not None for one in group) for group in of_zero} == {(True, True, False), (True, False, True)}
    assert len({clip_of(one) for group in drawn for one in group[1:] if one and "-f0" in clip_of(one)}) == 7


def test_a_draw_depends_on_seed_epoch_and_index_alone(stores):
    mixed, _ = mixture(stores)
    again, _ = mixture(stores)
    order = [(epoch, at) for epoch in range(3) for at in range(len(mixed))]
    first = {key: mixed.draw(*key) for key in order}
    assert all(again.draw(*key) == first[key] for key in reversed(order))


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_of_a_mixture_are_of_one_real_and_as_many_forgeries_as_asked(stores, workers):
    groups = select(settings(stores), 3).groups
    sampler = GroupSampler(len(groups), 4, 0)
    loaded = [*load_batches(groups, stores, sampler, PixelSettings(chance=0.0), 0, workers, window=SIDE - 4)]
    assert sum(len(batch.present) for batch in loaded) == len(groups)
    for batch in loaded:
        assert batch.present[:, 0].all()
        assert (batch.present.sum(1) == 2).all()
        assert batch.images.shape[-2:] == (SIDE - 4, SIDE - 4)


@pytest.mark.parametrize(
    ("shares", "told"),
    [((1.0,), "a share for each of 2"), ((0.5, 0.6), "sum to 1"), ((1.5, -0.5), "0 or more")],
)
def test_shares_that_do_not_add_up_are_refused(stores, shares, told):
    with pytest.raises(BadConfig, match=told):
        select(settings(stores, shares=shares), 0)


def test_a_store_of_one_class_is_refused_unless_its_faces_are_forged(tmp_path, stores):
    reals = toy_store(tmp_path / "reals", REALS)
    with pytest.raises(BadConfig, match="real and forged faces"):
        select(settings([stores[0], reals]), 0)
    forging = select(settings([stores[0], reals]), 0, ("self_blend",))
    assert forging.groups.mixture is not None
    forged = toy_store(tmp_path / "forged", [toy_clip(f"x{n}", "swap") for n in range(3)])
    with pytest.raises(BadConfig, match="0 real clips"):
        select(settings([stores[0], forged]), 0)


def test_several_crops_at_one_place_are_all_drawn(tmp_path):
    clips = [toy_clip("000"), toy_clip("000", "swap", name="a"), toy_clip("000", "swap", name="b")]
    store = toy_store(tmp_path / "store", clips)
    found = select(DataSettings(stores=(str(store.path),), shares=(1.0,), val_share=0.0), 0).groups.mixture
    assert found is not None
    assert len({clip_of(found.draw(epoch, 0)[1]) for epoch in range(20)}) == 2
    assert np.all([len(toy_crops(clip).crops) == 4 for clip in clips])
