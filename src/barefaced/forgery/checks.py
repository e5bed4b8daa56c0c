"""Is a forgery fit to be shown as one? Broken ones teach a detector what breaks, not what is forged.

Alphabet: H W crop sides, 468 points as in `mesh`.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from barefaced.forgery import mesh

LEAST_WEIGHT = 0.02
"""Mean mask weight over the face's hull under which nothing was forged."""
ON_FACE = 0.6
"""Share of the mask's weight that must lie on the face."""
LEAST_CHANGE = 0.35
"""Mean change in levels under the mask that a camera's JPEG would not hide."""
BROKEN_SHARE = 0.04
"""Share of the mask that may turn black or burn out."""
SEAM_SHARE, SEAM_LEVELS = 0.05, 12
"""Share of the crop's border that may change, and by how many levels."""


def refusal(
    face: UInt8[np.ndarray, "H W 3"],
    pixels: UInt8[np.ndarray, "H W 3"],
    mask: Float32[np.ndarray, "H W"],
    landmarks: Float32[np.ndarray, "468 3"],
) -> str:
    """Why `pixels`, made of `face`, must not be used; empty: a good one.

    Returns:
        empty (no mask to speak of), off_face (the mask lies elsewhere), outside (changed where the mask is 0),
        unchanged, black (areas turned black or burnt out), seam (a hard change at the crop's border), or "".
    """
    outline = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(outline, np.rint(mesh.hull(np.ascontiguousarray(landmarks[:, :2]))).astype(np.int32), 1)
    total = float(mask.sum())
    if total < LEAST_WEIGHT * max(int(outline.sum()), 1):
        return "empty"
    if float(mask[outline > 0].sum()) < ON_FACE * total:
        return "off_face"
    change = _extreme(np.maximum, cv2.absdiff(face, pixels))
    if change[mask == 0].any():
        return "outside"
    under = mask > 0.1
    if not under.any() or change[under].mean() < LEAST_CHANGE:
        return "unchanged"
    if ((_broken(pixels) & ~_broken(face)) & under).sum() > BROKEN_SHARE * under.sum():
        return "black"
    border = np.concatenate([change[0], change[-1], change[:, 0], change[:, -1]])
    if (border > SEAM_LEVELS).mean() > SEAM_SHARE:
        return "seam"
    return ""


def _broken(rgb: UInt8[np.ndarray, "H W 3"]) -> Bool[np.ndarray, "H W"]:
    return (_extreme(np.maximum, rgb) < 10) | (_extreme(np.minimum, rgb) > 250)


def _extreme(of: np.ufunc, rgb: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "H W"]:
    """Over the channels: `rgb.max(-1)` at a thirtieth of its time: over an axis of three numpy has no fast loop."""
    return of(of(rgb[..., 0], rgb[..., 1]), rgb[..., 2])
