"""Faces drawn from the mesh's own rings: skin, eyes, a mouth; enough for a network to learn something of."""

import cv2
import numpy as np

from barefaced.forgery import mesh

SIDE = 96


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Faces uint8 [N S S 3] and their landmarks float32 [N 468 3]."""
    generator = np.random.default_rng(seed)
    faces, landmarks = zip(*(_face(generator) for _ in range(count)), strict=True)
    return np.stack(faces), np.stack(landmarks)


def _face(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    wide, high, smile = generator.uniform((27, 34, 9), (32, 39, 13))
    middle = np.array([SIDE / 2, SIDE / 2 + 2])
    points = generator.uniform(-0.5, 0.5, (468, 2)) * (wide, high)
    points[list(mesh.OVAL)] = _ring(mesh.OVAL, (0, 0), (wide, high), -90)
    points[list(mesh.LIPS)] = _ring(mesh.LIPS, (0, 15), (smile, 5), 180, -1)
    points[list(mesh.MOUTH)] = _ring(mesh.MOUTH, (0, 15), (smile - 2, 2), 180, -1)
    points[list(mesh.LEFT_EYE)] = _ring(mesh.LEFT_EYE, (-12, -8), (5, 2), 180, -1)
    points[list(mesh.RIGHT_EYE)] = _ring(mesh.RIGHT_EYE, (12, -8), (5, 2), 0)
    points[2] = (0, 8)
    points += middle
    skin = generator.uniform((150, 100, 70), (230, 180, 150))
    face = np.full((SIDE, SIDE, 3), generator.uniform(20, 120, 3), np.uint8)
    for ring, colour in (
        (mesh.OVAL, skin), (mesh.LEFT_EYE, (40, 30, 30)), (mesh.RIGHT_EYE, (40, 30, 30)),
        (mesh.LIPS, (170, 60, 60)), (mesh.MOUTH, (60, 20, 20)),
    ):  # fmt: skip
        cv2.fillPoly(face, [np.rint(points[list(ring)]).astype(np.int32)], [float(c) for c in colour], cv2.LINE_AA)
    noisy = face + generator.normal(0, 3, face.shape)
    depth = 0.02 * ((points - middle) ** 2).sum(1)
    return np.clip(noisy, 0, 255).astype(np.uint8), np.column_stack([points, depth]).astype(np.float32)


def _ring(
    indices: tuple[int, ...], centre: tuple[float, float], radii: tuple[float, float], start: float, turn: int = 1
) -> np.ndarray:
    angle = np.radians(start + turn * np.linspace(0, 360, len(indices), endpoint=False))
    return np.array(centre) + np.array(radii) * np.column_stack([np.cos(angle), np.sin(angle)])
