"""The part of a stored crop that a model sees, and what stands where the picture ends.

A store's crops may be cut wider than the model looks: it sees a window in their middle, in training one that is moved
and scaled a little. Alphabet: K crops of a group, S their side, W the window's. RGB uint8; masks uint8, 0 to 255.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float64, UInt8

from barefaced.config.pictures import PixelSettings
from barefaced.datasets.transforms import degrade, draw_flip
from barefaced.errors import BadConfig
from barefaced.values.geometry import Geometry, with_border


@dataclass(frozen=True)
class View:
    """The pictures of a group as a network in training sees them, and how their pixels were moved."""

    pictures: UInt8[np.ndarray, "K W W 3"]
    flipped: bool
    """Left and right changed places, before anything else."""
    matrix: Float64[np.ndarray, "2 3"]
    """Of the window, from (flipped) crop pixels to its own."""


def draw_view(
    crops: UInt8[np.ndarray, "K S S 3"],
    inside: Bool[np.ndarray, "K S S"],
    settings: PixelSettings,
    window: int,
    generator: np.random.Generator,
) -> View:
    """Do to a group all that training does: flip, degrade, cut the window, make grey what lies outside the pictures.

    Args:
        crops: the group's crops, filled by `mirrored` where their pictures end.
        inside: their pixels that the pictures have.
        settings: the augmentation.
        window: side in pixels of what the model sees.
        generator: every draw comes from it.
    """
    flipped = draw_flip(settings, generator)
    if flipped:
        crops, inside = crops[:, :, ::-1], inside[:, :, ::-1]
    crops = degrade(crops, settings, generator)
    matrix = draw_window(crops.shape[1], window, settings, generator)
    return View(cut_windows(crops, inside, matrix, window), flipped, matrix)


def check_window(window: int, side: int) -> int:
    """Give the window's side in pixels: `window`, or the whole crop's where it is 0.

    Raises:
        BadConfig: a window that the crop does not hold in its middle, pixel for pixel.
    """
    if window and not (0 < window <= side and (side - window) % 2 == 0):
        raise BadConfig(
            expected=f"data.window from 2 to the crop's {side} pixels, an even number of pixels smaller",
            got=str(window),
            fix="Change it, or prepare crops of another size.",
        )
    return window or side


def central_window(crop: UInt8[np.ndarray, "S S *C"], window: int) -> UInt8[np.ndarray, "W W *C"]:
    """Cut the middle `window` pixels of a crop or mask, as they are."""
    start = (len(crop) - window) // 2
    return crop[start : start + window, start : start + window]


def draw_window(
    side: int, window: int, settings: PixelSettings, generator: np.random.Generator
) -> Float64[np.ndarray, "2 3"]:
    """Draw where a training window lies: the matrix from crop pixels to window pixels, scaled by up to `zoom` either
    way and moved by up to `shift` of its side, as far as the stored crop goes."""
    scale = float(np.exp(generator.uniform(-1, 1) * np.log(1 + settings.zoom)))
    moved = generator.uniform(-1, 1, 2) * settings.shift * window
    room = max((side - window / scale) / 2, 0.0)
    middle = (side - 1) / 2 + np.clip(moved / scale, -room, room)
    matrix = np.array([[scale, 0.0, 0.0], [0.0, scale, 0.0]])
    matrix[:, 2] = (window - 1) / 2 - scale * middle
    if settings.zoom == 0:
        matrix[:, 2] = np.rint(matrix[:, 2] * 2) / 2 if (side - window) % 2 else np.rint(matrix[:, 2])
    return matrix


def cut_windows(
    crops: UInt8[np.ndarray, "K S S 3"],
    inside: Bool[np.ndarray, "K S S"],
    matrix: Float64[np.ndarray, "2 3"],
    window: int,
) -> UInt8[np.ndarray, "K W W 3"]:
    """Cut the same window from every crop of a group; what lies outside the pictures becomes grey last of all."""
    if _is_whole(crops.shape[1], matrix, window):
        return np.stack([with_border(crop, there) for crop, there in zip(crops, inside, strict=True)])
    return np.stack(
        [
            with_border(_warped(crop, matrix, window, cv2.INTER_LINEAR), _inside(there, matrix, window))
            for crop, there in zip(crops, inside, strict=True)
        ]
    )


def cut_masks(
    masks: UInt8[np.ndarray, "K S S"],
    inside: Bool[np.ndarray, "K S S"],
    matrix: Float64[np.ndarray, "2 3"],
    window: int,
) -> UInt8[np.ndarray, "K W W"]:
    """Cut the same window from masks as `cut_windows` does from their crops; what lies outside the pictures is 0."""
    if _is_whole(masks.shape[1], matrix, window):
        return masks * inside
    return np.stack(
        [
            _warped(mask, matrix, window, cv2.INTER_LINEAR) * _inside(there, matrix, window)
            for mask, there in zip(masks, inside, strict=True)
        ]
    )


def _is_whole(side: int, matrix: Float64[np.ndarray, "2 3"], window: int) -> bool:
    return np.array_equal(matrix[:, :2], np.eye(2)) and window == side and not matrix[:, 2].any()


def _inside(
    inside: Bool[np.ndarray, "S S"], matrix: Float64[np.ndarray, "2 3"], window: int
) -> Bool[np.ndarray, "W W"]:
    return _warped(inside.astype(np.uint8), matrix, window, cv2.INTER_NEAREST) > 0


def _warped(
    picture: UInt8[np.ndarray, "S S *C"], matrix: Float64[np.ndarray, "2 3"], window: int, flags: int
) -> UInt8[np.ndarray, "W W *C"]:
    border = cv2.BORDER_REPLICATE if flags == cv2.INTER_LINEAR and picture.ndim == 3 else cv2.BORDER_CONSTANT
    return np.asarray(cv2.warpAffine(picture, matrix, (window, window), flags=flags, borderMode=border), np.uint8)


def mirrored(crop: UInt8[np.ndarray, "S S 3"], geometry: Geometry) -> UInt8[np.ndarray, "S S 3"]:
    """Fill what lies outside the picture with the mirror image of what lies inside.

    For steps that look at or move pixels near the border (dense landmarks, forging): grey must not be taken for skin.
    What a model sees gets its grey border afterwards (`cut_windows`, `geometry.with_border`).
    """
    side = len(crop)
    inside = geometry.inside(side)
    if inside.all():
        return crop
    (a, b, x), (c, d, y) = geometry.matrix
    scale = a * d - b * c
    across, down = np.meshgrid(np.arange(side) - x, np.arange(side) - y)
    u = _reflected((d * across - b * down) / scale, geometry.width)
    v = _reflected((a * down - c * across) / scale, geometry.height)
    from_x, from_y = (a * u + b * v + x).astype(np.float32), (c * u + d * v + y).astype(np.float32)
    # Half a pixel off the border: bilinear sampling there would take in grey.
    moved = cv2.remap(crop, from_x, from_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101)
    return np.where(inside[..., None], crop, np.asarray(moved, np.uint8))


def _reflected(at: Float64[np.ndarray, "S S"], length: int) -> Float64[np.ndarray, "S S"]:
    period = max(2 * (length - 1), 1)
    folded = np.abs(at) % period
    return np.minimum(folded, period - folded)
