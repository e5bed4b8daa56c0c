"""Where a crop lies in its picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barefaced.values.geometry import GREY, Geometry, flat, whole, with_border


def turned(angle: float, scale: float, x: float, y: float) -> np.ndarray:
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[c, -s, x], [s, c, y]])


@given(st.floats(-3, 3), st.floats(0.2, 4), st.floats(-40, 40), st.floats(-40, 40))
def test_a_pixel_is_inside_where_its_centre_maps_onto_the_picture(angle, scale, x, y):
    matrix = turned(angle, scale, x, y)
    inside = Geometry(flat(matrix), 30, 50).inside(24)
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    for row, column in [(0, 0), (5, 20), (12, 12), (23, 1), (23, 23)]:
        at = back @ [column, row, 1]
        edges = np.array([at[0] + 0.5, 49.5 - at[0], at[1] + 0.5, 29.5 - at[1]])
        if abs(edges).min() > 1e-6:
            assert inside[row, column] == (edges > 0).all()


def test_a_crop_of_the_picture_as_it_is_has_nothing_outside_and_one_moved_by_half_has_half():
    assert whole(16).share_outside(16) == 0
    assert Geometry((1.0, 0.0, 8.0, 0.0, 1.0, 0.0), 16, 16).share_outside(16) == 0.5


def test_what_is_made_of_a_crop_lies_where_both_maps_say():
    first, then = turned(0.3, 2, 5, -3), turned(-0.1, 0.5, 1, 2)
    both = Geometry(flat(first), 30, 50).through(then).matrix
    point = np.array([7.0, 9.0])
    step = first[:, :2] @ point + first[:, 2]
    np.testing.assert_allclose(both[:, :2] @ point + both[:, 2], then[:, :2] @ step + then[:, 2])


def test_the_border_is_grey_and_the_rest_to_the_bit():
    rgb = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    inside = Geometry((1.0, 0.0, 4.0, 0.0, 1.0, -3.0), 16, 16).inside(16)
    out = with_border(rgb, inside)
    assert (out[inside] == rgb[inside]).all()
    assert (out[~inside] == GREY).all()
    assert with_border(rgb, np.ones((16, 16), bool)) is rgb


@pytest.mark.parametrize("size", [1, 7])
def test_any_side_will_do(size):
    assert whole(size).inside(size).shape == (size, size)
