"""What is to be looked at: files, folders, patterns and lists, as one list of files in a fixed order."""

import codecs
import itertools
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from barefaced.errors import InputError
from barefaced.imaging.suffixes import MEDIA_SUFFIXES

_PATTERN = frozenset("*?[")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def gather(sources: Sequence[str], lists: Sequence[Path] = ()) -> tuple[list[Path], int]:
    """Every file once, in the order named and by name within a folder; and how many files of folders were passed over.

    A name that is no file is kept as it is: it will be answered, as a file that is not there.

    Args:
        sources: a file, a folder (with all folders in it, also those that links lead to, each once), or a pattern such
            as `clips/**/*.mp4`.
        lists: text files in UTF-8 (or UTF-16 with its mark) with one source a line; relative ones count from where you
            stand.

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
    entered: set[tuple[int, int]] = set()
    for above, folders, names in os.walk(folder, followlinks=True):
        place = os.stat(above)  # noqa: PTH116
        if (place.st_dev, place.st_ino) in entered:
            folders.clear()
            continue
        entered.add((place.st_dev, place.st_ino))
        folders.sort()
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(above, name), Path(name).suffix.lower() in MEDIA_SUFFIXES


def _lines(path: Path) -> list[str]:
    try:
        data = path.read_bytes()
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text = data.decode("utf-16")
        else:
            # Names are bytes: those that are no UTF-8 come back as they went.
            text = os.fsdecode(data.removeprefix(codecs.BOM_UTF8))
    except (OSError, UnicodeDecodeError) as e:
        raise _no_list(path, getattr(e, "strerror", None) or str(e)) from e
    if "\0" in text:
        raise _no_list(path, "zero bytes: UTF-16 without its mark, or no text at all")
    # Not splitlines: a name may hold what Unicode calls the end of a line.
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return [line for line in lines if line.strip()]


def _no_list(path: Path, got: str) -> InputError:
    return InputError(
        expected=f"a list of files at {path}", got=got, fix="Give a text file in UTF-8, one source a line."
    )
