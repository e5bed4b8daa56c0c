"""From stores to batches: groups for training, plain crops for scoring.

Letters: G groups in a batch, K positions in a group (0 is real), B crops in a batch, S crop side. RGB uint8.
"""

import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from typing import Any, Protocol, runtime_checkable

import cv2
import numpy as np
import torch
from jaxtyping import Bool, UInt8
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from barefaced.config.pictures import PixelSettings
from barefaced.datasets.crop_files import load_crop
from barefaced.datasets.group_masks import load_masks
from barefaced.datasets.groups import GroupSampler, GroupSet
from barefaced.datasets.mixture import Mixture, picture_of
from barefaced.datasets.store import Store
from barefaced.datasets.windows import central_window, check_window, cut_masks, draw_view, mirrored
from barefaced.errors import BadConfig, BarefacedError, DataError, StoreDamaged
from barefaced.values.dataset import Group, StoredCrop
from barefaced.values.tensors import GroupBatch


@runtime_checkable
class Maker(Protocol):
    """Adds forgeries to a group while it is loaded; sent to the processes that load."""

    def __call__(
        self, file: str, pictures: UInt8[np.ndarray, "N S S 3"], generator: np.random.Generator
    ) -> tuple[UInt8[np.ndarray, "J S S 3"], Bool[np.ndarray, " M"], UInt8[np.ndarray, "L S S"]]:
        """The pictures read (the real one first, from `file`) and after them the forgeries made; which were made; and
        where each of these was altered, 0 to 255."""
        ...


AHEAD = 2
"""Batches that are read while another is in use."""


def owners(stores: Sequence[Store]) -> dict[str, Store]:
    """The store of each clip.

    Raises:
        DataError: a clip in two stores: its crops would count twice.
    """
    owner: dict[str, Store] = {}
    for store in stores:
        for clip in store.clips():
            if clip.clip in owner:
                raise DataError(
                    expected="each clip in one store",
                    got=f"{clip.clip} in {owner[clip.clip].path} and {store.path}",
                    fix="Leave one of the two out.",
                )
            owner[clip.clip] = store
    return owner


_Item = (
    tuple[UInt8[Tensor, "K 3 S S"], Bool[Tensor, " K"]]
    | tuple[UInt8[Tensor, "K 3 S S"], Bool[Tensor, " K"], UInt8[Tensor, "K S S"], Bool[Tensor, " K"]]
)
"""Images and which are there; where masks are wanted, these and of which images there are any."""


class GroupDataset(Dataset[_Item]):
    """Groups by (epoch, index), read and augmented by draws that depend on (seed, epoch, index) and nothing else."""

    def __init__(
        self,
        groups: Sequence[Group] | Mixture,
        stores: Sequence[Store],
        pixels: PixelSettings,
        seed: int,
        maker: Maker | None = None,
        window: int = 0,
        *,
        masks: bool = False,
    ) -> None:
        sides = sorted({store.settings.crop.size for store in stores})
        if len(sides) != 1:
            raise BadConfig(
                expected="stores of one crop size",
                got=f"sides of {', '.join(map(str, sides)) or 'no store'}",
                fix="Prepare them alike.",
            )
        owner = owners(stores)
        # Little of each crop: workers are sent this object, and 40,000 groups of StoredCrops take seconds to send.
        self._groups = (
            groups
            if isinstance(groups, Mixture)
            else [
                tuple(picture_of(owner[crop.clip], crop) if crop else None for crop in group.crops) for group in groups
            ]
        )
        self._stored, self.side = sides[0], check_window(window, sides[0])
        self._pixels, self._seed, self._maker, self._with_masks = pixels, seed, maker, masks

    def __len__(self) -> int:
        return len(self._groups)

    def __getitem__(self, at: tuple[int, int]) -> _Item:
        """One group.

        Args:
            at: epoch and index.

        Raises:
            StoreDamaged: a crop, or a mask where they are wanted, is not what was stored.
        """
        epoch, index = at
        drawn = self._groups.draw(epoch, index) if isinstance(self._groups, Mixture) else self._groups[index]
        present = np.array([picture is not None for picture in drawn])
        pictures = [picture for picture in drawn if picture is not None]
        there = np.stack([mirrored(load_crop(picture.place, self._stored), picture.geometry) for picture in pictures])
        inside = np.stack([picture.geometry.inside(self._stored) for picture in pictures])
        masks, known = load_masks(drawn, self._stored) if self._with_masks else (None, present)
        generator = np.random.default_rng((self._seed, epoch, index))
        if self._maker is not None:
            assert drawn[0] is not None, "a group has a real face"
            there, made, where = self._maker(drawn[0].place, there, generator)
            present[len(present) - len(made) :] = made
            inside = np.concatenate([inside, np.repeat(inside[:1], len(there) - len(inside), axis=0)])
            if masks is not None:
                masks, known = np.concatenate([masks, where]), np.pad(known, (0, len(where)), constant_values=True)
        view = draw_view(there, inside, self._pixels, self.side, generator)
        images = np.zeros((len(drawn), self.side, self.side, 3), np.uint8)
        images[present] = view.pictures
        item = torch.from_numpy(images).movedim(-1, 1), torch.from_numpy(present)
        if masks is None:
            return item
        if view.flipped:
            masks, inside = masks[:, :, ::-1], inside[:, :, ::-1]
        placed, has_mask = np.zeros(images.shape[:-1], np.uint8), np.zeros(len(drawn), bool)
        placed[present], has_mask[present] = cut_masks(masks, inside, view.matrix, self.side), known
        return *item, torch.from_numpy(placed), torch.from_numpy(has_mask)


class GroupBatches:
    """An iterable of GroupBatches. Each iteration gives what its sampler was last told to `seek`."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        self._loader = loader

    def __len__(self) -> int:
        return len(self._loader)

    def __iter__(self) -> Iterator[GroupBatch]:
        for batch in self._loader:
            if isinstance(batch, BarefacedError):
                raise batch
            yield batch


def load_batches(
    groups: GroupSet,
    stores: Sequence[Store],
    sampler: GroupSampler,
    pixels: PixelSettings,
    seed: int,
    workers: int,
    maker: Maker | None = None,
    *,
    window: int = 0,
    pinned: bool = False,
    masks: bool = False,
) -> GroupBatches:
    """The batches of the sampler, the same ones for any number of workers.

    Workers outlive an epoch. They are started by a fork server: a plain fork of a process whose OpenMP or OpenVINO
    threads are running can hang, and a spawn imports torch once for each worker where the server imports it once for
    all. A script that calls this with workers must therefore guard its main part with `if __name__ == "__main__"`.

    Args:
        groups: what is trained on.
        stores: those that hold the groups' crops.
        sampler: over `len(groups.groups)` groups.
        pixels: the augmentation.
        seed: of the augmentation.
        workers: processes that read; 0 reads in this one.
        maker: forges the last positions of each group while it is read.
        window: side in pixels of what the model sees of a crop (`data.window`); 0: the whole.
        pinned: in memory that a GPU copies from by itself.
        masks: load where the pictures were altered, too.

    Raises:
        BadConfig: stores of several crop sizes.
        DataError: a clip in two stores.
        StoreDamaged: from the iteration, where a crop or mask is not what was stored.
    """
    drawn = groups.groups if groups.mixture is None else groups.mixture
    dataset = GroupDataset(drawn, stores, pixels, seed, maker, window, masks=masks)
    return GroupBatches(
        DataLoader(
            _Careful(dataset),
            batch_sampler=sampler,
            num_workers=workers,
            collate_fn=_Collate(groups.methods, dataset.side, masks),
            pin_memory=pinned,
            worker_init_fn=_one_thread,
            multiprocessing_context=_fork_server() if workers else None,
            persistent_workers=workers > 0,
            prefetch_factor=AHEAD if workers else None,
        )
    )


@dataclass(frozen=True)
class ScoreBatch:
    """Crops to be scored together, and those that could not be read."""

    crops: list[StoredCrop]
    pictures: UInt8[np.ndarray, "B S S 3"]
    damaged: list[tuple[StoredCrop, StoreDamaged]]


def score_batches(store: Store, stored: Sequence[StoredCrop], batch: int, window: int = 0) -> Iterator[ScoreBatch]:
    """The crops in the order given, up to `batch` at a time, the next ones being read meanwhile.

    Of each the middle `window` pixels; 0: the whole crop.

    A crop that is not what was stored is handed over with its error: one bad file does not end the rest.
    """
    # Decoding holds no interpreter lock, so threads do; two keep ahead of a network on the same machine.
    side = check_window(window, store.settings.crop.size)

    def load(crop: StoredCrop) -> UInt8[np.ndarray, "S S 3"]:
        return central_window(store.load(crop), side)

    with ThreadPoolExecutor(max_workers=2) as pool:
        ahead: deque[tuple[Sequence[StoredCrop], list[Future[UInt8[np.ndarray, "S S 3"]]]]] = deque()
        for start in range(0, len(stored), batch):
            some = stored[start : start + batch]
            ahead.append((some, [pool.submit(load, crop) for crop in some]))
            if len(ahead) > AHEAD:
                yield _read(*ahead.popleft(), side)
        while ahead:
            yield _read(*ahead.popleft(), side)


def _read(crops: Sequence[StoredCrop], futures: Sequence[Future[UInt8[np.ndarray, "S S 3"]]], side: int) -> ScoreBatch:
    good, pictures, damaged = [], [np.zeros((0, side, side, 3), np.uint8)], []
    for crop, future in zip(crops, futures, strict=True):
        try:
            pictures.append(future.result()[None])
            good.append(crop)
        except StoreDamaged as e:
            damaged.append((crop, e))
    return ScoreBatch(good, np.concatenate(pictures), damaged)


class _Careful(Dataset[_Item | BarefacedError]):
    """Hands an error over as a value: torch would make of one raised in a worker a RuntimeError without its fields."""

    def __init__(self, groups: GroupDataset) -> None:
        self._groups = groups

    def __getitem__(self, at: tuple[int, int]) -> _Item | BarefacedError:
        try:
            return self._groups[at]
        except BarefacedError as e:
            return e


class _Collate:
    def __init__(self, methods: tuple[str, ...], side: int, masks: bool) -> None:
        self._methods, self._side, self._masks = methods, side, masks

    def __call__(self, items: list[_Item | BarefacedError]) -> GroupBatch | BarefacedError:
        good: list[_Item] = []
        for item in items:
            if isinstance(item, BarefacedError):
                return item
            good.append(item)
        if not good:  # this process's part of an epoch's last few groups
            empty = torch.zeros(0, len(self._methods), 3, self._side, self._side, dtype=torch.uint8)
            nobody = torch.zeros(empty.shape[:2], dtype=torch.bool)
            images, present, *more = (empty, nobody, empty[:, :, 0], nobody) if self._masks else (empty, nobody)
        else:
            images, present, *more = (torch.stack(column) for column in zip(*good, strict=True))
        return GroupBatch(images, present, self._methods, *more)


def _one_thread(_worker: int) -> None:
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def _fork_server() -> BaseContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["barefaced.datasets.data_loader"])
    return context
