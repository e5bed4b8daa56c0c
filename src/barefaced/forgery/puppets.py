"""Made-up people that move: one photograph turned into many faces, for demonstrations and tests without data.

Alphabet: S picture side, T frames. RGB uint8; landmarks are the five points of `types` in picture pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, UInt8


@dataclass(frozen=True)
class Puppet:
    """One made-up person, still."""

    rgb: UInt8[np.ndarray, "S S 3"]
    landmarks: Float32[np.ndarray, "5 2"]


def puppet(
    photograph: UInt8[np.ndarray, "S S 3"], landmarks: Float32[np.ndarray, "5 2"], generator: np.random.Generator
) -> Puppet:
    """Another person from the same photograph: other proportions, skin, hair, light and freckles."""
    side = photograph.shape[0]
    unit = float(np.linalg.norm(landmarks[1] - landmarks[0]))
    rgb, points = photograph, landmarks
    if generator.random() < 0.5:
        rgb = rgb[:, ::-1].copy()
        points = points[[1, 0, 2, 4, 3]] * np.array([-1, 1], np.float32) + np.array([side - 1, 0], np.float32)
    rgb, points = _reshaped(rgb, points, 0.07 * unit, generator)
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 0] = lab[..., 0] * generator.uniform(0.6, 1.1) + generator.uniform(-10, 10)
    lab[..., 1:] += generator.uniform(-14, 14, 2)
    rgb = cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)
    return Puppet(_freckled(rgb, points, unit, generator), points.astype(np.float32))


def _reshaped(
    rgb: UInt8[np.ndarray, "S S 3"],
    landmarks: Float32[np.ndarray, "5 2"],
    amount: float,
    generator: np.random.Generator,
) -> tuple[UInt8[np.ndarray, "S S 3"], Float32[np.ndarray, "5 2"]]:
    """A smooth random change of proportions; the landmarks go along."""
    side = rgb.shape[0]
    field = generator.normal(size=(2, 7, 7)).astype(np.float32) * amount
    dx, dy = (cv2.resize(f, (side, side), interpolation=cv2.INTER_CUBIC) for f in field)
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32)
    warped = cv2.remap(rgb, xs + dx, ys + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    points = landmarks.copy()
    for _ in range(8):  # out(p) = in(p + d(p)): the fixed point p = q - d(p) is where q went
        at = np.clip(np.rint(points), 0, side - 1).astype(int)
        points = landmarks - np.column_stack([dx[at[:, 1], at[:, 0]], dy[at[:, 1], at[:, 0]]])
    return warped, points.astype(np.float32)


def _freckled(
    rgb: UInt8[np.ndarray, "S S 3"],
    landmarks: Float32[np.ndarray, "5 2"],
    unit: float,
    generator: np.random.Generator,
) -> UInt8[np.ndarray, "S S 3"]:
    """Moles and freckles: what tells one skin from another at close sight."""
    marked = rgb.astype(np.float32)
    ys, xs = np.mgrid[0 : rgb.shape[0], 0 : rgb.shape[1]].astype(np.float32)
    centre = landmarks.mean(0)
    for _ in range(int(generator.integers(4, 14))):
        x, y = centre + generator.normal(size=2) * 0.7 * unit
        size = generator.uniform(0.015, 0.04) * unit
        spot = np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * size**2))
        marked *= 1 - generator.uniform(0.1, 0.4) * spot[..., None]
    return np.clip(np.rint(marked), 0, 255).astype(np.uint8)


def moved(
    person: Puppet, count: int, generator: np.random.Generator
) -> tuple[UInt8[np.ndarray, "T S S 3"], Float32[np.ndarray, "T 5 2"]]:
    """`count` frames of a head that sways, comes nearer and is lit unevenly, with the landmarks of each."""
    side = person.rgb.shape[0]
    phases, speeds = generator.uniform(0, 2 * np.pi, 4), generator.uniform(0.5, 1.5, 4)
    grain = generator.uniform(1.0, 3.0)
    frames, points = [], []
    for t in range(count):
        sway, nod, near, light = np.sin(phases + speeds * 2 * np.pi * t / count)
        matrix = cv2.getRotationMatrix2D((side / 2, side / 2), 5 * sway, 1.0 + 0.06 * near)
        matrix[:, 2] += 0.04 * side * np.array([sway, nod])
        frame = cv2.warpAffine(
            person.rgb, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        )
        noisy = frame * (1 + 0.05 * light) + generator.normal(scale=grain, size=frame.shape)
        frames.append(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
        points.append((np.column_stack([person.landmarks, np.ones(5)]) @ matrix.T).astype(np.float32))
    return np.stack(frames), np.stack(points)
