"""The most suspicious moments of each person explained, and the pictures that show it.

Alphabet: S crop side, H W height and width of a kept frame. RGB uint8; heat lies in [0, 1].
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8
from torch import nn

from barefaced.imaging.encoding import decode, encode_jpeg
from barefaced.imaging.similarity import invert, transform
from barefaced.model.localization_head import SHARE_OF_REALS
from barefaced.model.student import Student
from barefaced.pipelines.detect.heat_map import altered_maps, deletion, heat_maps
from barefaced.reports.detection.answer import Explained, Pictures, StripFace
from barefaced.reports.detection.report import Report
from barefaced.values.card import ModelCard
from barefaced.values.media import FaceCrop, KeptFrame, ReadClip
from barefaced.values.scores import Altered, Evidence, TrackScore

PEOPLE = 6
"""The most suspicious people who are explained: a crowd would take minutes."""
STRIP = 12
"""Faces of a person's strip."""
STRIP_SIDE = 96
QUALITY = 85
GLOW = 0.6
"""Opacity of the hottest pixel."""
OUTLINE = (255, 255, 255)


def explained(report: Report, read: ReadClip, student: Student, layer: nn.Module, card: ModelCard) -> Report:
    """The report with heat maps, deletion tests, face strips and their pictures, as its settings ask for.

    The most suspicious moments of a person lie apart: of neighbours that look alike only one is shown.

    Args:
        card: of the student: whether it says where a face was altered, and how often it does of real ones.
    """
    most = report.settings.evidence
    if not most or not read.found.crops:
        return report
    target, usual = card.locate_target, card.metrics.get(SHARE_OF_REALS)
    frames = {kept.moment: kept for kept in read.frames}
    found, pictures, strips = [], [], {}
    shown = sorted(report.tracks, key=lambda track: -track.fakeness)[:PEOPLE]
    for track in sorted(shown, key=lambda track: track.track):
        faces = [face for face in read.found.crops if face.track == track.track]
        strips[track.track] = _strip(track, faces)
        chosen = _apart(track, most)
        crops = np.stack([faces[n].rgb for n in chosen])
        maps = heat_maps(student, crops, layer)
        places = altered_maps(student, crops) if target else [None] * len(chosen)
        for n, heat, place in zip(chosen, maps, places, strict=True):
            face, moment = faces[n], track.moments[n]
            tested = deletion(student, face.rgb, heat, np.random.default_rng(0))
            altered = None
            if target and place is not None:
                of_place = deletion(student, face.rgb, place, np.random.default_rng(0))
                altered = Altered(
                    target=target,
                    share=float((place > 0.5).mean()),
                    share_of_reals=usual.value if usual is not None else None,
                    highest=float(place.max()),
                    deletion=of_place,
                )
            found.append(
                Evidence(track.track, moment.frame, moment.seconds, moment.fakeness, _corners(face), tested, altered)
            )
            pictures.append(
                Explained(
                    frame=_on_frame(frames[face.moment], face, heat),
                    face=_jpeg(face.rgb),
                    heat=_jpeg(_glowing(face.rgb, heat)),
                    altered=b"" if place is None else _jpeg(_glowing(face.rgb, place)),
                )
            )
    return replace(report, evidence=tuple(found), pictures=Pictures(tuple(pictures), strips))


def _apart(track: TrackScore, most: int) -> list[int]:
    """Positions of the most suspicious moments, no two of them neighbours while there are others; in order of time."""
    order = sorted(range(len(track.moments)), key=lambda n: (-track.moments[n].fakeness, n))
    chosen: list[int] = []
    for n in order:
        if len(chosen) < most and all(abs(n - other) > 1 for other in chosen):
            chosen.append(n)
    chosen += [n for n in order if n not in chosen][: max(0, min(most, len(order)) - len(chosen))]
    return sorted(chosen)


def _strip(track: TrackScore, faces: Sequence[FaceCrop]) -> tuple[StripFace, ...]:
    """Evenly over the person's moments."""
    count = min(STRIP, len(faces))
    at = [(2 * n + 1) * len(faces) // (2 * count) for n in range(count)]
    return tuple(
        StripFace(
            track.moments[n].seconds,
            track.moments[n].fakeness,
            _jpeg(np.asarray(cv2.resize(faces[n].rgb, (STRIP_SIDE, STRIP_SIDE), interpolation=cv2.INTER_AREA))),
        )
        for n in at
    )


def _corners(face: FaceCrop) -> tuple[tuple[float, float], ...]:
    edge = len(face.rgb) - 0.5
    square = np.array([[-0.5, -0.5], [edge, -0.5], [edge, edge], [-0.5, edge]])
    return tuple((float(x), float(y)) for x, y in transform(square, invert(face.to_crop)))


def onto_frame(
    heat: Float32[np.ndarray, "S S"], to_crop: Float[np.ndarray, "2 3"], height: int, width: int, scale: float
) -> Float32[np.ndarray, "H W"]:
    """A crop's map where it lies in the frame, zero around it.

    Args:
        to_crop: frame pixels to crop pixels.
        scale: H W are those of the frame times this.
    """
    back = invert(to_crop)
    # A pixel's centre is a whole number: position x of the frame is (x + 0.5) scale - 0.5 of the smaller one.
    back = back * scale
    back[:, 2] += 0.5 * scale - 0.5
    warped = cv2.warpAffine(heat, back, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(warped, np.float32)


def _on_frame(kept: KeptFrame, face: FaceCrop, heat: Float32[np.ndarray, "S S"]) -> bytes:
    rgb = decode(kept.jpeg)
    assert rgb is not None, "a JPEG that the reading process made"
    height, width = rgb.shape[:2]
    lit = _glowing(rgb, onto_frame(heat, face.to_crop, height, width, kept.scale))
    corners = np.array([[(x + 0.5) * kept.scale - 0.5, (y + 0.5) * kept.scale - 0.5] for x, y in _corners(face)])
    thick = max(1, math.ceil(max(height, width) / 480))
    return _jpeg(np.asarray(cv2.polylines(lit, [np.rint(corners).astype(np.int32)], True, OUTLINE, thick, cv2.LINE_AA)))


def _glowing(rgb: UInt8[np.ndarray, "H W 3"], heat: Float32[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W 3"]:
    bgr = cv2.applyColorMap(np.rint(np.clip(heat, 0, 1) * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    colour = cv2.cvtColor(np.asarray(bgr), cv2.COLOR_BGR2RGB)
    opacity = GLOW * np.clip(heat, 0, 1)[..., None]
    return np.rint(rgb * (1 - opacity) + colour * opacity).astype(np.uint8)


def _jpeg(rgb: UInt8[np.ndarray, "H W 3"]) -> bytes:
    return encode_jpeg(rgb, QUALITY)
