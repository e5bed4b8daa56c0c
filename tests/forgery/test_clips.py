"""A clip is forged with one draw for all frames, and drawn anew while the checks refuse some of them."""

from collections.abc import Callable

import numpy as np
import pytest

from barefaced.forgery.clips import ForgedClip, forge_clip
from barefaced.forgery.donor import Donor
from barefaced.forgery.forged import Forged
from barefaced.forgery.registry import METHODS

T = 3


class Scripted:
    """A method that does as told: for each attempt, which frames it leaves as they are."""

    def __init__(self, *idle: set[int]) -> None:
        self.idle = idle
        self.draws: list[float] = []
        self.donors: list[Donor | None] = []

    def __call__(
        self, face: np.ndarray, landmarks: np.ndarray, generator: np.random.Generator, donor: Donor | None = None
    ) -> Forged:
        attempt, frame = divmod(len(self.draws), T)
        self.draws.append(generator.random())
        self.donors.append(donor)
        mask = np.zeros(face.shape[:2], np.float32)
        mask[40:100, 40:90] = 1
        pixels = face.copy()
        if frame not in self.idle[attempt]:
            pixels[40:100, 40:90] ^= 8
        return Forged(pixels, mask)


@pytest.fixture
def forge(person: Donor) -> Callable[..., ForgedClip]:
    def run(method, tries: int, seed: tuple[int, ...] = (1, 2), donor: Donor | None = None) -> ForgedClip:
        return forge_clip(method, np.stack([person.rgb] * T), np.stack([person.landmarks] * T), seed, donor, tries)

    return run


def test_a_good_first_draw_is_the_last(forge, other: Donor) -> None:
    method = Scripted(set())
    clip = forge(method, 3, donor=other)
    assert clip.refused == ("",) * T
    assert len(method.draws) == T
    assert len(set(method.draws)) == 1, "every frame gets the same draws"
    assert all(donor is other for donor in method.donors)
    assert clip.pixels.shape == (T, 128, 128, 3)
    assert clip.masks.shape == (T, 128, 128)


def test_a_refused_draw_is_drawn_anew_for_every_frame(forge) -> None:
    method = Scripted({0, 1, 2}, {1}, set())
    clip = forge(method, 5)
    assert clip.refused == ("",) * T
    assert len(method.draws) == 3 * T
    assert [len(set(method.draws[n : n + T])) for n in range(0, 3 * T, T)] == [1, 1, 1]
    assert len(set(method.draws)) == 3


def test_the_draw_with_the_fewest_refused_frames_is_kept(forge, person: Donor) -> None:
    clip = forge(Scripted({0, 1}, {2}, {0, 1, 2}), 3)
    assert clip.refused == ("", "", "unchanged")
    assert np.array_equal(clip.pixels[2], person.rgb)
    assert not np.array_equal(clip.pixels[0], person.rgb)


def test_where_every_draw_fails_the_reasons_are_kept(forge) -> None:
    method = Scripted({0, 1, 2}, {0, 1, 2})
    assert forge(method, 2).refused == ("unchanged",) * T
    assert len(method.draws) == 2 * T


def test_draws_come_from_the_seed_alone(forge) -> None:
    one, again, other = Scripted(set()), Scripted(set()), Scripted(set())
    forge(one, 1, seed=(1, 2))
    forge(again, 3, seed=(1, 2))
    forge(other, 1, seed=(2, 1))
    assert one.draws == again.draws
    assert one.draws != other.draws


@pytest.mark.parametrize("name", [name for name, entry in METHODS.items() if entry.function])
def test_equal_frames_are_forged_into_equal_frames(name: str, forge, other: Donor) -> None:
    clip = forge(METHODS[name].function, 2, donor=other)
    assert all(np.array_equal(pixels, clip.pixels[0]) for pixels in clip.pixels)
    assert all(np.array_equal(mask, clip.masks[0]) for mask in clip.masks)
