"""What the tests of the commands share."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from barefaced.model.checkpoint import load

PEOPLE = 6
FORGERIES = ("self_blend", "frequency")
SMALL = ["--crop.size", "48", "--frames", "3"]


def kill_when(reached: Callable[[], bool], *words: str) -> bool:
    """Start `barefaced words`, kill -9 it and its children once `reached()`; whether it was still running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "barefaced", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None:
        if reached():
            subprocess.run(["kill", "-9", "--", f"-{process.pid}"], check=True)
            return process.wait() == -signal.SIGKILL
        time.sleep(0.002)
    return False


def weights(run: Path) -> dict[str, np.ndarray]:
    student, _ = load(run / "model.safetensors")
    return {name: value.numpy() for name, value in student.state_dict().items()}


def same(one: Path, other: Path) -> bool:
    left, right = weights(one), weights(other)
    return all(np.array_equal(left[name], right[name]) for name in left)
