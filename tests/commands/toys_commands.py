"""What the tests of the commands share."""

import subprocess
import sys

PEOPLE = 6
FORGERIES = ("self_blend", "frequency")
SMALL = ["--crop.size", "48", "--frames", "3"]


def kill_after(seconds: float, *words: str) -> bool:
    """Start `barefaced words`, kill -9 it and its children after a while; whether it was still running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "barefaced", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        subprocess.run(["kill", "-9", "--", f"-{process.pid}"], check=True)
        process.wait()
        return True
    return False
