"""The files of a data set on disk, and what is said when they are not those expected.

Hidden files, unfinished downloads (`.part`) and files that are neither picture nor video are passed over. Names are
taken in Unicode's NFC form, so that one data set has one set of ids on every system.
"""

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from barefaced.errors import BadConfig, LayoutMismatch


def media_files(folder: Path, suffixes: frozenset[str]) -> Iterator[Path]:
    """Files below `folder` by suffix of any case, in a fixed order; links are followed, each folder entered once."""
    entered: set[tuple[int, int]] = set()
    for top, folders, files in os.walk(folder, followlinks=True):
        at = Path(top).stat()
        if (at.st_dev, at.st_ino) in entered:
            folders.clear()
            continue
        entered.add((at.st_dev, at.st_ino))
        folders[:] = sorted(name for name in folders if _seen(name))
        for name in sorted(files):
            if name[0] != "." and os.path.splitext(name)[1].lower() in suffixes:  # noqa: PTH122
                yield Path(top, name)


def folders(top: Path, depth: int) -> list[Path]:
    """The folders down to `depth` levels below `top`, in a fixed order, but for hidden ones."""
    with os.scandir(top) as entries:  # a folder may hold a million files: this asks nothing of each
        inner = sorted(top / entry.name for entry in entries if _seen(entry.name) and entry.is_dir())
    return [found for path in inner for found in (path, *(folders(path, depth - 1) if depth > 1 else ()))]


def _seen(folder: str) -> bool:
    return folder[0] != "." and folder != "__MACOSX"


def as_text(name: str) -> str:
    """A file's name as text that can be written: bytes that are not UTF-8 become back-slash escapes."""
    whole = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", whole)


def join_id(*parts: str) -> str:
    return "/".join(part for part in parts if part)


def no_levels(layout: str, compression: str) -> None:
    if compression:
        raise BadConfig(
            expected=f"no compression level for the layout {layout}", got=repr(compression), fix="Leave it out."
        )


def mismatch(root: Path, expected: str, found: str = "", fix: str = "") -> LayoutMismatch:
    folders = sorted(path.name for path in root.iterdir() if path.is_dir() and path.name[0] != ".")
    listed = ", ".join(folders[:6]) + (f" and {len(folders) - 6} more" if len(folders) > 6 else "")
    return LayoutMismatch(
        expected=f"{expected} under {root}",
        got=found or (f"the folders {listed}" if folders else "no folder"),
        fix=fix or "Give the data set's top folder, or choose another layout.",
    )
