"""HEIC and AVIF pictures that are a grid of tiles, as phones write them: put together whole.

The library decodes the tiles as streams of their own (a stream's id is its item's); how they lie is read here from the
file's boxes (ISO/IEC 14496-12, 23008-12). Alphabet: H W height and width as shown.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

LARGEST_META = 1 << 24
"""Bytes of the box that describes the pictures; a phone's has some thousand."""


@dataclass(frozen=True)
class TileGrid:
    """How a picture is made of its tiles."""

    tiles: tuple[int, ...]
    """Item ids, row by row."""
    columns: int
    height: int
    """Before it is turned."""
    width: int
    moves: tuple[tuple[bytes, int], ...]
    """Turns (irot, quarters against the clock) and mirror images (imir, 0: top to bottom), in their order."""

    @property
    def shown_size(self) -> tuple[int, int]:
        """Height and width as shown."""
        turned = sum(value for kind, value in self.moves if kind == b"irot") % 2
        return (self.width, self.height) if turned else (self.height, self.width)

    def joined(self, tiles: list[UInt8[np.ndarray, "_ _ 3"]]) -> UInt8[np.ndarray, "H W 3"]:
        """Put the decoded tiles together, as the picture is shown.

        Raises:
            ValueError: tiles of several sizes, or too few.
        """
        if len({tile.shape for tile in tiles}) != 1 or len(tiles) != len(self.tiles):
            raise ValueError("tiles of several sizes, or missing")
        rows = [np.concatenate(tiles[n : n + self.columns], axis=1) for n in range(0, len(tiles), self.columns)]
        whole = np.concatenate(rows)[: self.height, : self.width]
        if whole.shape[:2] != (self.height, self.width):
            raise ValueError("tiles that do not cover the picture")
        for kind, value in self.moves:
            whole = np.rot90(whole, value) if kind == b"irot" else whole[:, ::-1] if value else whole[::-1]
        return np.ascontiguousarray(whole)


def read_grid(path: Path) -> TileGrid | None:
    """The grid that is the file's main picture; None where it is no such file, or its main picture is no grid.

    Raises:
        struct.error, ValueError: the description is damaged.
    """
    with path.open("rb") as file:
        head = file.read(8)
        if head[4:] != b"ftyp":
            return None
        data, where = b"", int.from_bytes(head[:4], "big")
        for _ in range(16):
            file.seek(where)
            head = file.read(8)
            size = int.from_bytes(head[:4], "big")
            if head[4:] == b"meta" and size <= LARGEST_META:
                data = file.read(size - 8)
                break
            if size < 8:
                return None
            where += size
    boxes = dict(_boxes(data[4:]))
    if not {b"pitm", b"iinf", b"iref", b"iprp", b"iloc"} <= boxes.keys():
        return None
    main, kinds = _number(boxes[b"pitm"], boxes[b"pitm"][0] > 0, 4)[0], _kinds(boxes[b"iinf"])
    if kinds.get(main) != b"grid":
        return None
    wide = boxes[b"iref"][0] > 0
    tiles: tuple[int, ...] = ()
    for kind, body in _boxes(boxes[b"iref"][4:]):
        origin, position = _number(body, wide, 0)
        if kind == b"dimg" and origin == main:
            [count] = struct.unpack_from(">H", body, position)
            tiles = struct.unpack_from(f">{count}{'I' if wide else 'H'}", body, position + 2)
    payload = _payload(path, boxes, main)
    form = ">BBII" if payload[1] & 1 else ">BBHH"
    rows, columns, width, height = struct.unpack_from(form, payload, 2)
    if (rows + 1) * (columns + 1) != len(tiles):
        raise ValueError("a grid of another number of tiles")
    return TileGrid(tiles, columns + 1, height, width, tuple(_moves(boxes[b"iprp"], main)))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        if size < 8:
            return
        yield kind, data[position + 8 : position + size]
        position += size


def _number(data: bytes, wide: bool, position: int) -> tuple[int, int]:
    """An item's id and where it ends."""
    return struct.unpack_from(">I" if wide else ">H", data, position)[0], position + (4 if wide else 2)


def _kinds(items: bytes) -> dict[int, bytes]:
    found = {}
    for kind, body in _boxes(items[8 if items[0] else 6 :]):
        if kind == b"infe" and body[0] >= 2:
            item, position = _number(body, body[0] > 2, 4)
            found[item] = body[position + 2 : position + 6]
    return found


def _payload(path: Path, boxes: dict[bytes, bytes], item: int) -> bytes:
    """The bytes of an item, from where `iloc` says."""
    places = boxes[b"iloc"]
    version, sizes = places[0], [places[4] >> 4, places[4] & 15, places[5] >> 4, places[5] & 15 if places[0] else 0]
    count, position = _number(places, version > 1, 6)

    def take(width: int) -> int:
        nonlocal position
        position += width
        return int.from_bytes(places[position - width : position], "big")

    for _ in range(count):
        current = take(4 if version > 1 else 2)
        method = take(2) & 15 if version else 0
        take(2)
        base = take(sizes[2])
        parts = []
        for _ in range(take(2)):
            take(sizes[3])
            parts.append((base + take(sizes[0]), take(sizes[1])))
        if current == item and parts:
            start, length = parts[0]
            if method == 1:
                return boxes.get(b"idat", b"")[start : start + length]
            with path.open("rb") as file:
                file.seek(start)
                return file.read(min(length, 64))
    raise ValueError("a grid that is nowhere")


def _moves(properties: bytes, item: int) -> Iterator[tuple[bytes, int]]:
    boxes = dict(_boxes(properties))
    known, links = list(_boxes(boxes[b"ipco"])), boxes[b"ipma"]
    [count], position = struct.unpack_from(">I", links, 4), 8
    for _ in range(count):
        current, position = _number(links, links[0] > 0, position)
        several, position = links[position], position + 1
        width = 2 if links[3] & 1 else 1
        for n in range(several):
            place = int.from_bytes(links[position + n * width : position + (n + 1) * width], "big")
            number = place & (0x7FFF if width == 2 else 0x7F)
            if current == item and 0 < number <= len(known):
                kind, body = known[number - 1]
                if kind in (b"irot", b"imir") and body:
                    yield kind, body[0] & (3 if kind == b"irot" else 1)
        position += several * width
