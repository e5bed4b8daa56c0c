"""Real data in a folder beside the checkout, for the tests that look at some; they skip where it is not there.

The folder is no part of the project, and what lies in it comes and goes. So no test counts it: each draws a sample of
its own, or checks what holds of any such data.
"""

import os
import random
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("BAREFACED_SHARED") or Path(__file__).parents[2] / "shared")
"""Where a checkout lies elsewhere, the environment variable names the folder."""


def find_beside(name: str) -> Path:
    """Give the file or folder of that name, or skip the test."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"needs {path}, which is not there")
    return path


def draw_pictures(name: str, size: int) -> list[Path]:
    """Give so many of the folder's JPEG files, drawn with a fixed seed, or skip the test where there are fewer."""
    files = sorted(find_beside(name).rglob("*.jpg"))
    if len(files) < size:
        pytest.skip(f"{SHARED / name} has {len(files)} pictures, and the test draws {size}")
    return random.Random(0).sample(files, size)
