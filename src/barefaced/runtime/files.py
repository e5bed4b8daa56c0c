"""Files that survive a crash: whole or not there, and one writer a folder."""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from barefaced.errors import DataError, FolderInUse


def write_bytes(path: Path, data: bytes) -> None:
    """Write so that a kill at any moment leaves the old file or the new one, never a part.

    Raises:
        OSError: no space or no right; the old file is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Machines that share the folder have the same process numbers.
    part = path.with_name(f".{path.name}.{os.urandom(6).hex()}.part")
    try:
        with part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, value: object) -> None:
    """As `write_bytes`, two-space indented, keys in the order given."""
    write_bytes(path, (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode())


def sha256_of(path: Path) -> str:
    """Of a file's bytes, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def needing_room(folder: Path) -> Iterator[None]:
    """Say in plain words that `folder` is full or may not be written to.

    Raises:
        DataError: in place of the OSError.
    """
    try:
        yield
    except OSError as e:
        raise DataError(
            expected=f"room and the right to write in {folder}",
            got=e.strerror or str(e),
            fix="Make room and run the same command again: it goes on from here.",
        ) from e


@contextlib.contextmanager
def sole_writer(folder: Path, part: str = "") -> Iterator[None]:
    """Hold `folder` for this process; released by the operating system whatever happens to it.

    Args:
        folder: made where there is none.
        part: hold only this part of it: others may hold other parts at the same time, and nobody the whole.

    Raises:
        FolderInUse: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        for name, kind in (
            ((".lock", fcntl.LOCK_SH), (f".lock.{part}", fcntl.LOCK_EX)) if part else ((".lock", fcntl.LOCK_EX),)
        ):
            stream = held.enter_context((folder / name).open("w"))
            try:
                fcntl.flock(stream, kind | fcntl.LOCK_NB)
            except BlockingIOError as e:
                raise FolderInUse(
                    expected=f"to be the only run writing {f'part {part} of ' if part else 'to '}{folder}",
                    got="another process that holds it",
                    fix="Wait for it, or choose another folder.",
                ) from e
        yield


def append_line(path: Path, value: object) -> None:
    """Add a JSON line to a file, on disk when this returns.

    Raises:
        OSError: no space or no right.
    """
    line = json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n"
    with path.open("ab") as stream:
        stream.write(line.encode())
        stream.flush()
        os.fsync(stream.fileno())


def read_lines(path: Path) -> list[Any]:
    """The JSON lines that `append_line` wrote; a last one cut short by a kill is cut off the file, too.

    Raises:
        DataError: another line is no JSON object.
    """
    if not path.is_file():
        return []
    whole, _, rest = path.read_bytes().rpartition(b"\n")
    if rest:
        write_bytes(path, whole + b"\n" if whole else b"")
    found = []
    for number, line in enumerate(whole.splitlines() if whole else (), 1):
        try:
            found.append(json.loads(line))
        except ValueError as e:
            raise DataError(
                expected=f"a JSON object in line {number} of {path}",
                got=f"{line[:60]!r}",
                fix="Delete that line, or choose another folder.",
            ) from e
    return found


def link_or_copy(source: Path, target: Path) -> None:
    """Put the file `source` at `target` too: as a hard link where the disk is the same, else as a copy.

    Raises:
        OSError: no space or no right.
    """
    if target.is_file() and target.samefile(source):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        write_bytes(target, source.read_bytes())
