"""Who is who through the sampled frames, by where the faces are; nobody is recognised.

Alphabet: T moments, A tracks that may go on, B faces of one moment. Lengths are in face sides: the square root of the
box's area, so that near and far, large and small pictures are judged alike.

Sampled moments lie 0.3 s to many seconds apart. So a face goes on where its landmarks have moved by less than `REACH`
face sides, from where they were or from where the track's last step leads, or where the boxes overlap; all of a
moment's faces are assigned together. Two people in one picture are one face side apart at least, which keeps
neighbours apart; the led position keeps apart those who cross.

A face that is alone in its picture and was alone in the last one may have moved further, up to `LONE_REACH`: someone
who walks between two samples. Further than that, or at another size, it is taken for a cut, and a new track
starts. A wrong split costs a track some moments, a wrong join mixes two people's scores; so in doubt it splits. A cut
to another person at the same place and size cannot be seen from boxes: they share a track.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Float32, Float64, UInt8
from scipy.optimize import linear_sum_assignment

from barefaced.values.media import Face, FaceTrack

REACH = 0.7
"""Mean landmark movement, in face sides, between two neighbouring samples."""
LONE_REACH = 2.0
"""The same where there is but one face before and after."""
OVERLAP = 0.3
"""Intersection over union that counts as the same place whatever the landmarks do (a turned head)."""
GROWTH = 2.0
"""Largest change of the face's side, either way."""
LONE_GROWTH = 1.4
"""The same for a lone face that moved beyond `REACH`."""

Trail = list[tuple[int, int]]
"""One person: (moment, position among that moment's faces), by moment."""


def trails(faces: Sequence[Sequence[Face]], gap: int = 3) -> list[Trail]:
    """Which faces belong together: one trail a person, in the order in which they appear.

    Args:
        faces: of every sampled moment, in time order.
        gap: how many moments a face may be missing and still be the same person.
    """
    found: list[Trail] = []
    for moment, present in enumerate(faces):
        alive = [trail for trail in found if moment - trail[-1][0] <= gap + 1]
        free = set(range(len(present)))
        for trail, position in _assigned(alive, faces, moment):
            trail.append((moment, position))
            free.remove(position)
        found.extend([(moment, position)] for position in sorted(free))
    return found


def link(faces: Sequence[Sequence[Face]], gap: int = 3) -> list[FaceTrack]:
    """The faces of sampled moments as tracks, numbered in the order of `trails`."""
    return [track_of(number, trail, faces) for number, trail in enumerate(trails(faces, gap))]


def track_of(number: int, trail: Trail, faces: Sequence[Sequence[Face]]) -> FaceTrack:
    """One trail's faces as arrays."""
    seen = [faces[moment][position] for moment, position in trail]
    return FaceTrack(
        track=number,
        frames=np.array([moment for moment, _ in trail], np.int64),
        boxes=np.stack([face.box for face in seen]),
        landmarks=np.stack([face.landmarks for face in seen]),
        confidences=np.array([face.confidence for face in seen], np.float32),
    )


COVERED = 0.05
"""Share of a face's box, summed over the moments, under which a mask does not lie on it."""


def under_mask(tracks: Sequence[FaceTrack], masks: Mapping[int, UInt8[np.ndarray, "H W"]]) -> int | None:
    """The track whose boxes the masks cover most, summed over the moments; None where they cover none.

    Args:
        tracks: of one clip.
        masks: by position in the sequence of sampled frames; 0 to 255, as large as the frames.
    """
    shares = {track.track: sum(_covered(track, masks)) for track in tracks}
    best = max(shares, key=lambda number: shares[number], default=None)
    return best if best is not None and shares[best] >= COVERED else None


def _covered(track: FaceTrack, masks: Mapping[int, UInt8[np.ndarray, "H W"]]) -> Iterator[float]:
    for moment, box in zip(track.frames.tolist(), track.boxes, strict=True):
        if moment in masks:
            left, top, right, bottom = (round(edge) for edge in box.tolist())
            inside = masks[moment][max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
            yield float(inside.mean()) / 255 if inside.size else 0.0


def subject(tracks: Sequence[FaceTrack]) -> int | None:
    """The track seen at most moments; of several, the one with the largest faces; None where there is none."""
    best = max(tracks, key=lambda track: (len(track.frames), float(np.median(_sides(track.boxes)))), default=None)
    return None if best is None else best.track


def _assigned(alive: Sequence[Trail], faces: Sequence[Sequence[Face]], moment: int) -> list[tuple[Trail, int]]:
    """The pairs of a track and a face of this moment, the total cost least."""
    present = faces[moment]
    if not alive or not present:
        return []
    cost = np.array([[_cost(trail, face, faces, moment) for face in present] for trail in alive])
    if not np.isfinite(cost).any():
        return _lone(alive, faces, moment)
    # Dearer than any set of true pairs, so that as many as can be are joined.
    refused = 1 + 2 * np.nansum(np.where(np.isfinite(cost), cost, 0))
    rows, columns = linear_sum_assignment(np.where(np.isfinite(cost), cost, refused))
    return [
        (alive[row], column)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if np.isfinite(cost[row, column])
    ]


def _cost(trail: Trail, face: Face, faces: Sequence[Sequence[Face]], moment: int) -> float:
    """Mean landmark distance from where the track leads, in face sides; infinite where it cannot be the same face."""
    last_moment, last = trail[-1][0], faces[trail[-1][0]][trail[-1][1]]
    old, new = float(_sides(last.box[None])[0]), float(_sides(face.box[None])[0])
    if max(old, new) > GROWTH * min(old, new):
        return np.inf
    side = np.sqrt(old * new)
    led = last.landmarks
    if len(trail) > 1:
        before = faces[trail[-2][0]][trail[-2][1]]
        step = (last.landmarks - before.landmarks).mean(axis=0) / (last_moment - trail[-2][0])
        led = last.landmarks + step * (moment - last_moment)
    stayed, followed = _moved(last.landmarks, face.landmarks) / side, _moved(led, face.landmarks) / side
    if min(stayed, followed) > REACH and _overlap(last.box, face.box) < OVERLAP:
        return np.inf
    return followed


def _lone(alive: Sequence[Trail], faces: Sequence[Sequence[Face]], moment: int) -> list[tuple[Trail, int]]:
    """The one face before and the one face now, where nothing but distance speaks against them."""
    before = [trail for trail in alive if trail[-1][0] == moment - 1]
    if len(before) != 1 or len(faces[moment]) != 1 or len(faces[moment - 1]) != 1:
        return []
    last, face = faces[moment - 1][0], faces[moment][0]
    old, new = float(_sides(last.box[None])[0]), float(_sides(face.box[None])[0])
    near = _moved(last.landmarks, face.landmarks) <= LONE_REACH * np.sqrt(old * new)
    return [(before[0], 0)] if near and max(old, new) <= LONE_GROWTH * min(old, new) else []


def _moved(old: Float32[np.ndarray, "5 2"], new: Float32[np.ndarray, "5 2"]) -> float:
    return float(np.linalg.norm(new - old, axis=-1).mean())


def _sides(boxes: Float32[np.ndarray, "T 4"]) -> Float64[np.ndarray, " T"]:
    width, height = (boxes[:, 2:] - boxes[:, :2]).astype(np.float64).T
    return np.sqrt(np.maximum(width * height, 1e-6))


def _overlap(a: Float32[np.ndarray, "4"], b: Float32[np.ndarray, "4"]) -> float:
    """Intersection over union."""
    shared = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    either = _sides(a[None])[0] ** 2 + _sides(b[None])[0] ** 2 - shared
    return float(shared / either)
