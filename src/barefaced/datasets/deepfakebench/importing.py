"""DeepfakeBench's JSON and crops, read as the clips and crops of a store.

Known traps of these files: lists of frames in any order; back-slashes; paths of the machine that wrote them; a
compression level in FaceForensics++'s family alone; val that is test, and train that contains test.
"""

import hashlib
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from PIL import Image

from barefaced.datasets.clip_record import ClipRecord
from barefaced.datasets.deepfakebench.labels import SPLITS
from barefaced.datasets.deepfakebench.tables import Entry, read_entries
from barefaced.datasets.layouts.layout import first_few
from barefaced.datasets.store import PREPARED, safe_key
from barefaced.errors import LayoutMismatch
from barefaced.values.dataset import REAL, Clip, StoredCrop
from barefaced.values.geometry import whole
from barefaced.values.labels import check_named, counted_labels, unknown_labels
from barefaced.values.media import CropQuality

UNKNOWN = CropQuality(face_pixels=0.0, sharpness=0.0, confidence=0.0)
"""Of imported crops: DeepfakeBench keeps none of it."""
LANDMARKS, MASK = ".landmarks.npy", ".mask.png"
"""What the names of a crop's 81 landmarks and of its mask end in, beside it."""


@dataclass(frozen=True)
class Crops:
    """One video as DeepfakeBench has cropped it."""

    clip: Clip
    frames: dict[int, Path]
    """By number in the video, ascending."""
    landmarks: dict[int, Path] = field(default_factory=dict)
    masks: dict[int, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What JSON files name, as far as it is there."""

    videos: tuple[Crops, ...]
    missing: tuple[str, ...]
    """Frames that are named and not there."""
    warnings: tuple[str, ...]
    labels: str
    """How many videos each label has and what it was taken for, as one line."""


def find(tables: Sequence[Path], root: Path, real: Collection[str] = ()) -> Found:
    """Find the videos of JSON files whose crops lie below `root`, sorted by clip.

    Args:
        tables: JSON files; a video that several name is taken once.
        root: the folder that the paths in them are relative to; what another machine put before them is passed over.
        real: labels that somebody said are real; see `values.labels`.

    Raises:
        LayoutMismatch: a file is not DeepfakeBench's.
        BadConfig: a label says neither real nor forged.
    """
    entries: list[Entry] = []
    told: list[str] = []
    labels: dict[str, str] = {}
    for table in tables:
        for entry in read_entries(table, real):
            labels[entry.label] = entry.method
            if entry.name:
                entries.append(entry)
            else:
                told.append(f"{table.name}: {entry.label} {entry.split} is one video without a name: left out")
    counts = Counter(label for label, *_ in {(entry.label, entry.level, entry.name) for entry in entries})
    what = ", ".join(table.name for table in tables)
    check_named(real, labels, what)
    if unknown := {label: counts[label] for label, method in labels.items() if not method}:
        raise unknown_labels(unknown, what)
    reals: dict[str, set[str]] = {}
    for entry in entries:
        if entry.method == REAL:
            reals.setdefault(entry.dataset, set()).add(entry.name)
    at = _Below(root)
    seen: dict[str, Crops] = {}
    splits: dict[str, set[str]] = {}
    missing: list[str] = []
    for entry in entries:
        clip = entry.clip(reals.get(entry.dataset, set()))
        frames = {number: path for number, path in _numbered(entry.frames, at, missing) if path is not None}
        if not frames:
            continue
        splits.setdefault(clip.clip, set()).add(entry.split)
        known = seen.get(clip.clip)
        frames = dict(sorted((known.frames | frames if known else frames).items()))
        masks = {number: path for number, path in _numbered(entry.masks, at, []) if path is not None}
        landmarks = {number: path for number in frames if (path := _landmarks(frames[number])) is not None}
        seen[clip.clip] = Crops(replace(clip, path=next(iter(frames.values()))), frames, landmarks, masks)
    videos = [
        replace(seen[clip], clip=replace(seen[clip].clip, split=_split(seen[clip].clip.dataset, splits[clip])))
        for clip in sorted(seen)
    ]
    return Found(
        tuple(videos),
        tuple(dict.fromkeys(missing)),
        (*dict.fromkeys(told), *_overlaps(splits)),
        counted_labels({label: (counts[label], method) for label, method in labels.items()}),
    )


def side_of(found: Found) -> int:
    """Measure the side in pixels of the first crop that is a picture.

    Raises:
        LayoutMismatch: there is none.
    """
    for video in found.videos:
        for path in video.frames.values():
            if (side := _side(path.read_bytes())) is not None:
                return side
    raise LayoutMismatch(
        expected="crops that the JSON names",
        got=f"none that is a square picture; not there are {first_few(found.missing, 3) or 'none'}",
        fix="Give the folder that holds them as the root: the one above FaceForensics++, Celeb-DF-v2, ...",
    )


def record(video: Crops, side: int, *, by_order: bool) -> tuple[ClipRecord, dict[str, Path]]:
    """Make the store's record of a video, and list the files it takes over by their names in the store.

    Args:
        side: of the store's crops; pictures of another size or that are damaged are left out and counted.
        by_order: a moment is a frame's place in the list, as DeepfakeBench pairs clips, instead of its number in the
            video, which is the same instant in a forgery and its original.
    """
    folder = f"crops/{safe_key(video.clip.clip)}"
    crops, files, bad = [], {}, 0
    for place, (number, path) in enumerate(video.frames.items()):
        data = path.read_bytes()
        if _side(data) != side:
            bad += 1
            continue
        moment = place if by_order else number
        file = f"{folder}/0_{moment}{path.suffix.lower()}"
        files[file] = path
        crops.append(
            StoredCrop(
                clip=video.clip.clip,
                file=file,
                track=0,
                subject=True,
                moment=moment,
                frame=number,
                seconds=0.0,
                quality=UNKNOWN,
                geometry=whole(side),
                sha256=hashlib.sha256(data).hexdigest(),
                mask=f"{folder}/0_{moment}{MASK}" if number in video.masks else "",
            )
        )
        if number in video.landmarks:
            files[f"{folder}/0_{moment}{LANDMARKS}"] = video.landmarks[number]
        if number in video.masks:
            files[f"{folder}/0_{moment}{MASK}"] = video.masks[number]
    at = video.clip.path.stat()
    told = ["imported: times, face sizes and confidences are not known and stand as 0"]
    if bad:
        told.append(f"{bad} crops left out: damaged, or not {side} x {side} pixels")
    return ClipRecord(
        clip=video.clip,
        outcome=PREPARED if crops else "unreadable",
        reason="" if crops else told[-1],
        media_sha256="",
        size=at.st_size,
        mtime_ns=at.st_mtime_ns,
        subject=0 if crops else None,
        frames_seen=len(crops),
        frames_without_face=0,
        warnings=tuple(told),
        crops=tuple(crops),
    ), files


class _Below:
    """Paths that another machine wrote, found below a folder: leading parts are dropped until a file is there."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._cut = 0

    def __call__(self, written: str) -> Path | None:
        parts = [part for part in PurePosixPath(written.replace("\\", "/")).parts if part not in ("/", ".")]
        if ".." in parts:
            return None
        for cut in (self._cut, *range(len(parts))):
            if (path := self._root.joinpath(*parts[cut:])).is_file():
                self._cut = cut
                return path
        return None


def _numbered(written: Iterable[str], at: _Below, missing: list[str]) -> Iterator[tuple[int, Path | None]]:
    for place, path in enumerate(sorted(written, key=lambda path: path.replace("\\", "/"))):
        number = re.search(r"(\d+)$", PurePosixPath(path.replace("\\", "/")).stem)
        if (there := at(path)) is None:
            missing.append(path)
        yield int(number[1]) if number else place, there


def _landmarks(frame: Path) -> Path | None:
    parts = ["landmarks" if part == "frames" else part for part in frame.parts]
    path = Path(*parts).with_suffix(".npy")
    return path if path.is_file() and "landmarks" in parts else None


def _side(data: bytes) -> int | None:
    """Side of a whole square picture; None for anything else."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            width, height = picture.size
            picture.verify()
    except (OSError, SyntaxError, ValueError, EOFError):
        return None
    return width if width == height else None


def _split(dataset: str, splits: set[str]) -> str:
    """One split a clip: the strictest; a clip that is in every split has none of its own (all of DFD is test)."""
    if splits == set(SPLITS):
        return "test" if dataset == "dfd" else ""
    return next(split for split in ("test", "val", "train") if split in splits)


def _overlaps(splits: Mapping[str, set[str]]) -> Iterator[str]:
    every = sum(of == set(SPLITS) for of in splits.values())
    of_val, of_test = ({clip for clip, of in splits.items() if split in of} for split in ("val", "test"))
    if every:
        yield f"{every} clips are in every split: read as of none (of DeepFakeDetection: as test)"
    if of_val and of_val == of_test and every < len(of_val):
        yield f"val is test: the {len(of_test)} clips of both are read as test"
    elif both := sum(of == {"val", "test"} for of in splits.values()):
        yield f"val holds {both} clips of test: read as test"
    if both := sum({"train", "test"} <= of and len(of) < 3 for of in splits.values()):
        yield f"train contains {both} clips of test: read as test"
    if both := sum(of == {"train", "val"} for of in splits.values()):
        yield f"{both} clips are in train and in val: read as val"
