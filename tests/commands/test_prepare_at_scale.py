"""Prepare where things go wrong or grow large: a full disk, a kill -9 at any moment, a film of ten minutes."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from toys_commands import SMALL

from barefaced.commands.main import main
from barefaced.datasets.store import Store
from barefaced.faces.video_writer import write_clip

TIMES = 300
"""Two seconds of film, so often, are ten minutes."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB; the toy store takes 500."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("needs the right to mount a small tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_full_disk_is_told_in_plain_words_and_with_room_it_goes_on(
    clips: Path, store: Path, small_disk: Path, capsys: pytest.CaptureFixture[str], workers: str
) -> None:
    words = ["prepare", str(clips), str(small_disk / "store"), *SMALL, "--workers", workers]
    assert main(words) == 3
    told = capsys.readouterr().err
    assert "No space left on device" in told
    assert "Make room and run the same command again" in told
    assert "Traceback" not in told
    done = {file: file.stat().st_mtime_ns for file in (small_disk / "store/clips").glob("*.json")}
    assert done
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    assert main(words) == 0
    assert {file: file.stat().st_mtime_ns for file in done} == done  # what was done is not done again
    assert (small_disk / "store/manifest.parquet").read_bytes() == (store / "manifest.parquet").read_bytes()


@pytest.mark.slow
def test_killed_at_twenty_random_moments_is_the_same_as_never_killed(clips: Path, store: Path, tmp_path: Path) -> None:
    """Only the run itself is killed, as the system does that is out of memory; its processes end by themselves."""
    random_ = random.Random(20)
    out, environment = tmp_path / "killed", os.environ | {"PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "barefaced", "prepare", str(clips), str(out), *SMALL, "--workers", "2"]
    began = time.monotonic()
    subprocess.run([*command[:5], str(tmp_path / "timed"), *command[6:]], check=True, capture_output=True)
    takes, kills = time.monotonic() - began, 0
    while kills < 20:
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment) as run:
            try:
                run.wait(random_.uniform(0, takes))
            except subprocess.TimeoutExpired:
                run.send_signal(signal.SIGKILL)
                kills += 1
                continue
        # It was quicker than the draw and the store is whole: begin anew, as there is nothing left to kill.
        assert run.returncode == 0
        assert (out / "manifest.parquet").read_bytes() == (store / "manifest.parquet").read_bytes()
        out = tmp_path / f"killed{kills}"
        command[5] = str(out)
    subprocess.run(command, check=True, capture_output=True)
    assert (out / "manifest.parquet").read_bytes() == (store / "manifest.parquet").read_bytes()
    stored = Store.open(out)
    assert all(stored.load(crop, verify=True) is not None for crop in stored.crops())


def repeated(film: Path, out: Path, times: int) -> None:
    """The film over and over, its packets as they are."""
    with av.open(str(film)) as source, av.open(str(out), "w") as target:
        packets = [packet for packet in source.demux(video=0) if packet.size]
        [stream] = source.streams.video
        written = target.add_stream_from_template(stream)
        step = packets[0].duration or 0
        length, shift = step * len(packets), 0
        for _ in range(times):
            for packet in packets:
                copy = av.Packet(bytes(packet))
                copy.pts, copy.dts = (packet.pts or 0) + shift, (packet.dts or 0) + shift
                copy.time_base, copy.stream, copy.is_keyframe = packet.time_base, written, packet.is_keyframe
                target.mux(copy)
            shift += length


@pytest.mark.slow
def test_ten_minutes_of_film_take_no_more_memory_than_two_seconds(clips: Path, tmp_path: Path) -> None:
    with av.open(str(clips / "real" / "p0.mp4")) as film:
        [face] = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)][:1]
    picture = np.zeros((1080, 1920, 3), np.uint8)
    picture[100 : 100 + face.shape[0], 200 : 200 + face.shape[1]] = face
    write_clip(tmp_path / "two.mp4", (np.roll(picture, n, axis=1) for n in range(50)), 25.0)
    peaks = []
    for name, times in (("short", 1), ("long", TIMES)):
        root = tmp_path / name
        (root / "real").mkdir(parents=True)
        repeated(tmp_path / "two.mp4", root / "real" / "film.mp4", times)
        words = [sys.executable, "-m", "barefaced", "prepare", root, tmp_path / f"{name}_store", "--workers", "1"]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            _, status, usage = os.wait4(run.pid, 0)
            run.returncode = status
        assert status == 0
        peaks.append(usage.ru_maxrss / 2**10)
    record = Store.open(tmp_path / "long_store").records()[0]
    assert (record.frames_seen, record.outcome) == (32, "prepared")
    assert max(peaks) < 1500
    assert peaks[1] < 1.2 * peaks[0]
