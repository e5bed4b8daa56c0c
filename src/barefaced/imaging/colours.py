"""Colour moves of the published self-blending code (SBI), for forging and for augmentation alike.

Its library, albumentations, looks levels up in tables of 256 entries, whose fractions are cut off: a shift of hue,
saturation or value by less than one level takes one away or nothing. RGB uint8 pictures of any size [H W 3].
"""

import cv2
import numpy as np
from jaxtyping import Float64, UInt8

LEVELS = np.arange(256, dtype=np.float64)


def shift_rgb(rgb: UInt8[np.ndarray, "H W 3"], levels: Float64[np.ndarray, "3"]) -> UInt8[np.ndarray, "H W 3"]:
    """Add to each channel its number of levels."""
    return _looked_up(rgb, LEVELS[:, None] + levels)


def shift_hsv(rgb: UInt8[np.ndarray, "H W 3"], levels: Float64[np.ndarray, "3"]) -> UInt8[np.ndarray, "H W 3"]:
    """Add to hue (in 180 levels, round the circle), saturation and value (in 256) their numbers of levels."""
    moved = LEVELS[:, None] + levels
    moved[:, 0] %= 180
    return np.asarray(
        cv2.cvtColor(_looked_up(cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV), moved), cv2.COLOR_HSV2RGB), np.uint8
    )


def scale_levels(rgb: UInt8[np.ndarray, "H W 3"], brightness: float, contrast: float) -> UInt8[np.ndarray, "H W 3"]:
    """Multiply by 1 + `contrast`, then add `brightness` as a share of the whole range."""
    return _looked_up(rgb, np.repeat((LEVELS * (1 + contrast) + 255 * brightness)[:, None], 3, axis=1))


def _looked_up(picture: UInt8[np.ndarray, "H W 3"], table: Float64[np.ndarray, "256 3"]) -> UInt8[np.ndarray, "H W 3"]:
    return np.asarray(cv2.LUT(picture, np.clip(table, 0, 255).astype(np.uint8)[None]), np.uint8)
