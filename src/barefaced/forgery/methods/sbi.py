"""Self-blended images as published: Shiohara and Yamasaki, "Detecting Deepfakes with Self-Blended Images", CVPR 2022.

The arithmetic is that of the public code, written anew: either the face's copy (the source) or the face itself (the
target) is altered in colour and sharpness, the copy moved and resized a little, and blended in under a mask that was
bent, shrunk and softened. `self_blend` is our own variant for stores, which alters the copy alone. The code works on
pictures about twice as wide as the face: its shares of a side and its pixels are brought to face widths here, so that a
wider crop changes nothing. Alphabet: H W crop sides, h w a part of them, 468 points as in `mesh`. RGB uint8.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from barefaced.forgery import mesh
from barefaced.forgery.donor import Donor
from barefaced.forgery.forged import Forged
from barefaced.forgery.masks import FAMILIES, deformed, in_picture, placed, polygons, window
from barefaced.imaging.colours import scale_levels, shift_hsv, shift_rgb

RATIOS = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)
"""Blending ratios (SBI, section 3.2)."""
SIDES = (192, 256)
"""Pixels a side of the picture, two face widths, that the mask is blurred at."""
KERNELS = (5, 25)
"""Pixels a side of both blurs' kernels: odd ones from 5 to 25."""
SIGMAS = (5, 45)
"""Of the second blur."""
ELASTIC = 0.006
"""Standard deviation, in face widths, of the elastic bend: about a pixel (alpha 50, sigma 7) of a face of 200."""
NODES = 32
"""Of the bend's field a side, over 1.6 face widths: as far apart as its sigma."""


@dataclass(frozen=True)
class Alteration:
    """One draw of the code's `get_source_transforms`, to be done to any picture."""

    rgb: Float64[np.ndarray, "3"]
    """Levels."""
    hsv: Float64[np.ndarray, "3"]
    """Levels under one, of which the sign is left (`colours`)."""
    brightness: float
    contrast: float
    factor: int
    """To shrink by, to the nearest pixel, and enlarge again linearly; 0: sharpened instead."""
    alpha: float
    """Of the sharpened picture; the rest is the picture."""
    lightness: float
    """What the sharpening kernel sums to."""

    def __call__(self, picture: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "H W 3"]:
        """Give the altered picture."""
        picture = scale_levels(shift_hsv(shift_rgb(picture, self.rgb), self.hsv), self.brightness, self.contrast)
        if self.factor:
            height, width, _ = picture.shape
            small = (max(width // self.factor, 1), max(height // self.factor, 1))
            shrunk = cv2.resize(picture, small, interpolation=cv2.INTER_NEAREST)
            return np.asarray(cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
        kernel = np.full((3, 3), -self.alpha)
        kernel[1, 1] = 1 - self.alpha + self.alpha * (8 + self.lightness)
        return np.asarray(cv2.filter2D(picture, -1, kernel), np.uint8)


def sbi(
    face: UInt8[np.ndarray, "H W 3"],
    landmarks: Float32[np.ndarray, "468 3"],
    generator: np.random.Generator,
    donor: Donor | None = None,  # noqa: ARG001 - one signature for every method
    *,
    masks: tuple[str, ...] = FAMILIES,
    either: bool = False,
) -> Forged:
    """Blend the face into itself.

    Args:
        either: alter the target as often as the source; the answer then says how, and the real face (with all that is
            trained on beside it) must go through the same. A store has one real face for all methods: there False.
    """
    of_target = bool(generator.random() < 0.5) and either
    alteration = _alteration(generator)
    # The code's outlines cover the face; eyes and mouth alone would be shrunk to nothing.
    families = tuple(family for family in masks if family != "parts") or masks
    outlines = polygons(landmarks, families[int(generator.integers(len(families)))])
    low, high = landmarks[:, :2].min(0).astype(np.float64), landmarks[:, :2].max(0).astype(np.float64)
    # Of a picture of two face widths by two and a half heights: 3 % of one side, 1.5 % of the other.
    shift = generator.uniform(-1, 1, 2) * (0.06, 0.036) * (high - low)
    scale = generator.uniform(0.95, 1 / 0.95, 2)
    middle = (low + high) / 2
    matrix = np.column_stack([np.diag(scale), middle - scale * middle + shift])

    height, width, _ = face.shape
    moved = [(outline @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32) for outline in outlines]
    ratio = np.float32(RATIOS[int(generator.integers(len(RATIOS)))])
    mask = ratio * _blend_mask(moved, float(high[0] - low[0]), height, width, generator)
    source, target = (face, alteration(face)) if of_target else (alteration(face), face)
    rows, columns = window(mask)
    corner = matrix - np.array([[0, 0, columns.start], [0, 0, rows.start]])
    size = (columns.stop - columns.start, rows.stop - rows.start)
    copy = cv2.warpAffine(source, corner, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    pixels = placed(target, np.asarray(copy, np.uint8), mask, rows, columns)
    return Forged(pixels, mask, alteration if of_target else None)


def _alteration(generator: np.random.Generator) -> Alteration:
    with_rgb = bool(generator.random() < 0.3)
    rgb, hsv = generator.uniform(-20, 20, 3), generator.uniform(-0.3, 0.3, 3)
    brightness, contrast = generator.uniform(-0.1, 0.1, 2)
    softer, factor = bool(generator.random() < 0.5), int(generator.choice((2, 4)))
    alpha, lightness = generator.uniform((0.2, 0.5), (0.5, 1.0))
    return Alteration(
        rgb=rgb * with_rgb,
        hsv=hsv,
        brightness=float(brightness),
        contrast=float(contrast),
        factor=factor * softer,
        alpha=float(alpha),
        lightness=float(lightness),
    )


def _blend_mask(
    outlines: list[Float32[np.ndarray, "_ 2"]], size: float, height: int, width: int, generator: np.random.Generator
) -> Float32[np.ndarray, "{height} {width}"]:
    """The outlines of a face `size` pixels wide bent, then blurred twice (the code's `get_blend_mask`): the first blur
    is kept only where it is full, which shrinks the mask, and the second softens its edge."""
    field = generator.normal(size=(2, NODES, NODES)) * ELASTIC
    sides = generator.integers(*SIDES, size=2, endpoint=True)
    first, second = (2 * generator.integers(KERNELS[0] // 2, KERNELS[1] // 2, size=2, endpoint=True) + 1).tolist()
    sigma = float(generator.integers(*SIGMAS, endpoint=True))

    rows, columns = mesh.box(np.concatenate(outlines), 0.3 * size, height, width)
    scale = sides / (2 * max(size, 4.0))
    wide, high = columns.stop - columns.start, rows.stop - rows.start
    small = np.maximum(np.rint(scale * (wide, high)), 2).astype(int)
    ratio = small / (wide, high)
    filled = np.zeros((small[1], small[0]), np.uint8)
    for outline in outlines:
        at = (outline - (columns.start, rows.start) + 0.5) * ratio - 0.5
        cv2.fillPoly(filled, [np.rint(at * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    bent = np.rint(deformed(filled, field * (size * ratio)[:, None, None]) * 255).astype(np.uint8)
    inner = (cv2.GaussianBlur(bent, (first, first), 0) == 255).astype(np.float32)
    edge = np.asarray(cv2.GaussianBlur(inner, (second, second), sigma), np.float32)
    return in_picture(edge / max(float(edge.max()), 1e-6), rows, columns, height, width)
