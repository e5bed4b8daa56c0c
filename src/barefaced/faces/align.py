"""Five landmarks to an upright, centred crop.

Alphabet: S crop side, m margin, H W frame height and width, P points, K S side of the enlarged warp.
Coordinates are (x, y) with a pixel's centre at a whole number (OpenCV's and ArcFace's convention), so a picture of side
S reaches from -0.5 to S - 0.5, its centre lies at (S - 1) / 2, and a resize from side A to side B maps x to
(x + 0.5) B / A - 0.5. Matrices [2 3] map (x, y, 1) from frame to crop.
"""

import math

import cv2
import numpy as np
from jaxtyping import Float, Float32, Float64, UInt8

from barefaced.config.media import CropSettings
from barefaced.errors import NoFace
from barefaced.imaging.similarity import fit_similarity, shrink_of
from barefaced.values.geometry import Geometry, flat, with_border

TEMPLATE: Float64[np.ndarray, "5 2"] = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where ArcFace wants left eye, right eye, nose and mouth corners (Deng et al., CVPR 2019)."""
TEMPLATE_SIDE = 112

LEAST_LIKENESS = 0.3
"""Correlation with the template under which five points are no face; of 813 found faces none was under 0.78."""
SHRINK = 1.5
"""Frame pixels per crop pixel over which plain bilinear sampling aliases visibly."""
LARGEST_WARP = 8192
"""Side in pixels of the largest picture that is made to be averaged."""


def template(settings: CropSettings) -> Float64[np.ndarray, "5 2"]:
    """The template in crop pixels: the centre 1/m of the crop, resized to 112 px, is ArcFace's own crop."""
    scale = settings.size / (TEMPLATE_SIDE * settings.margin)
    return (TEMPLATE + 0.5 - TEMPLATE_SIDE / 2) * scale + settings.size / 2 - 0.5


def to_crop(landmarks: Float[np.ndarray, "5 2"], settings: CropSettings) -> Float32[np.ndarray, "2 3"]:
    """Fit the similarity (turn, scale, shift; no reflection) that brings the landmarks nearest to the template.

    Raises:
        NoFace: the points lie on one spot, are not finite, or resemble no upright face at any turn.
    """
    matrix, likeness = fit_similarity(landmarks, template(settings))
    if not likeness >= LEAST_LIKENESS:
        raise NoFace(
            expected="five landmarks laid out like a face",
            got=f"points with a likeness of {likeness:.2f} (least {LEAST_LIKENESS})",
            fix="Leave this face out; another frame may show it better.",
        )
    return matrix.astype(np.float32)


def crop(
    rgb: UInt8[np.ndarray, "H W 3"], matrix: Float[np.ndarray, "2 3"], size: int
) -> UInt8[np.ndarray, "{size} {size} 3"]:
    """The crop of side `size`, bilinear; where it shrinks, warped larger and averaged, so that it does not alias.

    What lies beyond the frame's border is `geometry.GREY`. Up to the border the frame is sampled as if it went on
    mirrored, so that no pixel inside is mixed with grey.
    """
    shrink = shrink_of(matrix)
    times = min(math.ceil(shrink), LARGEST_WARP // size) if shrink > SHRINK else 1
    # Pixel n of the crop is the mean of pixels n K to n K + K - 1 of the warp: x becomes K x + (K - 1) / 2.
    enlarged = matrix.astype(np.float64) * times
    enlarged[:, 2] += (times - 1) / 2
    side = size * times
    warped = cv2.warpAffine(rgb, enlarged, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    if times > 1:
        warped = cv2.resize(warped, (size, size), interpolation=cv2.INTER_AREA)
    inside = Geometry(flat(matrix), *rgb.shape[:2]).inside(size)
    return with_border(np.asarray(warped, np.uint8), inside)
