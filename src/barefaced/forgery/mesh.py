"""The dense face mesh: which points are what, where the head looks, and warps that follow the points.

Alphabet: 468 points in MediaPipe FaceMesh's order (x, y, z) in crop pixels, a pixel's centre at a whole number, a
smaller z is nearer; H W crop sides, h w a part of it, P points, N triangles. "Left" in a name is the image's left.
Index lists are facts of the FaceMesh topology (Kartynnik et al., 2019; MediaPipe's face_mesh_connections).
"""

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int32, UInt8
from scipy.spatial import Delaunay

OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The silhouette, a closed ring from the top of the forehead."""
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
"""The lips' outer ring."""
MOUTH = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
"""The lips' inner ring: what opens."""
LEFT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
RIGHT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
LEFT_BROW = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
RIGHT_BROW = (300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
NOSE = (168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 64, 294, 129, 358, 48, 278, 193, 417)
JAW = (361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132)
"""The silhouette's lower part, ear to ear."""
CHEEKS = (50, 101, 36, 205, 280, 330, 266, 425)
ANCHOR = (*LEFT_EYE, *RIGHT_EYE, 168, 6, 197, 195, 5, 4, 1)
"""Eyes and the nose's bridge: what no expression moves far."""

_LATERAL = ((33, 263), (133, 362), (61, 291), (234, 454), (127, 356), (172, 397), (48, 278))
_LEAST_AREA = 0.05
"""Pixels: a thinner triangle has no direction of its own."""


def unit(landmarks: Float32[np.ndarray, "468 3"]) -> float:
    """Pixels between the eyes' centres, in three dimensions: the measure of everything that is done to a face."""
    left, right = landmarks[list(LEFT_EYE)].mean(0), landmarks[list(RIGHT_EYE)].mean(0)
    return max(float(np.linalg.norm(right - left)), 4.0)


def axes(landmarks: Float32[np.ndarray, "468 3"]) -> Float64[np.ndarray, "3 3"]:
    """The head's own directions as rows: to its image-right, down, away from the camera. A rotation."""
    points = landmarks.astype(np.float64)
    lateral = np.sum([points[right] - points[left] for left, right in _LATERAL], axis=0)
    lateral /= max(float(np.linalg.norm(lateral)), 1e-9)
    down = points[152] - points[10]
    down -= (down @ lateral) * lateral
    down /= max(float(np.linalg.norm(down)), 1e-9)
    return np.stack([lateral, down, np.cross(lateral, down)])


def pose(landmarks: Float32[np.ndarray, "468 3"]) -> tuple[float, float, float]:
    """(yaw, pitch, roll) in degrees. A mirrored face has yaw and roll of the other sign and the same pitch."""
    lateral, down, away = axes(landmarks)
    yaw = np.degrees(np.arctan2(lateral[2], np.hypot(lateral[0], lateral[1])))
    pitch = np.degrees(np.arctan2(down[2], away[2]))
    roll = np.degrees(np.arctan2(lateral[1], lateral[0]))
    return float(yaw), float(pitch), float(roll)


def skin(face: UInt8[np.ndarray, "H W 3"], landmarks: Float32[np.ndarray, "468 3"]) -> Float32[np.ndarray, "3"]:
    """Mean colour around the cheeks' points: L in 0 to 100, a and b about 0."""
    height, width, _ = face.shape
    at = np.rint(landmarks[list(CHEEKS), :2]).astype(int)
    reach = max(round(0.05 * unit(landmarks)), 1)
    around = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 2), axis=-1).reshape(-1, 2)
    xs, ys = (at[:, None] + around).reshape(-1, 2).T
    seen = face[np.clip(ys, 0, height - 1), np.clip(xs, 0, width - 1)]
    return cv2.cvtColor(seen[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0].mean(0).astype(np.float32)


def hull(points: Float32[np.ndarray, "P 2"]) -> Float32[np.ndarray, "_ 2"]:
    """The convex hull's corners, in order."""
    return cv2.convexHull(points)[:, 0].astype(np.float32)


def box(points: Float32[np.ndarray, "P 2"], margin: float, height: int, width: int) -> tuple[slice, slice]:
    """Rows and columns of the picture that hold the points and `margin` pixels around; never empty."""
    (x0, y0), (x1, y1) = np.floor(points.min(0) - margin), np.ceil(points.max(0) + margin) + 1
    left, top = int(np.clip(x0, 0, width - 2)), int(np.clip(y0, 0, height - 2))
    return slice(top, int(np.clip(y1, top + 2, height))), slice(left, int(np.clip(x1, left + 2, width)))


def warp(
    picture: UInt8[np.ndarray, "_ _ 3"],
    source: Float32[np.ndarray, "P 2"],
    target: Float32[np.ndarray, "P 2"],
    rows: slice,
    columns: slice,
) -> UInt8[np.ndarray, "h w 3"]:
    """The picture moved so that `source` points fall on `target`, affine in each triangle of the target's Delaunay
    triangulation; computed for these rows and columns. Outside the triangles nothing moves. Equal points: identity.
    """
    height, width = rows.stop - rows.start, columns.stop - columns.start
    corner = np.array([columns.start, rows.start], np.float64)
    points = target.astype(np.float64) - corner
    triangles = Delaunay(points).simplices
    a, b, c = (points[triangles[:, n]] for n in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    solid = np.abs(area) > 2 * _LEAST_AREA
    triangles, a, b, c, area = triangles[solid], a[solid], b[solid], c[solid], area[solid]
    which = _rasterised(np.stack([a, b, c], axis=1), height, width)
    ys, xs = np.nonzero(which >= 0)
    n = which[ys, xs]
    # Weights of the corners b and c. A pixel whose triangle was rounded to it keeps to the nearest edge.
    px, py = xs - a[n, 0], ys - a[n, 1]
    ab, ac = (b - a)[n], (c - a)[n]
    beta = np.clip((px * ac[:, 1] - py * ac[:, 0]) / area[n], 0, 1)
    gamma = np.clip((py * ab[:, 0] - px * ab[:, 1]) / area[n], 0, 1)
    over = np.maximum(beta + gamma, 1)
    beta, gamma = beta / over, gamma / over
    moves = (source.astype(np.float64) - target)[triangles]
    moved = moves[n, 0] * (1 - beta - gamma)[:, None] + moves[n, 1] * beta[:, None] + moves[n, 2] * gamma[:, None]
    at = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1) + corner
    at[ys, xs] += moved
    mapped = cv2.remap(picture, at.astype(np.float32), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)  # pyright: ignore[reportCallIssue, reportArgumentType]
    return np.asarray(mapped, np.uint8)


def _rasterised(
    corners: Float64[np.ndarray, "N 3 2"], height: int, width: int
) -> Int32[np.ndarray, "{height} {width}"]:
    """Which triangle covers each pixel; -1: none."""
    which = np.full((height, width), -1, np.int32)
    fixed = np.rint(corners * 16).astype(np.int32)
    for n, triangle in enumerate(fixed):
        cv2.fillConvexPoly(which, triangle, n, shift=4)
    return which
