"""A mask lies on its family's part of the face, ends softly, and is blended to the bit outside."""

import cv2
import numpy as np
import pytest

from barefaced.forgery import masks, mesh
from barefaced.forgery.donor import Donor
from barefaced.forgery.masks import FAMILIES, GRID, Shape, blended, draw, placed, polygons, soft, window


def plain(family: str) -> Shape:
    """Without deformation."""
    return Shape(family, np.zeros((2, GRID, GRID)), (0.006, 0.015))


def mask_of(person: Donor, family: str) -> np.ndarray:
    return soft(polygons(person.landmarks, family), plain(family), 128, 128)


def at(mask: np.ndarray, person: Donor, *which: int) -> float:
    x, y = np.rint(person.landmarks[list(which), :2].mean(0)).astype(int)
    return float(mask[y, x])


@pytest.mark.parametrize("family", FAMILIES)
def test_a_mask_is_full_on_the_face_and_nothing_off_it(family: str, person: Donor) -> None:
    mask = mask_of(person, family)
    hull = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(hull, np.rint(mesh.hull(np.ascontiguousarray(person.landmarks[:, :2]))).astype(np.int32), 1)
    assert mask.max() == pytest.approx(1, abs=1e-3)
    assert not mask[cv2.dilate(hull, np.ones((7, 7), np.uint8)) == 0].any()
    assert ((mask > 0.02) & (mask < 0.98)).any(), "the edge is soft"


def test_families_differ_in_what_they_hold(person: Donor) -> None:
    held = {family: mask_of(person, family) for family in FAMILIES}
    forehead, cheek, nose, eye = (151,), (205,), (5,), mesh.LEFT_EYE
    for family, mask in held.items():
        assert at(mask, person, *nose) > 0.9
        assert at(mask, person, *eye) > 0.5
        assert (at(mask, person, *forehead) > 0.5) == (family in ("hull", "oval"))
        assert (at(mask, person, *cheek) > 0.5) == (family != "parts")
    assert held["hull"].sum() >= held["oval"].sum() > held["brows"].sum() > held["parts"].sum()


def test_a_larger_picture_has_the_same_mask_larger(person: Donor) -> None:
    shape = draw(("hull",), np.random.default_rng(4))
    small = soft(polygons(person.landmarks, "hull"), shape, 128, 128)
    # Pixel n of the small picture covers pixels 2 n and 2 n + 1 of the large one.
    doubled = person.landmarks * np.float32(2) + np.float32(0.5)
    large = soft(polygons(doubled, "hull"), shape, 256, 256)
    halved = cv2.resize(large, (128, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(halved - small).mean() < 0.02


def test_the_same_seed_draws_the_same_shape_and_a_deformation_pulls_the_mask(person: Donor) -> None:
    one, again, other = (draw(FAMILIES, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(one.field, again.field)
    assert (one.family, one.blurs) == (again.family, again.blurs)
    assert not np.array_equal(one.field, other.field)
    outlines = polygons(person.landmarks, "hull")
    pulled = Shape("hull", np.random.default_rng(0).normal(size=(2, GRID, GRID)) * 0.05, (0.006, 0.015))
    assert np.abs(soft(outlines, pulled, 128, 128) - mask_of(person, "hull")).max() > 0.5


def test_no_mask_touches_the_pictures_border(person: Donor) -> None:
    close = (person.landmarks - 64) * np.float32(3) + 64
    mask = soft(polygons(close, "hull"), plain("hull"), 128, 128)
    assert mask[64, 64] == pytest.approx(1, abs=1e-3)
    assert not np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).any()


def test_no_weight_is_too_small_to_be_seen(person: Donor) -> None:
    mask = mask_of(person, "oval")
    assert mask[mask > 0].min() >= masks.LEAST


def test_blending_by_weight_0_and_1_gives_either_picture_to_the_bit() -> None:
    generator = np.random.default_rng(0)
    under, over = generator.integers(0, 256, (2, 9, 7, 3), np.uint8)
    none = np.zeros((9, 7), np.float32)
    assert np.array_equal(blended(under, over, none), under)
    assert np.array_equal(blended(under, over, none + 1), over)
    half = blended(under, over, none + np.float32(0.5)).astype(float)
    assert np.abs(half - (under.astype(float) + over) / 2).max() <= 0.5


def test_a_part_is_placed_in_its_window_and_the_face_is_left_alone() -> None:
    face = np.full((20, 30, 3), 50, np.uint8)
    mask = np.zeros((20, 30), np.float32)
    mask[5:9, 11:19] = 1
    rows, columns = window(mask)
    assert (rows, columns) == (slice(5, 9), slice(11, 19))
    made = placed(face, np.full((4, 8, 3), 200, np.uint8), mask, rows, columns)
    assert (made[5:9, 11:19] == 200).all()
    assert (made == 200).any(-1).sum() == 32
    assert (face == 50).all()


def test_the_window_of_no_mask_is_still_a_window() -> None:
    rows, columns = window(np.zeros((20, 30), np.float32))
    assert (rows.stop - rows.start, columns.stop - columns.start) == (2, 2)
