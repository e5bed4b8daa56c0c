"""The trace that generators leave when they enlarge: put into the face, the face itself unchanged to the eye.

Transposed convolutions cover some pixels more often than others (Odena et al., "Deconvolution and Checkerboard
Artifacts", 2016), zero-inserting enlargers repeat the spectrum (Zhang et al., "Detecting and Simulating Artifacts in
GAN
Fake Images", 2019). Alphabet: H W crop sides, h w the face's part of it, 468 points as in `mesh`. RGB uint8.
"""

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from barefaced.forgery.donor import Donor
from barefaced.forgery.forged import Forged
from barefaced.forgery.masks import GRID, Shape, placed, polygons, soft, window

TRACES = ("transposed", "nearest", "bilinear", "resampled")


def frequency(
    face: UInt8[np.ndarray, "H W 3"],
    landmarks: Float32[np.ndarray, "468 3"],
    generator: np.random.Generator,
    donor: Donor | None = None,  # noqa: ARG001 - one signature for every method
) -> Forged:
    """The face as if an up-sampling network had drawn it, under a feathered oval."""
    height, width, _ = face.shape
    trace = TRACES[int(generator.integers(len(TRACES)))]
    uneven = generator.uniform(-1, 1, (4, 4)) * generator.uniform(0.1, 0.35)
    factor = float(generator.uniform(1.3, 2.2))
    with_peaks = bool(generator.random() < 0.5)
    waves = generator.uniform((0.25, 0.25, 0), (0.5, 0.5, 2 * np.pi), (3, 3))
    level = float(generator.uniform(0.8, 2.5))

    mask = soft(polygons(landmarks, "oval"), _EDGE, height, width)
    rows, columns = window(mask)
    part = face[rows, columns].astype(np.float32)
    made = _resampled(part, factor) if trace == "resampled" else _enlarged(part, trace, uneven)
    if with_peaks:
        made = made + level * _peaks(waves, rows, columns)[..., None]
    return Forged(placed(face, np.clip(np.rint(made), 0, 255).astype(np.uint8), mask, rows, columns), mask)


_EDGE = Shape("oval", np.zeros((2, GRID, GRID)), (0.006, 0.03))

_KERNELS: dict[str, tuple[float, ...]] = {
    "transposed": (0.25, 0.75, 0.75, 0.25),
    "nearest": (0.0, 1.0, 1.0, 0.0),
    "bilinear": (0.25, 0.75, 0.75, 0.25),
}
"""Enlarging by two: the kernels that the inserted zeros are filled by."""


def _enlarged(
    part: Float32[np.ndarray, "h w 3"], trace: str, uneven: Float64[np.ndarray, "4 4"]
) -> Float32[np.ndarray, "h w 3"]:
    """Halved, zeros inserted, filled by a kernel. A transposed convolution's learned kernel does not weigh the four
    phases alike: its checkerboard. The detail lost is given back in part, as a network would draw it.
    """
    height, width, _ = part.shape
    small = cv2.resize(part, (-(-width // 2), -(-height // 2)), interpolation=cv2.INTER_AREA)
    zeros = np.zeros((2 * small.shape[0], 2 * small.shape[1], 3), np.float32)
    zeros[::2, ::2] = small
    kernel = np.outer(_KERNELS[trace], _KERNELS[trace])
    if trace == "transposed":
        kernel = kernel * (1 + uneven)
        kernel *= 4 / kernel.sum()
    # Correlation with an even kernel anchored so that zeros between two samples see both.
    filled = cv2.filter2D(zeros, -1, kernel[::-1, ::-1].copy(), anchor=(2, 2), borderType=cv2.BORDER_REFLECT_101)
    filled = filled[:height, :width]
    return np.asarray(0.5 * filled + 0.5 * (part + filled - cv2.GaussianBlur(filled, (0, 0), 1.0)), np.float32)


def _resampled(part: Float32[np.ndarray, "h w 3"], factor: float) -> Float32[np.ndarray, "h w 3"]:
    height, width, _ = part.shape
    size = (max(round(width / factor), 2), max(round(height / factor), 2))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _peaks(
    waves: Float64[np.ndarray, "N 3"], rows: slice, columns: slice
) -> Float32[np.ndarray, "{rows.stop-rows.start} {columns.stop-columns.start}"]:
    """Waves (cycles a pixel across and down, phase): points of light in the spectrum."""
    ys = np.arange(rows.start, rows.stop)[:, None]
    xs = np.arange(columns.start, columns.stop)[None]
    each = [np.cos(2 * np.pi * (fx * xs + fy * ys) + phase) for fx, fy, phase in waves]
    return np.stack(each).sum(0).astype(np.float32)
