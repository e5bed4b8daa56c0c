"""What detection takes: its two stages apart and overlapped, against the clips' own length; and its memory.

    python benchmarks/detect.py MODEL CLIP... [--jobs 1] [--evidence 2]

Apart means as they run together: decoding and finding in as many processes, scoring and explaining on as many threads.
With --long SECONDS one clip of that length at 1080p is made of the first clip's frames by PyAV and looked at instead.
Memory is the largest sum of resident sizes of this process and its decoding processes, read every 0.2 s (Linux).
"""

import argparse
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import cv2
import numpy as np
import torch

from barefaced.config.media import DetectSettings
from barefaced.faces.sandbox.reading import Reader, read_many
from barefaced.pipelines.detect.detector import AHEAD, KEPT_SIDE, load, prepare_settings
from barefaced.pipelines.detect.inference import Judge
from barefaced.values.media import ReadClip
from fuzz import resident


class Memory(threading.Thread):
    """The largest resident size, MiB, of this process and its children while it runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self._ended = 0.0, threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.2):
            self.most = max(self.most, sum(map(resident, _family())) / 1024)

    def end(self) -> float:
        self._ended.set()
        self.join()
        return self.most


def _family() -> Iterator[int]:
    yield os.getpid()
    for tasks in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        yield from map(int, tasks.read_text().split())


def long_clip(source: Path, target: Path, seconds: float) -> None:
    """The source's first frames, enlarged to 1080p, back and forth for `seconds` at 30 frames a second."""
    with av.open(str(source)) as container:
        frames = [
            frame.to_ndarray(format="rgb24") for frame, _ in zip(container.decode(video=0), range(60), strict=False)
        ]
    large = [
        av.VideoFrame.from_ndarray(np.asarray(cv2.resize(rgb, (1920, 1080)), np.uint8), format="rgb24").reformat(
            format="yuv420p"
        )
        for rgb in frames
    ]
    order = [*range(len(large)), *range(len(large) - 2, 0, -1)]
    with av.open(str(target), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "28"})
        stream.height, stream.width, stream.pix_fmt = 1080, 1920, "yuv420p"
        for n in range(round(30 * seconds)):
            frame = large[order[n % len(order)]]
            frame.pts = n
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 1) // 2))
    parser.add_argument("--evidence", type=int, default=DetectSettings().evidence)
    parser.add_argument("--frames", type=int, default=32)
    parser.add_argument("--long", type=float, default=0.0)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        clips = given.clips
        if given.long:
            clips = [Path(folder) / "long.mp4"]
            long_clip(given.clips[0], clips[0], given.long)
            print(f"made: {given.long:g} s of 1080p, {clips[0].stat().st_size / 1e6:.0f} MB", flush=True)
        measure(given.model, clips, given.jobs, DetectSettings(frames=given.frames, evidence=given.evidence))


def measure(model: Path, clips: list[Path], jobs: int, settings: DetectSettings) -> None:
    """Print the three times and the memory."""
    with load(model) as detector:
        list(detector.detect_many(clips[:jobs], settings, jobs))  # processes started, kernels chosen
        readers = [Reader(prepare_settings(detector.card, settings)) for _ in range(jobs)]
        for reader in readers:
            reader.rules_in_force()
        began = time.monotonic()
        ready = [one for some in read_many(readers, clips, KEPT_SIDE, AHEAD * jobs) for one in some]
        reading = time.monotonic() - began
        for reader in readers:
            reader.close()
        threads = max(1, (os.cpu_count() or 1) - jobs)
        judge = Judge(detector.card, detector.domains, settings, model)
        began = time.monotonic()
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            for start in range(0, len(ready), AHEAD * jobs):
                list(detector.judged(ready[start : start + AHEAD * jobs], judge, pool))
        judging = time.monotonic() - began
        seconds = sum(read.found.video.seconds for _, read in ready if isinstance(read, ReadClip))
        del ready
        memory = Memory()
        memory.start()
        began = time.monotonic()
        reports = list(detector.detect_many(clips, settings, jobs))
        together = time.monotonic() - began
        most = memory.end()
    slower = max(reading, judging)
    print(f"{len(reports)} clips, {seconds:.0f} s long; {jobs} decoding processes, {threads} scoring threads")
    print(f"decode + find {reading:.1f} s; score + explain {judging:.1f} s; together {together:.1f} s")
    print(f"together / slower stage {together / slower:.2f}; together / length {together / seconds:.3f}")
    print(f"{60 * len(reports) / together:.0f} files a minute; at most {most:.0f} MiB")


if __name__ == "__main__":
    main()
