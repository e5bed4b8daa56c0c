"""Self-blended face: a face blended into itself after a small change (SBI: Shiohara and Yamasaki, CVPR 2022)."""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.forgery import regions
from barefaced.forgery.donor import Donor


def self_blend(
    face: UInt8[np.ndarray, "H W 3"],
    landmarks: Float32[np.ndarray, "5 2"],
    generator: np.random.Generator,
    donor: Donor | None = None,  # noqa: ARG001 - one signature for every method
) -> tuple[UInt8[np.ndarray, "H W 3"], Float32[np.ndarray, "H W"]]:
    """The face over itself, its copy moved a little and changed in colour and sharpness.

    Returns:
        pixels and the mask of what was changed.
    """
    height, width, _ = face.shape
    unit = regions.eye_distance(landmarks)
    copy = _recolour(face, generator)
    copy = _resharpen(copy, generator)
    dx, dy = generator.uniform(-0.05, 0.05, 2) * unit
    matrix = cv2.getRotationMatrix2D(
        (float(landmarks[2, 0]), float(landmarks[2, 1])), generator.uniform(-1.5, 1.5), generator.uniform(0.96, 1.04)
    )
    matrix[:, 2] += dx, dy
    copy = cv2.warpAffine(copy, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    mask = regions.polygon(regions.OUTLINE * generator.uniform(0.85, 1.1), landmarks, height, width)
    mask = regions.feathered(regions.deformed(mask, 0.2 * unit, generator), generator.uniform(0.03, 0.12) * unit)
    mask = mask * np.float32(generator.choice([0.5, 0.75, 1.0, 1.0, 1.0]))  # SBI's blending ratio, mostly whole
    return regions.blended(face, copy, mask), mask


def _recolour(face: UInt8[np.ndarray, "H W 3"], generator: np.random.Generator) -> UInt8[np.ndarray, "H W 3"]:
    hsv = cv2.cvtColor(face, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[..., 0] = (hsv[..., 0] + generator.uniform(-6, 6)) % 180
    hsv[..., 1] *= generator.uniform(0.75, 1.25)
    hsv[..., 2] = hsv[..., 2] * generator.uniform(0.85, 1.15) + generator.uniform(-12, 12)
    return cv2.cvtColor(np.clip(hsv, 0, (179, 255, 255)).astype(np.uint8), cv2.COLOR_HSV2RGB)


def _resharpen(face: UInt8[np.ndarray, "H W 3"], generator: np.random.Generator) -> UInt8[np.ndarray, "H W 3"]:
    soft = cv2.GaussianBlur(face, (0, 0), generator.uniform(0.8, 2.0))
    amount = generator.choice([-1.0, 0.8])
    return cv2.addWeighted(face, 1 + amount, soft, -amount, 0)
