"""Faces on their side are found where they are, as if the picture had been turned."""

import numpy as np
import pytest
from toys_vision import toy_face

from barefaced.faces.sideways import find_faces, overlap, quarters_of
from barefaced.imaging.head_pose import pose


@pytest.mark.parametrize("turn", range(4))
def test_a_turned_picture_gives_the_turned_face(face, finder, turn):
    [[upright]] = find_faces(finder, [face])
    [[found]] = find_faces(finder, [np.ascontiguousarray(np.rot90(face, turn))])
    # np.rot90 puts pixel (x, y) of a square picture at (y, side - 1 - x).
    points = upright.landmarks
    for _ in range(turn):
        points = np.stack([points[:, 1], len(face) - 1 - points[:, 0]], axis=-1)
    np.testing.assert_allclose(found.landmarks, points, atol=1.0)
    assert abs((pose(found.landmarks)[2] + 90 * turn + 180) % 360 - 180) < 20


def test_an_upright_face_is_left_as_it_is(face, finder):
    [found], [plain] = find_faces(finder, [face]), finder.find_many([face])
    for one, other in zip(found, plain, strict=True):
        np.testing.assert_array_equal(one.landmarks, other.landmarks)


def test_a_face_that_the_turned_picture_does_not_show_stays_as_it_was():
    lying = toy_face(50, 50, 40)
    lying.landmarks[:] = (lying.landmarks - 50)[:, ::-1] * [-1, 1] + 50

    class Once:
        def find(self, rgb):
            return self.find_many([rgb])[0]

        def find_many(self, frames):
            return [[lying]] if len(frames) == 1 else [[toy_face(20, 20, 10)] for _ in frames]

    assert quarters_of(lying) in (1, 3)
    [[kept]] = find_faces(Once(), [np.zeros((100, 100, 3), np.uint8)])
    assert kept is lying


def test_overlap_is_shared_area_over_all():
    assert overlap(toy_face(50, 50, 20), toy_face(50, 50, 20)) == 1
    assert overlap(toy_face(50, 50, 20), toy_face(60, 50, 20)) == pytest.approx(1 / 3)
    assert overlap(toy_face(50, 50, 20), toy_face(90, 50, 20)) == 0
