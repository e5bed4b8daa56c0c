"""A donor's face set in with its gradients (Poisson blending: Perez et al., 2003), as graphics-based swaps do."""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.forgery import regions
from barefaced.forgery.donor import Donor, required


def face_swap(
    face: UInt8[np.ndarray, "H W 3"],
    landmarks: Float32[np.ndarray, "5 2"],
    generator: np.random.Generator,
    donor: Donor | None = None,
) -> tuple[UInt8[np.ndarray, "H W 3"], Float32[np.ndarray, "H W"]]:
    """The donor's inner face, its seam solved away.

    Returns:
        pixels and the mask of what was changed.

    Raises:
        InputError: no donor.
    """
    given = required(donor, "face_swap")
    height, width, _ = face.shape
    mask = regions.polygon(regions.OUTLINE * generator.uniform(0.8, 0.95), landmarks, height, width)
    mask[[0, 1, -2, -1]] = 0  # the solver needs a border that stays
    mask[:, [0, 1, -2, -1]] = 0
    if not mask.any():
        return face.copy(), mask
    moved = regions.recoloured(regions.onto(given.rgb, given.landmarks, landmarks, height, width), face, mask)
    ys, xs = np.nonzero(mask)
    centre = (int(xs.min() + xs.max() + 1) // 2, int(ys.min() + ys.max() + 1) // 2)
    cloned = cv2.seamlessClone(moved, face, (mask * 255).astype(np.uint8), centre, cv2.NORMAL_CLONE)
    return np.where(mask[..., None] > 0, cloned, face), mask  # the solver rounds the rest, too
