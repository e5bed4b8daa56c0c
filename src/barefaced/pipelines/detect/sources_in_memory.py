"""What Python hands in that is no path, as files: decoding happens in a process that is given a path."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from PIL import Image, ImageOps

from barefaced.errors import InputError


@runtime_checkable
class Readable(Protocol):
    """A file open for reading bytes, or what reads like one."""

    def read(self, size: int = -1, /) -> bytes:
        """Return so many bytes, or all that are left."""
        ...


Source = str | os.PathLike | bytes | bytearray | memoryview | Readable | Image.Image | np.ndarray
PNG_MODES = ("1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA")
"""Pillow's modes that a PNG holds as they are."""
TAKEN = "a path, bytes, an open binary file, a Pillow picture or an array [H W 3] of RGB uint8"


def list_sources(sources: Any) -> Iterable[Any]:
    """Return the sources to go through; a single one is a list of one.

    Raises:
        InputError: neither a source nor a list of them.
    """
    if isinstance(sources, Source):
        return [sources]
    if not isinstance(sources, Iterable):
        raise _refusal(sources, "Give one of these, or a list or generator of them.")
    return sources


def write_source(source: Any, number: int, folder: Path) -> tuple[Path, str]:
    """Return the path of a `Source`, written into `folder` where it is not a file already, and what reports call it.

    Args:
        number: of the source among those of the call: the name of what has none.
        folder: for the file that is written.

    Raises:
        InputError: something else, a file opened as text, or an array of another shape or type.
    """
    if isinstance(source, str | os.PathLike):
        return Path(source), ""
    path = folder / f"{number}"
    if isinstance(source, bytes | bytearray | memoryview):
        path.write_bytes(source)
        return path, f"bytes {number}"
    if isinstance(source, np.ndarray):
        if source.dtype != np.uint8 or source.ndim != 3 or source.shape[2] != 3 or 0 in source.shape:
            got = f"an array of {source.dtype} {list(source.shape)}"
            raise InputError(expected="an array [H W 3] of RGB uint8", got=got, fix="Convert it, RGB and not BGR.")
        Image.fromarray(source).save(path, "PNG", compress_level=1)
        return path, f"array {number}"
    if isinstance(source, Image.Image):
        upright = ImageOps.exif_transpose(source)
        plain = upright if upright.mode in PNG_MODES else upright.convert("RGB")
        plain.save(path, "PNG", compress_level=1)
        return path, str(getattr(source, "filename", "")) or f"picture {number}"
    if isinstance(source, Readable):
        try:
            with path.open("wb") as file:
                shutil.copyfileobj(source, file)
        except TypeError as e:
            raise InputError(expected="a file opened as bytes", got="text", fix='Open it with mode "rb".') from e
        name = getattr(source, "name", "")
        return path, name if isinstance(name, str) and name else f"file {number}"
    raise _refusal(source, "Of several, use detect_many.")


def _refusal(source: object, fix: str) -> InputError:
    kind = type(source)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return InputError(expected=TAKEN, got=f"{module}{kind.__qualname__}", fix=fix)
