"""Another expression on the same person: the lower face moved by the mesh and rendered again (Face2Face's kind).

Alphabet: H W crop sides, h w the lower face's part, 468 points as in `mesh`. RGB uint8.
"""

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from barefaced.forgery import mesh
from barefaced.forgery.donor import Donor
from barefaced.forgery.forged import Forged
from barefaced.forgery.masks import GRID, Shape, placed, soft, window
from barefaced.imaging.similarity import fit_similarity_3d

LARGEST = 0.22
"""Farthest that a point moves, in eye distances."""
RING = 24
"""Fixed points around the face, so that what is not the face stays."""
OPEN = 0.05
"""Eye distances that the lips must part further before an inside is painted."""


def reenact(
    face: UInt8[np.ndarray, "H W 3"],
    landmarks: Float32[np.ndarray, "468 3"],
    generator: np.random.Generator,
    donor: Donor | None = None,
) -> Forged:
    """The expression of the donor (another person, or the same at another time), or a drawn one without a donor."""
    height, width, _ = face.shape
    strength = float(generator.uniform(0.6, 1.0))
    # Opening, smile (or, negative, drooping corners), spread (or, negative, pucker); eye distances.
    drawn = generator.uniform((0.06, -0.06, -0.07), (0.2, 0.1, 0.07))
    detail, teeth = float(generator.uniform(0.3, 0.75)), float(generator.uniform(0.3, 1.0))
    light = generator.uniform(-0.05, 0.05, 2)

    unit = mesh.unit(landmarks)
    moves = _expression(landmarks, drawn) if donor is None else _of(donor.landmarks, landmarks)
    moves = strength * moves * _lower(landmarks)[:, None]
    length = np.linalg.norm(moves, axis=1, keepdims=True) / (LARGEST * unit)
    own = np.ascontiguousarray(landmarks[:, :2])
    target = own + (moves / np.maximum(length, 1)).astype(np.float32)

    edge = [*mesh.JAW, 205, 425, 36, 266, 2]
    outline = mesh.hull(np.concatenate([own[edge], target[edge]]))
    mask = soft([outline + (outline - outline.mean(0)) * np.float32(0.05)], _EDGE, height, width)
    rows, columns = window(mask)
    fixed = _ring(own)
    moved = mesh.warp(face, np.concatenate([own, fixed]), np.concatenate([target, fixed]), rows, columns)
    rendered = _rendered(moved, 0.035 * unit, detail, light)
    corner = np.array([columns.start, rows.start], np.float32)
    mouth = list(mesh.MOUTH)
    parted = _opening(target) - _opening(own)
    # A mouth that is open already has an inside of its own, which the warp widens.
    if parted > OPEN * unit and _opening(own) < OPEN * unit:
        rendered = _mouth(rendered, target[mouth] - corner, teeth, 0.015 * unit)
    return Forged(placed(face, rendered, mask, rows, columns), mask)


_EDGE = Shape("oval", np.zeros((2, GRID, GRID)), (0.006, 0.035))


def _of(other: Float32[np.ndarray, "468 3"], own: Float32[np.ndarray, "468 3"]) -> Float64[np.ndarray, "468 2"]:
    """How the other's points lie away from one's own once eyes and nose are laid on one's own."""
    anchor = list(mesh.ANCHOR)
    turn, shift = fit_similarity_3d(other[anchor], own[anchor])
    return ((other @ turn.T + shift) - own)[:, :2].astype(np.float64)


def _expression(
    landmarks: Float32[np.ndarray, "468 3"], drawn: Float64[np.ndarray, "3"]
) -> Float64[np.ndarray, "468 2"]:
    """Points under the lips' line go down, the mouth's corners up and apart; smooth in between."""
    across, down, _ = mesh.axes(landmarks)
    unit = mesh.unit(landmarks)
    opening, smile, spread = drawn * unit
    points = landmarks.astype(np.float64)
    left, right = points[61], points[291]
    line = (points[13] + points[14]) / 2
    depth = (points - line) @ down / unit
    # The lower lip's inner ring is the jaw's although it touches the upper lip's.
    jaw = np.clip(depth / 0.08, 0, 1)
    jaw[list(mesh.MOUTH[1:10])] = 1
    side = np.abs((points - line) @ across) / max(float(np.linalg.norm(right - left)) / 2, 1e-6)
    inside = np.exp(-np.maximum(depth - 0.5, 0) * 1.5) * np.clip(1 - np.clip(side, 0, 2) / 2, 0, 1)
    moves = (opening * jaw * inside)[:, None] * down
    for corner, sign in ((left, -1.0), (right, 1.0)):
        near = np.exp(-((points - corner) ** 2).sum(1) / (2 * (0.25 * unit) ** 2))[:, None]
        moves = moves + near * (sign * spread * across - smile * down)
    return moves[:, :2]


def _lower(landmarks: Float32[np.ndarray, "468 3"]) -> Float64[np.ndarray, " 468"]:
    """Weight of each point: 0 above the nose's foot and at the jaw's sides, 1 about the mouth and at the chin."""
    across, down, _ = mesh.axes(landmarks)
    points = landmarks.astype(np.float64)
    middle = points[2]
    depth = (points - middle) @ down / max(float((points[13] - middle) @ down), 1e-6)
    half = float(np.abs((points[[172, 397]] - middle) @ across).mean())
    side = np.abs((points - middle) @ across) / max(half, 1e-6)
    return np.clip(depth, 0, 1) * np.clip((1.0 - side) / 0.35, 0, 1)


def _ring(points: Float32[np.ndarray, "468 2"]) -> Float32[np.ndarray, "_ 2"]:
    """Points on an ellipse about the face, a third larger."""
    angle = np.linspace(0, 2 * np.pi, RING, endpoint=False)
    low, high = points.min(0), points.max(0)
    radius = (high - low) / 2 * 1.35 * np.sqrt(2)
    return ((low + high) / 2 + np.column_stack([np.cos(angle), np.sin(angle)]) * radius).astype(np.float32)


def _opening(points: Float32[np.ndarray, "468 2"]) -> float:
    return float(np.linalg.norm(points[14] - points[13]))


def _rendered(
    rgb: UInt8[np.ndarray, "h w 3"], sigma: float, detail: float, light: Float64[np.ndarray, "2"]
) -> UInt8[np.ndarray, "h w 3"]:
    """As a renderer draws skin: fine texture weakened, smooth light from a slightly other side."""
    height, width, _ = rgb.shape
    soft_skin = cv2.GaussianBlur(rgb, (0, 0), max(sigma, 0.6))
    kept = cv2.addWeighted(rgb, detail, soft_skin, 1 - detail, 0).astype(np.float32)
    across, down = np.linspace(-1, 1, width), np.linspace(-1, 1, height)
    shade = 1 + light[0] * across[None] + light[1] * down[:, None]
    return np.clip(np.rint(kept * shade[..., None]), 0, 255).astype(np.uint8)


def _mouth(
    rgb: UInt8[np.ndarray, "h w 3"], ring: Float32[np.ndarray, "M 2"], teeth: float, sigma: float
) -> UInt8[np.ndarray, "h w 3"]:
    """The opened mouth's inside: dark below, the upper teeth in its upper part."""
    height, width, _ = rgb.shape
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [np.rint(ring * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    weight = cv2.GaussianBlur(inside, (0, 0), max(sigma, 0.5)).astype(np.float32)[..., None] / 255
    seen = rgb[inside > 127]
    if not len(seen):
        return rgb
    skin = rgb.reshape(-1, 3).mean(0)
    dark = 0.28 * skin * (1.1, 0.8, 0.8)
    white = 0.85 * skin.mean() * np.array([1.02, 1.0, 0.94])
    upper = ring[10:]  # the ring's second half is the upper lip's edge, right corner to left
    order = np.argsort(upper[:, 0])
    lip = np.interp(np.arange(width), upper[order, 0], upper[order, 1])
    gap = max(float(np.ptp(ring[:, 1])), 1.0)
    depth = (np.arange(height)[:, None] - lip) / gap
    band = teeth * np.clip((0.42 - depth) / 0.12, 0, 1)[..., None]
    painted = dark * (1 - band) + white * band
    return np.clip(np.rint(rgb * (1 - weight) + painted * weight), 0, 255).astype(np.uint8)
