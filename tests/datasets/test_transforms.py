import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from barefaced.config.pictures import PixelSettings
from barefaced.datasets.transforms import augment, blur, brighten, downscale, h264, jpeg, noise, resize, sharpen

SIDE = 24
NOISE = np.random.default_rng(0).integers(0, 256, (5, SIDE, SIDE, 3), dtype=np.uint8)
OFF = {"flip": False, "brightness_contrast": 0.0, "downscale": (), "sharpen": False}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def smooth() -> np.ndarray:
    ramp = np.linspace(40, 215, SIDE)
    return np.stack([np.add.outer(ramp, ramp) / 2, np.tile(ramp, (SIDE, 1)), np.full((SIDE, SIDE), 90.0)], -1).astype(
        np.uint8
    )


def test_chance_nought_is_the_identity():
    assert np.array_equal(augment(NOISE, PixelSettings(chance=0.0), rng()), NOISE)


@given(st.integers(0, 1000))
def test_the_generator_decides_everything_and_the_input_is_left_alone(seed):
    before = NOISE.copy()
    one, two = (augment(NOISE, PixelSettings(), rng(seed)) for _ in range(2))
    assert np.array_equal(one, two)
    assert np.array_equal(NOISE, before)
    assert (one.shape, one.dtype) == (NOISE.shape, np.uint8)


def test_the_flip_moves_the_whole_group_or_none_of_it():
    still = PixelSettings(chance=0.5, **OFF | {"flip": True}, jpeg=(100, 100))
    flipped = 0
    for seed in range(40):
        out = augment(np.stack([smooth()] * 4), still, rng(seed)).astype(int)
        mirrored = [np.abs(image - smooth()[:, ::-1]).mean() < np.abs(image - smooth()).mean() for image in out]
        assert len(set(mirrored)) == 1
        flipped += mirrored[0]
    assert 10 < flipped < 30


def test_the_law_of_an_image_does_not_depend_on_its_position():
    runs = 300
    same = np.stack([NOISE[0]] * 5)
    out = np.stack([augment(same, PixelSettings(flip=False), rng(seed)) for seed in range(runs)])
    # Four operations at one half each: 15/16 of the pictures change, give or take three standard errors.
    changed = (out != same).any(axis=(2, 3, 4)).mean(axis=0)
    assert np.abs(changed - 15 / 16).max() < 3 * np.sqrt(15 / 256 / runs)
    # An independent oracle for "one law": Kruskal and Wallis's rank test over the five positions.
    for measure in (out.std(axis=(2, 3, 4)), out.mean(axis=(2, 3, 4))):
        assert stats.kruskal(*measure.T).pvalue > 0.001


def test_images_of_a_group_are_drawn_apart():
    out = augment(np.stack([NOISE[0]] * 5), PixelSettings(chance=1.0), rng(1))
    assert len({image.tobytes() for image in out}) == 5


@given(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_brightness_and_contrast_are_a_straight_line_that_is_clipped(brightness, contrast):
    expected = (NOISE[0] / 255 - 0.5) * (1 + contrast) + 0.5 + brightness
    assert np.abs(brighten(NOISE[0], brightness, contrast) / 255 - expected.clip(0, 1)).max() <= 0.5 / 255 + 1e-9


@pytest.mark.parametrize("factor", [2, 4])
def test_downscaling_keeps_the_mean_and_loses_the_detail(factor):
    small = downscale(NOISE[0], factor)
    assert small.std() < NOISE[0].std() / factor * 1.5
    assert abs(small.mean() - NOISE[0].mean()) < 6
    flat = np.full((SIDE, SIDE, 3), 77, np.uint8)
    assert np.array_equal(downscale(flat, factor), flat)


def test_sharpening_steepens_an_edge_and_leaves_what_is_flat():
    edge = np.full((SIDE, SIDE, 3), 100, np.uint8)
    assert np.array_equal(sharpen(edge, 0.5), edge)
    edge[:, SIDE // 2 :] = 150
    assert sharpen(edge, 0.5).max() > 150
    assert sharpen(edge, 0.5).min() < 100


def test_jpeg_loses_more_at_a_lower_quality_and_keeps_the_channels():
    lost = [np.abs(jpeg(smooth(), quality).astype(int) - smooth()).mean() for quality in (100, 70, 40)]
    assert lost[0] < lost[1] < lost[2] < 12
    red = np.zeros((SIDE, SIDE, 3), np.uint8)
    red[..., 0] = 200
    np.testing.assert_allclose(jpeg(red, 100)[5, 5], [200, 0, 0], atol=4)


def test_jpeg_alone_is_drawn_within_its_range():
    settings = PixelSettings(chance=1.0, **OFF, jpeg=(55, 56))
    images = np.stack([smooth()] * 8)
    seen = {image.tobytes() for seed in range(5) for image in augment(images, settings, rng(seed))}
    assert seen == {jpeg(smooth(), quality).tobytes() for quality in (55, 56)}


def test_the_stronger_set_has_one_law_for_every_position_too():
    strong = PixelSettings(flip=False, blur=(0.3, 2.0), resize=(0.4, 1.0), noise=(1.0, 8.0), h264=(20, 40))
    same = np.stack([NOISE[0]] * 5)
    out = np.stack([augment(same, strong, rng(seed)) for seed in range(60)])
    assert (out != same).any(axis=(2, 3, 4)).mean() > 0.95
    for measure in (out.std(axis=(2, 3, 4)), out.mean(axis=(2, 3, 4))):
        assert stats.kruskal(*measure.T).pvalue > 0.001


def test_blur_spreads_a_point_by_its_sigma():
    point = np.zeros((25, 25, 3), np.uint8)
    point[12, 12] = 255
    weight = np.stack([blur(point, 1.5)[..., 0].astype(float)])[0]
    rows = np.arange(25) - 12
    spread = np.sqrt((weight.sum(axis=1) * rows**2).sum() / weight.sum())
    assert spread == pytest.approx(1.5, rel=0.1)
    assert np.array_equal(blur(point, 0.0), point)


def test_noise_has_its_deviation_and_no_lean():
    grey = np.full((64, 64, 3), 128, np.uint8)
    away = noise(grey, 6.0, rng()).astype(float) - 128
    assert away.std() == pytest.approx(6, rel=0.05)
    assert abs(away.mean()) < 0.2


def test_resizing_by_one_is_the_identity_and_by_less_loses_detail():
    assert np.array_equal(resize(NOISE[0], 1.0, 1, 1), NOISE[0])
    assert resize(NOISE[0], 0.4, 3, 1).std() < NOISE[0].std()


def test_colour_moves_have_a_chance_of_their_own_and_one_law_for_every_picture():
    grey = np.full((200, 4, 4, 3), 128, np.uint8)
    settings = PixelSettings(
        flip=False,
        colour=0.6,
        rgb_shift=20.0,
        hsv=0.0,
        brightness_contrast=0.0,
        downscale=(),
        sharpen=False,
        jpeg=(100, 100),
    )
    moved = augment(grey, settings, rng())[:, 0, 0].astype(int) - 128
    told = (np.abs(moved) > 1).any(1)
    assert told.mean() == pytest.approx(0.3, abs=0.1)
    assert np.abs(moved).max() <= 22
    assert np.abs(moved[told].mean(0)).max() < 6
    one = PixelSettings(**(vars(settings) | {"shared": True, "hsv": 0.3, "brightness_contrast": 0.3}))
    assert all(len(np.unique(augment(grey[:4], one, rng(seed)), axis=0)) == 1 for seed in range(20))


@pytest.mark.parametrize("side", [24, 25])
def test_h264_loses_more_at_a_higher_crf_and_keeps_the_size(side):
    image = np.resize(smooth(), (side, side, 3)) if side == SIDE else np.pad(smooth(), ((0, 1), (0, 1), (0, 0)), "edge")
    lost = [np.abs(h264(image, crf).astype(int) - image).mean() for crf in (10, 30, 48)]
    assert lost[0] < lost[1] < lost[2]
    assert lost[0] < 4
    assert h264(image, 20).shape == image.shape
