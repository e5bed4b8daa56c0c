"""Whose faces are forged and lent: the real clips of a store, their part of the split, who lends whom a face.

Alphabet: N people, T frames of a clip, S crop side. RGB uint8.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.config.pictures import ForgeSettings
from barefaced.config.recipe import DataSettings
from barefaced.datasets.clip_record import ClipRecord
from barefaced.datasets.splits import assign
from barefaced.datasets.store import Store
from barefaced.datasets.windows import mirrored
from barefaced.errors import BadConfig, DataError
from barefaced.forgery import donor as donors
from barefaced.forgery.registry import METHODS
from barefaced.values.dataset import Clip, StoredCrop


@dataclass(frozen=True)
class Subject:
    """One real clip whose face can be forged, or lent."""

    clip: Clip
    crops: tuple[StoredCrop, ...]
    """The subject's, those with landmarks."""
    rows: tuple[int, ...]
    """Of each crop in the store's landmarks of the clip."""
    features: donors.Features
    """Of the first crop: what donors are chosen by."""
    part: str
    """train, val or test: nobody lends a face across."""


def parts_of(clips: Sequence[Clip], val: float, test: float, seed: int) -> dict[str, str]:
    """Assign each origin to train, val or test: as published, else `val` and `test` of the people, drawn.

    Raises:
        BadConfig: shares that leave nobody to train on.
    """
    if min(val, test) < 0 or val + test >= 1:
        raise BadConfig(
            expected="shares of people of 0 or more that leave somebody to train on",
            got=f"validation {val}, test {test}",
            fix="Lower them.",
        )
    reals = [clip for clip in clips if clip.label == 0]
    if not reals:
        return {}
    if any(clip.split for clip in reals):
        return assign(reals, DataSettings(val_share=val), seed)
    tested = {origin for origin, part in assign(reals, DataSettings(val_share=test), seed).items() if part == "val"}
    left = [clip for clip in reals if clip.origin not in tested]
    return assign(left, DataSettings(val_share=val / (1 - test)), seed) | dict.fromkeys(tested, "test")


def list_subjects(store: Store, parts: Mapping[str, str]) -> tuple[Subject, ...]:
    """List the real clips of `store` with landmarks (see `meshing`), in order of clip.

    Raises:
        StoreDamaged: a crop or the landmarks cannot be read.
    """

    def one(record: ClipRecord) -> Subject | None:
        points = store.landmarks(record.clip)
        if points is None:
            return None
        rows = [n for n, crop in enumerate(record.crops) if crop.subject and np.isfinite(points[n]).all()]
        if not rows:
            return None
        crops = tuple(record.crops[n] for n in rows)
        features = donors.features(face_of(store, crops[0]), points[rows[0]])
        return Subject(record.clip, crops, tuple(rows), features, parts[record.clip.origin])

    reals = [record for record in store.records() if record.clip.label == 0 and record.clip.origin in parts]
    with ThreadPoolExecutor(2) as pool:
        return tuple(subject for subject in pool.map(one, reals) if subject is not None)


def choose_lenders(
    people: Sequence[Subject], subject: Subject, methods: Iterable[str], settings: ForgeSettings, seed: int
) -> dict[str, Subject]:
    """Choose who lends the face to each of the methods that need one.

    Raises:
        DataError: there is nobody else.
    """
    wanted = [name for name in methods if METHODS[name].needs_donor]
    return {name: choose(people, subject, name, settings, seed) for name in wanted}


def choose(people: Sequence[Subject], subject: Subject, name: str, settings: ForgeSettings, seed: int) -> Subject:
    """Choose who lends the face: of the same part, another person, near in shape, pose and skin.

    Raises:
        DataError: there is nobody else.
    """
    generator = np.random.default_rng((seed, number_of(subject.clip.clip), number_of(name), 1))
    return drawn_lender(people, subject, settings, generator)


def drawn_lender(
    people: Sequence[Subject], subject: Subject, settings: ForgeSettings, generator: np.random.Generator
) -> Subject:
    # Candidates are drawn first and looked at after: a pool of thousands is never sorted through.
    drawn = generator.permutation(len(people))[: settings.donors * 8] if len(people) > 1 else np.zeros(0, int)
    others = [
        people[n] for n in drawn if people[n].part == subject.part and people[n].clip.identity != subject.clip.identity
    ] or [one for one in people if one.part == subject.part and one.clip.identity != subject.clip.identity]
    if not others:
        raise DataError(
            expected=f"another person in the {subject.part} part to lend {subject.clip.clip} a face",
            got="nobody else",
            fix="Give more people, or only methods that need no donor: "
            + ", ".join(name for name, method in METHODS.items() if not method.needs_donor)
            + ".",
        )
    likeness = [one.features for one in others]
    return others[donors.choose(subject.features, likeness, generator, settings.donors, settings.pose, settings.skin)]


def faces_of(store: Store, subject: Subject) -> tuple[UInt8[np.ndarray, "T S S 3"], Float32[np.ndarray, "T 468 3"]]:
    return np.stack([face_of(store, crop) for crop in subject.crops]), landmarks(store, subject)


def face_of(store: Store, crop: StoredCrop) -> UInt8[np.ndarray, "S S 3"]:
    """A crop to forge or to lend: mirrored where the picture ends, so that no method takes the border for skin."""
    return mirrored(store.load(crop), crop.geometry)


def landmarks(store: Store, subject: Subject) -> Float32[np.ndarray, "T 468 3"]:
    points = store.landmarks(subject.clip)
    assert points is not None, "a subject has landmarks"
    return points[list(subject.rows)]


def number_of(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
