"""Files into faces, each decoded in a process that can do no harm; the next ones are read while one is being judged."""

import contextlib
import json
import os
import queue
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from jaxtyping import UInt8

from barefaced.config.media import PrepareSettings
from barefaced.errors import InputError, MissingWeights
from barefaced.faces.crops import crops
from barefaced.faces.face_finder import FaceFinder
from barefaced.faces.media_file import MediaFile
from barefaced.faces.opening import check
from barefaced.faces.provenance import provenance
from barefaced.faces.sandbox import wire
from barefaced.faces.sandbox.lockdown import MEMORY
from barefaced.imaging.encoding import encode_jpeg
from barefaced.values.media import Frame, KeptFrame, ReadClip

Answer = tuple[Path, ReadClip | InputError]
LONGEST_ANSWER = 1 << 30
LINES_KEPT = 20
"""Of what the decoding process complains."""
KEPT_QUALITY = 85
"""Of the kept frames' JPEG."""


@dataclass(frozen=True)
class ReadLimits:
    """What one file may cost."""

    cpu_seconds: float = 600.0
    """Of processor time; then the process that decodes it is ended."""
    wall_seconds: float = 1200.0
    memory: int = MEMORY
    """Bytes that the decoding process may grow by."""


def read_here(path: str | Path, settings: PrepareSettings, finder: FaceFinder, keep: int) -> ReadClip:
    """A file's faces, provenance and small frames, decoded in this very process.

    Args:
        keep: longest side in pixels of the frames kept for pictures; 0 keeps none.

    Raises:
        UnreadableMedia, TooLarge: see `crops`.
    """
    kept: list[KeptFrame] = []

    def keeping(moment: int, frame: Frame) -> None:
        kept.append(_small(moment, frame.rgb, keep))

    media = MediaFile(Path(path))
    found = crops(media, settings, finder, keep=keeping if keep else None)
    return ReadClip(found, provenance(media), tuple(kept))


def _small(moment: int, rgb: UInt8[np.ndarray, "H W 3"], side: int) -> KeptFrame:
    height, width = rgb.shape[:2]
    scale = min(1.0, side / max(height, width))
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return KeptFrame(moment, encode_jpeg(np.asarray(rgb), KEPT_QUALITY), scale)


class Reader:
    """One decoding process. It is started by the first file and started anew after one that broke it."""

    def __init__(self, settings: PrepareSettings, limits: ReadLimits = ReadLimits(), threads: int = 1) -> None:
        self.settings, self.limits = settings, limits
        self.rules: dict[str, bool] = {}
        """What the process gave up (`sandbox`), once it has answered; false where this system cannot."""
        self._threads = threads
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        """The process that started it. One forked from that has the same pipes, and must not read from them."""

    def read(self, path: Path, keep: int = 0) -> ReadClip:
        """See `read_here`; a decoder that crashes, hangs or runs over the limits is the file's fault and nobody else's.

        Raises:
            UnreadableMedia, TooLarge: the file.
            MissingWeights: the process does not start at all.
        """
        check(path)  # what can be said without a decoder
        process = self._started()
        deadline = time.monotonic() + self.limits.wall_seconds
        try:
            self._ask(process, {"path": os.fspath(path), "keep": keep})
            answer = self._answer(process, deadline)
        except (BrokenPipeError, EOFError) as e:
            raise wire.astray(path, f"one that broke the decoder ({self._ended(process)})") from e
        except TimeoutError as e:
            self.close()
            raise wire.astray(path, f"one not decoded in {self.limits.wall_seconds:g} s") from e
        return wire.unpacked(answer, path)

    def close(self) -> None:
        """End the process."""
        self._forget_if_forked()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._listener.join()
            for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
                assert stream is not None
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
            self._process = None

    def give_up(self) -> None:
        """From another thread than the one that reads: what it is at ends as a file that broke the decoder.

        Only the process is ended. Its pipes are closed by whoever listens to them: one closed under a listener is
        listened to for ever.
        """
        process = self._process
        if process is not None:
            process.kill()

    def start(self) -> None:
        """Start the process without waiting for it: it loads while others do."""
        self._forget_if_forked()
        if self._process is None:
            self._launch()

    def rules_in_force(self) -> dict[str, bool]:
        """`rules`, of a process that has been started if it was not.

        Raises:
            MissingWeights: it does not start.
        """
        self._started()
        return self.rules

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._process is None else self._process.pid

    def _forget_if_forked(self) -> None:
        """In a fork of the process that started it, leave the decoding process to that one."""
        if self._process is not None and self._owner != os.getpid():
            self._process.returncode = 0  # not ours to wait for
            for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
                assert stream is not None
                stream.close()
            self._process, self.rules = None, {}

    def _launch(self) -> subprocess.Popen[bytes]:
        self.rules, self._owner = {}, os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "barefaced.faces.sandbox.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,  # a buffer's lock would be held for ever in a fork
            env=os.environ | {"PYTHONPATH": os.pathsep.join(one for one in sys.path if one)},
            # Ctrl-C is for whoever started us; we end it when we end.
            start_new_session=True,
        )
        assert self._process.stderr is not None
        # Read all the time: a full pipe would hold it up. Into a file it may not write.
        self._said = deque[bytes](maxlen=LINES_KEPT)
        self._listener = threading.Thread(target=self._said.extend, args=(self._process.stderr,), daemon=True)
        self._listener.start()
        words: dict[str, object] = {
            "prepare": asdict(self.settings),
            "threads": self._threads,
            "memory": self.limits.memory,
            "seconds": self.limits.cpu_seconds,
        }
        with contextlib.suppress(BrokenPipeError):  # ended at once: whoever waits for its answer is told why
            self._ask(self._process, words)
        return self._process

    def _started(self) -> subprocess.Popen[bytes]:
        self._forget_if_forked()
        process = self._process or self._launch()
        if not self.rules:
            try:
                self.rules = json.loads(wire.words(self._answer(process, time.monotonic() + 120)))
            except (EOFError, TimeoutError, ValueError) as e:
                last = self._last_words()
                self.close()
                raise MissingWeights(
                    expected="the decoding process to start",
                    got=last or "silence",
                    fix="`barefaced doctor` tells what is missing.",
                ) from e
        return process

    def _ask(self, process: subprocess.Popen[bytes], words: dict[str, object]) -> None:
        assert process.stdin is not None
        process.stdin.write(json.dumps(words).encode() + b"\n")
        process.stdin.flush()

    def _answer(self, process: subprocess.Popen[bytes], deadline: float) -> bytes:
        """Raises EOFError where it ended, TimeoutError where it took too long: then it is ended."""
        assert process.stdout is not None
        length = int.from_bytes(_exactly(process.stdout, 8, deadline), "little")
        if length > LONGEST_ANSWER:
            raise EOFError
        return _exactly(process.stdout, length, deadline)

    def _ended(self, process: subprocess.Popen[bytes]) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        code, last = process.returncode, self._last_words()
        self.close()
        if code == -signal.SIGXCPU:
            return f"more than {self.limits.cpu_seconds:g} s of processor time"
        return signal.Signals(-code).name if code is not None and code < 0 else last or f"exit code {code}"

    def _last_words(self) -> str:
        self._listener.join(1)
        return b"".join(list(self._said)[-1:]).decode(errors="replace").strip()[:300]


def _exactly(stream: IO[bytes], count: int, deadline: float) -> bytes:
    got = bytearray()
    with selectors.DefaultSelector() as ready:
        ready.register(stream, selectors.EVENT_READ)
        while len(got) < count:
            if not ready.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            part = os.read(stream.fileno(), min(count - len(got), 1 << 20))
            if not part:
                raise EOFError
            got += part
    return bytes(got)


def read_many(
    readers: Sequence[Reader], paths: Iterable[Path], keep: int, ahead: int
) -> Generator[list[Answer], None, None]:
    """Yield every file, in the order in which they are done; one that cannot be read is its error.

    All readers read at once. Each list is all that was ready, at least one.

    Args:
        paths: taken one by one, when a reader is free.
        ahead: files read and not yet taken, beyond which the readers wait.

    Raises:
        MissingWeights: a process does not start.
        BaseException: whatever else ended a reader, or `paths` raised.
    """
    waiting, taking = iter(paths), threading.Lock()
    done: queue.Queue[Answer | BaseException | None] = queue.Queue(ahead)
    stopped = threading.Event()

    def hand_over(answer: Answer | BaseException | None) -> None:
        while not stopped.is_set():
            with contextlib.suppress(queue.Full):
                done.put(answer, timeout=0.2)
                break

    def read_all(reader: Reader) -> None:
        while not stopped.is_set():
            with taking:
                path = next(waiting, None)
            if path is None:
                break
            try:
                hand_over((path, reader.read(path, keep)))
            except InputError as e:
                hand_over((path, e))

    def work(reader: Reader) -> None:
        end = None
        try:
            read_all(reader)
        except BaseException as e:  # noqa: BLE001  raised again where somebody waits for it
            end = e
        hand_over(end)

    threads = [threading.Thread(target=work, args=(reader,), daemon=True) for reader in readers]
    for thread in threads:
        thread.start()
    left = len(threads)
    try:
        while left:
            ready = [done.get()]
            with contextlib.suppress(queue.Empty):
                while len(ready) < ahead:
                    ready.append(done.get_nowait())
            for answer in ready:
                if isinstance(answer, BaseException):
                    raise answer
            if answers := [answer for answer in ready if isinstance(answer, tuple)]:
                yield answers
            left -= ready.count(None)
    finally:
        stopped.set()
        # Given up in the middle: what they are at is of no use. One may just be starting a process.
        while any(thread.is_alive() for thread in threads):
            for reader in readers if left else ():
                reader.give_up()
            for thread in threads:
                thread.join(0.1)
        for reader in readers if left else ():
            reader.close()
