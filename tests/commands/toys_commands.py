"""What the tests of the commands share."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from barefaced.commands.main import main
from barefaced.model.checkpoint import load
from toys_processes import loaded

PEOPLE = 6
FORGERIES = ("self_blend", "frequency")
SMALL = ["--crop.size", "48", "--frames", "3"]


def kill_when(reached: Callable[[], bool], *words: str) -> bool:
    """Start `barefaced words`, kill -9 it and its children once `reached()`; whether it was still running."""
    process = loaded().Process(target=_command, args=(words,))
    process.start()
    while process.is_alive():
        if reached():
            os.killpg(process.pid, signal.SIGKILL)  # pyright: ignore[reportArgumentType]
            process.join()
            return process.exitcode == -signal.SIGKILL
        time.sleep(0.002)
    return False


def _command(words: tuple[str, ...]) -> None:
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    sys.exit(main(words))


def weights(run: Path) -> dict[str, np.ndarray]:
    student, _ = load(run / "model.safetensors")
    return {name: value.numpy() for name, value in student.state_dict().items()}


def same(one: Path, other: Path) -> bool:
    left, right = weights(one), weights(other)
    return all(np.array_equal(left[name], right[name]) for name in left)
