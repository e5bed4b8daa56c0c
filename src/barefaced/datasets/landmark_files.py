"""Dense landmarks of a clip's crops, one .npy file a clip: n crops, 468 points, x y z in crop pixels."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from barefaced.errors import StoreDamaged
from barefaced.runtime.files import write_bytes

POINTS = (468, 3)
"""Points of a crop's dense landmarks, and x, y, z."""


def write(file: Path, points: Float32[np.ndarray, "n 468 3"], crops: int) -> None:
    """Write the landmarks of a clip with `crops` crops.

    Raises:
        StoreDamaged: another number of them.
        OSError: no space or no right.
    """
    _check_shape(file, points.shape, crops)
    buffer = io.BytesIO()
    np.save(buffer, points, allow_pickle=False)
    write_bytes(file, buffer.getvalue())


def read(file: Path, count_crops: Callable[[], int]) -> Float32[np.ndarray, "n 468 3"] | None:
    """Read landmarks; None where there is no file.

    Args:
        file: what `write` wrote.
        count_crops: how many crops the clip has; called only where there is a file.

    Raises:
        StoreDamaged: the file is no array, or not one that fits the clip's crops.
    """
    try:
        points = np.load(file, allow_pickle=False)
    except FileNotFoundError:
        return None
    except (ValueError, EOFError, OSError) as e:
        raise _damaged(file, str(e)) from e
    if points.dtype != np.float32:
        raise _damaged(file, f"numbers of type {points.dtype}")
    _check_shape(file, points.shape, count_crops())
    return points


def _check_shape(file: Path, shape: tuple[int, ...], crops: int) -> None:
    if shape != (crops, *POINTS):
        raise _damaged(file, f"shape {shape}, not {(crops, *POINTS)}")


def _damaged(file: Path, got: str) -> StoreDamaged:
    return StoreDamaged(
        expected=f"the landmarks {file}", got=got, fix="Delete that file: they are computed anew when needed."
    )
