"""Where on a face a forgery is made, and how its edge is softened.

Alphabet: H W picture sides. Pictures are RGB uint8, masks float32 in [0, 1], landmarks the five points of `types`
(left eye, right eye, nose, left and right mouth corner) in picture pixels.
"""

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

FIVE = np.array(
    [[-0.5, 0.0], [0.5, 0.0], [0.0, 0.6], [-0.41, 1.15], [0.41, 1.15]],
)
"""The five landmarks of a frontal face: origin between the eyes, unit the distance between them, y down."""

OUTLINE = np.array(
    [
        [-1.0, -0.05], [-0.97, 0.45], [-0.85, 0.95], [-0.62, 1.40], [-0.33, 1.68], [0.0, 1.76],
        [0.33, 1.68], [0.62, 1.40], [0.85, 0.95], [0.97, 0.45], [1.0, -0.05],
        [0.88, -0.42], [0.55, -0.62], [0.0, -0.68], [-0.55, -0.62], [-0.88, -0.42],
    ]
)  # fmt: skip
"""The outline from brows to chin in the same units, drawn on the mean of frontal photographs."""

LOWER = np.array(
    [[-0.72, 0.72], [-0.75, 1.15], [-0.55, 1.5], [0.0, 1.72], [0.55, 1.5], [0.75, 1.15], [0.72, 0.72], [0.0, 0.55]]
)
"""The lower face: under the nose to the chin."""


def _placed(points: Float64[np.ndarray, "N 2"], landmarks: Float32[np.ndarray, "5 2"]) -> Float64[np.ndarray, "N 2"]:
    """`points` of the frontal face moved onto a face by the best affine map of the five landmarks."""
    known = np.column_stack([FIVE, np.ones(5)])
    matrix, *_ = np.linalg.lstsq(known, landmarks.astype(np.float64), rcond=None)
    return np.column_stack([points, np.ones(len(points))]) @ matrix


def polygon(
    outline: Float64[np.ndarray, "N 2"], landmarks: Float32[np.ndarray, "5 2"], height: int, width: int
) -> Float32[np.ndarray, "H W"]:
    """A hard mask of `outline` (units of `OUTLINE`) on the face with these landmarks."""
    mask = np.zeros((height, width), np.float32)
    cv2.fillPoly(mask, [np.round(_placed(outline, landmarks)).astype(np.int32)], 1.0)
    return mask


def eye_distance(landmarks: Float32[np.ndarray, "5 2"]) -> float:
    """Pixels between the eyes: the unit of everything that is drawn on a face."""
    return float(max(np.linalg.norm(landmarks[1] - landmarks[0]), 4.0))


def deformed(
    mask: Float32[np.ndarray, "H W"], amount: float, generator: np.random.Generator
) -> Float32[np.ndarray, "H W"]:
    """The mask pulled about by a smooth random field of at most about `amount` pixels (as in SBI, section 3.2)."""
    height, width = mask.shape
    coarse = generator.normal(size=(2, 5, 5)).astype(np.float32) * amount / 2
    dx, dy = (cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC) for field in coarse)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    return cv2.remap(mask, xs + dx, ys + dy, cv2.INTER_LINEAR)


def feathered(mask: Float32[np.ndarray, "H W"], sigma: float) -> Float32[np.ndarray, "H W"]:
    """The mask with a soft edge that stays inside it: eroded by the blur's reach, then blurred."""
    reach = max(round(sigma * 1.5), 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.clip(cv2.GaussianBlur(cv2.erode(mask, kernel), (0, 0), max(sigma, 0.5)), 0, 1)


def blended(
    under: UInt8[np.ndarray, "H W 3"], over: UInt8[np.ndarray, "H W 3"], mask: Float32[np.ndarray, "H W"]
) -> UInt8[np.ndarray, "H W 3"]:
    """`over` on `under` by the mask's weight."""
    weight = mask[..., None]
    return np.clip(np.rint(over * weight + under * (1 - weight)), 0, 255).astype(np.uint8)


def recoloured(
    picture: UInt8[np.ndarray, "H W 3"], like: UInt8[np.ndarray, "H W 3"], mask: Float32[np.ndarray, "H W"]
) -> UInt8[np.ndarray, "H W 3"]:
    """`picture` with the mean and spread of `like` under the mask, per Lab channel (Reinhard et al., 2001)."""
    chosen = mask > 0.5
    if not chosen.any():
        return picture
    lab, target = (cv2.cvtColor(p, cv2.COLOR_RGB2LAB).astype(np.float32) for p in (picture, like))
    mean, wanted = lab[chosen].mean(0), target[chosen].mean(0)
    spread = target[chosen].std(0) / np.maximum(lab[chosen].std(0), 1.0)
    moved = (lab - mean) * np.clip(spread, 0.5, 2.0) + wanted
    return cv2.cvtColor(np.clip(np.rint(moved), 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)


def onto(
    picture: UInt8[np.ndarray, "h w 3"],
    landmarks: Float32[np.ndarray, "5 2"],
    target: Float32[np.ndarray, "5 2"],
    height: int,
    width: int,
) -> UInt8[np.ndarray, "H W 3"]:
    """A donor's picture moved so that its five landmarks fall on `target` as nearly as an affine map can."""
    matrix, _ = cv2.estimateAffine2D(landmarks, target, method=cv2.LMEDS)
    if matrix is None:
        matrix = np.array([[1.0, 0, 0], [0, 1, 0]])
        matrix[:, 2] = target.mean(0) - landmarks.mean(0)
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
