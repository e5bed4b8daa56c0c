"""Which crops of the stores are looked at: whole origins, a few moments of each, by data set.

Alphabet: S crop side.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from barefaced.datasets.data_loader import owners
from barefaced.datasets.store import PREPARED, Store
from barefaced.errors import DataError
from barefaced.values.dataset import REAL, Clip, StoredCrop

MOMENTS = 4
"""Crops of a clip that are looked at, evenly spaced: more of the same person at the same place tell little more."""


@dataclass(frozen=True)
class Picture:
    """One crop, with the clip that it is of and the store that holds it."""

    clip: Clip
    crop: StoredCrop
    store: Store
    medium: int
    """Size of the clip's media file in bytes."""


@dataclass(frozen=True)
class Scene:
    """A real face at one moment, and what was forged of it."""

    real: Picture
    forged: tuple[Picture, ...]


@dataclass(frozen=True)
class Sample:
    """What is looked at of one data set; of several that hold one class each, together."""

    name: str
    side: int
    """Of the crops, in pixels."""
    pictures: tuple[Picture, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """List the forgery methods, by name."""
        return tuple(sorted({picture.clip.method for picture in self.pictures} - {REAL}))

    def of(self, method: str) -> list[Picture]:
        """List the pictures of one method, or the real ones."""
        return [picture for picture in self.pictures if picture.clip.method == method]

    def scenes(self) -> list[Scene]:
        """Pair each real picture with the forgeries of the same origin and moment."""
        places: dict[tuple[str, str, int], list[Picture]] = defaultdict(list)
        for picture in self.pictures:
            if picture.clip.label:
                places[_place(picture)].append(picture)
        return [Scene(real, tuple(made)) for real in self.of(REAL) if (made := places.get(_place(real)))]


def _place(picture: Picture) -> tuple[str, str, int]:
    return picture.clip.origin, picture.clip.compression, picture.crop.moment


def draw_samples(stores: Sequence[Store], most: int) -> tuple[tuple[Sample, ...], tuple[str, ...]]:
    """Choose what is looked at, always the same: origins in the order of their checksums.

    Args:
        stores: at least one.
        most: clips of a method of a data set, about: origins are taken whole; 0: all.

    Returns:
        A sample of each data set that has both classes, one of all the others together where they have both, and what
        a reader must know of what was left out.

    Raises:
        DataError: real or forged faces are missing, a clip is in two stores, or one sample has crops of two sizes.
    """
    owners(stores)
    by_set: dict[str, list[Picture]] = defaultdict(list)
    for store in stores:
        for record in store.records():
            if record.outcome == PREPARED:
                by_set[record.clip.dataset] += [
                    Picture(record.clip, crop, store, record.size) for crop in record.crops if crop.subject
                ]
    mixed = {name: found for name, found in by_set.items() if _has_both(found)}
    single = {name: found for name, found in by_set.items() if name not in mixed}
    alone = [picture for found in single.values() for picture in found]
    notes = []
    if _has_both(alone):
        mixed[" + ".join(sorted(single))] = alone
        notes.append(
            f"{', '.join(sorted(single))} hold one class each and are compared with one another: all that tells the "
            "data sets apart tells forged from real"
        )
    elif alone and mixed:
        notes.append(f"not looked at, for all its faces are of one class: {', '.join(sorted(single))}")
    if not mixed:
        kinds = Counter("forged" if picture.clip.label else REAL for picture in alone)
        raise DataError(
            expected=f"real and forged faces in {', '.join(str(store.path) for store in stores)}",
            got=" and ".join(f"{count} {kind} crops" for kind, count in kinds.items()) or "no crop",
            fix="Give the store of the others too, or make forgeries with `barefaced forge`.",
        )
    return tuple(_sample(name, found, most) for name, found in sorted(mixed.items())), tuple(notes)


def _has_both(pictures: Iterable[Picture]) -> bool:
    return {picture.clip.label for picture in pictures} == {0, 1}


def _sample(name: str, pictures: Sequence[Picture], most: int) -> Sample:
    sides = sorted({picture.store.settings.crop.size for picture in pictures})
    if len(sides) > 1:
        raise DataError(
            expected=f"crops of one size of {name}",
            got=" and ".join(f"{side} px" for side in sides),
            fix="Prepare its clips alike, or audit the stores one by one.",
        )
    by_origin: dict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        by_origin[picture.clip.origin].append(picture)
    kept: list[Picture] = []
    counts: Counter[str] = Counter()
    for origin in sorted(by_origin, key=lambda one: hashlib.sha256(one.encode()).digest()):
        clips = {picture.clip.clip: picture.clip.method for picture in by_origin[origin]}
        if not most or any(counts[method] < most for method in clips.values()):
            counts.update(clips.values())
            kept += _moments(by_origin[origin])
    return Sample(name, sides[0], tuple(kept))


def _moments(pictures: Sequence[Picture]) -> list[Picture]:
    """Of one origin: the same few moments of the real clip and of what was forged of it."""
    seen = sorted({one.crop.moment for one in pictures if one.clip.label == 0} or {one.crop.moment for one in pictures})
    chosen = {seen[at] for at in np.linspace(0, len(seen) - 1, min(MOMENTS, len(seen))).astype(int)}
    return [picture for picture in pictures if picture.crop.moment in chosen]


def counts_of(samples: Sequence[Sample]) -> Mapping[str, Mapping[str, int]]:
    """Count the clips of each method by sample."""
    return {
        sample.name: dict(Counter({one.clip.clip: one.clip.method for one in sample.pictures}.values()))
        for sample in samples
    }
