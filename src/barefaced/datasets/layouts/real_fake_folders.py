"""The layout `folder`: the way in for anybody's own data. Folders say what is real and what is fake, or a csv does."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from barefaced.datasets.file_listing import as_text, folders, join_id, media_files, mismatch, no_levels
from barefaced.datasets.layouts.layout import Reading, reading
from barefaced.datasets.layouts.listing import Entry, Listing, read_listing
from barefaced.errors import LayoutMismatch
from barefaced.imaging.suffixes import MEDIA_SUFFIXES
from barefaced.values.dataset import REAL, Clip
from barefaced.values.labels import (
    FAKE,
    check_named,
    counted_labels,
    is_only_real,
    label_of,
    method_of,
    unknown_labels,
    words_of,
)

_SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
_BESIDE = frozenset({"mask", "masks", "landmarks"})
"""Folders of pictures that are no faces, as other tools put them beside."""


@dataclass(frozen=True)
class _Top:
    """A folder whose name is a label."""

    path: Path
    forged: bool | None
    method: str
    split: str


def read(root: Path, compression: str, real: Collection[str] = ()) -> Reading:
    """Read `real/` and `fake/` or `fake/<method>/` of pictures or videos; or a csv that says what each file is.

    A folder may have any name that `values.labels` knows (`original/`, `Deepfakes/`). With a split, the folders are
    `train/real/`, `test/fake/<method>/` and so on, or `real_train/`, `fake_test/`. The csv is `clips.csv`, or the only
    csv at the root; see `listing` for its columns. Without one a fake's origin is the real file of the same name where
    exactly one exists, else the fake itself. The data set is named after `root`.

    Args:
        root: the data set's top folder.
        compression: none.
        real: folders or labels that are real whatever they are called.
    """
    no_levels("folder", compression)
    dataset = as_text(root.resolve().name)
    chosen = tables(root)
    if len(chosen) > 1:
        raise LayoutMismatch(
            expected="one csv, or one named clips.csv",
            got=", ".join(path.name for path in chosen),
            fix="Name the right one clips.csv.",
        )
    listing = read_listing(root, chosen[0], real=real) if chosen else _read_folders(root, real)
    entries = listing.entries
    if not entries:
        loose = sum(1 for _ in media_files(root, MEDIA_SUFFIXES))
        raise mismatch(
            root,
            "files in real/ and fake/ or fake/<method>/, or a csv with the columns path, label",
            f"{loose} files that no folder or csv calls real or fake" if loose else "",
            "Move pictures that are all real into a folder real/, or write a clips.csv." if loose else "",
        )
    names = _folder_names(entries)
    own = [
        join_id(dataset, "", "" if entry.method == REAL else entry.method, names[i]) for i, entry in enumerate(entries)
    ]
    scenes: dict[str, str] = {}
    """Path and name of every real file to its origin."""
    stems: dict[str, list[str]] = {}
    for index, entry in enumerate(entries):
        if entry.method == REAL:
            scene = f"{dataset}/{entry.origin.removeprefix(f'{dataset}/')}" if entry.origin else own[index]
            scenes |= {entry.path: scene, names[index]: scene}
            stems.setdefault(as_text(PurePosixPath(entry.path).stem), []).append(scene)

    def origin(index: int) -> str:
        entry = entries[index]
        if entry.method == REAL:
            return scenes[entry.path]
        said = entry.origin.replace("\\", "/").removeprefix(f"{dataset}/")
        if said:
            return scenes.get(said, f"{dataset}/{said}")
        same = stems.get(as_text(PurePosixPath(entry.path).stem), [])
        return same[0] if len(same) == 1 else own[index]

    people = {scenes[entry.path]: entry.identity for entry in entries if entry.method == REAL and entry.identity}
    clips = []
    for index, entry in enumerate(entries):
        scene = origin(index)
        person = entry.identity or people.get(scene, "")
        clips.append(
            Clip(
                clip=join_id(dataset, "", entry.method, names[index]),
                dataset=dataset,
                compression="",
                method=entry.method,
                origin=scene,
                identity=f"{dataset}/{person.removeprefix(f'{dataset}/')}" if person else scene,
                source="",
                split=entry.split,
                path=root / entry.path,
            )
        )
    return reading(clips, listing.missing, listing.warnings)


def tables(root: Path) -> list[Path]:
    """The csv that would be read: `clips.csv`, or else every one at the root."""
    found = sorted(path for path in root.iterdir() if path.suffix.lower() == ".csv" and path.name[0] != ".")
    return [path for path in found if path.name.lower() == "clips.csv"] or found


def tops(root: Path, real: Collection[str] = ()) -> Iterator[_Top]:
    """List the folders that say real or forged, and those that hold media and say neither."""
    for top in folders(root, 1):
        split = _SPLITS.get(top.name.lower(), "")
        for inner in folders(top, 1) if split else [top]:
            forged = label_of(inner.name, real)
            if forged is not None or (inner.name.lower() not in _BESIDE and any(media_files(inner, MEDIA_SUFFIXES))):
                named = [_SPLITS[word] for word in words_of(inner.name) if word in _SPLITS]
                yield _Top(inner, forged, method_of(_without_split(inner.name), real), split or "".join(named[:1]))


def _without_split(name: str) -> str:
    """`fake` of `fake_train` and of `train-fake`."""
    words = "|".join(_SPLITS)
    return re.sub(rf"[_-]({words})$|^({words})[_-]", "", name, flags=re.IGNORECASE)


def _read_folders(root: Path, real: Collection[str]) -> Listing:
    there = list(tops(root, real))
    files = {top.path: list(media_files(top.path, MEDIA_SUFFIXES)) for top in there}
    counts: Counter[str] = Counter()
    for top in there:
        counts[top.path.name] += len(files[top.path])
    check_named(real, counts, root.name)
    if unknown := {top.path.name: counts[top.path.name] for top in there if top.forged is None}:
        raise unknown_labels(unknown, f"the folders of {root}")
    entries = []
    for top in there:
        for path in files[top.path]:
            inside = path.relative_to(top.path).parts[:-1]
            method = inside[0] if inside and top.method == FAKE else top.method
            if top.forged and is_only_real(method):
                raise LayoutMismatch(
                    expected=f"methods by name in {top.path.name}/",
                    got=f"the folder {top.path.name}/{method}",
                    fix="Rename it.",
                )
            entries.append(Entry(path.relative_to(root).as_posix(), as_text(method), split=top.split))
    kinds = {top.path.name: (counts[top.path.name], top.method) for top in there}
    return Listing(tuple(entries), warnings=(counted_labels(kinds),) if kinds else ())


def _folder_names(entries: Sequence[Entry]) -> list[str]:
    """The path without what the id says already (label and method) and without its suffix where that stays unique."""
    short = []
    for entry in entries:
        parts = list(PurePosixPath(entry.path).parts)
        at = int(parts[0].lower() in _SPLITS)
        for said in (REAL if entry.method == REAL else "fake", entry.method):
            if len(parts) > at + 1 and parts[at].lower() == said.lower():
                del parts[at]
        short.append((entry.method, as_text("/".join(parts))))
    bare = [(method, str(PurePosixPath(name).with_suffix(""))) for method, name in short]
    times = Counter(bare)
    return [name if times[key] > 1 else key[1] for (_, name), key in zip(short, bare, strict=True)]
