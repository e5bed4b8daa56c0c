"""Every way in which a forgery can be broken has its word, and a good one has none."""

import numpy as np
import pytest

from barefaced.forgery.checks import refusal
from barefaced.forgery.donor import Donor
from barefaced.forgery.masks import GRID, Shape, polygons, soft


@pytest.fixture
def mask(person: Donor) -> np.ndarray:
    return soft(polygons(person.landmarks, "oval"), Shape("oval", np.zeros((2, GRID, GRID)), (0.006, 0.02)), 128, 128)


def brightened(person: Donor, mask: np.ndarray, levels: float) -> np.ndarray:
    return np.clip(np.rint(person.rgb + levels * mask[..., None]), 0, 255).astype(np.uint8)


def test_a_face_a_little_brighter_is_good(person: Donor, mask: np.ndarray) -> None:
    assert refusal(person.rgb, brightened(person, mask, 8), mask, person.landmarks) == ""


def test_no_mask_is_empty(person: Donor, mask: np.ndarray) -> None:
    assert refusal(person.rgb, person.rgb, np.zeros_like(mask), person.landmarks) == "empty"
    dot = np.zeros_like(mask)
    dot[64, 64] = 1
    assert refusal(person.rgb, brightened(person, dot, 8), dot, person.landmarks) == "empty"


def test_a_mask_in_the_corner_is_off_the_face(person: Donor, mask: np.ndarray) -> None:
    corner = np.zeros_like(mask)
    corner[2:50, 2:40] = 1
    assert refusal(person.rgb, brightened(person, corner, 8), corner, person.landmarks) == "off_face"


def test_one_level_in_one_pixel_where_the_mask_is_0_is_outside(person: Donor, mask: np.ndarray) -> None:
    pixels = brightened(person, mask, 8)
    pixels[1, 1, 0] ^= 1
    assert refusal(person.rgb, pixels, mask, person.landmarks) == "outside"


def test_the_same_face_again_is_unchanged(person: Donor, mask: np.ndarray) -> None:
    assert refusal(person.rgb, person.rgb.copy(), mask, person.landmarks) == "unchanged"


@pytest.mark.parametrize("level", [0, 255])
def test_a_hole_and_a_burn_are_black(level: int, person: Donor, mask: np.ndarray) -> None:
    pixels = brightened(person, mask, 8)
    x, y = np.rint(person.landmarks[4, :2]).astype(int)
    pixels[y - 9 : y + 9, x - 9 : x + 9] = level
    assert refusal(person.rgb, pixels, mask, person.landmarks) == "black"


def test_what_was_black_before_is_no_fault(person: Donor, mask: np.ndarray) -> None:
    dark = person.rgb.copy()
    dark[60:80, 50:80] = 3
    pixels = np.clip(np.rint(dark + 5 * mask[..., None]), 0, 255).astype(np.uint8)
    pixels[60:80, 50:80] = 2
    assert refusal(dark, pixels, mask, person.landmarks) == ""


def test_a_change_cut_off_by_the_crops_border_is_a_seam(person: Donor) -> None:
    close = (person.landmarks - 64) * np.float32(3) + 64
    everywhere = np.ones((128, 128), np.float32)
    grey = np.full_like(person.rgb, 100)
    assert refusal(grey, grey + np.uint8(40), everywhere, close) == "seam"
