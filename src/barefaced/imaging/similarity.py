"""Similarities (turn, scale, shift; no reflection): fitted to points, applied to points, turned back.

Alphabet: P points. Matrices [2 3] map (x, y, 1). Fits are least squares: Umeyama, IEEE PAMI 13(4), 1991.
"""

import math

import numpy as np
from jaxtyping import Float, Float64


def fit_similarity(
    points: Float[np.ndarray, "P 2"], onto: Float[np.ndarray, "P 2"]
) -> tuple[Float64[np.ndarray, "2 3"], float]:
    """Fit the similarity that brings `points` nearest to `onto`.

    In two dimensions, with points as complex numbers, it is the regression w = a z + b.

    Returns:
        its matrix, and how alike the two shapes are: their correlation, 0 to 1. Points on one spot are like nothing
        (0), and are brought to the middle of `onto`.
    """
    z, w = points.astype(np.float64) @ np.array([1, 1j]), onto.astype(np.float64) @ np.array([1, 1j])
    from_mean, to_mean = z - z.mean(), w - w.mean()
    shared = np.vdot(from_mean, to_mean)
    spread = np.vdot(from_mean, from_mean).real
    likeness = abs(shared) / math.sqrt(spread * np.vdot(to_mean, to_mean).real) if spread > 0 else 0.0
    a = shared / spread if spread > 0 else 0j
    b = w.mean() - a * z.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]]), float(likeness)


def fit_similarity_3d(
    points: Float[np.ndarray, "P 3"], onto: Float[np.ndarray, "P 3"]
) -> tuple[Float64[np.ndarray, "3 3"], Float64[np.ndarray, "3"]]:
    """Fit the scaled rotation A and the shift b with A p + b nearest to `onto`.

    Returns:
        A and b.
    """
    source, target = points.astype(np.float64), onto.astype(np.float64)
    p, q = source - source.mean(0), target - target.mean(0)
    u, s, vt = np.linalg.svd(q.T @ p)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    turn = (u * signs) @ vt * ((s * signs).sum() / max(float((p**2).sum()), 1e-9))
    return turn, target.mean(0) - turn @ source.mean(0)


def invert(matrix: Float[np.ndarray, "2 3"]) -> Float64[np.ndarray, "2 3"]:
    """Give the matrix that maps back."""
    turn = np.linalg.inv(matrix[:, :2].astype(np.float64))
    return np.concatenate([turn, -turn @ matrix[:, 2:]], axis=1)


def transform(points: Float[np.ndarray, "P 2"], matrix: Float[np.ndarray, "2 3"]) -> Float64[np.ndarray, "P 2"]:
    """Map points (x, y) through a matrix."""
    return points @ matrix[:, :2].T.astype(np.float64) + matrix[:, 2]


def shrink_of(matrix: Float[np.ndarray, "2 3"]) -> float:
    """Tell how many pixels become one through a similarity."""
    return 1 / math.sqrt(abs(float(np.linalg.det(matrix[:, :2].astype(np.float64)))))
