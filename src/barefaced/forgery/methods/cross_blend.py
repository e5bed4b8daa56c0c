"""Another person's face laid over this one and blended in (Face X-ray, Li et al., CVPR 2020: blended images).

Alphabet: H W crop sides, 468 points as in `mesh`. RGB uint8.
"""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.forgery.colour import transferred
from barefaced.forgery.donor import Donor, required
from barefaced.forgery.forged import Forged
from barefaced.forgery.masks import FAMILIES, draw, placed, polygons, soft, window


def cross_blend(
    face: UInt8[np.ndarray, "H W 3"],
    landmarks: Float32[np.ndarray, "468 3"],
    generator: np.random.Generator,
    donor: Donor | None = None,
    *,
    masks: tuple[str, ...] = FAMILIES,
) -> Forged:
    """The donor's face, moved by the affine map nearest to all points, in this face's colours.

    Raises:
        BadConfig: no donor.
    """
    donor = required(donor, "cross_blend")
    height, width, _ = face.shape
    shape = draw(masks, generator)
    mask = soft(polygons(landmarks, shape.family), shape, height, width)
    rows, columns = window(mask)
    known = np.column_stack([donor.landmarks[:, :2], np.ones(len(donor.landmarks))])
    matrix = np.linalg.lstsq(known, landmarks[:, :2].astype(np.float64), rcond=None)[0].T
    matrix[:, 2] -= columns.start, rows.start
    size = (columns.stop - columns.start, rows.stop - rows.start)
    moved = cv2.warpAffine(donor.rgb, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    moved = transferred(np.asarray(moved, np.uint8), face[rows, columns], mask[rows, columns])
    return Forged(placed(face, moved, mask, rows, columns), mask)
