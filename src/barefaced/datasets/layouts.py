"""Published folder layouts, read into Clips. One function a layout; the dict at the end names them.

Nothing here opens a media file: a clip that does not decode is the preparation's to report. A download of which only a
part is there gives the clips that are there.
"""

import difflib
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from barefaced.datasets.files import VIDEOS, as_text, join_id, media_files, mismatch, no_levels
from barefaced.datasets.plain import folder
from barefaced.datasets.reals import reals
from barefaced.errors import BadConfig, LayoutMismatch
from barefaced.types import REAL, Clip


def read(layout: str, root: Path, compression: str = "") -> tuple[Clip, ...]:
    """The clips of the data set at `root`, sorted by id.

    Args:
        layout: a key of `LAYOUTS`.
        root: the data set's top folder.
        compression: one compression level only, where the layout has levels; empty: all.

    Raises:
        LayoutMismatch: no such layout, or the folders are not its folders.
        BadConfig: a compression level that the layout does not have.
    """
    if layout not in LAYOUTS:
        near = difflib.get_close_matches(layout.lower(), LAYOUTS, n=3, cutoff=0.4)
        raise LayoutMismatch(
            expected=f"one of the layouts {', '.join(LAYOUTS)}",
            got=f"{layout!r}",
            fix=f"Did you mean {' or '.join(near)}?" if near else "Sort the files as the layout `folder` has them.",
        )
    if not root.is_dir():
        raise LayoutMismatch(
            expected=f"a folder at {root}",
            got="a file" if root.exists() else "nothing there",
            fix="Give the top folder of the data set.",
        )
    clips = sorted(LAYOUTS[layout](root, compression), key=lambda clip: clip.clip)
    for one, other in itertools.pairwise(clips):
        if one.clip == other.clip:
            raise LayoutMismatch(
                expected=f"one file for the clip {one.clip}",
                got=f"{one.path} and {other.path}",
                fix="Keep one of them, or rename one.",
            )
    return tuple(clips)


# --------------------------------------------------------------------------------------------------- FaceForensics++

_FF_METHODS = ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter", "DeepFakeDetection")
_FF_FOLDERS = {name.lower(): name for name in _FF_METHODS} | dict.fromkeys(
    ("youtube", "actors", "original", "original_sequences"), REAL
)
_FF_LEVELS = {"raw": "raw", "c0": "raw", "c23": "c23", "c40": "c40"}
# The naming is that of the data set's README: <target>_<source>, <actor>__<scene>,
# <target actor>_<source actor>__<scene>__<experiment>.
_FF_REAL = re.compile(r"(?P<name>\d{3})|(?P<actor>\d{2})__.+")
_FF_FAKE = re.compile(
    r"(?P<target>\d{3})_(?P<source>\d{3})|(?P<actor>\d{2})_(?P<lender>\d{2})__(?P<scene>.+)__[^_]+",
)


def faceforensics(root: Path, compression: str) -> Iterator[Clip]:
    """FaceForensics++ and DeepFakeDetection (Roessler et al., ICCV 2019; Dufour and Gully, 2019).

    A file is placed by the names of the folders above it, whatever their order: a method, a compression level, `masks`.
    So the download variants that drop a level are read too; where it is the level that is dropped, the clips are taken
    to be of the `compression` asked for. Actors and DeepFakeDetection have no split of their own and are used to test.
    """
    if compression and compression not in _FF_LEVELS.values():
        raise BadConfig(
            expected="compression raw, c23, c40 or empty", got=repr(compression), fix="Choose one of those."
        )
    placed = [(path, *_ff_place(path.relative_to(root).parts[:-1])) for path in media_files(root, VIDEOS)]
    masks = {(method, level, as_text(path.stem)): path for path, method, level, mask in placed if method and mask}
    splits = _ff_splits(root / "splits")
    odd: list[str] = []
    found = Counter(level for _, method, level, mask in placed if method and not mask)
    for path, method, level, mask in placed:
        if not method or mask or (compression and level and level != compression):
            continue
        name, level = as_text(path.stem), level or compression
        match = (_FF_REAL if method == REAL else _FF_FAKE).fullmatch(name)
        if match is None:
            odd.append(path.relative_to(root).as_posix())
            continue
        at = match.groupdict()
        if method == REAL:
            origin, identity, source = name, at["actor"] or name, ""
        elif at["target"]:
            origin, identity, source = at["target"], at["target"], at["source"]
        else:
            origin, identity, source = f"{at['actor']}__{at['scene']}", at["actor"], at["lender"]
        yield Clip(
            clip=join_id("faceforensics", level, method, name),
            dataset="faceforensics",
            compression=level,
            method=method,
            origin=f"faceforensics/{origin}",
            identity=f"faceforensics/{identity}",
            source=source and f"faceforensics/{source}",
            split="test" if at["actor"] else splits.get(origin, ""),
            path=path,
            mask=masks.get((method, level, name)) or masks.get((method, "", name)),
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


def _ff_place(folders: tuple[str, ...]) -> tuple[str, str, bool]:
    """Method (empty: none of ours), level (empty: not said) and whether it is a mask, from the folders above a file."""
    lower = [folder.lower() for folder in folders]
    methods = [_FF_FOLDERS[name] for name in lower if name in _FF_FOLDERS]
    levels = [_FF_LEVELS[name] for name in lower if name in _FF_LEVELS]
    return (methods or [""])[-1], (levels or [""])[-1], "masks" in lower or "mask" in lower


def _ff_splits(folder: Path) -> dict[str, str]:
    """Target to split. The files are lists of pairs; both of a pair are in the split."""
    splits: dict[str, str] = {}
    for split in ("train", "val", "test"):
        path = folder / f"{split}.json"
        if not path.is_file():
            continue
        try:
            pairs = json.loads(path.read_text(encoding="utf-8"))
            splits |= {name: split for one, other in pairs for name in (str(one), str(other))}
        except (ValueError, TypeError) as e:
            raise LayoutMismatch(
                expected=f'a JSON list of pairs such as ["071", "054"] in {path}',
                got=str(e),
                fix="Fetch the file again from the data set's own repository.",
            ) from e
    return splits


# -------------------------------------------------------------------------------------------------------- Celeb-DF-v2

_CELEB_FOLDERS = {"Celeb-real": REAL, "YouTube-real": REAL, "Celeb-synthesis": "Celeb-synthesis"}
_CELEB_LIST = "List_of_testing_videos.txt"
_CELEB_NAME = re.compile(r"(?P<target>id\d+)_((?P<source>id\d+)_)?(?P<number>\d+)")


def celeb_df_v2(root: Path, compression: str) -> Iterator[Clip]:
    """Celeb-DF-v2 (Li et al., CVPR 2020). Clips in the list of testing videos are test, the others train.

    Without the list no split is known. `id0_id1_0000` is the clip `id0_0000` with the face of id1.
    """
    no_levels("celeb_df_v2", compression)
    if not any((root / folder).is_dir() for folder in _CELEB_FOLDERS):
        raise mismatch(root, f"the folders {', '.join(_CELEB_FOLDERS)}")
    listed = _celeb_list(root / _CELEB_LIST)
    for part, method in _CELEB_FOLDERS.items():
        for path in media_files(root / part, VIDEOS):
            name = as_text(path.stem)
            match = _CELEB_NAME.fullmatch(name)
            if part != "YouTube-real" and (match is None or bool(match["source"]) == (method == REAL)):
                raise LayoutMismatch(
                    expected="names such as id0_0000.mp4 in Celeb-real and id0_id1_0000.mp4 in Celeb-synthesis",
                    got=f"{part}/{path.name}",
                    fix="Give it the published name, or move it out of the data set.",
                )
            target, source, origin = name, "", name
            if match is not None:
                target, source = match["target"], match["source"] or ""
                origin = f"{target}_{match['number']}"
            split = ("test" if f"{part}/{name}" in listed else "train") if listed is not None else ""
            yield Clip(
                clip=join_id("celeb_df_v2", "", method, name),
                dataset="celeb_df_v2",
                compression="",
                method=method,
                origin=f"celeb_df_v2/{origin}",
                identity=f"celeb_df_v2/{target}",
                source=source and f"celeb_df_v2/{source}",
                split=split,
                path=path,
            )


def _celeb_list(path: Path) -> frozenset[str] | None:
    """`folder/name` of the testing videos; None without a list. In this file, unlike here, 1 means real."""
    if not path.is_file():
        return None
    listed = set()
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        label, _, file = line.strip().partition(" ")
        where = PurePosixPath(file.strip().replace("\\", "/"))
        method = _CELEB_FOLDERS.get(where.parent.as_posix())
        if method is None or label != str(int(method == REAL)):
            raise LayoutMismatch(
                expected=f"lines such as `1 Celeb-real/id0_0000.mp4` (1 real, 0 fake) in {path}",
                got=f"line {number}: {line.strip()!r}",
                fix="Fetch the list again from the data set.",
            )
        listed.add(where.with_suffix("").as_posix())
    return frozenset(listed)


LAYOUTS: dict[str, Callable[[Path, str], Iterator[Clip]]] = {
    "faceforensics": faceforensics,
    "celeb_df_v2": celeb_df_v2,
    "folder": folder,
    "reals": reals,
}
"""Layouts by name."""
