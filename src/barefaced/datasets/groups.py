"""Groups: one target at one moment, real and under each forgery method; and the order in which they are trained on.

Letters: D domains, K = D + 1 positions in a group (0 is real), B groups in a batch of all ranks together.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from barefaced.config.recipe import Balance, DataSettings
from barefaced.datasets.mixture import Mixture
from barefaced.errors import BadConfig
from barefaced.runtime.text import suggest_names
from barefaced.values.dataset import REAL, Clip, Group, StoredCrop


@dataclass(frozen=True)
class GroupSet:
    """The groups, and what could not be grouped."""

    groups: tuple[Group, ...]
    methods: tuple[str, ...]
    """K names by position; the first is `real`."""
    holes: tuple[int, ...]
    """D counts: groups that lack the domain, those that were then left out included."""
    without_real: int
    """Forged crops whose moment has no real crop: not used."""
    without_forgery: int
    """Real crops that no domain has at their moment: not used."""
    skipped: int
    """Groups left out for their holes."""
    mixture: Mixture | None = None
    """In place of `groups`, where they are drawn anew each time."""

    def __len__(self) -> int:
        """In an epoch."""
        return len(self.groups) if self.mixture is None else len(self.mixture)


def domains_of(clips: Iterable[Clip], settings: DataSettings, generated: Sequence[str] = ()) -> tuple[str, ...]:
    """List the forgery domains to train on, in order: those named, or every method of the clips less those held out or
    kept for validation.

    Args:
        clips: of all stores.
        settings: what is named and held out.
        generated: methods that are forged while training; they follow those of the clips.

    Raises:
        BadConfig: a method that no clip has, one in two of the lists, or none left.
    """
    stored = {clip.method for clip in clips if clip.label}
    if twice := stored & set(generated):
        raise BadConfig(
            expected="methods in forge.methods that the stores do not hold already",
            got=", ".join(sorted(twice)),
            fix="Leave them out of one of the two.",
        )
    known = [*sorted(stored), *generated]
    _check_lists(settings, known)
    kept = {*settings.held_out, *settings.val_methods}
    domains = settings.domains or tuple(name for name in known if name not in kept)
    if not domains:
        raise BadConfig(
            expected="a forgery method to train on",
            got="stores of real clips only" if not known else f"all held out or kept to choose by: {', '.join(known)}",
            fix="Prepare forged clips, or make some with `barefaced forge`.",
        )
    return domains


def _check_lists(settings: DataSettings, known: Sequence[str]) -> None:
    """Refuse a method that no clip has, or that is named in two lists or twice."""
    lists = {
        "data.domains": settings.domains,
        "data.held_out": settings.held_out,
        "data.val_methods": settings.val_methods,
    }
    for setting, names in lists.items():
        for name in names:
            if name not in known:
                raise BadConfig(
                    expected=f"methods of the stores in {setting}: {', '.join(known) or 'there are none'}",
                    got=repr(name),
                    fix=suggest_names(name, known, "Name one of those, or prepare its clips."),
                )
    for (first, names), (second, others) in combinations(lists.items(), 2):
        if both := set(names) & set(others):
            raise BadConfig(
                expected=f"a method in {first} or in {second}",
                got=f"{', '.join(sorted(both))} in both",
                fix="Take it out of one.",
            )
    if repeated := [name for name, times in Counter(settings.domains).items() if times > 1]:
        raise BadConfig(
            expected="each method once in data.domains", got=", ".join(repeated), fix="Name each method once."
        )


def make_groups(
    clips: Iterable[Clip],
    crops: Iterable[StoredCrop],
    domains: Sequence[str],
    holes: Literal["skip", "present"],
    generated: Sequence[str] = (),
) -> GroupSet:
    """Group the subjects' crops by origin, compression and moment.

    Where a method made several clips of one origin (Celeb-DF: one target, many faces), a moment gives as many groups as
    the largest count of any position, and the others go round: every crop is used, the real one as often as needed, and
    a method with fewer clips repeats its own rather than leave a hole. A moment is never filled from a neighbour.

    Args:
        clips: the clips of one part of the split; crops of other clips are passed over.
        crops: of all stores together.
        domains: forgery methods by position, from 1.
        holes: `skip` leaves a group with a hole out; `present` keeps it with None there.
        generated: the last of the domains, where they are forged while training: None in every group, and no hole.

    Raises:
        BadConfig: no group can be made.
    """
    methods = (REAL, *domains)
    groups: list[Group] = []
    stored = len(domains) - len(generated)
    lacking = [0] * len(domains)
    without_real = without_forgery = skipped = 0
    for (origin, compression, moment), positions in sorted(_by_moment(clips, crops, methods).items()):
        real, *forged = positions
        if not real:
            without_real += sum(map(len, forged))
        elif not any(forged) and not generated:
            without_forgery += len(real)
        else:
            times = max(map(len, positions))
            for k, forgeries in enumerate(forged[:stored]):
                lacking[k] += times * (not forgeries)
            if holes == "skip" and not all(forged[:stored]):
                skipped += times
                continue
            for turn in range(times):
                drawn = tuple(crops[turn % len(crops)] if crops else None for crops in positions)
                groups.append(Group(origin=origin, compression=compression, moment=moment, crops=drawn))
    if not groups:
        raise BadConfig(
            expected=f"a real crop and a forgery of it by {', '.join(domains)} at one moment",
            got=f"{without_real} forged crops without their real one, {without_forgery} real ones without a forgery, "
            f"{skipped} groups left out for their holes",
            fix="Prepare the real clips too, check the origins, or set data.holes to present.",
        )
    return GroupSet(tuple(groups), methods, tuple(lacking), without_real, without_forgery, skipped)


def _by_moment(
    clips: Iterable[Clip], crops: Iterable[StoredCrop], methods: Sequence[str]
) -> dict[tuple[str, str, int], list[list[StoredCrop]]]:
    """Sort the subjects' crops by origin, compression and moment, and there by the position of their method."""
    by_id = {clip.clip: clip for clip in clips}
    position = {method: k for k, method in enumerate(methods)}
    moments: dict[tuple[str, str, int], list[list[StoredCrop]]] = defaultdict(lambda: [[] for _ in methods])
    for crop in sorted(crops, key=lambda crop: crop.clip):
        clip = by_id.get(crop.clip)
        if clip is not None and crop.subject and clip.method in position:
            moments[clip.origin, clip.compression, crop.moment][position[clip.method]].append(crop)
    return moments


def loose_groups(
    clips: Sequence[Clip], crops: Iterable[StoredCrop], domains: Sequence[str], generator: np.random.Generator
) -> GroupSet:
    """Group crops that have nothing to do with each other: for data whose forgeries do not say what they are of.

    There are as many as the position with the most crops has; the others go round, in an order of their own.

    Raises:
        BadConfig: a position without a crop.
    """
    methods = (REAL, *domains)
    method_of = {clip.clip: clip.method for clip in clips}
    positions: list[list[StoredCrop]] = [[] for _ in methods]
    for crop in sorted(crops, key=lambda crop: (crop.clip, crop.moment)):
        if crop.subject and method_of.get(crop.clip) in methods:
            positions[methods.index(method_of[crop.clip])].append(crop)
    if empty := [name for name, taken in zip(methods, positions, strict=True) if not taken]:
        raise BadConfig(
            expected=f"crops of {', '.join(methods)} among the people who train",
            got=f"none of {', '.join(empty)}",
            fix="Prepare pictures of them, or lower data.val_share.",
        )
    most = max(map(len, positions))
    rounds = []
    for taken in positions:
        turns = [generator.permutation(len(taken)) for _ in range(-(-most // len(taken)))]
        rounds.append([taken[index] for index in np.concatenate(turns)[:most]])
    # Named by their real one, which is the origin that a group is of.
    origin_of = {clip.clip: clip.origin for clip in clips}
    groups = tuple(
        Group(origin=origin_of[crops[0].clip], compression="", moment=crops[0].moment, crops=crops)
        for crops in zip(*rounds, strict=True)
    )
    return GroupSet(groups, methods, (0,) * len(domains), 0, 0, 0)


def balanced(groups: GroupSet, balance: Balance, datasets: Sequence[str]) -> GroupSet:
    """Repeat rare groups in an epoch, each time with draws of its own; `groups`: as they are.

    Args:
        groups: to balance.
        balance: `domains`: a group comes as often as its rarest domain is rarer than the commonest, rounded; `sets`:
            the same by data set.
        datasets: the data set of each group.
    """
    if balance == "groups":
        return groups
    keys = [
        [dataset] if balance == "sets" else [k for k, crop in enumerate(group.crops) if crop and k] or [0]
        for dataset, group in zip(datasets, groups.groups, strict=True)
    ]
    counts = Counter(key for names in keys for key in names)
    most = max(counts.values())
    times = [round(max(most / counts[key] for key in names)) for names in keys]
    repeated = (group for group, n in zip(groups.groups, times, strict=True) for _ in range(n))
    return replace(groups, groups=tuple(repeated))


class GroupSampler:
    """Batches of (epoch, index) pairs for one rank of a run; a `batch_sampler` for torch's DataLoader.

    Step s of an epoch takes the next B groups of a permutation drawn from (seed, epoch) alone, and deals them out: rank
    r gets its part of them, in order, parts as even as can be. So all ranks together see what one would, for any number
    of ranks, and every group comes once an epoch. The last batch holds what is left, and a rank's part may be empty.
    The pair is all that a worker needs to draw its augmentation.
    """

    def __init__(self, groups: int, batch: int, seed: int, *, rank: int = 0, world: int = 1) -> None:
        """Of B = `batch` groups a step over all `world` ranks.

        Raises:
            BadConfig: fewer than one group a step and rank.
        """
        if not 0 <= rank < world <= batch:
            raise BadConfig(
                expected="at least one group a step for each process, and a rank below their number",
                got=f"optim.groups {batch}, rank {rank} of {world}",
                fix="Raise optim.groups, or use fewer processes.",
            )
        self._groups, self._batch, self._seed, self._rank, self._world = groups, batch, seed, rank, world
        self._epoch = self._start = 0

    def seek(self, epoch: int, batch: int = 0) -> None:
        """The next iteration gives `epoch`, from its batch `batch` on: exactly the tail of the whole epoch."""
        self._epoch, self._start = epoch, batch

    @property
    def batches(self) -> int:
        """In a whole epoch, for each rank."""
        return -(-self._groups // self._batch)

    def size(self, batch: int) -> int:
        """Groups of a batch, over all ranks."""
        return min(self._batch, self._groups - batch * self._batch)

    def __len__(self) -> int:
        """Batches of the next iteration."""
        return max(self.batches - self._start, 0)

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        epoch = self._epoch
        order = np.random.default_rng((self._seed, epoch)).permutation(self._groups)
        for step in range(self._start, self.batches):
            mine = np.array_split(order[step * self._batch :][: self._batch], self._world)[self._rank]
            yield [(epoch, int(index)) for index in mine]
