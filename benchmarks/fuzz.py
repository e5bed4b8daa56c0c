"""Damaged files against the decoding process: every one gets an answer of a known kind, in time, and nothing grows.

    python benchmarks/fuzz.py --files 2000

Small mp4 (H.264 and MPEG-4), jpg, png and webp files with a face in them are cut, overwritten, stretched and spliced,
each by a seed of its own; half of the png get the checksums that fit. Each is read as `detect` reads it. An answer is
the faces in it or an `InputError`. Said at the end: answers by kind, the slowest file, processes lost, and the decoding
process's memory along the way.
"""

import argparse
import time
import zlib
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import av
import cv2
import numpy as np
from jaxtyping import UInt8
from skimage.data import astronaut

from barefaced.config.media import CropSettings, PrepareSettings
from barefaced.errors import InputError
from barefaced.faces.sandbox.reading import Reader, ReadLimits

SECONDS = 10.0
"""Of processor time for a file."""
SIDE = 160


def originals(folder: Path) -> list[Path]:
    """Sound files to damage."""
    face = cv2.resize(np.ascontiguousarray(astronaut()[:240, 110:350]), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    frames = [np.roll(face, n, axis=1) for n in range(12)]
    made = [
        _film(folder / "h264.mp4", frames, "libx264", {"g": "4"}),
        _film(folder / "mpeg4.mp4", frames, "mpeg4", {}),
    ]
    for ending in (".jpg", ".png", ".webp"):
        path = folder / f"face{ending}"
        cv2.imwrite(str(path), cv2.cvtColor(face, cv2.COLOR_RGB2BGR))
        made.append(path)
    return made


def _film(
    path: Path, frames: list[UInt8[np.ndarray, "H W 3"]], codec: Literal["libx264", "mpeg4"], options: dict[str, str]
) -> Path:
    with av.open(str(path), "w", options={"movflags": "faststart"}) as out:
        stream = out.add_stream(codec, rate=12, options={"threads": "1", **options})
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "yuv420p"
        for rgb in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")))
        out.mux(stream.encode(None))
    return path


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """One to four damages, of kinds drawn anew for each."""
    out = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        if not out:
            break
        at = int(rng.integers(len(out)))
        # Half of them where the headers are: what is said there steers the decoder.
        at = at if rng.random() < 0.5 else at % min(len(out), 1024)
        length = int(rng.integers(1, 1 + min(len(out) - at, 64)))
        match int(rng.integers(7)):
            case 0:  # bits flipped
                out[at] ^= 1 << int(rng.integers(8))
            case 1:  # noise
                out[at : at + length] = rng.bytes(length)
            case 2:  # the largest and the smallest numbers, as lengths and counts like least
                number = (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00")
                out[at : at + 4] = number[int(rng.integers(4))]
            case 3:  # cut off
                del out[at:]
            case 4:  # a piece taken out
                del out[at : at + length]
            case 5:  # a piece said twice
                out[at:at] = out[at : at + length]
            case _:  # a piece of itself put elsewhere
                start = int(rng.integers(len(out)))
                out[at : at + length] = out[start : start + length]
    return bytes(out)


def mended(png: bytes) -> bytes:
    """A PNG whose chunks have the checksums that they ought to have: damage that its reader cannot refuse unread."""
    out, at = bytearray(png), 8
    while at + 12 <= len(out):
        end = at + 8 + int.from_bytes(out[at : at + 4], "big")
        if end + 4 > len(out):
            break
        out[end : end + 4] = zlib.crc32(out[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(out)


def resident(pid: int | None) -> int:
    """KiB of memory that a process holds (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines() if pid else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def run(files: int, seed: int, told: bool = True) -> tuple[Counter[str], float, list[int]]:
    """Read so many damaged files; the answers by kind, the longest seconds, the process's memory (KiB) on the way."""
    answers: Counter[str] = Counter()
    slowest, sizes = 0.0, []
    settings = PrepareSettings(frames=4, crop=CropSettings(size=64))
    reader = Reader(settings, ReadLimits(SECONDS, 3 * SECONDS))
    with TemporaryDirectory() as name:
        folder = Path(name)
        sound = [(path.suffix, path.read_bytes()) for path in originals(folder)]
        for number in range(files):
            ending, data = sound[number % len(sound)]
            path = folder / f"damaged{ending}"
            damaged = mutated(data, np.random.default_rng((seed, number)))
            path.write_bytes(mended(damaged) if ending == ".png" and number % 2 else damaged)
            began = time.monotonic()
            try:
                read = reader.read(path, keep=320)
                answers[f"{ending} {'faces' if read.found.crops else 'no face'}"] += 1
            except InputError as e:
                kind = "lost the decoder" if "broke the decoder" in e.got else type(e).__name__
                answers[f"{ending} {kind}"] += 1
                if told and kind == "lost the decoder":
                    print(f"{ending} seed {seed}, {number}: {e.got}")
            slowest = max(slowest, time.monotonic() - began)
            if number % 100 == 99:
                sizes.append(resident(reader.pid))
    reader.close()
    return answers, slowest, sizes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    answers, slowest, sizes = run(given.files, given.seed)
    for kind, count in sorted(answers.items()):
        print(f"{count:6}  {kind}")
    print(f"slowest {slowest:.1f} s; memory of the decoding process, MiB: {[size // 1024 for size in sizes]}")


if __name__ == "__main__":
    main()
