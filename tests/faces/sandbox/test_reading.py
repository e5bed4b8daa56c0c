"""Decoding in a process of its own: the same answer as here, and every way of breaking it is the file's fault."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import safetensors.numpy
from toys_vision import made_clip

from barefaced.config.media import CropSettings, FinderSettings, PrepareSettings
from barefaced.errors import TooLarge, UnreadableMedia
from barefaced.faces.sandbox import wire
from barefaced.faces.sandbox.reading import Reader, ReadLimits, read_here, read_many
from barefaced.values.media import ReadClip

SETTINGS = PrepareSettings(frames=3, crop=CropSettings(size=48), finder=FinderSettings(side=256))


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader(SETTINGS)
    yield made
    made.close()


@pytest.fixture
def clip(face: np.ndarray, tmp_path: Path) -> Path:
    return made_clip(tmp_path / "clip.mp4", [face] * 5)


def same(one: ReadClip, other: ReadClip) -> bool:
    return wire.packed(one) == wire.packed(other)


def test_another_process_gives_the_same_answer_as_this_one(reader, finder, clip):
    here = read_here(clip, SETTINGS, finder, 120)
    there = reader.read(clip, 120)
    assert len(here.found.crops) == 3
    assert same(here, there)
    [small, *_] = there.frames
    assert cv2.imdecode(np.frombuffer(small.jpeg, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (120, 120)
    assert small.scale == 0.5
    assert reader.read(clip, 0).frames == ()


def test_what_is_packed_comes_back_and_what_is_not_ours_is_no_answer(finder, clip):
    read = read_here(clip, SETTINGS, finder, 0)
    assert same(wire.unpacked(wire.packed(read), clip), read)
    with pytest.raises(TooLarge, match="at most 3; got 4"):
        wire.unpacked(wire.refusal(TooLarge(expected="at most 3", got="4", fix="Shrink.")), clip)
    for strange in (
        b"",
        b"\x80\x04K\x01.",
        safetensors.numpy.save({}, {"read": "{}"}),
        safetensors.numpy.save({}, {"error": '{"kind": "SystemExit", "expected": "", "got": "", "fix": ""}'}),
        wire.packed(read).replace(b'\\"moment', b'\\"momenz').replace(b"sharpness", b"sharpnesz"),
    ):
        with pytest.raises(UnreadableMedia, match="none"):
            wire.unpacked(strange, clip)


def test_a_decoder_that_is_killed_costs_its_file_alone(reader, clip, monkeypatch):
    reader.read(clip)
    assert reader.pid is not None
    os.kill(reader.pid, signal.SIGSEGV)
    with pytest.raises(UnreadableMedia, match="SIGSEGV"):
        reader.read(clip)
    assert len(reader.read(clip).found.crops) == 3


def test_too_much_time_and_too_much_memory_are_answers(clip, tmp_path):
    hurried = Reader(SETTINGS, ReadLimits(wall_seconds=0.0))
    with pytest.raises(UnreadableMedia, match="not decoded in 0 s"):
        hurried.read(clip)
    assert hurried.pid is None
    large = tmp_path / "large.png"
    cv2.imwrite(str(large), np.zeros((6000, 6000, 3), np.uint8))
    poor = Reader(SETTINGS, ReadLimits(memory=60 << 20))
    with pytest.raises(UnreadableMedia, match="memory"):
        poor.read(large)
    poor.close()


def test_many_files_by_several_readers_come_back_once_each(clip, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"nothing")
    readers = [Reader(SETTINGS), Reader(SETTINGS)]
    paths = [clip, broken, clip, broken, clip]
    found = [one for ready in read_many(readers, paths, 0, 2) for one in ready]
    assert sorted(str(path) for path, _ in found) == sorted(map(str, paths))
    assert all(isinstance(answer, ReadClip) == (path == clip) for path, answer in found)
    for reader in readers:
        reader.close()


def test_who_stops_listening_leaves_no_process(clip):
    reader = Reader(SETTINGS)
    stream = read_many([reader], [clip] * 5, 0, 1)
    next(stream)
    stream.close()
    assert reader.pid is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_process_ends_with_whoever_started_it(clip):
    code = (
        "import sys; from pathlib import Path; from barefaced.faces.sandbox.reading import Reader\n"
        "from barefaced.config.media import PrepareSettings\n"
        "reader = Reader(PrepareSettings(frames=1)); reader.read(Path(sys.argv[1])); print(reader.pid, flush=True)\n"
        "import os; os._exit(1)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(clip)], capture_output=True, text=True, timeout=100)
    status = Path(f"/proc/{int(done.stdout)}/status")
    for _ in range(100):
        if not status.exists() or "State:\tZ" in status.read_text():
            return
        time.sleep(0.05)
    pytest.fail("the decoding process is still there")


class Broken(Reader):
    """A reader that ends with an error of ours at the third file."""

    count = 0

    def read(self, path: Path, keep: int = 0) -> ReadClip:
        self.count += 1
        if self.count == 3:
            raise AttributeError("a fault of the program")
        raise UnreadableMedia(expected="a picture", got=str(path), fix="None.")


def test_whatever_ends_a_reader_reaches_who_waits() -> None:
    stream = read_many([Broken(SETTINGS)], [Path(f"{n}.jpg") for n in range(9)], 0, 1)
    assert [len(next(stream)), len(next(stream))] == [1, 1]
    with pytest.raises(AttributeError, match="a fault of the program"):
        next(stream)


def test_a_generator_of_paths_is_read_bit_by_bit_and_its_fault_reaches_who_waits() -> None:
    asked = []

    def paths():
        for n in range(2):
            asked.append(n)
            yield Path(f"{n}.jpg")
        raise ZeroDivisionError

    stream = read_many([Broken(SETTINGS)], paths(), 0, 1)
    [(first, _)] = next(stream)
    assert (first, len(asked) <= 2) == (Path("0.jpg"), True)
    with pytest.raises(ZeroDivisionError):
        list(stream)


FORKED = """
import os, sys
from pathlib import Path
from barefaced.config.media import PrepareSettings
from barefaced.faces.sandbox.reading import Reader

clip, reader = Path(sys.argv[1]), Reader(PrepareSettings(frames=1))
first = reader.read(clip).found
own = reader.pid
child = os.fork()
again = reader.read(clip).found
assert len(again.crops) == len(first.crops) and again.video == first.video
assert (reader.pid == own) == bool(child), "each process has a decoder of its own"
reader.close()
if child:
    assert os.waitpid(child, 0)[1] == 0
    print("both")
"""


def test_a_fork_reads_through_a_process_of_its_own(clip) -> None:
    line = [sys.executable, "-W", "ignore", "-c", FORKED, str(clip)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "both\n"), done.stderr
