"""Faces that lie on their side or stand on their head, looked for once more in the picture turned upright.

The finder has learnt upright heads: it sees others, and puts their landmarks beside their places.
Alphabet: H W height and width of a picture.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from barefaced.faces.face_finder import FaceFinder
from barefaced.imaging.head_pose import pose
from barefaced.values.media import Face

MOST_ROLL = 45.0
"""Degrees from upright, over which a face is looked for anew."""
TURNS = (1, 2, 3)
SAME = 0.3
"""Intersection over union of the boxes from which it is the same face."""


def find_faces(finder: FaceFinder, frames: Sequence[UInt8[np.ndarray, "_ _ 3"]]) -> list[list[Face]]:
    """`FaceFinder.find_many`, with the faces that lie sideways found in the picture turned upright for them.

    One that is not found there stays as it was.
    """
    return [_turned(finder, rgb, faces) for rgb, faces in zip(frames, finder.find_many(frames), strict=True)]


def quarters_of(face: Face) -> int:
    """How often the picture must be turned by 90 degrees against the clock for the face to stand upright; 0 to 3."""
    roll = pose(face.landmarks)[2]
    return round(roll / 90) % 4 if abs(roll) > MOST_ROLL else 0


def _turned(finder: FaceFinder, rgb: UInt8[np.ndarray, "H W 3"], faces: list[Face]) -> list[Face]:
    if not any(map(quarters_of, faces)):
        return faces
    # All three turns: what tells which one is right are the landmarks, and they are wrong.
    turned = [np.ascontiguousarray(np.rot90(rgb, turn)) for turn in TURNS]
    anew = [
        face
        for turn, seen in zip(TURNS, finder.find_many(turned), strict=True)
        for face in _back(seen, turn, rgb.shape[:2])
        if quarters_of(face) == turn
    ]
    upright = []
    for face in faces:
        same = [other for other in anew if quarters_of(face) and overlap(face, other) >= SAME]
        upright.append(max(same, key=lambda other: other.confidence, default=face))
    return upright


def _back(faces: Sequence[Face], turn: int, size: tuple[int, int]) -> list[Face]:
    """Faces of the turned picture where they are in the picture of this height and width."""
    height, width = size
    placed = []
    for face in faces:
        points = np.concatenate([face.box.reshape(2, 2), face.landmarks]).astype(np.float64)
        x, y = points[:, 0], points[:, 1]
        # np.rot90 puts pixel (x, y) at (y, W - 1 - x): its inverse, once, twice, three times.
        back = {1: (width - 1 - y, x), 2: (width - 1 - x, height - 1 - y), 3: (y, height - 1 - x)}[turn]
        points = np.stack(back, axis=-1).astype(np.float32)
        box = np.concatenate([points[:2].min(axis=0), points[:2].max(axis=0)])
        placed.append(Face(box=box, landmarks=points[2:], confidence=face.confidence))
    return placed


def overlap(one: Face, other: Face) -> float:
    """Intersection over union of two faces' boxes."""
    corner, end = np.maximum(one.box[:2], other.box[:2]), np.minimum(one.box[2:], other.box[2:])
    shared = float(np.prod(np.clip(end - corner, 0, None)))
    areas = sum(float(np.prod(face.box[2:] - face.box[:2])) for face in (one, other))
    return shared / (areas - shared) if areas > shared else 0.0
