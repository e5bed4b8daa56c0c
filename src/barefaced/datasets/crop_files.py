"""Where a stored crop's bytes lie, and how they become pixels.

A place is a path, or `<path>@<offset>+<size>` of the bytes inside a tar file of a packed store (see `packing`). Instead
of a path it may be an address that fsspec knows (`s3://...`), of which only these bytes are fetched.
"""

import functools
import hashlib
import os
import re
from pathlib import Path

import cv2
import fsspec
import numpy as np
from jaxtyping import UInt8

from barefaced.errors import StoreDamaged
from barefaced.imaging.encoding import decode, encode

# Measured on 256 px faces: level 1 takes 5 ms and 88 kB, level 3 takes 8 ms and 84 kB.
ENCODINGS = {
    "png": (".png", [cv2.IMWRITE_PNG_COMPRESSION, 1]),
    "jpeg": (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 95]),
    "webp": (".webp", [cv2.IMWRITE_WEBP_QUALITY, 95]),
}
"""Suffix and options, by `PrepareSettings.image`."""

_INSIDE = re.compile(r"(?P<file>.+)@(?P<offset>\d+)\+(?P<size>\d+)")


def encoded(rgb: UInt8[np.ndarray, "S S 3"], image: str) -> bytes:
    """A crop as the bytes of a file."""
    suffix, options = ENCODINGS[image]
    return encode(rgb, suffix, options)


def encoded_mask(mask: UInt8[np.ndarray, "S S"]) -> bytes:
    """A mask as the bytes of a grey PNG."""
    return cv2.imencode(".png", mask)[1].tobytes()


def load_crop(place: str, side: int, *, sha256: str = "") -> UInt8[np.ndarray, "S S 3"]:
    """One crop, RGB, for who has only its place, as the processes that read batches have.

    Raises:
        StoreDamaged: the bytes are gone, do not decode, are of another size, or have not this checksum.
    """
    data = read_bytes(place)
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise _damaged(place, "other bytes than were stored")
    rgb = decode(data)
    if rgb is None:
        raise _damaged(place, "a picture that does not decode")
    if rgb.shape[:2] != (side, side):
        raise _damaged(place, f"{rgb.shape[1]}x{rgb.shape[0]} pixels, not {side}x{side}")
    return rgb


def read_bytes(place: str) -> bytes:
    """The bytes at a place.

    Raises:
        StoreDamaged: they are not there.
    """
    try:
        inside = _INSIDE.fullmatch(place)
        if inside is None:
            return Path(place).read_bytes()
        offset, size = int(inside["offset"]), int(inside["size"])
        if "://" in inside["file"]:
            system, path = fsspec.core.url_to_fs(inside["file"])
            return system.cat_file(path, start=offset, end=offset + size)
        return os.pread(_opened(inside["file"]), size, offset)
    except OSError as e:
        raise _damaged(place, e.strerror or str(e)) from e


@functools.lru_cache(maxsize=64)
def _opened(file: str) -> int:
    """A tar file's descriptor, kept open: reads at an offset need no lock between threads."""
    return os.open(file, os.O_RDONLY)


def safe_key(clip: str) -> str:
    """A clip's id as a file name: at most 97 bytes, the same on file systems that fold case or Unicode forms."""
    readable = re.sub(r"[^a-z0-9]+", "-", clip.lower()).strip("-")
    return f"{readable[:80]}-{hashlib.sha256(clip.encode()).hexdigest()[:16]}"


def _damaged(place: str, got: str) -> StoreDamaged:
    if _INSIDE.fullmatch(place):
        fix = "Fetch that file again, or pack the store anew."
    else:
        fix = f"Delete clips/{Path(place).parent.name}.json in the store and prepare again: only its clip is done anew."
    return StoreDamaged(expected=f"the crop {place}", got=got, fix=fix)
