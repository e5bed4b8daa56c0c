"""Self-blended face: a face blended into itself after a small change (SBI: Shiohara and Yamasaki, CVPR 2022).

Published: either the face or the background is altered, and the altered background is handed back as the real one. A
group here has one real picture for all its methods, so only the face is altered; but in both directions, sharper as
often as softer and with colour moves symmetrical about zero, so that neither colour nor sharpness nor file size is the
label. Alphabet: H W crop sides, h w the face's part of it, 468 points as in `mesh`. RGB uint8.
"""

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from barefaced.forgery.donor import Donor
from barefaced.forgery.forged import Forged
from barefaced.forgery.masks import FAMILIES, draw, placed, polygons, soft, window

RATIOS = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)
"""Blending ratios (SBI, section 3.2)."""


def self_blend(
    face: UInt8[np.ndarray, "H W 3"],
    landmarks: Float32[np.ndarray, "468 3"],
    generator: np.random.Generator,
    donor: Donor | None = None,  # noqa: ARG001 - one signature for every method
    *,
    masks: tuple[str, ...] = FAMILIES,
) -> Forged:
    """The face over itself, its copy moved a little and changed in colour and sharpness."""
    height, width, _ = face.shape
    shape = draw(masks, generator)
    ratio = np.float32(RATIOS[int(generator.integers(len(RATIOS)))])
    colour = generator.uniform(-1, 1, 7)
    sharper, amount = bool(generator.random() < 0.5), float(generator.uniform())
    shift = generator.uniform(-1, 1, 2) * (0.03, 0.015)  # SBI: 3 % and 1.5 % of the picture's sides
    scale = float(np.exp(generator.uniform(-1, 1) * np.log(1 / 0.95)))

    mask = soft(polygons(landmarks, shape.family), shape, height, width) * ratio
    rows, columns = window(mask)
    x, y = landmarks[:, :2].mean(0)
    # Samples the picture moved by `shift` and scaled about the face's centre, for the window alone.
    back = np.array([[1 / scale, 0, 0], [0, 1 / scale, 0]])
    back[:, 2] = (
        (columns.start - x - shift[0] * width) / scale + x,
        (rows.start - y - shift[1] * height) / scale + y,
    )
    size = (columns.stop - columns.start, rows.stop - rows.start)
    copy = cv2.warpAffine(
        face, back, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT_101
    )
    copy = _resharpened(recoloured(np.asarray(copy, np.uint8), colour), sharper, amount)
    return Forged(placed(face, copy, mask, rows, columns), mask)


def recoloured(rgb: UInt8[np.ndarray, "h w 3"], draws: Float64[np.ndarray, "7"]) -> UInt8[np.ndarray, "h w 3"]:
    """Seven draws in [-1, 1] as a colour move; the opposite draws are the opposite move, so its mean is zero.

    RGB shift to 20 levels, brightness and contrast to 0.1 (SBI). The published code's 0.3 for hue, saturation and
    value are levels of 255, which rounding takes away; ours: saturation to a share of 0.1, hue to 0.03 rad.
    """
    tint, (hue, saturation, brightness, contrast) = draws[:3] * 20.0, draws[3:]
    gain = 1 + 0.1 * contrast
    moved = rgb.astype(np.float32)
    grey = moved @ np.array([0.299, 0.587, 0.114], np.float32)
    centre = float(grey.mean())
    # One affine map of colours: saturation about grey, then contrast about the face's mean, then shifts.
    keep = 1 + 0.1 * saturation
    turn = _hue_turn(0.03 * hue)
    chroma = (moved - grey[..., None]) @ (turn * keep).T.astype(np.float32)
    light = (grey - centre) * gain + centre + 25.5 * brightness
    return np.clip(np.rint(chroma * gain + light[..., None] + tint.astype(np.float32)), 0, 255).astype(np.uint8)


def _hue_turn(angle: float) -> Float64[np.ndarray, "3 3"]:
    """Rotation about the grey axis (Rodrigues)."""
    axis = np.full(3, 1 / np.sqrt(3))
    return cv2.Rodrigues(axis * angle)[0]


def _resharpened(rgb: UInt8[np.ndarray, "h w 3"], sharper: bool, amount: float) -> UInt8[np.ndarray, "h w 3"]:
    """Sharpened, or shrunk and enlarged again."""
    if sharper:
        blurred = cv2.GaussianBlur(rgb, (0, 0), 1.0)
        gain = 0.5 + 1.0 * amount
        return np.asarray(cv2.addWeighted(rgb, 1 + gain, blurred, -gain, 0), np.uint8)
    height, width, _ = rgb.shape
    factor = 1.5 + 1.5 * amount
    small = cv2.resize(
        rgb, (max(round(width / factor), 2), max(round(height / factor), 2)), interpolation=cv2.INTER_AREA
    )
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
