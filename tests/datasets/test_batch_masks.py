"""Masks go where their pictures go, cost nothing where nobody asks, and say where nothing is known."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from toys_datasets import SETTINGS, toy_clip, toy_crops

from barefaced.config.media import CropSettings
from barefaced.config.pictures import PixelSettings
from barefaced.config.recipe import DataSettings
from barefaced.datasets.data_loader import GroupDataset, load_batches
from barefaced.datasets.groups import GroupSampler
from barefaced.datasets.selection import select
from barefaced.datasets.store import Store
from barefaced.datasets.windows import central_window
from barefaced.errors import StoreDamaged
from barefaced.values.geometry import GREY
from barefaced.values.tensors import GroupBatch

SIDE = 48
REAL, MASKED, BARE = (toy_clip("000", method) for method in ("real", "masked", "unmasked"))
SHIFTED = np.array([[1, 0, 9], [0, 1, 0]], np.float32)
"""A crop whose first nine columns lie outside its picture."""


def painted() -> np.ndarray:
    """A mask that no flip, move or zoom leaves as it is."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(mask, (28, 17), (13, 7), 20, 0, 360, 255, -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.5), np.uint8)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A real clip, a forgery whose pixels are its mask, and one without a mask."""
    made = Store.create(tmp_path_factory.mktemp("masks") / "store", replace(SETTINGS, crop=CropSettings(size=SIDE)))
    for clip, mask in ((REAL, None), (MASKED, painted()), (BARE, None)):
        crops = toy_crops(clip)
        pixels = np.repeat(painted()[..., None], 3, axis=2)
        faces = [
            replace(
                crop, rgb=pixels, mask=mask, frame_size=(SIDE, SIDE), to_crop=SHIFTED if crop.moment else crop.to_crop
            )
            for crop in crops.crops
        ]
        made.write(clip, "prepared", replace(crops, crops=tuple(faces)))
    made.collate()
    return made


def groups_of(store: Store, *shares: float):
    return select(DataSettings(stores=(str(store.path),), val_share=0.0, shares=shares, stored=0), 0).groups


MOVES = {
    "still": PixelSettings(chance=0.0),
    "flip": PixelSettings(chance=1.0, brightness_contrast=0.0, downscale=(), sharpen=False, jpeg=(100, 100)),
    "shift": PixelSettings(chance=0.0, shift=0.15),
    "zoom": PixelSettings(chance=0.0, zoom=0.3, shift=0.1),
}


@pytest.mark.parametrize("shares", [(), (1.0,)], ids=["groups", "mixture"])
@pytest.mark.parametrize("window", [0, SIDE - 8])
@pytest.mark.parametrize("move", MOVES)
def test_a_mask_painted_into_the_picture_lies_on_it_after_every_move(store, move, window, shares):
    groups = groups_of(store, *shares)
    drawn = groups.groups if groups.mixture is None else groups.mixture
    data = GroupDataset(drawn, [store], MOVES[move], 3, window=window, masks=True)
    at = groups.methods.index("masked")
    still, moved = central_window(painted(), data.side), False
    for epoch in range(4):
        for index in range(len(groups)):
            images, _, masks, has_mask = data[epoch, index]
            picture, mask = images[at].movedim(0, -1).numpy(), masks[at].numpy()
            assert has_mask[at]
            outside = (picture == GREY).all(-1) & (mask == 0)
            away = np.abs(picture[..., 0].astype(int) - mask)[~outside]
            assert away.max() <= 6
            assert mask.max() > 200
            moved |= bool((np.abs(still.astype(int) - mask) > 20).any())
    assert moved == (move != "still" and (move, window) != ("shift", 0))  # the whole crop has no room to move in


def test_outside_the_picture_nothing_was_altered(store):
    groups = groups_of(store)
    whole = np.full((SIDE, SIDE), 255, np.uint8)

    def everywhere(_file, pictures, _generator):
        return np.concatenate([pictures, np.full_like(pictures[:1], 200)]), np.array([True]), whole[None]

    with_hole = [replace(group, crops=(*group.crops[:2], None)) for group in groups.groups]
    data = GroupDataset(with_hole, [store], PixelSettings(chance=0.0, zoom=0.2), 0, everywhere, masks=True)
    for index, group in enumerate(with_hole):
        images, present, masks, has_mask = data[0, index]
        assert present[2]
        assert has_mask[2]
        grey = (images[2] == GREY).all(0)
        assert (masks[2][grey] == 0).all()
        assert (masks[2][~grey] > 200).all()
        assert grey.any() or group.moment == 0


def test_a_real_is_altered_nowhere_and_of_a_forgery_without_a_mask_nothing_is_known(store):
    groups = groups_of(store)
    of = {name: k for k, name in enumerate(groups.methods)}
    _, present, masks, has_mask = GroupDataset(groups.groups, [store], MOVES["flip"], 0, masks=True)[0, 0]
    assert present.all()
    assert [bool(has_mask[of[name]]) for name in ("real", "masked", "unmasked")] == [True, True, False]
    assert not masks[[of["real"], of["unmasked"]]].any()


@pytest.mark.parametrize("workers", [0, 1])
def test_batches_are_the_same_to_the_bit_with_masks_and_without(store, workers):
    groups = groups_of(store)
    pixels = PixelSettings(chance=0.5, zoom=0.1, shift=0.1)

    def loaded(masks: bool) -> list[GroupBatch]:
        sampler = GroupSampler(len(groups), 3, 0)
        return [*load_batches(groups, [store], sampler, pixels, 0, workers, window=SIDE - 8, masks=masks)]

    for without, with_them in zip(loaded(False), loaded(True), strict=True):
        assert torch.equal(without.images, with_them.images)
        assert torch.equal(without.present, with_them.present)
        assert without.masks is None
        assert without.has_mask is None
        assert with_them.masks is not None
        part = with_them.groups(0, 1)
        assert part.masks is not None
        assert torch.equal(part.masks, with_them.masks[:1])
        assert part.masks.shape[-2:] == (SIDE - 8, SIDE - 8)


def test_a_part_without_a_group_has_masks_too(store):
    groups = groups_of(store)
    sampler = GroupSampler(1, 2, 0, rank=1, world=2)
    [empty] = load_batches(groups, [store], sampler, MOVES["still"], 0, 0, masks=True)
    assert empty.masks is not None
    assert empty.masks.shape == (0, 3, SIDE, SIDE)
    assert empty.has_mask is not None
    assert empty.has_mask.shape == (0, 3)


def test_a_mask_of_another_size_is_refused_by_name(store, tmp_path: Path):
    groups = groups_of(store)
    broken = Store.open(store.path)
    [mask, *_] = [crop.mask for crop in broken.crops() if crop.mask]
    kept = (store.path / mask).read_bytes()
    try:
        cv2.imwrite(str(store.path / mask), np.zeros((SIDE, SIDE - 1), np.uint8))
        data = GroupDataset(groups.groups, [store], MOVES["still"], 0, masks=True)
        with pytest.raises(StoreDamaged, match=rf"{Path(mask).name}.*47x48 pixels"):
            data[0, 0]
        GroupDataset(groups.groups, [store], MOVES["still"], 0)[0, 0]
    finally:
        (store.path / mask).write_bytes(kept)
