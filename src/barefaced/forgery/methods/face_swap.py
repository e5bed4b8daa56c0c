"""Another person's face bent onto this one's mesh (FaceSwap's kind: a graphics pipeline without a network).

Alphabet: H W crop sides, 468 points as in `mesh`. RGB uint8.
"""

import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.forgery import mesh
from barefaced.forgery.colour import cloned, transferred
from barefaced.forgery.donor import Donor, required
from barefaced.forgery.forged import Forged
from barefaced.forgery.masks import FAMILIES, GRID, Shape, draw, placed, polygons, soft, window


def face_swap(
    face: UInt8[np.ndarray, "H W 3"],
    landmarks: Float32[np.ndarray, "468 3"],
    generator: np.random.Generator,
    donor: Donor | None = None,
    *,
    masks: tuple[str, ...] = FAMILIES,
) -> Forged:
    """The donor's face in this one's shape and colours; its seam closed by Poisson cloning or by feathering, as drawn.

    Raises:
        BadConfig: no donor.
    """
    donor = required(donor, "face_swap")
    height, width, _ = face.shape
    shape = draw(masks, generator)
    poisson = bool(generator.random() < 0.5)
    # What the deformation pulls over the mesh's own silhouette would show the donor's background.
    reach = soft([landmarks[list(mesh.OVAL), :2]], _UNDEFORMED, height, width)
    mask = np.minimum(soft(polygons(landmarks, shape.family), shape, height, width), reach)
    rows, columns = window(mask)
    source, target = (np.ascontiguousarray(p[:, :2]) for p in (donor.landmarks, landmarks))
    moved = mesh.warp(donor.rgb, source, target, rows, columns)
    under, weight = face[rows, columns], mask[rows, columns]
    moved = transferred(moved, under, weight)
    if poisson:
        moved = cloned(moved, under, weight)
    return Forged(placed(face, moved, mask, rows, columns), mask)


_UNDEFORMED = Shape("oval", np.zeros((2, GRID, GRID)), (0.006, 0.015))
