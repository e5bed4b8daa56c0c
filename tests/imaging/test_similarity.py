"""Similarities are found again from what they make of points, in the plane and in space."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from barefaced.imaging.encoding import decode, encode, encode_jpeg
from barefaced.imaging.similarity import fit_similarity, fit_similarity_3d, invert, shrink_of, transform


@pytest.mark.parametrize(("degrees", "scale"), [(0, 1.0), (30, 0.5), (180, 2.0), (-100, 3.0)])
def test_a_similarity_is_found_from_points_and_turned_back(degrees, scale):
    points = np.random.default_rng(0).normal(size=(9, 2))
    turn = np.radians(degrees)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    onto = scale * points @ rotation.T + [3, -4]
    matrix, likeness = fit_similarity(points, onto)
    np.testing.assert_allclose(matrix, np.column_stack([scale * rotation, [3, -4]]), atol=1e-12)
    assert likeness == pytest.approx(1)
    assert shrink_of(matrix) == pytest.approx(1 / scale)
    np.testing.assert_allclose(transform(transform(points, matrix), invert(matrix)), points, atol=1e-12)


def test_points_on_one_spot_are_like_nothing():
    onto = np.random.default_rng(0).normal(size=(5, 2))
    matrix, likeness = fit_similarity(np.full((5, 2), 7.0), onto)
    assert likeness == 0
    np.testing.assert_allclose(transform(np.full((5, 2), 7.0), matrix), np.tile(onto.mean(0), (5, 1)))


def test_a_mirror_image_is_not_fitted_by_a_reflection():
    points = np.random.default_rng(0).normal(size=(9, 3))
    turn, _ = fit_similarity_3d(points, points * [-1, 1, 1])
    assert np.linalg.det(turn) > 0
    rotation = Rotation.from_euler("xyz", [20, -30, 40], degrees=True).as_matrix()
    turn, shift = fit_similarity_3d(points, 2 * points @ rotation.T + [1, 2, 3])
    np.testing.assert_allclose(turn, 2 * rotation, atol=1e-12)
    np.testing.assert_allclose(shift, [1, 2, 3], atol=1e-12)


def test_a_picture_comes_back_from_its_bytes():
    rgb = np.random.default_rng(0).integers(0, 255, (9, 8, 3), dtype=np.uint8)
    np.testing.assert_array_equal(decode(encode(rgb, ".png")), rgb)
    assert (
        abs(decode(encode_jpeg(np.full((9, 8, 3), (200, 100, 50), np.uint8), 95)).astype(int) - (200, 100, 50)).max()
        < 4
    )
    assert decode(b"") is None
    assert decode(b"no picture") is None
