"""Affine resampling of feature maps, and the matrices that make up the affine family.

Alphabet: any leading sample axes, then C H W.
A matrix A says where each pixel of the result is read from: P' = A P, P in the result and P' in the input, in torch's
normalised coordinates (`affine_grid`, align_corners=False): -1 to 1 from edge to edge of the map, x to the right and y
down. Pixels are squares also where H != W, so a rotation by t reads [[c, -s H/W], [s W/H, c]] and keeps shapes. The
builders therefore take the map's size; they are named for what happens to the content, and `a @ b` does first a, then
b, to it.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def affine(
    z: Float[Tensor, "*samples C H W"], matrix: Float[Tensor, "*samples 3 3"]
) -> Float[Tensor, "*samples C H W"]:
    """Move the positions of each map and re-sample it bilinearly (LSDA, within-domain, affine).

    What lies outside the map is read at the nearest border pixel: every value is then a weighted mean of the sample's
    own. Zeros would mark each moved sample with the same dark corners and lower its pooled mean, a shortcut to learn;
    mirroring would show a structure twice.

    The identity matrix gives `z` back exactly, and a 1x1 map is always unchanged. The
    resampling is one product with a dense matrix of (H W)^2 weights per sample. On the small last maps of a backbone
    that is 3 to 5 times faster than `grid_sample` (512x8x8, forward and backward, CPU), whose positions also round so
    that the identity is not exact; a map of 64x64 would hold 64 MB of weights per sample.
    """
    height, width = z.shape[-2:]
    # Under autocast a product in bfloat16 would round the maps, and the identity would not be one.
    with torch.autocast(z.device.type, enabled=False):
        work = torch.promote_types(z.dtype, torch.float32)
        x, y = _read_from(matrix.to(work), height, width)
        across = _tent(x.clamp(0, width - 1), width)
        down = _tent(y.clamp(0, height - 1), height)
        weights = (down.unsqueeze(-2) * across.unsqueeze(-3)).flatten(-3, -2)
        return (z.flatten(-2).to(work) @ weights).to(z.dtype).unflatten(-1, (height, width))


def _read_from(
    matrix: Float[Tensor, "*samples 3 3"], height: int, width: int
) -> tuple[Float[Tensor, "*samples P"], Float[Tensor, "*samples P"]]:
    """Column and row, counted from the first pixel, that each of the P = H W pixels is read from."""
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    tall = height / width  # 1 on a square map: nothing is rounded there
    y, x = torch.meshgrid(
        torch.arange(height, dtype=matrix.dtype, device=matrix.device) - middle_y,
        torch.arange(width, dtype=matrix.dtype, device=matrix.device) - middle_x,
        indexing="ij",
    )
    x, y = x.flatten(), y.flatten()
    entries = matrix.unsqueeze(-1)
    # Sums of two exact products, not a matrix product: with the identity the positions come back without rounding.
    columns = entries[..., 0, 0, :] * x + entries[..., 0, 1, :] / tall * y + entries[..., 0, 2, :] * (width / 2)
    rows = entries[..., 1, 0, :] * tall * x + entries[..., 1, 1, :] * y + entries[..., 1, 2, :] * (height / 2)
    return columns + middle_x, rows + middle_y


def _tent(position: Float[Tensor, "*samples P"], size: int) -> Float[Tensor, "*samples size P"]:
    """Linear interpolation's weight of each of `size` pixels at each position."""
    pixels = torch.arange(size, dtype=position.dtype, device=position.device).unsqueeze(-1)
    return (1 - (position.unsqueeze(-2) - pixels).abs()).clamp(min=0)


def rotation(theta: Float[Tensor, "*samples"], height: int, width: int) -> Float[Tensor, "*samples 3 3"]:
    """Turns the content counter-clockwise, as seen, by `theta` radians (LSDA, within-domain, affine)."""
    c, s = theta.cos(), theta.sin()
    return _matrix((c, -s), (s, c), height, width)


def translation(
    x: Float[Tensor, "*samples"], y: Float[Tensor, "*samples"], height: int, width: int
) -> Float[Tensor, "*samples 3 3"]:
    """Moves the content `x` columns to the right and `y` rows down."""
    ones, zero = torch.ones_like(x), torch.zeros_like(x)
    return _matrix((ones, zero, -x), (zero, ones, -y), height, width)


def scaling(
    x: Float[Tensor, "*samples"], y: Float[Tensor, "*samples"], height: int, width: int
) -> Float[Tensor, "*samples 3 3"]:
    """Enlarges the content `x` times across and `y` times down, about the centre; neither may be 0."""
    zero = torch.zeros_like(x)
    return _matrix((1 / x, zero), (zero, 1 / y), height, width)


def reflection(angle: Float[Tensor, "*samples"], height: int, width: int) -> Float[Tensor, "*samples 3 3"]:
    """Mirrors the content in the line through the centre that lies `angle` radians counter-clockwise of the x axis.

    0 turns it upside down; pi / 2 swaps left and right.
    """
    c, s = (2 * angle).cos(), (2 * angle).sin()
    return _matrix((c, -s), (-s, -c), height, width)


def shear(
    x: Float[Tensor, "*samples"], y: Float[Tensor, "*samples"], height: int, width: int
) -> Float[Tensor, "*samples 3 3"]:
    """[[1, x], [y, 1]] on the pixels read: each row down reads `x` columns further right, each column right `y` rows
    further down. x y = 1 collapses the map onto a line.
    """
    ones = torch.ones_like(x)
    return _matrix((ones, x), (y, ones), height, width)


def _matrix(
    across: tuple[Tensor, ...], down: tuple[Tensor, ...], height: int, width: int
) -> Float[Tensor, "*samples 3 3"]:
    """Two rows of two or three entries in pixels, made normalised; a missing third is 0, and the last row is 0 0 1."""
    zero = torch.zeros_like(across[0])
    (a, b, c), (d, e, f) = (*across, zero)[:3], (*down, zero)[:3]
    tall = height / width
    rows = ((a, b * tall, c * (2 / width)), (d / tall, e, f * (2 / height)), (zero, zero, torch.ones_like(zero)))
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)
