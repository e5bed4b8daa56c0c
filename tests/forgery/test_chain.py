"""A real face and its forgeries go the same way: what was equal before is equal after."""

import numpy as np
import pytest

from barefaced.config.pictures import ForgeSettings
from barefaced.forgery.chain import chained
from barefaced.forgery.donor import Donor

HARSH = ForgeSettings(downscale=(0.5, 0.6), jpeg=(30, 50))


@pytest.mark.parametrize("seed", range(4))
def test_equal_pictures_stay_equal_whatever_goes_with_them(seed: int, person: Donor, other: Donor) -> None:
    real, same, another = chained(np.stack([person.rgb, person.rgb, other.rgb]), HARSH, np.random.default_rng(seed))
    (alone,) = chained(person.rgb[None], HARSH, np.random.default_rng(seed))
    assert np.array_equal(real, same)
    assert np.array_equal(real, alone)
    assert not np.array_equal(real, another)


def test_other_draws_are_another_way(person: Donor) -> None:
    one, other = (chained(person.rgb[None], HARSH, np.random.default_rng(seed)) for seed in (0, 1))
    assert not np.array_equal(one, other)


def test_the_number_of_draws_does_not_depend_on_the_pictures(person: Donor, other: Donor) -> None:
    states = []
    for pictures in (person.rgb[None], np.stack([other.rgb, person.rgb]), np.zeros((1, 40, 40, 3), np.uint8)):
        generator = np.random.default_rng(0)
        chained(pictures, HARSH, generator)
        states.append(generator.bit_generator.state)
    assert states[0] == states[1] == states[2]


def test_switched_off_it_is_a_jpeg_of_full_quality_and_no_more(person: Donor) -> None:
    settings = ForgeSettings(downscale=(1.0, 1.0), jpeg=(100, 100))
    (made,) = chained(person.rgb[None], settings, np.random.default_rng(0))
    assert np.abs(made.astype(int) - person.rgb).max() <= 4


def test_fine_detail_is_lost_and_size_and_colour_are_kept(person: Donor) -> None:
    (made,) = chained(person.rgb[None], HARSH, np.random.default_rng(0))
    assert made.shape == person.rgb.shape
    assert np.abs(made.mean((0, 1)) - person.rgb.mean((0, 1))).max() < 1.5
    fine, left = (np.abs(np.diff(rgb.astype(int), axis=1)).mean() for rgb in (person.rgb, made))
    assert left < 0.9 * fine
