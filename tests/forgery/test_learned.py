"""A window goes to the network's picture and back to the same place, and only good weights are read."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from barefaced.errors import CheckpointError, MissingWeights
from barefaced.forgery import learned
from barefaced.imaging.similarity import transform

SHAPES: dict[str, tuple[int, ...]] = {"a": (2, 3), "b": (4,)}
GOOD = {"a": np.ones((2, 3), np.float32), "b": np.zeros(4, np.float32)}


@given(st.floats(10, 200), st.floats(-50, 250), st.floats(-50, 250), st.integers(2, 128))
def test_the_centre_of_a_window_is_the_centre_of_its_picture(extent: float, x: float, y: float, side: int) -> None:
    matrix = learned.window(np.array([x, y]), extent, side)
    corner = np.array([[x, y], [x - extent / 2, y - extent / 2]])
    placed = transform(corner, matrix)
    assert np.allclose(placed[0], (side - 1) / 2, atol=1e-6)
    assert np.allclose(placed[1], -0.5, atol=1e-6), "the picture's corner lies half a pixel before the first centre"


def test_a_smooth_face_comes_back_from_its_window_unmoved() -> None:
    ys, xs = np.mgrid[:100, :100]
    face = np.stack([xs * 2, ys * 2, 100 + 50 * np.sin(xs / 15)], -1).astype(np.uint8)
    matrix = learned.window(np.array([52.3, 47.8]), 61.7, 64)
    mask = learned.feathered(learned.filled(np.array([[30.0, 25], [70, 25], [70, 70], [30, 70]]), 100, 100), 5.0)
    made = learned.cut(face, matrix, 64).astype(np.float32)
    back = learned.pasted(face, made, matrix, mask)
    assert np.abs(back.astype(int) - face).max() <= 2


def test_shrinking_a_chequerboard_gives_grey_and_no_moire() -> None:
    board = np.repeat((np.indices((128, 128)).sum(0) % 2 * 255).astype(np.uint8)[..., None], 3, 2)
    small = learned.cut(board, learned.window(np.array([63.5, 63.5]), 128.0, 32), 32)
    assert np.abs(small.astype(int) - 127).max() < 8


def test_pixels_without_mask_are_byte_for_byte_the_face() -> None:
    face = np.random.default_rng(0).integers(0, 256, (50, 40, 3)).astype(np.uint8)
    mask = learned.feathered(learned.filled(np.array([[10.0, 10], [30, 12], [20, 40]]), 50, 40), 4.0)
    white = np.full((8, 8, 3), 255, np.float32)
    made = learned.pasted(face, white, learned.window(np.array([20.0, 20]), 40.0, 8), mask)
    assert np.array_equal(made[mask == 0], face[mask == 0])
    assert (made[mask == 1] == 255).all()


def test_a_feather_rises_from_the_outline_inwards() -> None:
    square = np.zeros((60, 60), np.float32)
    square[10:50, 10:50] = 1
    row = learned.feathered(square, 8.0)[30]
    assert row[9] == 0
    assert (np.diff(row[9:30]) >= 0).all()
    assert row[30] == 1


def test_a_mask_that_meets_the_border_fades_there_too() -> None:
    assert learned.feathered(np.ones((20, 20), np.float32), 4.0)[0].max() < 0.3


def test_a_polygon_covers_its_area() -> None:
    angle = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    disc = 50 + 30 * np.column_stack([np.cos(angle), np.sin(angle)])
    assert learned.filled(disc, 100, 100).sum() == pytest.approx(np.pi * 30**2, rel=0.05)


def test_weights_come_back_as_written(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    safetensors.numpy.save_file(GOOD, file)
    assert all(np.array_equal(GOOD[name], value) for name, value in learned.checked_weights(file, SHAPES).items())


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"a": GOOD["a"]}, "other names or shapes"),
        ({**GOOD, "b": np.zeros(5, np.float32)}, "other names or shapes"),
        ({**GOOD, "b": np.full(4, np.nan, np.float32)}, "numbers that are not"),
        ({**GOOD, "b": np.zeros(4, np.int64)}, "other types"),
    ],
)
def test_other_weights_are_refused(tmp_path: Path, tensors: dict[str, np.ndarray], said: str) -> None:
    file = tmp_path / "weights.safetensors"
    safetensors.numpy.save_file(tensors, file)
    with pytest.raises(CheckpointError, match=said):
        learned.checked_weights(file, SHAPES)


def test_a_cut_off_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    safetensors.numpy.save_file(GOOD, file)
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(CheckpointError, match="whole safetensors"):
        learned.checked_weights(file, SHAPES)


def test_no_file_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="no file"):
        learned.checked_weights(tmp_path / "none.safetensors", SHAPES)


def test_opencv_reads_a_matrix_as_these_functions_do() -> None:
    dot = np.zeros((64, 64), np.uint8)
    dot[20, 33] = 255
    matrix = learned.window(np.array([30.0, 25.0]), 32.0, 32)
    moved = cv2.warpAffine(dot, matrix, (32, 32), flags=cv2.INTER_NEAREST)
    y, x = np.unravel_index(np.argmax(moved), moved.shape)
    assert np.abs(transform(np.array([[33.0, 20.0]]), matrix)[0] - (x, y)).max() <= 0.5
