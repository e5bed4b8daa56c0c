"""NeuralTextures' kind: the mouth and what is around it painted anew by a network, often with another expression.

NeuralTextures (Thies et al., SIGGRAPH 2019; a method of FaceForensics++, which changes the mouth's region only) renders
a person's learned texture through a geometry. One photograph a person is little to learn from, so one network paints
every mouth, from the face around it, the mouth's own coarse colours and the outline of the expression that is wanted.
There is no discriminator: its trace is a smooth lower face.
Alphabet: H W the crop's sides, N S faces and their side, V = 64 side of the window's picture, P polygon points.
Pictures are RGB uint8; landmarks FaceMesh's, in crop pixels. torch is loaded only when a network is needed.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from barefaced.forgery import mesh
from barefaced.forgery.donor import Donor
from barefaced.forgery.forged import Forged
from barefaced.forgery.learned import (
    Learned,
    Step,
    checked_weights,
    cut,
    feathered,
    filled,
    pasted,
    scale_of,
    window,
)
from barefaced.imaging.similarity import transform

SIDE = 64
"""Pixels: the lower face of a 128 pixel crop at about its own scale."""
ROOM = 1.5
"""Side of the window over the longer side of the hole."""
LOWEST, HIGHEST = (-0.06, -0.04, -0.04), (0.12, 0.08, 0.05)
"""Ranges of a drawn expression: opening, smile, spread; in eye distances."""
FEATHER = (0.06, 0.14)
"""Range of the mask's soft edge, as a share of the window's side."""
LEFT_CORNER, RIGHT_CORNER, UPPER, LOWER = 61, 291, 13, 14
"""The mouth's corners, and the middle of the inner lips."""
LOW_LIP = (*mesh.LIPS[1:10], *mesh.MOUTH[1:10])
CHIN = (150, 149, 176, 148, 152, 377, 400, 378, 379)
WIDER = 1.4
"""The hole over the lips: it must hold a mouth that opens."""


@dataclass(frozen=True)
class NeuralTexture:
    """A `methods.Method`; the network is read once in each process that calls it."""

    weights: Path

    def __call__(
        self,
        face: UInt8[np.ndarray, "H W 3"],
        landmarks: Float32[np.ndarray, "468 3"],
        generator: np.random.Generator,
        donor: Donor | None = None,  # noqa: ARG002  a Method takes one
    ) -> Forged:
        """Forge one face.

        Raises:
            MissingWeights, CheckpointError: the weights file is not there or not what `fit` gave.
        """
        drawn, feather = generator.uniform(LOWEST, HIGHEST), generator.uniform(*FEATHER)
        from barefaced.forgery.methods.neural_texture_network import rendered

        hole = _hole(landmarks)
        matrix = _window(hole)
        guide = _guide(expressed(landmarks, drawn), hole, matrix)
        made = rendered(_network(self.weights), cut(face, matrix, SIDE), guide)
        height, width, _ = face.shape
        mask = feathered(filled(hole, height, width), feather * SIDE / scale_of(matrix))
        return Forged(pasted(face, made, matrix, mask), mask)


def fit(
    faces: UInt8[np.ndarray, "N S S 3"], landmarks: Float32[np.ndarray, "N 468 3"], seed: int, steps: int, step: Step
) -> dict[str, np.ndarray]:
    """Train on real faces; the same arguments give the same weights on one machine.

    Raises:
        NonFiniteLoss: the loss is not a number.
    """
    from barefaced.forgery.methods.neural_texture_network import train

    windows, textures, guides = [], [], []
    for number, (face, points) in enumerate(zip(faces, landmarks, strict=True)):
        # As in forging: texture and hole are of one expression, the guide and what is wanted of another.
        other = expressed(points, np.random.default_rng((seed, number)).uniform(LOWEST, HIGHEST))
        hole = _hole(other)
        matrix = _window(hole)
        windows.append(cut(face, matrix, SIDE))
        textures.append(cut(_moved(face, points, other), matrix, SIDE))
        guides.append(_guide(points, hole, matrix))
    return train(np.stack(windows), np.stack(textures), np.stack(guides), seed, steps, step)


NEURAL_TEXTURE = Learned(fit=fit, load=NeuralTexture)


def expressed(landmarks: Float32[np.ndarray, "468 3"], drawn: Float64[np.ndarray, "3"]) -> Float32[np.ndarray, "468 3"]:
    """The lips moved by (opening, smile, spread) in eye distances; a mouth closes at most as far as it is open."""
    across, down, _ = mesh.axes(landmarks)
    opening, smile, spread = drawn * mesh.unit(landmarks)
    moved = landmarks.astype(np.float64)
    gap = float((moved[LOWER] - moved[UPPER]) @ down)
    opening = max(opening, -0.8 * max(gap, 0))
    left, right = moved[LEFT_CORNER], moved[RIGHT_CORNER]
    half = max(float((right - left) @ across) / 2, 1e-3)
    lips = [*mesh.LIPS, *mesh.MOUTH]
    place = np.clip((moved[lips] - (left + right) / 2) @ across / half, -1, 1)[:, None]
    low = np.isin(lips, LOW_LIP)[:, None]
    moved[lips] += low * opening * (1 - place**2) * down - smile * place**2 * down + spread * place * across
    return moved.astype(np.float32)


def _moved(
    face: UInt8[np.ndarray, "H W 3"], own: Float32[np.ndarray, "468 3"], other: Float32[np.ndarray, "468 3"]
) -> UInt8[np.ndarray, "H W 3"]:
    moved = face.copy()
    height, width, _ = face.shape
    rows, columns = mesh.box(other[:, :2], 0.0, height, width)
    moved[rows, columns] = mesh.warp(face, own[:, :2], other[:, :2], rows, columns)
    return moved


@cache
def _network(weights: Path) -> Any:
    from barefaced.forgery.methods.neural_texture_network import Renderer
    from barefaced.forgery.network_training import restored, shapes

    return restored(Renderer, checked_weights(weights, shapes(Renderer)))


def _hole(landmarks: Float32[np.ndarray, "468 3"]) -> Float32[np.ndarray, "P 2"]:
    """What is painted anew: from under the nose to above the chin's edge."""
    points = landmarks[:, :2]
    lips = points[list(mesh.LIPS)]
    centre = lips.mean(0)
    chin = centre + np.float32(0.85) * (points[list(CHIN)] - centre)
    return mesh.hull(np.concatenate([centre + np.float32(WIDER) * (lips - centre), chin, points[[2]]]))


def _window(hole: Float32[np.ndarray, "P 2"]) -> Float64[np.ndarray, "2 3"]:
    low, high = hole.min(0), hole.max(0)
    return window((low + high) / 2, ROOM * max(float((high - low).max()), 4.0), SIDE)


def _guide(
    landmarks: Float32[np.ndarray, "468 3"], hole: Float32[np.ndarray, "P 2"], matrix: Float64[np.ndarray, "2 3"]
) -> UInt8[np.ndarray, "V V 4"]:
    points = transform(landmarks[:, :2], matrix)
    areas = (transform(hole, matrix), points[list(mesh.LIPS)], points[list(mesh.MOUTH)])
    jaw = np.zeros((SIDE, SIDE), np.uint8)
    line = np.rint(points[list(mesh.JAW)] * 16).astype(np.int32)
    cv2.polylines(jaw, [line], isClosed=False, color=255, thickness=1, lineType=cv2.LINE_AA, shift=4)
    planes = [np.rint(filled(area, SIDE, SIDE) * 255).astype(np.uint8) for area in areas]
    return np.stack([*planes, jaw], axis=-1)
