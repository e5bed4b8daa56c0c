"""Of how many pictures a picture file is made: an animation's frames, a TIFF's pages, and whether a GIF is whole.

Read from the blocks that a format is built of, nothing decoded. Sources: RFC 9649 (WebP), PNG third edition, TIFF 6.0
with its supplement 1 and BigTIFF, DNG 1.6, GIF89a.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

LEAST_DELAY, USUAL_DELAY = 0.011, 0.1
"""Seconds: browsers show a frame that asks for 10 ms or less for a tenth of a second."""
MOST = 100_000
"""Blocks, frames or pages after which nothing more is looked for."""
_SIZES = {1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8}
_LETTERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_REDUCED, _WIDTH, _HEIGHT, _KIND, _SUB, _DNG = 254, 256, 257, 262, 330, 50706
_CAMERA = {32803, 34892}
"""Colour filter array, linear raw."""


@dataclass(frozen=True)
class Page:
    """One directory of a TIFF file."""

    pixels: int
    reduced: bool
    """A smaller copy of another one, as it says."""
    raw: bool
    """What a camera's sensor gave: no picture yet."""
    inner: bool
    """It belongs to another page, and is no page of its own."""


def animation_delays(file: BinaryIO) -> list[float]:
    """Seconds that each frame of an animated WebP or PNG is shown; empty for a still picture."""
    head = file.read(12)
    if head[:4] == b"RIFF":
        blocks = _blocks(file, 12, "<4sI", lambda size: size + size % 2)
        delays = [int.from_bytes(body[12:15], "little") / 1000 for name, body in blocks if name == b"ANMF"]
    else:
        blocks = _blocks(file, 8, ">I4s", lambda size: size + 4)
        parts = [struct.unpack(">HH", body[20:24]) for name, body in blocks if name == b"fcTL" and len(body) >= 24]
        delays = [above / (below or 100) for above, below in parts]
    return [delay if delay >= LEAST_DELAY else USUAL_DELAY for delay in delays]


def _blocks(file: BinaryIO, start: int, form: str, step: Callable[[int], int]) -> Iterator[tuple[bytes, bytes]]:
    """Name and first bytes of every block."""
    position = start
    for _ in range(MOST):
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            return
        values = struct.unpack(form, head)
        name, size = values if isinstance(values[0], bytes) else values[::-1]
        yield name, file.read(min(size, 32))
        position += 8 + step(size)


def tiff_pages(file: BinaryIO) -> list[Page]:
    """Every directory of a TIFF file: the pages in their order, each followed by those within it.

    Raises:
        struct.error: it ends within a directory.
    """
    head = file.read(16)
    order, wide = "<" if head[:2] == b"II" else ">", head[2:4] in (b"+\0", b"\0+")
    [first] = struct.unpack_from(order + ("Q" if wide else "I"), head, 8 if wide else 4)
    pages: list[Page] = []
    left, seen = [(first, False)], set()
    while left and len(pages) < MOST:
        offset, inner = left.pop(0)
        if not offset or offset in seen:
            continue
        seen.add(offset)
        tags, after = _directory(file, offset, order, wide)
        value = {tag: numbers[0] for tag, numbers in tags.items() if numbers}
        pages.append(
            Page(
                pixels=value.get(_WIDTH, 0) * value.get(_HEIGHT, 0),
                reduced=bool(value.get(_REDUCED, 0) & 1),
                raw=_DNG in value or value.get(_KIND) in _CAMERA,
                inner=inner,
            )
        )
        left[:0] = [(child, True) for child in tags.get(_SUB, ())[:100]]
        if not inner:
            left.append((after, False))
    return pages


def _directory(file: BinaryIO, offset: int, order: str, wide: bool) -> tuple[dict[int, tuple[int, ...]], int]:
    """The whole numbers of a directory by tag, and where the next one begins."""
    file.seek(offset)
    count_form, long, entry = (order + "Q", order + "Q", 20) if wide else (order + "H", order + "I", 12)
    [count] = struct.unpack(count_form, file.read(struct.calcsize(count_form)))
    count = min(count, 4096)
    body, room = file.read(count * entry), entry - 4 - struct.calcsize(long)
    [after] = struct.unpack(long, file.read(struct.calcsize(long)))
    tags: dict[int, tuple[int, ...]] = {}
    for n in range(count):
        tag, kind = struct.unpack_from(order + "HH", body, n * entry)
        [number] = struct.unpack_from(long, body, n * entry + 4)
        if kind not in _SIZES or tag not in (_REDUCED, _WIDTH, _HEIGHT, _KIND, _SUB, _DNG):
            continue
        data, number = body[n * entry + 4 + struct.calcsize(long) : (n + 1) * entry], min(number, 100)
        if number * _SIZES[kind] > room:
            file.seek(struct.unpack_from(long, data)[0])
            data = file.read(number * _SIZES[kind])
        tags[tag] = struct.unpack_from(f"{order}{number}{_LETTERS[kind]}", data)
    return tags, after


def gif_is_whole(file: BinaryIO) -> bool:
    """Tell whether a GIF goes on to its trailer."""

    def skip(count: int) -> None:
        file.seek(count, 1)

    def skip_table(flags: bytes) -> None:
        skip(3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0)

    skip(10)
    flags = file.read(1)
    skip(2)
    skip_table(flags)
    for _ in range(MOST):
        mark = file.read(1)
        if mark not in (b"!", b","):
            return mark == b";"
        if mark == b"!":
            skip(1)
        else:
            skip(8)
            skip_table(file.read(1))
            skip(1)
        while length := file.read(1):
            if length == b"\0":
                break
            skip(length[0])
    return True
