"""What preparing a clip costs, part by part, and beside what it must cost.

Run: python benchmarks/prepare.py CLIP... [--frames 32] [--repeat 3] [--side 480] [--clock cpu]

For each clip, in one process with one thread for the face finder, the median over the repeats of seconds spent in
    probe      header, time stamps, checksum of the file
    decode     the frames, sampled ones converted to RGB
    find       the face finder
    align      landmarks to crops, sharpness, pose, tracks
    encode     crops to PNG, records, written and synced
    whole      `prepare` of that clip, as the command does it
and `whole` over `decode` + `find`: what the rest adds. Repeats take the
parts in turns, so that a busy machine slows all alike. `--clock cpu` counts
the seconds that cores worked, in all threads, in place of those that passed:
what other programs take does not show in it, and neither does waiting.
"""

import argparse
import dataclasses
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from barefaced.config.media import PrepareSettings
from barefaced.datasets.store import PREPARED, Store
from barefaced.faces import crops as cropping
from barefaced.faces.crops import CHUNK, crops
from barefaced.faces.face_finder import load_finder
from barefaced.faces.media_file import MediaFile
from barefaced.faces.tracks import subject, track_of, trails
from barefaced.faces.video import spaced
from barefaced.pipelines.prepare import Task, _one
from barefaced.values.dataset import REAL, Clip
from barefaced.values.media import ClipCrops, Face, Frame

PARTS: tuple[str, ...] = ("probe", "decode", "find", "align", "encode", "whole")
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
Timer = Callable[[Callable[[], object]], tuple[float, object]]


def timer(clock: Callable[[], float]) -> Timer:
    def seconds(do: Callable[[], object]) -> tuple[float, object]:
        begin = clock()
        given = do()
        return clock() - begin, given

    return seconds


def described(path: Path) -> MediaFile:
    """The file with its header, time stamps and checksum read."""
    media = MediaFile(path)
    assert media.video.sha256
    return media


def measured(path: Path, settings: PrepareSettings, repeat: int, seconds: Timer) -> dict[str, float]:
    """Seconds of each part, medians."""
    finder = load_finder(settings.finder, threads=1)
    clip = Clip(f"bench/{path.stem}", "bench", "", REAL, "bench/o", "bench/i", "", "", path)
    found: dict[str, list[float]] = {name: [] for name in PARTS}
    for _ in range(repeat):
        took, _video = seconds(lambda: described(path))
        found["probe"].append(took)
        media = described(path)
        asked = spaced(media.times, settings.frames)
        took, frames = seconds(lambda media=media, asked=asked: list(media.frames_at(asked)))
        found["decode"].append(took)
        assert isinstance(frames, list)
        pictures = [frame.rgb for _, frame in frames]
        took, faces = seconds(
            lambda pictures=pictures: [
                face for at in range(0, len(pictures), CHUNK) for face in finder.find_many(pictures[at : at + CHUNK])
            ]
        )
        found["find"].append(took)
        assert isinstance(faces, list)
        took, _crops = seconds(lambda frames=frames, faces=faces: aligned(frames, faces, settings))
        found["align"].append(took)
        whole: ClipCrops = crops(path, settings, finder)
        with tempfile.TemporaryDirectory() as folder:
            store = Store.create(Path(folder) / "store", settings)
            took, _none = seconds(lambda store=store, whole=whole: store.write(clip, PREPARED, whole))
            found["encode"].append(took)
        with tempfile.TemporaryDirectory() as folder:
            store = Store.create(Path(folder) / "store", settings)
            task = Task(clip, path, None, store.path, path.parent, 1)
            took, _done = seconds(lambda task=task: _one(task))
            found["whole"].append(took)
    return {name: statistics.median(some) for name, some in found.items()}


def aligned(frames: list[tuple[int, Frame]], faces: list[list[Face]], settings: PrepareSettings) -> object:
    made = [
        cropping._cropped(frame, moment, face, settings.crop, None)
        for (moment, frame), present in zip(frames, faces, strict=True)
        for face in present
    ]
    people = trails(faces)
    return made, subject([track_of(number, trail, faces) for number, trail in enumerate(people)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--frames", type=int, default=32)
    parser.add_argument("--side", type=int, default=480, help="of the face finder's input")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    asked = parser.parse_args()
    seconds = timer(CLOCKS[asked.clock])
    cv2.setNumThreads(1)
    settings = PrepareSettings(frames=asked.frames)
    settings = dataclasses.replace(settings, finder=dataclasses.replace(settings.finder, side=asked.side))
    rows, total = [], dict.fromkeys(PARTS, 0.0)
    measured(asked.clips[0], settings, 1, seconds)  # compiled networks, warm caches
    ratios = []
    for path in asked.clips:
        took = measured(path, settings, asked.repeat, seconds)
        total = {name: total[name] + took[name] for name in total}
        ratios.append(took["whole"] / (took["decode"] + took["find"]))
        media = described(path)
        rows.append(
            {"clip": path.stem, "size": f"{media.video.width}x{media.video.height}", "frames": f"{len(media.times)}"}
            | {name: f"{value * 1000:.0f} ms" for name, value in took.items()}
            | {"whole / (decode + find)": f"{ratios[-1]:.2f}"}
        )
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    parts = {name: value for name, value in total.items() if name != "whole"}
    shares = ", ".join(f"{name} {value / sum(parts.values()):.0%}" for name, value in parts.items())
    print(
        f"\n{len(rows)} clips, {asked.clock} seconds: {shares}; whole / (decode + find): "
        f"median {np.median(ratios):.2f}, "
        f"worst {max(ratios):.2f}, all together {total['whole'] / (total['decode'] + total['find']):.2f}"
    )
    clips = len(rows) / total["whole"]
    print(f"a process of its own: {clips:.2f} clips/s, {clips * asked.frames:.1f} frames/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
