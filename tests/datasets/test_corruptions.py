"""Corruptions: each does what its name says, more of it at each strength, and nothing at strength nothing."""

import itertools

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from barefaced.datasets.corruptions import CORRUPTIONS, STRENGTHS, UNITS, corrupt

FACE = np.ascontiguousarray(cv2.resize(astronaut()[0:200, 120:320], (128, 128), interpolation=cv2.INTER_AREA))
CLIP = np.stack([np.roll(FACE, shift, axis=1) for shift in range(6)])


def rng():
    return np.random.default_rng(0)


def lost(name: str, strength: float, crops=CLIP) -> float:
    return float(np.abs(corrupt(crops, name, strength, rng()).astype(float) - crops).mean())


def test_eleven_corruptions_have_five_strengths_and_a_unit():
    assert set(CORRUPTIONS) == set(STRENGTHS) == set(UNITS)
    assert len(CORRUPTIONS) == 11
    assert {len(strengths) for strengths in STRENGTHS.values()} == {5}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_strength_takes_more_than_the_one_before(name):
    losses = [lost(name, strength) for strength in STRENGTHS[name]]
    assert all(one < other for one, other in itertools.pairwise(losses)), losses
    assert losses[0] > 0


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize(("moments", "side"), [(1, 128), (3, 97), (2, 256)])
def test_shape_and_kind_stay_and_the_crops_are_left_alone(name, moments, side):
    crops = np.stack([cv2.resize(FACE, (side, side))] * moments)
    before = crops.copy()
    made = corrupt(crops, name, STRENGTHS[name][2], rng())
    assert (made.shape, made.dtype) == (crops.shape, np.uint8)
    np.testing.assert_array_equal(crops, before)


@pytest.mark.parametrize(
    ("name", "nothing"),
    [
        ("resize", 1.0),
        ("saturation", 1.0),
        ("contrast", 1.0),
        ("noise", 0.0),
        ("blocks", 0.0),
        ("pixelation", 1.0),
        ("dark", 1.0),
    ],
)
def test_at_no_strength_nothing_happens(name, nothing):
    np.testing.assert_array_equal(corrupt(CLIP, name, nothing, rng()), CLIP)


def test_the_draws_are_the_generators():
    for name in ("noise", "blocks", "occlusion"):
        one, again, other = (corrupt(CLIP, name, STRENGTHS[name][1], np.random.default_rng(seed)) for seed in (1, 1, 2))
        np.testing.assert_array_equal(one, again)
        assert (one != other).any()


def test_without_saturation_a_picture_is_grey():
    made = corrupt(CLIP, "saturation", 0.0, rng())
    assert (np.ptp(made.astype(int), axis=3) <= 1).all()


def test_pixels_become_squares():
    made = corrupt(CLIP, "pixelation", 4.0, rng())
    squares = made.reshape(6, 32, 4, 32, 4, 3)
    assert (squares == squares[:, :, :1, :, :1]).all()


def test_h264_is_a_codec_over_time_and_keeps_the_order_of_the_moments():
    """A still clip's later moments are predicted from its first; a picture alone is coded by itself."""
    made = corrupt(CLIP, "h264", 23.0, rng()).astype(float)
    nearest = [int(np.abs(CLIP.astype(float) - frame).mean(axis=(1, 2, 3)).argmin()) for frame in made]
    assert nearest == list(range(6))
    still = np.stack([FACE] * 6)
    alone = corrupt(FACE[None], "h264", 35.0, rng())[0]
    film = corrupt(still, "h264", 35.0, rng())
    assert (film[5] != film[0]).any() or (film[0] != alone).any()


def test_noise_has_the_deviation_it_says():
    grey = np.full((2, 128, 128, 3), 128, np.uint8)
    assert (corrupt(grey, "noise", 10.0, rng()) - grey.astype(float)).std() == pytest.approx(10, rel=0.02)


def test_half_the_light_is_half_the_light():
    """Middle grey of half the light, by the standard's own numbers: 188 codes 0.503 of it, 137 codes 0.250."""
    assert corrupt(np.full((1, 4, 4, 3), 188, np.uint8), "dark", 0.5, rng()).max() == pytest.approx(137, abs=1)


def test_what_is_before_the_face_stays_where_it_is_and_covers_its_share():
    made = corrupt(CLIP, "occlusion", 0.5, rng())
    covered = (made == 128).all(axis=3)
    assert (covered[0] & ~covered).sum() <= 20 * len(CLIP)  # a pixel may be 128 by itself
    assert covered[0].mean() == pytest.approx(0.25, abs=0.01)
