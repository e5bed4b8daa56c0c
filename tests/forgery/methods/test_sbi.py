"""Self-blended images: either side is altered, and but for the mask the forged face is the real one it belongs to."""

import pickle

import numpy as np
import pytest

from barefaced.forgery.checks import refusal
from barefaced.forgery.clips import forge_clip
from barefaced.forgery.donor import Donor
from barefaced.forgery.forged import Forged
from barefaced.forgery.methods.sbi import Alteration, sbi
from barefaced.forgery.registry import METHODS, load_method
from barefaced.imaging.colours import scale_levels, shift_hsv, shift_rgb

STILL = Alteration(np.zeros(3), np.zeros(3), 0.0, 0.0, 0, 0.0, 1.0)


def made(person: Donor, seed: int, *, either: bool) -> Forged:
    return sbi(person.rgb, person.landmarks, np.random.default_rng(seed), either=either)


def test_the_face_or_its_surroundings_are_altered_about_equally_often_and_only_the_mask_tells_the_two_apart(
    person: Donor,
) -> None:
    of_target = 0
    for seed in range(100):
        forged = made(person, seed, either=True)
        of_target += forged.alteration is not None
        real = forged.alteration(person.rgb) if forged.alteration else person.rgb
        outside = forged.mask == 0
        assert np.array_equal(forged.pixels[outside], real[outside])
        if seed < 20 and forged.alteration:
            assert (real != person.rgb).any(-1).mean() > 0.3
            assert refusal(real, forged.pixels, forged.mask, person.landmarks) in ("", "black")
            assert refusal(person.rgb, forged.pixels, forged.mask, person.landmarks) == "outside"
    assert 32 <= of_target <= 68


def test_for_a_store_only_the_copy_is_altered_by_the_same_draws(person: Donor) -> None:
    for seed in range(12):
        alone, either = made(person, seed, either=False), made(person, seed, either=True)
        assert alone.alteration is None
        assert np.array_equal(alone.mask, either.mask)
        assert np.array_equal(alone.pixels[alone.mask == 0], person.rgb[alone.mask == 0])
        if either.alteration is None:
            assert np.array_equal(alone.pixels, either.pixels)


def test_a_wider_crop_changes_neither_mask_nor_forgery(person: Donor) -> None:
    def wider(by: int) -> Donor:
        rgb = np.pad(person.rgb, ((by, by), (by, by), (0, 0)), mode="reflect")
        return Donor(rgb, person.landmarks + np.array([by, by, 0], np.float32))

    for seed in range(6):
        near, far = made(wider(60), seed, either=False), made(wider(100), seed, either=False)
        np.testing.assert_allclose(far.mask[40:-40, 40:-40], near.mask, atol=1e-4)
        assert np.abs(far.pixels[40:-40, 40:-40].astype(int) - near.pixels)[near.mask > 0].mean() < 1


def test_a_clip_says_how_its_real_face_was_altered_and_is_checked_against_that_one(person: Donor) -> None:
    method = load_method("sbi", None, ("hull",))
    faces, points = np.stack([person.rgb] * 2), np.stack([person.landmarks] * 2)
    assert [name for name, entry in METHODS.items() if entry.alters_real] == ["sbi"]
    assert forge_clip(method, faces, points, (1,), None, 1).alteration is None

    def either(*given: object) -> Forged:
        return sbi(*given, either=True)  # type: ignore[arg-type]

    clips = [forge_clip(either, faces, points, (seed,), None, 1) for seed in range(12)]
    assert {bool(clip.alteration) for clip in clips} == {True, False}
    assert all(not any(clip.refused) for clip in clips)


def test_an_alteration_is_a_function_of_the_picture_alone_and_can_be_sent_to_another_process(person: Donor) -> None:
    [alter, *_] = [one.alteration for seed in range(20) if (one := made(person, seed, either=True)).alteration]
    assert alter is not None
    assert np.array_equal(alter(person.rgb), pickle.loads(pickle.dumps(alter))(person.rgb))


@pytest.mark.parametrize(("alpha", "lightness"), [(0.2, 0.5), (0.5, 1.0), (0.35, 0.75)])
def test_sharpening_keeps_flat_areas_but_for_its_lightness_and_raises_edges(alpha: float, lightness: float) -> None:
    sharpen = Alteration(np.zeros(3), np.zeros(3), 0.0, 0.0, 0, alpha, lightness)
    flat = np.full((9, 9, 3), 120, np.uint8)
    assert np.abs(sharpen(flat) - 120.0 * (1 - alpha + alpha * lightness)).max() <= 0.5
    point = flat.copy()
    point[4, 4] = 130
    there = sharpen(point).astype(float) - sharpen(flat)
    np.testing.assert_allclose(there[4, 4], 10 * (1 - alpha + alpha * (8 + lightness)), atol=1)
    np.testing.assert_allclose(there[3, 3], -10 * alpha, atol=1)


def test_softening_takes_every_factor_th_pixel(person: Donor) -> None:
    coarse = np.kron(np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8), np.ones((4, 4, 1), np.uint8))
    grey = np.repeat(coarse[..., :1], 3, axis=2)
    soft = Alteration(np.zeros(3), np.zeros(3), 0.0, 0.0, 4, 0.0, 1.0)(grey)
    # Halfway between two samples of 4 x 4 blocks a linear enlargement is their mean.
    np.testing.assert_allclose(
        soft[4:-4, 3:-4:4].astype(float) + soft[4:-4, 4:-3:4],
        soft[4:-4, 2:-5:4].astype(float) + soft[4:-4, 5:-2:4],
        atol=3,
    )
    assert np.array_equal(STILL(grey), grey)


def test_colour_moves_cut_fractions_off_as_tables_of_bytes_do() -> None:
    rgb = np.array([[[100, 5, 250]]], np.uint8)
    assert shift_rgb(rgb, np.array([10.9, -20.0, 20.0])).tolist() == [[[110, 0, 255]]]
    assert scale_levels(rgb, 0.1, 0.1).tolist() == [[[135, 31, 255]]]
    grey = np.full((1, 1, 3), 100, np.uint8)
    assert shift_hsv(grey, np.array([0.3, 0.3, 0.3])).tolist() == [[[100, 100, 100]]]
    assert shift_hsv(grey, np.array([-0.3, -0.3, -0.3])).tolist() == [[[99, 99, 99]]]
    pure = np.array([[[200, 0, 0]]], np.uint8)  # hue 0: one level less is the last of the circle, towards blue
    moved = shift_hsv(pure, np.array([-0.3, 0.0, 0.0]))[0, 0]
    assert moved[0] == 200
    assert moved[2] > moved[1]
