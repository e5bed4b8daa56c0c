"""Tiled pictures written by hand: boxes of ISO/IEC 23008-12 around tiles that FFmpeg's encoders made."""

import struct
from pathlib import Path

import av
import numpy as np
import pytest
from toys_vision import frames_at, made_clip, probe

from barefaced.errors import UnreadableMedia

TILE = 64
X265 = "crf=4:keyint=1:log-level=none:info=0:pools=1:frame-threads=1"


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box with its length."""
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box with version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def tiled(path: Path, rgb: np.ndarray, *, turns: int = 0, mirror: int | None = None, wide: bool = False) -> Path:
    """`rgb` as a grid of HEVC tiles, turned `turns` quarters against the clock when shown; `wide`: 32-bit sizes."""
    height, width = rgb.shape[:2]
    rows, columns = -(-height // TILE), -(-width // TILE)
    padded = np.pad(rgb, ((0, rows * TILE - height), (0, columns * TILE - width), (0, 0)), mode="edge")
    tiles = [padded[r * TILE : (r + 1) * TILE, c * TILE : (c + 1) * TILE] for r in range(rows) for c in range(columns)]
    raw = made_clip(path.with_suffix(".mp4"), tiles, codec="libx265", options={"x265-params": X265})
    with av.open(str(raw)) as clip:
        config = bytes(clip.streams.video[0].codec_context.extradata or b"")
        coded = [bytes(packet) for packet in clip.demux(video=0) if packet.size]
    main, ids = len(coded) + 1, range(1, len(coded) + 1)
    sizes = struct.pack(">II" if wide else ">HH", width, height)
    grid = bytes([0, int(wide), rows - 1, columns - 1]) + sizes
    shapes = [box(b"hvcC", config), full(b"ispe", 0, 0, struct.pack(">II", TILE, TILE))]
    shapes += [full(b"ispe", 0, 0, struct.pack(">II", width, height)), box(b"irot", bytes([turns]))]
    shapes += [box(b"imir", bytes([mirror or 0]))]
    shown = [3, 0x84] + ([0x85] if mirror is not None else [])

    def meta(start: int) -> bytes:
        places, begin = b"", start
        for item, data in zip(ids, coded, strict=True):
            places += struct.pack(">HHHHII", item, 0, 0, 1, begin, len(data))
            begin += len(data)
        places += struct.pack(">HHHHII", main, 1, 0, 1, 0, len(grid))
        entries = [full(b"infe", 2, 1, struct.pack(">HH", item, 0), b"hvc1\0") for item in ids]
        entries.append(full(b"infe", 2, 0, struct.pack(">HH", main, 0), b"grid\0"))
        links = [struct.pack(">HB2B", item, 2, 0x81, 2) for item in ids]
        links.append(struct.pack(f">HB{len(shown)}B", main, len(shown), *shown))
        return full(
            b"meta",
            0,
            0,
            full(b"hdlr", 0, 0, bytes(4) + b"pict" + bytes(13)),
            full(b"pitm", 0, 0, struct.pack(">H", main)),
            full(b"iloc", 1, 0, struct.pack(">HH", 0x4400, len(entries)), places),
            full(b"iinf", 0, 0, struct.pack(">H", len(entries)), *entries),
            box(b"iprp", box(b"ipco", *shapes), full(b"ipma", 0, 0, struct.pack(">I", len(links)), *links)),
            full(b"iref", 0, 0, box(b"dimg", struct.pack(f">HH{len(ids)}H", main, len(ids), *ids))),
            box(b"idat", grid),
        )

    head = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    path.write_bytes(head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", *coded))
    return path


@pytest.fixture
def rgb() -> np.ndarray:
    """Every place another grey, smooth enough for a codec."""
    down, across = np.mgrid[0:100, 0:150]
    return np.repeat((40 + down + across // 2)[..., None], 3, axis=-1).astype(np.uint8)


@pytest.mark.parametrize(
    ("turns", "mirror", "moved"),
    [
        (0, None, lambda rgb: rgb),
        (1, None, lambda rgb: np.rot90(rgb, 1)),
        (2, None, lambda rgb: np.rot90(rgb, 2)),
        (3, None, lambda rgb: np.rot90(rgb, 3)),
        (0, 0, np.flipud),
        (0, 1, np.fliplr),
    ],
)
def test_a_tiled_picture_is_put_together_whole_and_turned(tmp_path: Path, rgb, turns, mirror, moved) -> None:
    path = tiled(tmp_path / "grid.heic", rgb, turns=turns, mirror=mirror, wide=turns == 1)
    expected = moved(rgb)
    assert (probe(path).height, probe(path).width, probe(path).frames) == (*expected.shape[:2], 1)
    ((_, frame),) = frames_at(path, np.zeros(1))
    assert frame.rgb.shape == expected.shape
    assert np.abs(frame.rgb.astype(int) - expected).max() <= 4


def test_a_tile_that_is_missing_refuses_the_picture(tmp_path: Path, rgb) -> None:
    path = tiled(tmp_path / "grid.heic", rgb)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(UnreadableMedia, match="tiles"):
        list(frames_at(path, np.zeros(1)))
