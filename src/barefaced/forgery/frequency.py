"""The traces of a generator's up-sampling put into the face: a lattice in space, peaks in the spectrum.

Transposed convolutions leave a checkerboard (Odena et al., 2016), and every up-sampler its spectral replicas
(Durall et al., CVPR 2020).
"""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.forgery import regions
from barefaced.forgery.donor import Donor


def frequency(
    face: UInt8[np.ndarray, "H W 3"],
    landmarks: Float32[np.ndarray, "5 2"],
    generator: np.random.Generator,
    donor: Donor | None = None,  # noqa: ARG001 - one signature for every method
) -> tuple[UInt8[np.ndarray, "H W 3"], Float32[np.ndarray, "H W"]]:
    """The face shrunk by 2 or 4 and enlarged again by an uneven transposed convolution.

    Returns:
        pixels and the mask of what was changed.
    """
    height, width, _ = face.shape
    unit = regions.eye_distance(landmarks)
    factor = int(generator.choice([2, 4] if unit > 32 else [2]))
    small = cv2.resize(face, (-(-width // factor), -(-height // factor)), interpolation=cv2.INTER_AREA)
    spread = np.zeros((small.shape[0] * factor, small.shape[1] * factor, 3), np.float32)
    spread[::factor, ::factor] = small
    side = 2 * factor - 1
    kernel = np.outer(*[np.bartlett(side + 2)[1:-1]] * 2) * generator.uniform(0.8, 1.2, (side, side))
    weight = np.zeros(spread.shape[:2], np.float32)
    weight[::factor, ::factor] = 1
    even = kernel / kernel.sum() * factor**2
    # Normalised by the mean weight only, not place by place: what is left uneven is the checkerboard.
    enlarged = cv2.filter2D(spread, -1, even, borderType=cv2.BORDER_REFLECT_101)[:height, :width]
    lattice = cv2.filter2D(weight, -1, even, borderType=cv2.BORDER_REFLECT_101)[:height, :width, None]
    keep = np.float32(generator.uniform(0.3, 0.7))
    generated = np.clip(np.rint(enlarged / (keep + (1 - keep) * lattice)), 0, 255).astype(np.uint8)
    mask = regions.feathered(regions.polygon(regions.OUTLINE, landmarks, height, width), 0.08 * unit)
    return regions.blended(face, generated, mask), mask
