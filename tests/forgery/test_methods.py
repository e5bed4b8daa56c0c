"""Every forgery changes the face, only the face, and the same draws give the same forgery."""

import numpy as np
import pytest
from skimage.data import astronaut

from barefaced.errors import InputError
from barefaced.forgery.donor import Donor
from barefaced.forgery.methods import METHODS
from barefaced.forgery.puppets import Puppet, moved, puppet

LANDMARKS = np.array([[199, 105], [239, 102], [222, 127], [205, 149], [236, 147]], np.float32)
"""Of the photograph, in its own pixels."""
BASE = Puppet(np.ascontiguousarray(astronaut()[:240, 105:345]), LANDMARKS - np.array([105, 0], np.float32))
PERSON = puppet(BASE.rgb, BASE.landmarks, np.random.default_rng(1))
OTHER = puppet(BASE.rgb, BASE.landmarks, np.random.default_rng(2))
DONOR = Donor(OTHER.rgb, OTHER.landmarks)
NEEDS_DONOR = ("cross_blend", "face_swap")


@pytest.mark.parametrize("name", METHODS)
def test_a_forgery_changes_the_picture_under_its_mask_and_nowhere_else(name: str) -> None:
    forged, mask = METHODS[name](PERSON.rgb, PERSON.landmarks, np.random.default_rng(0), DONOR)
    assert forged.shape == PERSON.rgb.shape
    changed = (forged != PERSON.rgb).any(-1)
    assert changed[mask > 0].mean() > 0.3
    assert not changed[mask == 0].any()
    assert 0 <= mask.min() <= mask.max() <= 1


@pytest.mark.parametrize("name", METHODS)
def test_the_mask_lies_on_the_face(name: str) -> None:
    _, mask = METHODS[name](PERSON.rgb, PERSON.landmarks, np.random.default_rng(0), DONOR)
    ys, xs = np.nonzero(mask > 0.25 * mask.max())
    reach = 2.5 * np.linalg.norm(PERSON.landmarks[1] - PERSON.landmarks[0])
    assert np.hypot(xs - PERSON.landmarks[2, 0], ys - PERSON.landmarks[2, 1]).max() < reach
    x, y = PERSON.landmarks[3:].mean(0).round().astype(int)
    assert mask[y, x] > 0, "the mouth is part of every forgery"


@pytest.mark.parametrize("name", METHODS)
def test_the_same_draws_give_the_same_forgery_and_others_another(name: str) -> None:
    one, again, other = (
        METHODS[name](PERSON.rgb, PERSON.landmarks, np.random.default_rng(seed), DONOR)[0] for seed in (0, 0, 1)
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", NEEDS_DONOR)
def test_a_method_that_needs_another_face_says_so(name: str) -> None:
    with pytest.raises(InputError, match="another person"):
        METHODS[name](PERSON.rgb, PERSON.landmarks, np.random.default_rng(0))


@pytest.mark.parametrize("name", METHODS)
def test_a_face_at_the_border_is_no_trouble(name: str) -> None:
    shifted = PERSON.landmarks - PERSON.landmarks.mean(0)
    forged, mask = METHODS[name](PERSON.rgb, shifted.astype(np.float32), np.random.default_rng(0), DONOR)
    assert forged.shape == PERSON.rgb.shape
    assert mask.shape == PERSON.rgb.shape[:2]


def test_people_differ_and_a_seed_gives_its_person_again() -> None:
    again = puppet(BASE.rgb, BASE.landmarks, np.random.default_rng(1))
    assert np.array_equal(again.rgb, PERSON.rgb)
    assert np.abs(PERSON.rgb.astype(int) - OTHER.rgb).mean() > 5


def test_landmarks_go_along_with_the_motion() -> None:
    marked = np.zeros((200, 200, 3), np.uint8)
    points = np.array([[80, 80], [120, 80], [100, 100], [85, 125], [115, 125]], np.float32)
    for x, y in points.astype(int):
        marked[y - 1 : y + 2, x - 1 : x + 2] = 255
    frames, at = moved(Puppet(marked, points), 8, np.random.default_rng(3))
    for frame, where in zip(frames, at, strict=True):
        for x, y in where:
            patch = frame[int(y) - 3 : int(y) + 4, int(x) - 3 : int(x) + 4].max()
            assert patch > 120
