"""A mixture of stores: which crops make a group, drawn anew each time it is read.

Each store gives its share of an epoch's groups. Its real clips come in an endless shuffled order, each as often as any
other; of the clip one moment is drawn, and of its forgeries at that moment some methods. A store that does not say what
its forgeries are of lends any of them. Every draw depends on (seed, epoch, index) alone.
Letters: D domains, K = D + 1 positions in a group (0 is real).
"""

import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from barefaced.config.recipe import DataSettings
from barefaced.config.rules import require
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig
from barefaced.values.dataset import REAL, Clip, StoredCrop
from barefaced.values.geometry import Geometry


@dataclass(frozen=True, slots=True)
class Picture:
    """What a process that reads batches must know of a stored crop: little, because it is sent to each of them."""

    place: str
    """For `crop_files.load_crop`."""
    geometry: Geometry
    mask: str = ""
    """Place of its forged pixels' mask, where there is one."""


Position = tuple[Picture, ...]
"""What there is to draw from at one position of a group; empty: a hole."""
Scene = tuple[tuple[Position, ...], ...]
"""One real clip: for each of its moments K positions."""


@dataclass(frozen=True)
class Source:
    """What one store gives to a mixture."""

    name: str
    count: int
    """Groups in an epoch."""
    scenes: tuple[Scene, ...]
    loose: tuple[tuple[Position, ...], ...]
    """For each position its forged clips that do not say what they are of, each a clip's crops. D + 1 of them."""


@dataclass(frozen=True)
class Mixture:
    """The groups of a run on several stores."""

    sources: tuple[Source, ...]
    stored: int
    """Forgeries by different methods in a group; 0: every method there is."""
    seed: int

    def __len__(self) -> int:
        """Groups in an epoch."""
        return sum(source.count for source in self.sources)

    def draw(self, epoch: int, index: int) -> tuple[Picture | None, ...]:
        """Draw group `index` of an epoch: K pictures, None at the holes; the first is real."""
        number, at = 0, index
        while at >= self.sources[number].count:
            at -= self.sources[number].count
            number += 1
        source = self.sources[number]
        turn, place = divmod(epoch * source.count + at, len(source.scenes))
        scene = source.scenes[_order(self.seed, number, turn, len(source.scenes))[place]]
        generator = np.random.default_rng((self.seed, epoch, index, 1))
        moment = scene[int(generator.integers(len(scene)))]
        methods = [k for k in range(1, len(moment)) if moment[k] or source.loose[k]]
        if self.stored:
            methods = [methods[n] for n in generator.permutation(len(methods))[: self.stored]]
        drawn: list[Picture | None] = [None] * len(moment)
        for k in (0, *sorted(methods)):
            some = moment[k] or source.loose[k][int(generator.integers(len(source.loose[k])))]
            drawn[k] = some[int(generator.integers(len(some)))]
        return tuple(drawn)


@functools.lru_cache(maxsize=32)
def _order(seed: int, source: int, turn: int, count: int) -> np.ndarray:
    return np.random.default_rng((seed, source, turn)).permutation(count)


def mix_stores(
    stores: Sequence[Store],
    clips: Sequence[Clip],
    domains: Sequence[str],
    settings: DataSettings,
    seed: int,
    made: Sequence[str] = (),
) -> Mixture:
    """Make the mixture of `stores`.

    Args:
        stores: those of `settings.stores`, in that order.
        clips: of all stores, those who train.
        domains: forgery methods by position, from 1; the last `made` of them are forged while training.
        settings: shares, groups in an epoch, forgeries in a group.
        seed: of every draw.
        made: methods that are forged while training.

    Raises:
        BadConfig: shares that do not fit the stores, or a store of one class only that cannot be trained on.
    """
    require(
        len(settings.shares) == len(stores),
        f"a share for each of {len(stores)} stores in data.shares",
        len(settings.shares),
    )
    methods = (REAL, *domains)
    found = [_source(store, clips, methods) for store in stores]
    for store, (scenes, loose) in zip(stores, found, strict=True):
        forged = any(loose) or any(any(moment[1:]) for scene in scenes for moment in scene)
        if not scenes or not (forged or made):
            raise BadConfig(
                expected=f"real and forged faces of people who train in {store.path}",
                got=f"{len(scenes)} real clips and {'some' if forged else 'no'} forgeries by {', '.join(domains)}",
                fix="Leave the store out of data.stores, or name forge.methods to forge its real faces.",
            )
    total = settings.epoch_groups or sum(len(scenes) for scenes, _ in found)
    counts = _counts(settings.shares, total)
    return Mixture(
        tuple(
            Source(store.path.name, count, scenes, loose)
            for store, count, (scenes, loose) in zip(stores, counts, found, strict=True)
            if count
        ),
        settings.stored,
        seed,
    )


def _counts(shares: Sequence[float], total: int) -> list[int]:
    """Whole numbers of groups whose running sums are the shares' rounded ones."""
    ends = np.rint(np.cumsum(shares) * total).astype(int)
    return np.diff(ends, prepend=0).tolist()


def _source(
    store: Store, clips: Iterable[Clip], methods: tuple[str, ...]
) -> tuple[tuple[Scene, ...], tuple[tuple[Position, ...], ...]]:
    by_id = {clip.clip: clip for clip in clips}
    position = {method: k for k, method in enumerate(methods)}
    moments: dict[tuple[str, str], dict[int, list[list[Picture]]]] = defaultdict(
        lambda: defaultdict(lambda: [[] for _ in methods])
    )
    for crop in store.crops():
        clip = by_id.get(crop.clip)
        if clip is not None and crop.subject and clip.method in position:
            place = moments[clip.origin, clip.compression][crop.moment][position[clip.method]]
            place.append(picture_of(store, crop))
    scenes = []
    for _, at in sorted(moments.items()):
        seen = tuple(tuple(tuple(some) for some in at[moment]) for moment in sorted(at) if at[moment][0])
        if seen:
            scenes.append(seen)
    with_real = {key for key, at in moments.items() if any(some[0] for some in at.values())}
    loose: list[list[Position]] = [[] for _ in methods]
    of_clip: dict[str, list[Picture]] = defaultdict(list)
    for crop in store.crops():
        clip = by_id.get(crop.clip)
        if clip is not None and crop.subject and clip.label and (clip.origin, clip.compression) not in with_real:
            of_clip[crop.clip].append(picture_of(store, crop))
    for name, some in sorted(of_clip.items()):
        if (k := position.get(by_id[name].method)) is not None:
            loose[k].append(tuple(some))
    return tuple(scenes), tuple(map(tuple, loose))


def picture_of(store: Store, crop: StoredCrop) -> Picture:
    """What the processes that read batches are told of a stored crop."""
    return Picture(store.place(crop.file), crop.geometry, store.place(crop.mask) if crop.mask else "")
