"""The part of a crop that a model sees, and its border."""

import cv2
import numpy as np
import pytest

from barefaced.config.media import CropSettings
from barefaced.config.pictures import PixelSettings
from barefaced.datasets.selection import window_of
from barefaced.datasets.windows import central_window, check_window, cut_windows, draw_window, mirrored
from barefaced.errors import BadConfig
from barefaced.faces.align import crop, template, to_crop
from barefaced.values.geometry import GREY, Geometry, flat, whole

STILL = PixelSettings()
MOVING = PixelSettings(shift=0.1, zoom=0.1)


def noise(side: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


def test_a_window_that_is_not_moved_is_the_middle_of_the_crop_to_the_bit():
    pictures = np.stack([noise(32), noise(32, 1)])
    inside = np.ones((2, 32, 32), bool)
    matrix = draw_window(32, 20, STILL, np.random.default_rng(0))
    cut = cut_windows(pictures, inside, matrix, 20)
    assert (cut == np.stack([central_window(one, 20) for one in pictures])).all()


def test_the_middle_of_a_wide_crop_is_the_crop_of_the_smaller_margin():
    picture = cv2.GaussianBlur(noise(300), (0, 0), 3)
    wide = CropSettings(size=128, margin=1.6)
    narrow = window_of(wide, 96)
    assert (narrow.size, narrow.margin) == (96, pytest.approx(1.2))
    landmarks = (template(CropSettings(size=150, margin=1.3)) + 70).astype(np.float32)
    of_wide = crop(picture, to_crop(landmarks, wide), 128)
    of_narrow = crop(picture, to_crop(landmarks, narrow), 96)
    assert np.abs(central_window(of_wide, 96).astype(int) - of_narrow).max() <= 1


def test_a_moved_window_never_leaves_the_stored_crop_and_reaches_both_of_its_ends():
    lows, highs = [], []
    for seed in range(300):
        matrix = draw_window(64, 48, PixelSettings(shift=0.3, zoom=0.2), np.random.default_rng(seed))
        back = np.linalg.inv(matrix[:, :2])
        ends = [(back @ ([at, at] - matrix[:, 2])) for at in (-0.5, 47.5)]
        assert np.min(ends) >= -0.5 - 1e-6 or matrix[0, 0] < 48 / 64
        assert np.max(ends) <= 63.5 + 1e-6 or matrix[0, 0] < 48 / 64
        lows.append(np.min(ends))
        highs.append(np.max(ends))
    assert min(lows) < 0.5
    assert max(highs) > 62.5


def test_all_of_a_group_is_moved_alike_and_what_lies_outside_is_grey_last_of_all():
    geometry = Geometry((1.0, 0.0, 20.0, 0.0, 1.0, 0.0), 64, 64)
    inside = np.stack([geometry.inside(64)] * 2)
    same = np.stack([noise(64)] * 2)
    cut = cut_windows(same, inside, draw_window(64, 48, MOVING, np.random.default_rng(3)), 48)
    assert (cut[0] == cut[1]).all()
    outside = (cut[0] == GREY).all(-1)
    assert outside[:, 0].all()
    assert not outside[:, -1].any()


def test_mirrored_fills_the_outside_from_the_inside_alone():
    matrix = np.array([[0.9, -0.3, 14.0], [0.3, 0.9, -6.0]])
    geometry = Geometry(flat(matrix), 40, 40)
    picture = cv2.GaussianBlur(noise(40), (0, 0), 2)
    cut = crop(picture, matrix, 48)
    inside = geometry.inside(48)
    assert not inside.all()
    filled = mirrored(cut, geometry)
    assert (filled[inside] == cut[inside]).all()
    reference = cv2.warpAffine(picture, matrix, (48, 48), borderMode=cv2.BORDER_REFLECT_101)
    assert np.abs(filled.astype(int) - reference)[~inside].mean() < 4
    assert np.abs(cut.astype(int) - reference)[~inside].mean() > 8
    other = cut.copy()
    other[~inside] = 255
    assert (mirrored(other, geometry) == filled).all()


def test_mirrored_leaves_a_crop_with_nothing_outside():
    rgb = noise(16)
    assert mirrored(rgb, whole(16)) is rgb


@pytest.mark.parametrize("window", [-2, 15, 18])
def test_a_window_that_the_crop_does_not_hold_is_refused(window):
    with pytest.raises(BadConfig, match=r"data\.window"):
        check_window(window, 16)
