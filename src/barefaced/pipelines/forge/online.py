"""Forgeries made while a run trains, on the processes that read its crops.

Alphabet: S crop side, K pictures of a group, J pictures with the L forgeries made, M methods. RGB uint8.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from jaxtyping import Bool, UInt8

from barefaced.config.pictures import ForgeSettings
from barefaced.datasets.crop_files import load_crop
from barefaced.datasets.store import Store
from barefaced.datasets.windows import mirrored
from barefaced.forgery.chain import chained
from barefaced.forgery.clips import forge_clip
from barefaced.forgery.donor import Donor
from barefaced.forgery.registry import METHODS, Method
from barefaced.pipelines.forge.subjects import Subject, drawn_lender, landmarks


class OnlineForger:
    """Adds forgeries to a group while it is loaded, and puts all its pictures through one chain."""

    def __init__(
        self,
        stores: Sequence[tuple[Store, Sequence[Subject]]],
        methods: Sequence[Mapping[str, Method]],
        settings: ForgeSettings,
    ) -> None:
        """Args:
        stores: each with the people who are forged and lend faces, all of one part.
        methods: for each store the same names; a learned one has learnt from that store.
        settings: of the forging.
        """
        self._names, self._settings = tuple(methods[0]), settings
        told = [{name: _told(name, method) for name, method in able.items()} for able in methods]
        self._methods = [able for able, (_, people) in zip(told, stores, strict=True) for _ in people]
        self._people = [subject for _, people in stores for subject in people]
        self._store = [store for store, people in stores for _ in people]
        self._index = {subject.clip.clip: n for n, subject in enumerate(self._people)}
        self._at = {
            store.place(crop.file): (n, place)
            for n, (store, subject) in enumerate(zip(self._store, self._people, strict=True))
            for place, crop in enumerate(subject.crops)
        }

    def __call__(
        self, file: str, pictures: UInt8[np.ndarray, "K S S 3"], generator: np.random.Generator
    ) -> tuple[UInt8[np.ndarray, "J S S 3"], Bool[np.ndarray, " M"], UInt8[np.ndarray, "L S S"]]:
        """The group's pictures (the real one first, read from `file`) and its forgeries, chained; which were made; and
        where each of these was altered, 0 to 255.

        Where a method altered the face that it forged into, all the others go through the same: their real one is then
        the altered one's, and nothing but the mask tells them apart.
        """
        seeds = generator.integers(2**31, size=(len(self._names), 2))
        count = len(self._names)
        wanted = {*generator.permutation(count)[: self._settings.each]} if self._settings.each else {*range(count)}
        made = np.zeros(len(self._names), bool)
        all_, alterations = [*pictures], {}
        masks = [np.zeros((0, *pictures.shape[1:3]), np.uint8)]
        if file in self._at:
            n, place = self._at[file]
            subject, points = self._people[n], landmarks(self._store[n], self._people[n])[place]
            for m, (name, method) in enumerate(self._methods[n].items()):
                if m not in wanted:
                    continue
                draws = np.random.default_rng(seeds[m])
                lent = None
                if METHODS[name].needs_donor:
                    lender = self._index[drawn_lender(self._people, subject, self._settings, draws).clip.clip]
                    store, other = self._store[lender], self._people[lender]
                    crop = load_crop(store.place(other.crops[0].file), pictures.shape[1])
                    lent = Donor(mirrored(crop, other.crops[0].geometry), landmarks(store, other)[0])
                forged = forge_clip(
                    method, pictures[:1], points[None], tuple(map(int, seeds[m])), lent, self._settings.tries
                )
                if not forged.refused[0]:
                    made[m] = True
                    if forged.alteration:
                        alterations[len(all_)] = forged.alteration
                    all_.append(forged.pixels[0])
                    masks.append(np.rint(forged.masks * 255).astype(np.uint8))
        for own, alter in alterations.items():
            all_ = [picture if n == own else alter(picture) for n, picture in enumerate(all_)]
        return chained(np.stack(all_), self._settings, generator), made, np.concatenate(masks)


def _told(name: str, method: Method) -> Method:
    return partial(method, either=True) if METHODS[name].alters_real else method  # pyright: ignore[reportCallIssue]
