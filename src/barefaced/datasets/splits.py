"""Who is trained on, validated on and tested on. The unit is the origin, and no person is in two parts.

A person is whoever is seen in an origin or lends a face to a forgery of it; origins that share a person, directly or
through others, form one component and go together. What a data set itself has split is taken as published.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from barefaced.config.recipe import DataSettings
from barefaced.errors import BadConfig
from barefaced.runtime.text import suggest_names
from barefaced.values.dataset import Clip


@dataclass(frozen=True)
class Leak:
    """One person in more than one part."""

    person: str
    splits: tuple[str, ...]
    clips: tuple[str, ...]
    """One clip of each of those parts."""


def assign(clips: Iterable[Clip], settings: DataSettings, seed: int) -> dict[str, str]:
    """Assign each origin to train, val or test; the same for any order of the clips.

    * test: `test_origins`, and what a data set keeps for testing (unless `val_origins` names it).
    * val: `val_origins`; else what a data set keeps for it; else, in each data set that keeps nothing for it, whole
      components up to `val_share` of the people seen, drawn apart from those with real and forged clips, with real
      ones only and with forged ones only; at least one component of each kind where there are two.
    * train: the rest.
    An origin whose clips are in several published parts is in the strictest: test before val before train.

    Args:
        clips: of every store that is trained on.
        settings: of the data.
        seed: which components fall to validation.

    Raises:
        BadConfig: an origin that no clip has, or one in both lists; nothing left to train on.
    """
    clips = sorted(clips, key=lambda clip: clip.clip)
    origins = sorted({clip.origin for clip in clips})
    val_named, test_named = _named(origins, settings)
    published: dict[str, set[str]] = defaultdict(set)
    for clip in clips:
        published[clip.origin].add(clip.split)
    parts: dict[str, str] = {}
    for origin in origins:
        if origin in val_named:
            parts[origin] = "val"
        elif origin in test_named or "test" in published[origin]:
            parts[origin] = "test"
        elif "val" in published[origin] and not val_named:
            parts[origin] = "val"
        else:
            parts[origin] = "train"
    for dataset in sorted({clip.dataset for clip in clips}) if not val_named else ():
        mine = [clip for clip in clips if clip.dataset == dataset]
        if not any(parts[clip.origin] == "val" for clip in mine):
            pool = [clip for clip in mine if parts[clip.origin] == "train"]
            parts |= dict.fromkeys(_draw(pool, settings.val_share, seed), "val")
    if "train" not in parts.values():
        counts = ", ".join(f"{list(parts.values()).count(part)} {part}" for part in ("val", "test"))
        raise BadConfig(
            expected="origins left to train on",
            got=f"{len(origins)} origins: {counts}",
            fix="Name fewer origins in data.val_origins and data.test_origins, or prepare more data.",
        )
    return parts


def _named(origins: Sequence[str], settings: DataSettings) -> tuple[set[str], set[str]]:
    """List the origins that the settings name for validation and for testing."""
    val = {_origin(name, origins, "data.val_origins") for name in settings.val_origins}
    test = {_origin(name, origins, "data.test_origins") for name in settings.test_origins}
    if both := val & test:
        raise BadConfig(
            expected="an origin in data.val_origins or in data.test_origins",
            got=f"{', '.join(sorted(both))} in both",
            fix="Take it out of one.",
        )
    return val, test


def leaks(clips: Iterable[Clip], assignment: dict[str, str]) -> tuple[Leak, ...]:
    """Find the people who are seen, or lend a face, in more than one part; sorted. Empty where the split is clean."""
    seen: dict[str, dict[str, str]] = defaultdict(dict)
    for clip in sorted(clips, key=lambda clip: clip.clip):
        for person in _people(clip):
            seen[person].setdefault(assignment[clip.origin], clip.clip)
    return tuple(
        Leak(person=person, splits=tuple(sorted(parts)), clips=tuple(parts[part] for part in sorted(parts)))
        for person, parts in sorted(seen.items())
        if len(parts) > 1
    )


@dataclass(frozen=True)
class _Component:
    person: str
    """The first of its people by name, to know it by."""
    seen: int
    """People who are seen; a lent face is not counted."""
    origins: frozenset[str]
    labels: frozenset[int]


def _draw(clips: Sequence[Clip], share: float, seed: int) -> set[str]:
    """The origins of the components put aside."""
    drawn: set[str] = set()
    components = _components(clips)
    # A validation of real clips only, or of forgeries only, could not rank anything.
    for labels in {component.labels for component in components}:
        stratum = sorted(
            (component for component in components if component.labels == labels),
            # A hash, not a shuffle: a person more in the data set moves nobody else.
            key=lambda component: hashlib.sha256(f"{seed} {component.person}".encode()).digest(),
        )
        people = sum(component.seen for component in stratum)
        goal = min(max(round(share * people), 1), people - 1)
        chosen: list[_Component] = []
        for component in stratum:
            if sum(other.seen for other in chosen) + component.seen <= goal:
                chosen.append(component)
        if not chosen and len(stratum) > 1:
            chosen = [min(stratum, key=lambda component: component.seen)]
        if share > 0:
            drawn.update(origin for component in chosen for origin in component.origins)
    return drawn


def _components(clips: Sequence[Clip]) -> list[_Component]:
    above: dict[str, str] = {}

    def top(node: str) -> str:
        above.setdefault(node, node)
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    for clip in clips:
        for person in _people(clip):
            # Origins and people are both dataset/name: the blank keeps the two kinds of node apart.
            above[top(person)] = top(f" {clip.origin}")
    together: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        together[top(f" {clip.origin}")].append(clip)
    return [
        _Component(
            person=min(person for clip in linked for person in _people(clip)),
            seen=len({_people(clip)[0] for clip in linked}),
            origins=frozenset(clip.origin for clip in linked),
            labels=frozenset(clip.label for clip in linked),
        )
        for linked in together.values()
    ]


def _people(clip: Clip) -> tuple[str, ...]:
    return (clip.identity or clip.origin, clip.source) if clip.source else (clip.identity or clip.origin,)


def _origin(name: str, origins: Sequence[str], setting: str) -> str:
    """The origin meant by its full or its bare name."""
    meant = [name] if name in origins else [origin for origin in origins if origin.partition("/")[2] == name]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise BadConfig(
            expected=f"one origin in {setting}",
            got=f"{name}, which is {' and '.join(meant)}",
            fix="Give the full name.",
        )
    bare = {origin.partition("/")[2]: origin for origin in origins}
    raise BadConfig(
        expected=f"origins of the stores in {setting}",
        got=repr(name),
        fix=suggest_names(name, [*origins, *bare], f"There are {len(origins)}, such as {', '.join(origins[:3])}."),
    )
