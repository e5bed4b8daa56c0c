"""Another expression on the same person: the lower face warped and painted back (Face2Face's kind)."""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.forgery import regions
from barefaced.forgery.donor import Donor


def reenact(
    face: UInt8[np.ndarray, "H W 3"],
    landmarks: Float32[np.ndarray, "5 2"],
    generator: np.random.Generator,
    donor: Donor | None = None,  # noqa: ARG001 - one signature for every method
) -> tuple[UInt8[np.ndarray, "H W 3"], Float32[np.ndarray, "H W"]]:
    """Mouth corners and chin moved by a smooth field; the moved part is softened as a renderer would.

    Returns:
        pixels and the mask of what was changed.
    """
    height, width, _ = face.shape
    unit = regions.eye_distance(landmarks)
    mouth = landmarks[3:].mean(0)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    dx, dy = np.zeros_like(xs), np.zeros_like(ys)
    for corner in (*landmarks[3:], mouth + np.array([0, 0.35 * unit], np.float32)):
        move = generator.uniform(0.1, 0.18, 2) * generator.choice([-1, 1], 2) * unit
        weight = np.exp(-((xs - corner[0]) ** 2 + (ys - corner[1]) ** 2) / (2 * (0.28 * unit) ** 2))
        dx -= weight * np.float32(move[0])
        dy -= weight * np.float32(move[1])
    moved = cv2.remap(face, xs + dx, ys + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    rendered = cv2.bilateralFilter(moved, 5, 30, max(0.04 * unit, 1.0))
    mask = regions.feathered(regions.polygon(regions.LOWER, landmarks, height, width), 0.06 * unit)
    return regions.blended(face, rendered, mask), mask
