"""Which layout a folder has, by the names in it: what `--layout auto` takes.

A published data set's signs go before the plain folders', which fit much else; `reals` is never taken unasked, because
it calls everything real.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path

from barefaced.datasets.file_listing import as_text, folders, media_files
from barefaced.datasets.layouts import celeb_df, df40, dfdc, dfdc_preview, faceforensics, real_fake_folders
from barefaced.datasets.layouts.layout import first_few
from barefaced.errors import LayoutMismatch
from barefaced.imaging.suffixes import VIDEOS
from barefaced.values.dataset import REAL

_V1 = {"Celeb-real": 158, "YouTube-real": 250, "Celeb-synthesis": 795}
_V2_LISTED = 518


def recognise(root: Path) -> tuple[str, str]:
    """The layout of `root`, and what shows it.

    Raises:
        LayoutMismatch: none fits, or more than one.
    """
    fits = {name: why for name, sign in SIGNS.items() if (why := sign(root))}
    if not fits and (why := _plain(root)):
        fits = {"folder": why}
    if len(fits) == 1:
        return next(iter(fits.items()))
    if fits:
        raise LayoutMismatch(
            expected=f"the folders of one layout in {root}",
            got="; ".join(f"{name} ({why})" for name, why in fits.items()),
            fix=f"Say which with --layout {' or --layout '.join(fits)}.",
        )
    if table := _deepfakebench(root):
        raise LayoutMismatch(
            expected=f"videos or pictures in the folders of a layout in {root}",
            got=f"DeepfakeBench's list of crops, {table.relative_to(root)}",
            fix="These are prepared already: `barefaced data import JSON CROPS STORE`.",
        )
    inner = [path.name for path in folders(root, 1) if any(sign(path) for sign in SIGNS.values()) or _plain(path)]
    names = sorted(path.name for path in root.iterdir() if path.name[0] != ".")
    raise LayoutMismatch(
        expected=f"the folders of a layout ({', '.join((*SIGNS, 'folder'))}) in {root}",
        got=first_few(names, 6) or "an empty folder",
        fix=f"Give {root / inner[0]}."
        if inner
        else "Name the layout, or sort the files into real/ and fake/METHOD/; `--layout reals` takes all for real.",
    )


def _names(root: Path, depth: int) -> set[str]:
    """Folder names in lower case, but for what lies in real/ or fake/ and in DF40's methods."""
    return {
        path.name.lower()
        for path in folders(root, depth)
        if path.relative_to(root).parts[0].lower() not in (REAL, "fake")
        and not any(inner.name.lower() in df40.DOMAINS for inner in folders(path, 1))
    }


def _faceforensics(root: Path) -> str:
    signs = {name.lower() for name in faceforensics.METHODS} - {faceforensics.DFD.lower()} | {"youtube"}
    found = sorted(signs & _names(root, 2))
    return f"the folders {', '.join(found)}" if found else ""


def _dfd(root: Path) -> str:
    found = sorted({faceforensics.DFD.lower(), "actors"} & _names(root, 2))
    return f"the folders {', '.join(found)}, and none of FaceForensics++" if found and not _faceforensics(root) else ""


def _celeb(root: Path, version: str) -> str:
    there = celeb_df.parts(root)
    if not there:
        return ""
    shown, why = _celeb_version(root, there)
    return f"the folders {', '.join(there)}{why}" if shown in ("", version) else ""


def _celeb_version(root: Path, there: dict[str, Path]) -> tuple[str, str]:
    """The two versions share their folders: the folder's name, the list's length and the number of files tell."""
    if named := re.findall(r"v([12])(?!\d)", root.resolve().name.lower()):
        return f"celeb_df_v{named[-1]}", f", in {root.resolve().name}"
    if len(celeb_df.testing(root) or ()) == _V2_LISTED:
        return "celeb_df_v2", f", and {_V2_LISTED} testing videos"
    for part, top in there.items():
        if sum(1 for _ in media_files(top, VIDEOS)) > _V1[part]:
            return "celeb_df_v2", f", and more than {_V1[part]} videos in {part}"
    return "", ""


def _dfdc(root: Path) -> str:
    for top in (root, *folders(root, 2)):
        if re.fullmatch(r"dfdc_train_part_\d+", top.name.lower()):
            return f"the folder {top.name}"
        try:
            rows = dfdc.labels(top)
        except LayoutMismatch:
            continue  # somebody else's metadata.json
        if rows and all(re.fullmatch(r"[a-z]{10}\.mp4", file) for file in rows):
            return f"the labels in {top.relative_to(root) if top != root else top.name}"
    return ""


def _dfdc_preview(root: Path) -> str:
    found = [name for name in dfdc_preview.FOLDERS if (root / name).is_dir()]
    table = (root / dfdc_preview.TABLE).is_file()
    return f"the folders {', '.join(found)}" if len(found) > 1 or (found and table) else ""


def _uadfv(root: Path) -> str:
    if not (root / "fake").is_dir() or not (root / REAL).is_dir():
        return ""
    fakes = [as_text(path.stem) for path in media_files(root / "fake", VIDEOS)]
    reals = [as_text(path.stem) for path in media_files(root / REAL, VIDEOS)]
    own = all(re.fullmatch(r"\d{4}_fake", name) for name in fakes) and all(
        re.fullmatch(r"\d{4}", name) for name in reals
    )
    return f"names such as fake/{fakes[0]}" if fakes and own else ""


def _deeperforensics(root: Path) -> str:
    return "the folder manipulated_videos" if (root / "manipulated_videos").is_dir() else ""


def _df40(root: Path) -> str:
    found = [top.name for top, _ in df40.methods(root)]
    plainly = any(path.name.lower() in (REAL, "fake") for path in folders(root, 1))
    return f"the methods {first_few(found, 3)}" if found and not plainly else ""


def _plain(root: Path) -> str:
    tops = [top.path.relative_to(root).as_posix() for top in real_fake_folders.tops(root) if top.forged is not None]
    tables = [path.name for path in real_fake_folders.tables(root)]
    return f"{first_few(tables, 1)}" if tables else f"the folders {first_few(tops, 4)}" if tops else ""


def _deepfakebench(root: Path) -> Path | None:
    for path in sorted([*root.glob("*.json"), *root.glob("dataset_json/*.json")]):
        try:
            ((_, labels),) = json.loads(path.read_text(encoding="utf-8")).items()
            if all({"train", "test"} & set(splits) for splits in labels.values()):
                return path
        except (ValueError, AttributeError, TypeError, OSError):
            continue
    return None


SIGNS: dict[str, Callable[[Path], str]] = {
    "faceforensics": _faceforensics,
    "dfd": _dfd,
    "celeb_df_v1": lambda root: _celeb(root, "celeb_df_v1"),
    "celeb_df_v2": lambda root: _celeb(root, "celeb_df_v2"),
    "dfdc": _dfdc,
    "dfdc_preview": _dfdc_preview,
    "uadfv": _uadfv,
    "deeperforensics": _deeperforensics,
    "df40": _df40,
}
"""What shows a published layout; empty where nothing does."""
