"""Made faces with planted artefacts: the set of experiments/planted.py, which says what is in it.

N groups, K pictures in a group (0 is real), S side in pixels. Pictures are RGB.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from jaxtyping import Float32, Int, UInt8
from numpy.random import Generator

SIDE = 48
KINDS = ("blend", "lattice", "smooth", "grain")
HELD_OUT = ("mixed", "stronger", "weaker", "new")
STRENGTHS = (0.4, 1.4)
"""Of what is trained on, drawn evenly: the weak keep the test from being easy, the strong get a fresh network going."""

Picture = Float32[np.ndarray, "S S 3"]
Mask = Float32[np.ndarray, "S S"]


@dataclass(frozen=True)
class Face:
    """One moment of one person: the picture as a camera gave it (whole levels), and where its face is."""

    picture: Picture
    face: Mask
    """1 inside, falling softly to exactly 0."""
    lower: Mask
    """The same, of the lower half of the face."""


@dataclass(frozen=True)
class Made:
    """Groups of pictures, RGB."""

    pictures: UInt8[np.ndarray, "N K S S 3"]
    people: Int[np.ndarray, " N"]
    names: tuple[str, ...]
    """K of them; the first is `real`."""


def faces(seed: int, person: int, moments: int) -> list[Face]:
    """Moments of one person. They depend on the seed and the person's number, and on nothing else."""
    rng = np.random.default_rng((seed, person))
    still, grain = _portrait(rng), _noise(rng, 0.5) * rng.uniform(2, 4)
    ellipse, lower = _ellipse(rng)
    return [_moment(still + grain[..., None], ellipse, lower, rng) for _ in range(moments)]


def forge(face: Face, kind: str, strength: float, rng: Generator) -> Picture:
    """The picture with one artefact planted, whole levels in [0, 255]; outside `face.face` it is as it was."""
    planted = PLANTS[kind](face, strength, rng)
    return np.rint(planted.clip(0, 255)).astype(np.float32)


def blend(face: Face, strength: float, rng: Generator) -> Picture:
    """Another hue inside the ellipse."""
    shift = rng.normal(size=3)
    shift *= 40 * strength / np.linalg.norm(shift)
    return face.picture + face.face[..., None] * shift.astype(np.float32)


def lattice(face: Face, strength: float, rng: Generator) -> Picture:
    """A checkerboard of two-pixel cells, as transposed convolutions leave."""
    across, down = rng.integers(4, size=2)
    rows, columns = np.indices(face.face.shape)
    cells = ((rows + down) // 2 + (columns + across) // 2) % 2 * 2.0 - 1
    return face.picture + (face.face * cells * 2.5 * strength)[..., None].astype(np.float32)


def smooth(face: Face, strength: float, _rng: Generator) -> Picture:
    """The lower face blurred."""
    blurred = cv2.GaussianBlur(face.picture, (0, 0), 1.4 * strength)
    return face.picture + face.lower[..., None] * (blurred - face.picture)


def grain(face: Face, strength: float, rng: Generator) -> Picture:
    """Noise with a coarser grain than the camera's."""
    return face.picture + (face.face * _noise(rng, 1.5) * 8 * strength)[..., None]


def ghost(face: Face, strength: float, rng: Generator) -> Picture:
    """The picture, shifted by two or three pixels, shining through."""
    angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(2, 3)
    move = np.array([[1, 0, away * np.cos(angle)], [0, 1, away * np.sin(angle)]], np.float32)
    shifted = cv2.warpAffine(face.picture, move, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101)
    return face.picture + 0.4 * strength * face.face[..., None] * (shifted - face.picture)


PLANTS = {"blend": blend, "lattice": lattice, "smooth": smooth, "grain": grain, "ghost": ghost}


def held_out(face: Face, name: str, number: int, rng: Generator) -> Picture:
    """A forgery such as training never shows; kinds take turns by the group's number."""
    kind, other = KINDS[number % 4], KINDS[(number + 1 + number // 4 % 3) % 4]
    if name == "mixed":
        return forge(replace(face, picture=forge(face, kind, 0.5, rng)), other, 0.5, rng)
    if name == "new":
        return forge(face, "ghost", 1.0, rng)
    return forge(face, kind, {"stronger": 1.6, "weaker": 0.3}[name], rng)


def make(seed: int, people: Sequence[int], moments: int, names: tuple[str, ...]) -> Made:
    """Groups of these people: the real picture, then the forgeries of it that `names` asks for."""
    groups = np.empty((len(people) * moments, 1 + len(names), SIDE, SIDE, 3), np.uint8)
    owners = np.repeat(np.asarray(people), moments)
    for place, person in enumerate(people):
        rng = np.random.default_rng((seed, person, 1))
        for moment, face in enumerate(faces(seed, person, moments)):
            number = place * moments + moment
            groups[number, 0] = face.picture
            for k, name in enumerate(names, start=1):
                groups[number, k] = (
                    forge(face, name, rng.uniform(*STRENGTHS), rng)
                    if name in KINDS
                    else held_out(face, name, number, rng)
                )
    return Made(groups, owners, ("real", *names))


def _portrait(rng: Generator) -> Picture:
    """What stays of a person: ground, skin, eyes, mouth."""
    rows, columns = np.indices((SIDE, SIDE), np.float32) / SIDE - 0.5
    skin = np.clip((1 - np.hypot(columns / 0.36, rows / 0.45)) * 6 + 0.5, 0, 1)[..., None]
    picture = (1 - skin) * (_field(rng, 4) * 40 + rng.uniform(60, 190, 3)) + skin * (
        _field(rng, 3) * 8 + rng.uniform((150, 110, 90), (210, 160, 140))
    )
    apart, height, wide = rng.uniform(0.12, 0.19), rng.uniform(-0.16, -0.06), rng.uniform(0.05, 0.08)
    spots = [(-apart, height, wide, 0.04), (apart, height, wide, 0.04), (0, rng.uniform(0.16, 0.26), 0.13, 0.035)]
    spots += [(*rng.uniform(-0.3, 0.3, 2), *rng.uniform(0.03, 0.08, 2)) for _ in range(4)]
    for number, (x, y, a, b) in enumerate(spots):
        blob = np.exp(-(((columns - x) / a) ** 2) - ((rows - y) / b) ** 2)[..., None]
        depth = rng.uniform(0.3, 0.7) if number < 3 else rng.uniform(-0.2, 0.2)
        picture = picture * (1 - blob * depth * rng.uniform(0.7, 1.0, 3))
    return picture.astype(np.float32)


def _field(rng: Generator, cells: int) -> Picture:
    """A smooth colour field, of about unit variance."""
    coarse = rng.normal(size=(cells, cells, 3)).astype(np.float32)
    return cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


def _noise(rng: Generator, sigma: float) -> Mask:
    """Gaussian noise of unit variance, correlated over `sigma` pixels."""
    noise = cv2.GaussianBlur(rng.normal(size=(SIDE, SIDE)).astype(np.float32), (0, 0), sigma)
    return noise / noise.std()


def _ellipse(rng: Generator) -> tuple[Mask, Mask]:
    """Where forgers work on this person, and the lower half of it."""
    rows, columns = np.indices((SIDE, SIDE), np.float32) / SIDE - 0.5
    edge = rng.uniform(5, 8)
    inside = np.clip((1 - np.hypot(columns / rng.uniform(0.27, 0.33), rows / rng.uniform(0.34, 0.40))) * edge, 0, 1)
    return inside, inside * np.clip(rows * 10, 0, 1)


def _moment(still: Picture, ellipse: Mask, lower: Mask, rng: Generator) -> Face:
    """Moved, turned, lit, out of focus, and grained by the sensor."""
    move = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), rng.uniform(-8, 8), rng.uniform(0.94, 1.06))
    move[:, 2] += rng.uniform(-3, 3, 2)
    picture = cv2.warpAffine(still, move, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101)
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.2, 0.6)) * rng.uniform(0.9, 1.1)
    picture = picture + rng.normal(size=picture.shape) * rng.uniform(1, 2.5)
    face, low = (cv2.warpAffine(mask, move, (SIDE, SIDE)) for mask in (ellipse, lower))
    return Face(np.rint(picture.clip(0, 255)).astype(np.float32), face, low)
