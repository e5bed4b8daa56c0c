"""Affine resampling against scipy, kornia, torch's own grid_sample and plain facts."""

import math

import kornia
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import ndimage

from barefaced.model.warp import affine, reflection, rotation, scaling, shear, translation

SIZES = [(1, 1), (7, 7), (8, 8), (5, 9)]


def maps(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def full(value: float, *shape: int) -> torch.Tensor:
    return torch.full(shape, value, dtype=torch.float64)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_no_turn_is_the_identity_to_the_bit(size: tuple[int, int], dtype: torch.dtype) -> None:
    z = maps(2, 3, 17, *size).to(dtype)
    assert torch.equal(affine(z, rotation(torch.zeros(2, 3), *size)), z)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize("side", [7, 8])
def test_a_quarter_turn_is_rot90(k: int, side: int) -> None:
    z = maps(1, 2, 3, side, side, dtype=torch.float32)
    turned = affine(z, rotation(torch.full((1, 2), k * math.pi / 2), side, side))
    torch.testing.assert_close(turned, torch.rot90(z, k, (-2, -1)), atol=1e-5, rtol=0)


def test_a_single_pixel_stays_whatever_the_matrix() -> None:
    z = maps(2, 3, 5, 1, 1)
    far = translation(full(4.0, 2, 3), full(-9.0, 2, 3), 1, 1) @ rotation(full(1.0, 2, 3), 1, 1)
    torch.testing.assert_close(affine(z, far), z)


@pytest.mark.parametrize("size", SIZES)
def test_every_matrix_agrees_with_scipy(size: tuple[int, int]) -> None:
    height, width = size
    one = full(1.0, 1, 1)
    matrix = rotation(0.4 * one, *size) @ translation(0.7 * one, -0.3 * one, *size)
    matrix = matrix @ scaling(1.2 * one, 0.9 * one, *size) @ shear(0.2 * one, -0.1 * one, *size)
    matrix = matrix @ reflection(0.3 * one, *size)
    z = maps(1, 1, 2, *size)
    # scipy counts pixels from the first one, row before column.
    pixels = np.diag([width / 2, height / 2, 1])
    a = (pixels @ matrix[0, 0].numpy() @ np.linalg.inv(pixels))[[1, 0, 2]][:, [1, 0, 2]]
    middle = np.array([(height - 1) / 2, (width - 1) / 2])
    offset = a[:2, 2] + middle - a[:2, :2] @ middle
    for channel in range(2):
        theirs = ndimage.affine_transform(z[0, 0, channel].numpy(), a[:2, :2], offset, order=1, mode="nearest")
        np.testing.assert_allclose(affine(z, matrix)[0, 0, channel].numpy(), theirs, atol=1e-10)


@pytest.mark.parametrize("size", [(8, 8), (5, 9)])
def test_rotation_agrees_with_kornia_and_with_scipy_rotate(size: tuple[int, int]) -> None:
    z = maps(4, 3, *size, dtype=torch.float32)
    degrees = torch.tensor([-30.0, -7.0, 12.0, 30.0])
    ours = affine(z, rotation(degrees.deg2rad(), *size))
    theirs = kornia.geometry.transform.rotate(z, degrees, padding_mode="border", align_corners=True)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)
    scipys = ndimage.rotate(z[3].numpy(), 30.0, axes=(-1, -2), reshape=False, order=1, mode="nearest")
    np.testing.assert_allclose(ours[3].numpy(), scipys, atol=1e-4)


def test_the_normalised_matrix_of_an_oblong_map_is_the_papers() -> None:
    z, t = maps(1, 4, 5, 9, dtype=torch.float32), 0.5
    c, s = math.cos(t), math.sin(t)
    normalised = torch.tensor([[[c, -s * 5 / 9, 0], [s * 9 / 5, c, 0]]])
    grid = F.affine_grid(normalised, list(z.shape), align_corners=False)
    theirs = F.grid_sample(z, grid, padding_mode="border", align_corners=False)
    matrix = rotation(torch.tensor([t]), 5, 9)
    torch.testing.assert_close(matrix[:, :2], normalised)
    torch.testing.assert_close(affine(z, matrix), theirs, atol=1e-5, rtol=0)


def test_the_builders_move_the_content_as_they_say() -> None:
    z = torch.zeros(1, 5, 5, dtype=torch.float64)
    z[0, 2, 1] = 1  # middle row, one column left of the middle
    none = full(0.0)
    assert affine(z, translation(none + 2, none + 1, 5, 5))[0, 3, 3] == 1
    assert affine(z, scaling(none + 2, none + 1, 5, 5))[0, 2, 0] == 1
    torch.testing.assert_close(affine(z, reflection(none + math.pi / 2, 5, 5)), z.flip(-1))
    torch.testing.assert_close(affine(z, reflection(none, 5, 5)), z.flip(-2))
    assert affine(z, rotation(none + math.pi / 2, 5, 5))[0, 3, 2] == pytest.approx(
        1
    )  # left goes down: counter-clockwise
    assert affine(z, shear(none, none + 1, 5, 5))[0, 3, 1] == 1  # one column left reads one row further up


def test_a_product_does_its_first_factor_first() -> None:
    z, one = maps(3, 7, 7), full(1.0)
    first, then = rotation(one * math.pi / 2, 7, 7), translation(one, 0 * one, 7, 7)
    torch.testing.assert_close(affine(z, first @ then), affine(affine(z, first), then))


def test_values_stay_within_those_of_the_sample() -> None:
    z = maps(6, 4, 5, 9)
    turned = affine(z, rotation(torch.linspace(-3, 3, 6, dtype=torch.float64), 5, 9))
    assert (turned.amax((-2, -1)) <= z.amax((-2, -1)) + 1e-12).all()
    assert (turned.amin((-2, -1)) >= z.amin((-2, -1)) - 1e-12).all()


def test_gradients_of_map_and_matrix_are_right() -> None:
    z = maps(2, 2, 3, 4).requires_grad_()
    theta = torch.tensor([0.3, -0.8], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda z, t: affine(z, rotation(t, 3, 4)), (z, theta))


def test_autocast_does_not_round_the_maps() -> None:
    z = maps(2, 3, 7, 7, dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(affine(z, rotation(torch.zeros(2), 7, 7)), z)
