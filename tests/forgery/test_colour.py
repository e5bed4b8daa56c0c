"""Colours go from one face to the other, and a seam's difference is spread over the inside."""

import cv2
import numpy as np
import pytest

from barefaced.forgery.colour import cloned, transferred
from barefaced.forgery.donor import Donor


def disc(side: int, radius: float) -> np.ndarray:
    ys, xs = np.mgrid[:side, :side] - (side - 1) / 2
    return (np.hypot(xs, ys) < radius).astype(np.float32)


def test_what_was_transferred_has_the_others_mean_and_spread_under_the_mask(person: Donor, other: Donor) -> None:
    mask = disc(128, 35)
    made = transferred(other.rgb, person.rgb, mask)
    (mean, spread), (wanted, width) = (
        cv2.meanStdDev(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), mask=mask.astype(np.uint8)) for rgb in (made, person.rgb)
    )
    assert np.abs(mean - wanted).max() < 3
    assert np.abs(spread - width).max() < 5


def test_a_face_in_its_own_colours_stays(person: Donor) -> None:
    made = transferred(person.rgb, person.rgb, disc(128, 35))
    assert np.abs(made.astype(int) - person.rgb).mean() < 1.5


def test_without_a_mask_nothing_is_transferred(person: Donor, other: Donor) -> None:
    assert np.array_equal(transferred(other.rgb, person.rgb, np.zeros((128, 128), np.float32)), other.rgb)


@pytest.mark.parametrize("off", [-30, 25])
def test_a_constant_difference_is_cloned_away(off: int) -> None:
    under = np.random.default_rng(0).integers(60, 190, (90, 90, 3)).astype(np.uint8)
    over = (under.astype(int) + off).astype(np.uint8)
    made = cloned(over, under, disc(90, 30))
    assert np.abs(made.astype(int) - under).max() <= 1


def test_a_sloping_difference_is_cloned_away_too() -> None:
    """A plane is harmonic: its values on the edge are its values inside."""
    under = np.full((96, 96, 3), 120, np.uint8)
    slope = np.linspace(-40, 40, 96)[None, :, None]
    over = np.rint(under - slope).astype(np.uint8)
    mask = disc(96, 30)
    made = cloned(over, under, mask).astype(int)
    assert np.abs(made - 120)[mask > 0].max() <= 6
    assert np.abs(over.astype(int) - 120)[mask > 0].max() > 20


def test_cloning_keeps_what_is_drawn_inside() -> None:
    under = np.full((96, 96, 3), 120, np.uint8)
    over = np.full((96, 96, 3), 90, np.uint8)
    over[44:52, 44:52] = 130
    made = cloned(over, under, disc(96, 30)).astype(int)
    assert made[48, 48, 0] - made[48, 30, 0] == pytest.approx(40, abs=2)


def test_without_an_edge_nothing_is_cloned() -> None:
    over = np.full((40, 40, 3), 90, np.uint8)
    for mask in (np.zeros((40, 40), np.float32), np.ones((40, 40), np.float32)):
        assert np.array_equal(cloned(over, np.full_like(over, 10), mask), over)
