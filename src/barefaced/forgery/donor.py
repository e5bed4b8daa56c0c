"""The other person that lends a face or an expression, and how one is chosen.

Alphabet: H W h w picture sides, 468 points as in `mesh`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.errors import BadConfig
from barefaced.forgery import mesh

SHAPE_UNIT, POSE_UNIT, SKIN_UNIT = 0.1, 10.0, 10.0
"""What counts as one step apart: root mean square in face radii, degrees, Lab units."""


@dataclass(frozen=True)
class Donor:
    """A face and where it is: the rows of `landmarks` are the points of `mesh`."""

    rgb: UInt8[np.ndarray, "h w 3"]
    landmarks: Float32[np.ndarray, "468 3"]


@dataclass(frozen=True)
class Features:
    """What a face is likened by, computed once a face."""

    shape: Float32[np.ndarray, "468 3"]
    """The points turned to the front, centred, with root mean square radius 1."""
    pose: Float32[np.ndarray, "3"]
    """Yaw, pitch, roll in degrees."""
    skin: Float32[np.ndarray, "3"]
    """Lab."""


def required(donor: Donor | None, method: str) -> Donor:
    """The donor.

    Raises:
        BadConfig: there is none.
    """
    if donor is None:
        raise BadConfig(
            expected=f"another person's face for {method}",
            got="no donor",
            fix="Give a donor, or use a method that needs none.",
        )
    return donor


def features(face: UInt8[np.ndarray, "H W 3"], landmarks: Float32[np.ndarray, "468 3"]) -> Features:
    """The features of one face."""
    centred = landmarks - landmarks.mean(0)
    turned = centred @ mesh.axes(landmarks).T
    shape = turned / max(float(np.sqrt((turned**2).sum(1).mean())), 1e-6)
    return Features(shape.astype(np.float32), np.array(mesh.pose(landmarks), np.float32), mesh.skin(face, landmarks))


def choose(
    target: Features,
    candidates: Sequence[Features],
    generator: np.random.Generator,
    count: int,
    pose: float,
    skin: float,
) -> int:
    """Position of the nearest to `target` among `count` candidates drawn without replacement (all, where there are
    fewer); the candidates must be other people. Face X-ray (Li et al., CVPR 2020) takes the nearest shape likewise.

    Raises:
        BadConfig: no candidates.
    """
    if not candidates:
        raise BadConfig(
            expected="at least one other person's face", got="none", fix="Give more people, or no donor method."
        )
    drawn = generator.permutation(len(candidates))[:count]
    return int(drawn[nearest(target, [candidates[n] for n in drawn], pose, skin)])


def nearest(target: Features, candidates: Sequence[Features], pose: float, skin: float) -> int:
    """Position of the nearest to `target` in shape, pose and skin, at these weights of the last two."""
    return min(range(len(candidates)), key=lambda n: _distance(target, candidates[n], pose, skin))


def _distance(a: Features, b: Features, pose: float, skin: float) -> float:
    shape = float(np.sqrt(((a.shape - b.shape) ** 2).sum(1).mean())) / SHAPE_UNIT
    turn = float(np.linalg.norm(a.pose - b.pose)) / POSE_UNIT
    tone = float(np.linalg.norm(a.skin - b.skin)) / SKIN_UNIT
    return shape + pose * turn + skin * tone
