"""A donor's face blended in by a softened hull (blended images: Li et al., "Face X-ray", CVPR 2020)."""

import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.forgery import regions
from barefaced.forgery.donor import Donor, required


def cross_blend(
    face: UInt8[np.ndarray, "H W 3"],
    landmarks: Float32[np.ndarray, "5 2"],
    generator: np.random.Generator,
    donor: Donor | None = None,
) -> tuple[UInt8[np.ndarray, "H W 3"], Float32[np.ndarray, "H W"]]:
    """The donor's inner face, moved onto the landmarks and recoloured.

    Returns:
        pixels and the mask of what was changed.

    Raises:
        InputError: no donor.
    """
    given = required(donor, "cross_blend")
    height, width, _ = face.shape
    unit = regions.eye_distance(landmarks)
    mask = regions.polygon(regions.OUTLINE * generator.uniform(0.85, 1.0), landmarks, height, width)
    mask = regions.feathered(regions.deformed(mask, 0.15 * unit, generator), generator.uniform(0.05, 0.15) * unit)
    moved = regions.onto(given.rgb, given.landmarks, landmarks, height, width)
    return regions.blended(face, regions.recoloured(moved, face, mask), mask), mask
