"""FaceForensics++ with FaceShifter, and DeepFakeDetection (DFD), which is published in the same folders.

    original_sequences/{youtube,actors}/{raw,c23,c40}/videos/*.mp4
    manipulated_sequences/METHOD/{raw,c23,c40,masks}/videos/*.mp4
    splits/{train,val,test}.json            lists of pairs ["071", "054"]

Roessler et al., ICCV 2019; Dufour and Gully, 2019; Li et al., 2019 (FaceShifter).
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from barefaced.datasets.file_listing import as_text, join_id, media_files, mismatch
from barefaced.datasets.layouts.layout import Reading, Who, reading
from barefaced.errors import BadConfig, LayoutMismatch
from barefaced.imaging.suffixes import VIDEOS
from barefaced.runtime.text import reason_of
from barefaced.values.dataset import REAL, Clip

DFD = "DeepFakeDetection"
METHODS = ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter", DFD)
FOLDERS = {name.lower(): name for name in METHODS} | dict.fromkeys(
    ("youtube", "actors", "original", "original_sequences"), REAL
)
LEVELS = {"raw": "raw", "c0": "raw", "c23": "c23", "c40": "c40"}
# The naming is that of the data set's README: <target>_<source>, <actor>__<scene>,
# <target actor>_<source actor>__<scene>__<experiment>.
_REAL = re.compile(r"(?P<target>\d{3})|(?P<actor>\d{2})__(?P<scene>.+)")
_FAKE = re.compile(
    r"(?P<target>\d{3})_(?P<source>\d{3})|(?P<actor>\d{2})_(?P<lender>\d{2})__(?P<scene>.+)__[^_]+",
)


def read(root: Path, compression: str) -> Reading:
    """Everything that is there, DFD too.

    A file is placed by the names of the folders above it, whatever their order: a method, a compression level, `masks`.
    So the download variants that drop a level are read too; where it is the level that is dropped, the clips are taken
    to be of the `compression` asked for. Actors and DeepFakeDetection have no split of their own and are used to test.
    """
    found = _read("faceforensics", root, compression)
    inside = sum(_of_actors(clip) for clip in found.clips)
    told = [f"{inside} clips are of DeepFakeDetection; `--layout dfd` reads those alone, as a data set of its own"]
    return reading(found.clips, found.missing, told if 0 < inside < len(found.clips) else ())


def read_dfd(root: Path, compression: str) -> Reading:
    """DeepFakeDetection alone or out of FaceForensics++. All of it is test.

    Origins keep FaceForensics++'s names, so that a model that saw them there is not tested on them here.
    """
    found = _read("dfd", root, compression)
    clips = [clip for clip in found.clips if _of_actors(clip)]
    if not clips:
        raise mismatch(root, "videos in original_sequences/actors or manipulated_sequences/DeepFakeDetection")
    return reading(clips)


def who(name: str, method: str) -> Who | None:
    """Whose scene the video `name` is of; None where the name is not a published one."""
    match = (_REAL if method == REAL else _FAKE).fullmatch(name)
    if match is None:
        return None
    at = match.groupdict()
    if at["target"]:
        origin, identity, source = at["target"], at["target"], at.get("source") or ""
    else:
        origin, identity, source = f"{at['actor']}__{at['scene']}", at["actor"], at.get("lender") or ""
    return Who(f"faceforensics/{origin}", f"faceforensics/{identity}", source and f"faceforensics/{source}")


def place(folders: tuple[str, ...]) -> tuple[str, str, bool]:
    """Method (empty: none of ours), level (empty: not said) and whether it is a mask, from the folders above a file."""
    lower = [folder.lower() for folder in folders]
    methods = [FOLDERS[name] for name in lower if name in FOLDERS]
    levels = [LEVELS[name] for name in lower if name in LEVELS]
    return (methods or [""])[-1], (levels or [""])[-1], "masks" in lower or "mask" in lower


def _of_actors(clip: Clip) -> bool:
    return "__" in clip.origin


def _read(dataset: str, root: Path, compression: str) -> Reading:
    if compression and compression not in LEVELS.values():
        raise BadConfig(
            expected="compression raw, c23, c40 or empty", got=repr(compression), fix="Choose one of those."
        )
    placed = [(path, *place(path.relative_to(root).parts[:-1])) for path in media_files(root, VIDEOS)]
    masks = {(method, level, as_text(path.stem)): path for path, method, level, mask in placed if method and mask}
    pairs = list(_pairs(root))
    splits = {f"faceforensics/{name}": split for one, other, split in pairs for name in (one, other)}
    clips: list[Clip] = []
    odd: list[str] = []
    found = Counter(level for _, method, level, mask in placed if method and not mask)
    for path, method, level, mask in placed:
        if not method or mask or (compression and level and level != compression):
            continue
        name, level = as_text(path.stem), level or compression
        seen = who(name, method)
        if seen is None:
            odd.append(path.relative_to(root).as_posix())
            continue
        clips.append(
            Clip(
                clip=join_id(dataset, level, method, name),
                dataset=dataset,
                compression=level,
                method=method,
                origin=seen.origin,
                identity=seen.identity,
                source=seen.source,
                split="test" if "__" in seen.origin else splits.get(seen.origin, ""),
                path=path,
                mask=masks.get((method, level, name)) or masks.get((method, "", name)),
            )
        )
    if odd:
        raise LayoutMismatch(
            expected="files named 000.mp4, 000_001.mp4, 01__scene.mp4 or 01_02__scene__ABCDEFGH.mp4",
            got=", ".join(odd[:3]) + (f" and {len(odd) - 3} more" if len(odd) > 3 else ""),
            fix="Give them the published names, or move them out of the data set.",
        )
    if not any(not compression or level in ("", compression) for level in found):
        raise mismatch(
            root,
            f"videos in original_sequences/youtube/{compression or 'c23'}/videos and "
            f"manipulated_sequences/Deepfakes/{compression or 'c23'}/videos",
            f"videos of {', '.join(sorted(found))} only" if found else "",
        )
    return reading(clips, _missing(dataset, clips, pairs))


def _missing(dataset: str, clips: list[Clip], pairs: list[tuple[str, str, str]]) -> Iterator[str]:
    """What the splits name, of the levels and methods of which anything is there."""
    there = {clip.clip for clip in clips}
    for level, method in sorted({(clip.compression, clip.method) for clip in clips if not _of_actors(clip)}):
        for one, other, _ in pairs:
            for name in (one, other) if method == REAL else (f"{one}_{other}", f"{other}_{one}"):
                if (clip := join_id(dataset, level, method, name)) not in there:
                    yield clip


def _pairs(root: Path) -> Iterator[tuple[str, str, str]]:
    """The two of a pair and their split, from `splits/` or, as some lay them, from the root."""
    for split in ("train", "val", "test"):
        path = next((path for path in (root / "splits", root) if (path / f"{split}.json").is_file()), None)
        if path is None:
            continue
        try:
            pairs = json.loads((path / f"{split}.json").read_text(encoding="utf-8"))
            yield from [(str(one), str(other), split) for one, other in pairs]
        except (ValueError, TypeError) as e:
            raise LayoutMismatch(
                expected=f'a JSON list of pairs such as ["071", "054"] in {path / split}.json',
                got=reason_of(e),
                fix="Fetch the file again from the data set's own repository.",
            ) from e
