"""A store as DeepfakeBench's crops and JSON. S is the crop side.

    OUT/FaceForensics++/manipulated_sequences/Deepfakes/c40/frames/000_003/012.png
    OUT/dataset_json/FaceForensics++.json       paths in it are relative to OUT

One face a frame: the subject's. A clip without a split is put into all three, as DeepfakeBench does.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from barefaced.datasets.clip_record import ClipRecord
from barefaced.datasets.deepfakebench.importing import LANDMARKS
from barefaced.datasets.deepfakebench.labels import SPLITS, Set, folder_of, label_in, sets_of
from barefaced.datasets.file_listing import join_id
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig
from barefaced.imaging.encoding import encode
from barefaced.runtime.files import link_or_copy, write_bytes
from barefaced.values.dataset import Clip, StoredCrop


@dataclass(frozen=True)
class Export:
    """What was written."""

    tables: tuple[Path, ...]
    clips: int
    frames: int
    others: int
    """Crops of other people, for whom the format has no place."""


def export(store: Store, out: Path) -> Export:
    """Write every clip of `store` that has a subject; files that are there already with the same bytes are left.

    Raises:
        BadConfig: a clip of FaceForensics++'s family whose compression level is not known, or a packed store.
        StoreDamaged: a crop cannot be read.
        OSError: no space or no right to write.
    """
    if store.packed:
        raise BadConfig(
            expected="a store as prepared", got=f"a packed one, {store.path}", fix="Export what it was packed from."
        )
    tables: dict[str, dict[str, Any]] = {}
    levels: dict[str, set[str]] = {}
    clips = frames = others = 0
    for record in store.records():
        crops = {crop.frame: crop for crop in reversed(record.crops) if crop.subject}
        others += sum(not crop.subject for crop in record.crops)
        if not crops:
            continue
        clips, frames = clips + 1, frames + len(crops)
        for one in sets_of(record.clip):
            if one.levels and not record.clip.compression:
                raise BadConfig(
                    expected="a compression level of every clip of FaceForensics++",
                    got=f"none of {record.clip.clip}",
                    fix="Prepare the data set again with --compression c23, or whichever it is.",
                )
            label = label_in(one, record.clip.method)
            row = {"label": label, **_row(store, out, one, record, [crops[number] for number in sorted(crops)])}
            levels.setdefault(one.name, set()).add(record.clip.compression)
            for split in [record.clip.split] if record.clip.split else SPLITS:
                place = tables.setdefault(one.name, {}).setdefault(label, {name: {} for name in SPLITS})[split]
                if one.levels:
                    place = place.setdefault(record.clip.compression, {})
                place[name_of(record.clip)] = row
    for name, labels in tables.items():
        for splits in labels.values():
            for content in splits.values() if levels[name] != {""} else ():
                for level in sorted(levels[name]):  # its reader looks for the level in every split
                    content.setdefault(level, {})
    written = []
    for name, labels in sorted(tables.items()):
        written.append(out / "dataset_json" / f"{name}.json")
        write_bytes(written[-1], json.dumps({name: labels}, ensure_ascii=False).encode())
    return Export(tuple(written), clips, frames, others)


def name_of(clip: Clip) -> str:
    """A clip's name within its data set, level and method: what `join_id` put last."""
    return clip.clip.removeprefix(join_id(clip.dataset, clip.compression, clip.method) + "/")


def _row(store: Store, out: Path, one: Set, record: ClipRecord, crops: list[StoredCrop]) -> dict[str, Any]:
    clip = record.clip
    top, name = folder_of(one, clip), name_of(clip)
    row: dict[str, Any] = {"frames": [], "origin": clip.origin, "identity": clip.identity, "source": clip.source}
    for crop in crops:
        file = f"{top}/frames/{name}/{crop.frame:03d}.png"
        _picture(store, crop, out / file)
        row["frames"].append(file)
        beside = (store.path / crop.file).with_suffix("")
        if (landmarks := beside.with_name(beside.name + LANDMARKS)).is_file():
            link_or_copy(landmarks, out / f"{top}/landmarks/{name}/{crop.frame:03d}.npy")
        if crop.mask:
            file = f"{top}/masks/{name}/{crop.frame:03d}.png"
            link_or_copy(store.path / crop.mask, out / file)
            row.setdefault("masks", []).append(file)
    return row


def _picture(store: Store, crop: StoredCrop, target: Path) -> None:
    if Path(crop.file).suffix == ".png" and (store.path / crop.file).is_file():
        link_or_copy(store.path / crop.file, target)
        return
    write_bytes(target, encode(store.load(crop), ".png", [cv2.IMWRITE_PNG_COMPRESSION, 1]))
