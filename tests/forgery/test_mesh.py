"""The mesh knows where a head looks and moves a picture with its points."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from skimage.color import rgb2lab

from barefaced.forgery import mesh
from barefaced.forgery.donor import Donor
from barefaced.imaging.similarity import fit_similarity_3d

PAIRS = np.array([(33, 263), (133, 362), (61, 291), (234, 454), (127, 356), (172, 397), (48, 278)])
"""Points that change places in a mirror."""
WHOLE = slice(0, 128), slice(0, 128)


def turned(landmarks: np.ndarray, yaw: float, pitch: float, roll: float) -> np.ndarray:
    """The head brought to the front and then turned: pitch first, then yaw, then roll."""
    front = (landmarks - landmarks.mean(0)) @ mesh.axes(landmarks).T
    turn = Rotation.from_euler("xyz", [pitch, -yaw, roll], degrees=True)
    return (turn.apply(front) + landmarks.mean(0)).astype(np.float32)


def mirrored(landmarks: np.ndarray, side: int) -> np.ndarray:
    seen = landmarks * np.array([-1, 1, 1], np.float32) + np.array([side - 1, 0, 0], np.float32)
    seen[PAIRS.ravel()] = seen[PAIRS[:, ::-1].ravel()]
    return seen


def inside(landmarks: np.ndarray, side: int) -> np.ndarray:
    """Pixels well within the face's hull."""
    canvas = np.zeros((side, side), np.uint8)
    cv2.fillConvexPoly(canvas, np.rint(mesh.hull(np.ascontiguousarray(landmarks[:, :2]))).astype(np.int32), 1)
    return cv2.erode(canvas, np.ones((5, 5), np.uint8)) > 0


@pytest.mark.parametrize("angles", [(0, 0, 0), (25, 0, 0), (0, -15, 0), (0, 0, 40), (-30, 0, 10)])
def test_a_head_turned_by_known_angles_has_that_pose(angles: tuple[int, int, int], person: Donor) -> None:
    np.testing.assert_allclose(mesh.pose(turned(person.landmarks, *angles)), angles, atol=0.01)


def test_a_mirrored_head_looks_the_other_way(person: Donor) -> None:
    head = turned(person.landmarks, 20, 5, 10)
    yaw, pitch, roll = mesh.pose(head)
    np.testing.assert_allclose(mesh.pose(mirrored(head, 128)), (-yaw, pitch, -roll), atol=0.01)


def test_the_person_of_the_photograph_looks_at_us(person: Donor) -> None:
    assert np.abs(mesh.pose(person.landmarks)).max() < 20


def test_the_unit_is_the_same_at_every_turn_and_grows_with_the_face(person: Donor) -> None:
    unit = mesh.unit(person.landmarks)
    assert mesh.unit(turned(person.landmarks, 40, 20, 30)) == pytest.approx(unit, rel=1e-4)
    assert mesh.unit(person.landmarks * 2) == pytest.approx(2 * unit, rel=1e-5)


def test_the_lists_are_where_their_names_say(person: Donor) -> None:
    def middle(which: tuple[int, ...]) -> np.ndarray:
        return person.landmarks[list(which)].mean(0)

    assert middle(mesh.LEFT_EYE)[0] < middle(mesh.NOSE)[0] < middle(mesh.RIGHT_EYE)[0]
    assert middle(mesh.LEFT_BROW)[1] < middle(mesh.LEFT_EYE)[1] < middle(mesh.NOSE)[1] < middle(mesh.LIPS)[1]
    assert middle(mesh.JAW)[1] > middle(mesh.CHEEKS)[1]
    lips = person.landmarks[list(mesh.LIPS), :2].copy()
    within = [cv2.pointPolygonTest(lips, tuple(map(float, person.landmarks[n, :2])), True) for n in mesh.MOUTH]
    assert min(within) > -0.5


def test_skin_is_the_cheeks_colour_in_lab(person: Donor) -> None:
    colour = np.array([190, 140, 120], np.uint8)
    found = mesh.skin(np.broadcast_to(colour, person.rgb.shape).copy(), person.landmarks)
    np.testing.assert_allclose(found, rgb2lab(colour[None, None])[0, 0], atol=0.5)


def test_skin_is_looked_up_within_the_picture(person: Donor) -> None:
    away = person.landmarks + np.float32(500)
    assert np.isfinite(mesh.skin(person.rgb, away)).all()


def test_a_similarity_is_found_again(person: Donor) -> None:
    turn = Rotation.from_euler("xyz", [10, 20, 30], degrees=True).as_matrix() * 1.4
    onto = (person.landmarks @ turn.T + [3, -7, 2]).astype(np.float32)
    found, shift = fit_similarity_3d(person.landmarks, onto)
    np.testing.assert_allclose(found, turn, atol=1e-4)
    np.testing.assert_allclose(shift, [3, -7, 2], atol=1e-2)


def test_a_similarity_never_reflects(person: Donor) -> None:
    found, _ = fit_similarity_3d(person.landmarks, person.landmarks * np.array([-1, 1, 1], np.float32))
    assert np.linalg.det(found) > 0


def test_a_warp_onto_its_own_points_changes_nothing(person: Donor) -> None:
    points = np.ascontiguousarray(person.landmarks[:, :2])
    rows, columns = slice(10, 120), slice(5, 101)
    assert np.array_equal(mesh.warp(person.rgb, points, points, rows, columns), person.rgb[rows, columns])


def test_a_warp_of_points_moved_alike_moves_the_face_as_a_whole(person: Donor) -> None:
    points = np.ascontiguousarray(person.landmarks[:, :2])
    target = points + np.array([4, -3], np.float32)
    moved = mesh.warp(person.rgb, points, target, *WHOLE)
    by_hand = np.roll(person.rgb, (-3, 4), axis=(0, 1))
    where = inside(np.column_stack([target, person.landmarks[:, 2]]), 128)
    assert np.abs(moved.astype(int) - by_hand)[where].max() <= 1


def test_a_warp_of_points_under_an_affine_map_is_that_map(person: Donor) -> None:
    points = np.ascontiguousarray(person.landmarks[:, :2])
    matrix = np.array([[1.1, 0.1, -6], [-0.05, 0.95, 4]])
    target = (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    moved = mesh.warp(person.rgb, points, target, *WHOLE)
    plain = cv2.warpAffine(person.rgb, matrix, (128, 128), flags=cv2.INTER_LINEAR)
    where = inside(np.column_stack([target, person.landmarks[:, 2]]), 128)
    assert np.abs(moved.astype(int) - plain)[where].mean() < 1.0


@given(st.floats(-300, 300), st.floats(-300, 300), st.floats(0, 40))
def test_a_box_is_never_empty_and_never_leaves_the_picture(x: float, y: float, margin: float) -> None:
    points = np.array([[x, y], [x + 20, y + 30]], np.float32)
    rows, columns = mesh.box(points, margin, 60, 80)
    assert 0 <= rows.start <= rows.stop - 2 <= 58
    assert 0 <= columns.start <= columns.stop - 2 <= 78
