"""What is to be looked at: files, folders, patterns and lists, as one list of files in a fixed order."""

import itertools
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from barefaced.errors import InputError

ENDINGS = frozenset(
    f".{name}"
    for name in (
        *("mp4", "m4v", "mov", "mkv", "webm", "avi", "ts", "m2ts", "mts", "mpg", "mpeg", "flv", "asf", "wmv", "ogv"),
        *("mxf", "3gp", "gif", "jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff"),
    )
)
"""By which a folder's files are taken. A file that is named is looked at whatever its ending."""
_PATTERN = frozenset("*?[")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def gather(sources: Sequence[str], lists: Sequence[Path] = ()) -> tuple[list[Path], int]:
    """Every file once, in the order named and by name within a folder; and how many files of folders were passed over.

    A name that is no file is kept as it is: it will be answered, as a file that is not there.

    Args:
        sources: a file, a folder (with all folders in it, links to folders not followed), or a pattern such as
            `clips/**/*.mp4`.
        lists: text files with one source a line; relative ones count from where you stand.

    Raises:
        InputError: a list that cannot be read, a pattern that matches nothing, a URL, or no file at all.
    """
    words = [*sources, *(line for path in lists for line in _lines(path))]
    found: dict[Path, None] = {}
    passed = 0
    for word in words:
        for path, wanted in _files(word):
            if wanted:
                found[path] = None
            else:
                passed += 1
    if not found:
        raise InputError(
            expected="files to look at",
            got=f"none in {', '.join(words) or 'nothing'} ({passed} files that are neither video nor picture by name)",
            fix="Name files, folders or patterns; a file that is named is looked at whatever its ending.",
        )
    return list(found), passed


def _files(word: str) -> Iterator[tuple[Path, bool]]:
    path = Path(word)
    if os.path.isdir(word):  # noqa: PTH112  Path.is_dir raises on a loop of links
        yield from _within(path)
    elif _PATTERN & set(word) and not os.path.lexists(word):
        fixed = list(itertools.takewhile(lambda part: not _PATTERN & set(part), path.parts))
        # Not glob.glob: that follows links to folders, round and round.
        matches = sorted(Path(*fixed).glob(str(Path(*path.parts[len(fixed) :]))))
        for match in matches:
            if not os.path.isdir(match):  # noqa: PTH112
                yield match, True
        if not matches:
            raise InputError(
                expected="files that match the pattern", got=f"none: {word}", fix="Correct the pattern, or its folder."
            )
    elif _URL.match(word) and not os.path.lexists(word):
        raise InputError(expected="local files", got=word, fix="URLs are not fetched: download it first.")
    else:
        yield path, True


def _within(folder: Path) -> Iterator[tuple[Path, bool]]:
    for above, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(above, name), Path(name).suffix.lower() in ENDINGS


def _lines(path: Path) -> list[str]:
    try:
        # Names are bytes: those that are no UTF-8 come back as they went.
        text = os.fsdecode(path.read_bytes())
    except OSError as e:
        raise InputError(
            expected=f"a list of files at {path}", got=e.strerror or str(e), fix="Give a text file, one source a line."
        ) from e
    return [line for line in text.splitlines() if line.strip()]
