"""Every forgery changes the face, only the face, and the same draws give the same forgery."""

import cv2
import numpy as np
import pytest

from barefaced.errors import InputError
from barefaced.faces.face_mesh import FaceMesh
from barefaced.forgery import mesh
from barefaced.forgery.checks import refusal
from barefaced.forgery.donor import Donor
from barefaced.forgery.forged import Forged
from barefaced.forgery.methods.self_blend import recoloured
from barefaced.forgery.registry import METHODS, load_method

SEEDS = range(6)
FUNCTIONS = [name for name, entry in METHODS.items() if entry.function]
DONOR = [name for name in FUNCTIONS if METHODS[name].needs_donor]


def forged(name: str, person: Donor, donor: Donor | None, seed: int) -> Forged:
    return METHODS[name].function(person.rgb, person.landmarks, np.random.default_rng(seed), donor)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_forgery_changes_the_picture_under_its_mask_and_nowhere_else(name: str, person: Donor, other: Donor) -> None:
    before = person.rgb.copy(), person.landmarks.copy()
    for seed in SEEDS:
        made = forged(name, person, other, seed)
        pixels, mask = made.pixels, made.mask
        changed = (pixels != person.rgb).any(-1)
        assert (pixels.shape, pixels.dtype, mask.dtype) == (person.rgb.shape, np.uint8, np.float32)
        assert 0 <= mask.min() < mask.max() <= 1
        assert changed[mask > 0.5 * mask.max()].mean() > 0.3
        assert not changed[mask == 0].any()
        assert refusal(person.rgb, pixels, mask, person.landmarks) == ""
    assert np.array_equal(person.rgb, before[0])
    assert np.array_equal(person.landmarks, before[1])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_same_draws_give_the_same_forgery_and_others_another(name: str, person: Donor, other: Donor) -> None:
    one, again, another = (forged(name, person, other, seed).pixels for seed in (0, 0, 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, another)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_draw_depends_on_what_is_seen_so_a_clips_frames_share_them_all(
    name: str, person: Donor, other: Donor
) -> None:
    nobody = Donor(np.full_like(person.rgb, 90), person.landmarks * np.float32(0.8))
    states = []
    for face, lender in ((person, other), (other, person), (nobody, other)):
        generator = np.random.default_rng(3)
        METHODS[name].function(face.rgb, face.landmarks, generator, lender)
        states.append(generator.bit_generator.state)
    assert states[0] == states[1] == states[2]


@pytest.mark.parametrize("name", DONOR)
def test_a_method_that_needs_another_face_says_so_and_takes_it(name: str, person: Donor, other: Donor) -> None:
    with pytest.raises(InputError, match="another person"):
        forged(name, person, None, 0)
    assert not np.array_equal(forged(name, person, person, 0).pixels, forged(name, person, other, 0).pixels)


@pytest.mark.parametrize("name", sorted({*FUNCTIONS} - {*DONOR}))
def test_the_others_need_nobody(name: str, person: Donor) -> None:
    assert forged(name, person, None, 0).mask.max() > 0


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("shift", [(-64, 0), (0, -64), (60, 70)])
def test_a_face_at_the_border_is_no_trouble(name: str, shift: tuple[int, int], person: Donor, other: Donor) -> None:
    moved = person.landmarks + np.array([*shift, 0], np.float32)
    made = METHODS[name].function(person.rgb, moved, np.random.default_rng(0), other)
    assert np.array_equal(made.pixels[made.mask == 0], person.rgb[made.mask == 0])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_picture_need_not_be_square_nor_the_donors_of_its_size(name: str, person: Donor, other: Donor) -> None:
    large = Donor(np.kron(other.rgb, np.ones((2, 2, 1), np.uint8)), other.landmarks * 2)
    tall = np.ascontiguousarray(person.rgb[:, 8:-8])
    points = person.landmarks - np.array([8, 0, 0], np.float32)
    made = METHODS[name].function(tall, points, np.random.default_rng(0), large)
    assert made.pixels.shape == tall.shape
    assert made.mask.shape == tall.shape[:2]


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if METHODS[name].masks])
def test_a_blending_method_keeps_to_the_families_it_is_given(name: str, person: Donor, other: Donor) -> None:
    x, y = np.rint(person.landmarks[[10, 151], :2].mean(0)).astype(int)
    method = load_method(name, None, ("brows", "parts"))
    masks = [method(person.rgb, person.landmarks, np.random.default_rng(seed), other).mask for seed in SEEDS]
    assert all(mask[y, x] == 0 for mask in masks), "neither family has a forehead"
    hull = load_method(name, None, ("hull",))(person.rgb, person.landmarks, np.random.default_rng(0), other)
    assert hull.mask[y, x] > 0


def test_a_method_is_one_kind_of_three() -> None:
    for entry in METHODS.values():
        assert sum(kind is not None for kind in (entry.function, entry.learned, entry.given)) == 1
        assert entry.function or not (entry.masks or entry.alters_real)


@pytest.mark.parametrize("draw", range(7))
def test_opposite_colour_draws_are_opposite_moves(draw: int, person: Donor) -> None:
    moderate = np.clip(person.rgb, 70, 185)
    draws = np.zeros(7)
    assert np.abs(recoloured(moderate, draws).astype(int) - moderate).max() <= 1
    draws[draw] = 0.9
    up, down = (recoloured(moderate, sign * draws).astype(int) - moderate for sign in (1, -1))
    assert np.abs(up).max() >= 1
    assert np.abs(up + down).max() <= 2


def test_some_self_blends_are_sharper_and_some_softer(person: Donor) -> None:
    def sharpness(rgb: np.ndarray) -> float:
        return float(np.abs(np.diff(rgb.astype(int), axis=0)).mean())

    gains = [sharpness(forged("self_blend", person, None, seed).pixels) - sharpness(person.rgb) for seed in range(40)]
    assert 4 <= sum(gain > 0 for gain in gains) <= 36


@pytest.mark.parametrize("name", ["cross_blend", "face_swap"])
def test_a_lent_face_is_softer_or_sharper_as_its_lender_is(name: str, person: Donor, other: Donor) -> None:
    soft = cv2.GaussianBlur(other.rgb, (0, 0), 1.5)
    sharp = np.asarray(cv2.addWeighted(other.rgb, 3.0, soft, -2.0, 0), np.uint8)

    def sharpness(rgb: np.ndarray, mask: np.ndarray) -> float:
        return float(np.abs(cv2.Laplacian(rgb.astype(np.float32), cv2.CV_32F))[mask > 0.9].mean())

    for seed in SEEDS:
        softer, sharper = (forged(name, person, Donor(rgb, other.landmarks), seed) for rgb in (soft, sharp))
        own = sharpness(person.rgb, softer.mask)
        assert sharpness(softer.pixels, softer.mask) < own < sharpness(sharper.pixels, sharper.mask)


def test_a_swapped_face_keeps_the_shape_and_brings_the_look(person: Donor, other: Donor, face_mesh: FaceMesh) -> None:
    method = load_method("face_swap", None, ("hull",))
    made = method(person.rgb, person.landmarks, np.random.default_rng(0), other)
    points = face_mesh.find(made.pixels)
    assert points is not None
    assert np.linalg.norm((points - person.landmarks)[:, :2], axis=1).mean() < 0.08 * mesh.unit(person.landmarks)
    assert np.abs(made.pixels.astype(int) - person.rgb)[made.mask > 0.9].mean() > 4


def test_a_drawn_expression_lowers_the_lip_as_the_mesh_found_anew_sees_it(person: Donor, face_mesh: FaceMesh) -> None:
    found = [face_mesh.find(forged("reenact", person, None, seed).pixels) for seed in SEEDS]
    below = [points[[14, 17], 1] - person.landmarks[[14, 17], 1] for points in found if points is not None]
    assert np.mean(below) > 0.02 * mesh.unit(person.landmarks)


def test_a_reenacted_face_keeps_its_eyes(person: Donor, other: Donor) -> None:
    mask = forged("reenact", person, other, 0).mask
    xs, ys = np.rint(person.landmarks[list(mesh.LEFT_EYE + mesh.RIGHT_EYE), :2]).astype(int).T
    assert not mask[ys, xs].any()


def test_a_generators_trace_is_not_seen_in_the_colours(person: Donor) -> None:
    for seed in SEEDS:
        made = forged("frequency", person, None, seed)
        change = (made.pixels.astype(int) - person.rgb)[made.mask > 0.5]
        assert np.abs(change.mean(0)).max() < 1.5
