"""Pose from five points: turned heads of a known angle."""

import numpy as np
import pytest

from barefaced.imaging.head_pose import HEAD, pose


def seen(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """The mean head's points after a pitch, a yaw and a roll, in that order, from far away."""
    y, p, r = np.radians([yaw, pitch, roll])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_y = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return (HEAD @ (about_z @ about_y @ about_x).T)[:, :2]


@pytest.mark.parametrize("angle", [-40.0, -10.0, 0.0, 25.0, 50.0])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_head_turned_about_one_axis_has_that_angle_and_no_other(axis: int, angle: float) -> None:
    wanted = np.zeros(3)
    wanted[axis] = angle
    points = seen(*wanted) * 37 + [120, 80]
    np.testing.assert_allclose(pose(points.astype(np.float32)), wanted, atol=0.01)


def test_the_signs_are_those_of_the_picture() -> None:
    turned = seen(30, 0, 0)  # looks to the right: the nose lies right of the middle between the eyes
    assert turned[2, 0] > turned[:2, 0].mean()
    bent = seen(0, 20, 0)  # looks down: the nose comes nearer to the mouth
    assert bent[3:, 1].mean() - bent[2, 1] < HEAD[3:, 1].mean() - HEAD[2, 1]
    leaning = seen(0, 0, 15)  # clockwise: the right eye is lower
    assert leaning[1, 1] > leaning[0, 1]


def test_a_mirrored_face_has_yaw_and_roll_of_the_other_sign() -> None:
    points = seen(20, -10, 5)
    mirrored = (points * [-1, 1])[[1, 0, 2, 4, 3]]
    yaw, pitch, roll = pose(points)
    np.testing.assert_allclose(pose(mirrored), [-yaw, pitch, -roll], atol=1e-6)


def test_points_on_one_spot_have_no_pose() -> None:
    assert pose(np.full((5, 2), 7.0, np.float32)) == (0.0, 0.0, 0.0)
