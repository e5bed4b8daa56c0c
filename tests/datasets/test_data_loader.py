import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from toys_datasets import SETTINGS, SIDE, toy_clip, toy_crops, toy_pixels, toy_store

from barefaced.config.media import CropSettings
from barefaced.config.pictures import PixelSettings
from barefaced.datasets.data_loader import GroupDataset, load_batches, owners, score_batches
from barefaced.datasets.groups import GroupSampler, make_groups
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig, DataError, StoreDamaged

PLAIN = PixelSettings(chance=0.0)
DEFAULT = PixelSettings()
REALS = [toy_clip(f"{n:03}") for n in range(3)]
FAKES = [toy_clip("000", "swap"), toy_clip("001", "swap"), toy_clip("001", "puppet"), toy_clip("002", "puppet")]


@pytest.fixture(scope="module")
def toys(tmp_path_factory):
    """Real clips and forgeries in a store each, as `prepare` and `forge` leave them."""
    path = tmp_path_factory.mktemp("stores")
    stores = [toy_store(path / "real", REALS), toy_store(path / "fake", FAKES)]
    clips = [clip for store in stores for clip in store.clips()]
    crops = [crop for store in stores for crop in store.crops()]
    return stores, make_groups(clips, crops, ("swap", "puppet"), "present")


def batches(toys, workers: int, *, epochs=(0, 1), pixels=DEFAULT, start=0):
    stores, groups = toys
    sampler = GroupSampler(len(groups.groups), 5, 7)
    loaded = load_batches(groups, stores, sampler, pixels, 7, workers)
    out = []
    for epoch in epochs:
        sampler.seek(epoch, start)
        assert len(loaded) == len(sampler)
        out.extend(loaded)
    return out


def test_a_group_is_read_from_both_stores_and_its_holes_are_black(toys):
    stores, groups = toys
    by_id = {clip.clip: clip for clip in REALS + FAKES}
    data = GroupDataset(groups.groups, stores, PLAIN, 0)
    for index, group in enumerate(groups.groups):
        images, present = data[0, index]
        assert present.tolist() == [crop is not None for crop in group.crops]
        for image, crop in zip(images, group.crops, strict=True):
            expected = toy_pixels(by_id[crop.clip], crop.moment) if crop else np.zeros((SIDE, SIDE, 3))
            assert np.array_equal(image.permute(1, 2, 0).numpy(), expected)


def test_holes_stay_black_under_augmentation(toys):
    for batch in batches(toys, 0, pixels=PixelSettings(chance=1.0)):
        assert not batch.images[~batch.present].any()
        assert batch.images[batch.present].flatten(1).any(dim=1).all()


def test_an_epoch_gives_every_group_and_its_draws_are_its_own(toys):
    stores, groups = toys
    first, second = batches(toys, 0, epochs=(0,)), batches(toys, 0, epochs=(1,))
    assert sum(len(batch.images) for batch in first) == len(groups.groups) == 12
    assert first[0].methods == ("real", "swap", "puppet")
    data = GroupDataset(groups.groups, stores, PixelSettings(chance=1.0), 0)
    assert torch.equal(data[0, 3][0], data[0, 3][0])
    assert not torch.equal(data[0, 3][0], data[1, 3][0])
    assert not torch.equal(first[0].images, second[0].images)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_batches_are_the_same_for_any_number_of_workers(toys, workers):
    # An OpenMP region in the parent: what a plain fork would inherit in an unknown state.
    torch.randn(300, 300) @ torch.randn(300, 300)
    alone, helped = batches(toys, 0), batches(toys, workers)
    assert len(alone) == len(helped) == 6
    for one, other in zip(alone, helped, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.present, other.present)


def test_resuming_within_an_epoch_gives_the_same_pixels(toys):
    whole, tail = batches(toys, 0, epochs=(1,)), batches(toys, 0, epochs=(1,), start=2)
    assert len(tail) == 1
    assert torch.equal(whole[2].images, tail[0].images)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_damaged_crop_stops_the_run_by_name_even_from_a_worker(tmp_path, workers):
    clips = [toy_clip("000"), toy_clip("000", "swap")]
    store = toy_store(tmp_path / "store", clips)
    groups = make_groups(clips, store.crops(), ("swap",), "skip")
    (store.path / store.crops()[2].file).unlink()
    loaded = load_batches(groups, [store], GroupSampler(4, 4, 0), PLAIN, 0, workers)
    with pytest.raises(StoreDamaged, match=r"0_2\.png") as caught:
        list(loaded)
    assert "prepare again" in caught.value.fix


def test_a_clip_in_two_stores_and_stores_of_two_sizes_are_refused(tmp_path):
    one, two = toy_store(tmp_path / "one", REALS), toy_store(tmp_path / "two", REALS[:1])
    with pytest.raises(DataError, match=REALS[0].clip):
        owners([one, two])
    small = Store.create(tmp_path / "small", replace(SETTINGS, crop=CropSettings(size=8)))
    with pytest.raises(BadConfig, match="8, 16"):
        GroupDataset([], [one, small], PLAIN, 0)


def test_what_a_worker_is_sent_is_small(toys):
    stores, groups = toys
    sent = len(pickle.dumps(GroupDataset(groups.groups, stores, PLAIN, 0)))
    assert sent < len(groups.groups) * 600


@pytest.mark.parametrize("batch", [1, 5, 12, 100])
def test_scoring_reads_every_crop_once_in_the_order_given(toys, batch):
    (store, _), _ = toys
    stored = store.crops()[::-1]
    seen = []
    for some in score_batches(store, stored, batch):
        assert len(some.crops) == len(some.pictures) <= batch
        for crop, picture in zip(some.crops, some.pictures, strict=True):
            assert np.array_equal(picture, store.load(crop))
        seen.extend(some.crops)
    assert tuple(seen) == stored


def test_scoring_names_a_damaged_crop_and_goes_on(tmp_path):
    store = toy_store(tmp_path / "store", REALS[:1])
    stored = store.crops()
    (store.path / stored[3].file).write_bytes(b"no picture")
    batches = list(score_batches(store, stored, 2))
    assert [crop for some in batches for crop in some.crops] == [crop for crop in stored if crop != stored[3]]
    [(crop, error)] = [damaged for some in batches for damaged in some.damaged]
    assert crop == stored[3]
    assert "0_3.png" in str(error)


def test_a_clip_with_no_crop_is_still_of_its_store(tmp_path):
    store = Store.create(tmp_path / "store", SETTINGS)
    store.write(REALS[0], "no_face", toy_crops(REALS[0], moments=()))
    assert set(owners([store])) == {REALS[0].clip}
    assert list(score_batches(store, store.crops(), 4)) == []
