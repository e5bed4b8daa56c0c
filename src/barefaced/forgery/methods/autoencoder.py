"""Deepfakes' kind: another face through an autoencoder, pasted over the own one.

Deepfakes (the method of FaceForensics++) trains one decoder a person; there is one photograph a person here, so one
network learns all faces and the decoder is given a latent that is partly the donor's (resampled), partly the face's.
What it leaves is the same: a face of low resolution, an up-sampler's grid, foreign colours drawn near, a soft seam.
Alphabet: H W the crop's sides, h w the donor's, N S faces and their side, V = 64 side of the network's picture.
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
from barefaced.forgery.colour import transferred
from barefaced.forgery.donor import Donor, required
from barefaced.forgery.forged import Forged
from barefaced.forgery.learned import Learned, Step, checked_weights, cut, feathered, filled, pasted, scale_of
from barefaced.imaging.similarity import fit_similarity

SIDE = 64
"""As the first Deepfakes; a larger one would hide its main trace and take four times as long."""
EYE, CORNER = (0.155, -0.15), (0.12, 0.19)
"""Where the image-right eye and mouth corner are brought to, from the window's centre in window sides: features that
stand at the same places in every window are what lets a small decoder draw them sharply."""
SHARE = (0.6, 1.0)
"""Range of the donor's part of the latent."""
FEATHER = (0.04, 0.14)
"""Range of the mask's soft edge, as a share of the window's side."""


@dataclass(frozen=True)
class AutoencoderSwap:
    """A `methods.Method`; the network is read once in each process that calls it."""

    weights: Path

    def __call__(
        self,
        face: UInt8[np.ndarray, "H W 3"],
        landmarks: Float32[np.ndarray, "468 3"],
        generator: np.random.Generator,
        donor: Donor | None = None,
    ) -> Forged:
        """Forge one face.

        Raises:
            BadConfig: no donor.
            MissingWeights, CheckpointError: the weights file is not there or not what `fit` gave.
        """
        share, feather = generator.uniform(*SHARE), generator.uniform(*FEATHER)
        other = required(donor, "autoencoder")
        from barefaced.forgery.methods.autoencoder_network import swapped

        matrix = _window(landmarks)
        own = cut(face, matrix, SIDE)
        # In the face's own pose and expression, as a decoder trained on one person would draw it.
        whole = slice(0, face.shape[0]), slice(0, face.shape[1])
        posed = mesh.warp(other.rgb, _flat(other.landmarks), _flat(landmarks), *whole)
        lent = cut(np.where(posed.any(-1, keepdims=True), posed, face), matrix, SIDE)
        made = swapped(_network(self.weights), own, lent, share)
        height, width = face.shape[:2]
        outline = filled(landmarks[list(mesh.OVAL), :2], height, width)
        inside = np.asarray(cv2.warpAffine(outline, matrix, (SIDE, SIDE)), np.float32)
        coloured = transferred(np.rint(made).astype(np.uint8), own, inside).astype(np.float32)
        mask = feathered(outline, feather * SIDE / scale_of(matrix))
        return Forged(pasted(face, coloured, matrix, mask), mask)


def fit(
    faces: UInt8[np.ndarray, "N S S 3"], landmarks: Float32[np.ndarray, "N 468 3"], seed: int, steps: int, step: Step
) -> dict[str, np.ndarray]:
    """Train on real faces; the same arguments give the same weights on one machine.

    Raises:
        NonFiniteLoss: the loss is not a number.
    """
    from barefaced.forgery.methods.autoencoder_network import train

    windows = [cut(face, _window(points), SIDE) for face, points in zip(faces, landmarks, strict=True)]
    return train(np.stack(windows), seed, steps, step)


AUTOENCODER = Learned(fit=fit, load=AutoencoderSwap)


def _flat(landmarks: Float32[np.ndarray, "468 3"]) -> Float32[np.ndarray, "468 2"]:
    return np.ascontiguousarray(landmarks[:, :2])


@cache
def _network(weights: Path) -> Any:
    from barefaced.forgery.methods.autoencoder_network import Autoencoder
    from barefaced.forgery.network_training import restored, shapes

    return restored(Autoencoder, checked_weights(weights, shapes(Autoencoder)))


def _window(landmarks: Float32[np.ndarray, "468 3"]) -> Float64[np.ndarray, "2 3"]:
    """The scaled rotation that brings eyes and mouth corners nearest to their places, by least squares."""
    points = landmarks[:, :2].astype(np.float64)
    eyes = [points[list(eye)].mean(0) for eye in (mesh.LEFT_EYE, mesh.RIGHT_EYE)]
    here = np.stack([*eyes, points[61], points[291]])
    there = SIDE * np.array([(side * x, y) for x, y in (EYE, CORNER) for side in (-1, 1)]) + (SIDE - 1) / 2
    return fit_similarity(here, there)[0]
