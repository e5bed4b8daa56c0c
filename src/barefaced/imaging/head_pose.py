"""Which way a head is turned, from its five landmarks.

Five points of a mean head, seen from far away (scaled orthography), are turned until they fall on the landmarks: an
affine fit by least squares, then the nearest rotation. The mean head is the median over 6,307 FaceMesh fits of
development photographs, upright, centred, with root mean square radius 1, made the same on both sides.
"""

import math

import numpy as np
from jaxtyping import Float, Float64

HEAD: Float64[np.ndarray, "5 3"] = np.array(
    [[-0.75, -0.755, 0.295], [0.75, -0.755, 0.295], [0.0, 0.04, -0.75], [-0.655, 0.735, 0.08], [0.655, 0.735, 0.08]]
)
"""x to the right and y down as seen, z away from the viewer; landmarks in the order of `types`."""

_CENTRED = HEAD - HEAD.mean(axis=0)
_FIT: Float64[np.ndarray, "3 5"] = np.linalg.pinv(_CENTRED)


def pose(landmarks: Float[np.ndarray, "5 2"]) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees: positive where the face looks to the right of the picture, looks down, and leans
    to the right (clockwise). Points on one spot give zeros.
    """
    points = landmarks.astype(np.float64)
    affine = (_FIT @ (points - points.mean(axis=0))).T
    u, sizes, vt = np.linalg.svd(affine, full_matrices=False)
    if not sizes[1] > 0:
        return 0.0, 0.0, 0.0
    across, down = u @ vt
    ahead = np.cross(across, down)  # z of the head, seen in the picture: away from the viewer
    forward = -np.array([across[2], down[2], ahead[2]])
    yaw = math.degrees(math.atan2(forward[0], -forward[2]))
    pitch = math.degrees(math.asin(np.clip(forward[1], -1, 1)))
    roll = math.degrees(math.atan2(down[0], across[0]))
    return yaw, pitch, roll
