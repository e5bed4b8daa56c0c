"""The one road from a video or picture to aligned face crops: preparing data and detecting both take it.

Alphabet: T moments asked for, S crop side, H W frame height and width.
"""

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float64, UInt8

from barefaced.config.media import CropSettings, PrepareSettings
from barefaced.errors import NoFace
from barefaced.faces.align import crop, to_crop
from barefaced.faces.face_finder import FaceFinder
from barefaced.faces.limits import MAX_FACES
from barefaced.faces.mask_videos import forged_pixels
from barefaced.faces.media_file import MediaFile
from barefaced.faces.sideways import find_faces
from barefaced.faces.tracks import subject, track_of, trails, under_mask
from barefaced.faces.video import spaced
from barefaced.imaging.head_pose import pose
from barefaced.imaging.similarity import shrink_of
from barefaced.values.media import ClipCrops, CropQuality, Face, FaceCrop, Frame

CHUNK = 8
"""Frames looked for faces in at a time, while the next ones decode: twice 8 of 1080p are 100 MB."""
CHUNK_PIXELS = 32_000_000
"""Fewer of them where they are larger: twice 100 MB."""
SHARPNESS_SIDE = 128


def moments_of(path: Path, settings: PrepareSettings) -> Float64[np.ndarray, " T"]:
    """The times in seconds that `crops` samples: hand them over to look at a forgery where its original was looked at.

    Raises:
        UnreadableMedia, TooLarge: see `MediaFile`.
    """
    return spaced(MediaFile(path).times, settings.frames)


def crops(
    media: MediaFile | Path,
    settings: PrepareSettings,
    finder: FaceFinder,
    at: Float64[np.ndarray, " T"] | None = None,
    mask: Path | None = None,
    keep: Callable[[int, Frame], None] | None = None,
) -> ClipCrops:
    """Every person's crops at `settings.frames` moments of the whole clip, or at the times `at`.

    No face is an answer: no crops, and `subject` is None. `FaceCrop.moment` is the position among the moments asked
    for. A moment whose frame is missing or does not decode is no frame seen; `warnings` counts them.

    Args:
        media: the file, or its path.
        at: times in seconds, ascending.
        mask: a video, frame by frame beside the clip, of what was forged (white); it may be shorter. One that cannot
            be read is a warning.
        keep: called with every moment and its frame, whole.

    Raises:
        UnreadableMedia, TooLarge: see `MediaFile`.
    """
    if isinstance(media, Path):
        media = MediaFile(media)
    video, times = media.video, media.times
    asked = spaced(times, settings.frames) if at is None else at
    warnings: list[str] = []
    masks = dict(forged_pixels(mask, times, asked, (video.height, video.width), warnings)) if mask else {}
    faces: list[list[Face]] = [[] for _ in asked]
    found: dict[tuple[int, int], FaceCrop] = {}
    seen = faceless = unaligned = crowded = 0
    for chunk in _ahead(_chunks(media.frames_at(asked))):
        for (moment, frame), present in zip(chunk, find_faces(finder, [frame.rgb for _, frame in chunk]), strict=True):
            seen += 1
            faceless += not present
            crowded += len(present) > MAX_FACES
            if keep is not None:
                keep(moment, frame)
            for face in present[:MAX_FACES]:
                try:
                    found[moment, len(faces[moment])] = _cropped(frame, moment, face, settings.crop, masks.get(moment))
                except NoFace:
                    unaligned += 1
                else:
                    faces[moment].append(face)
    people = trails(faces)
    tracks = [track_of(number, trail, faces) for number, trail in enumerate(people)]
    forged = under_mask(tracks, masks)
    return ClipCrops(
        video=video,
        crops=tuple(
            dataclasses.replace(found[place], track=number) for number, trail in enumerate(people) for place in trail
        ),
        subject=subject(tracks) if forged is None else forged,
        frames_seen=seen,
        frames_without_face=faceless,
        warnings=(*warnings, *media.warnings(), *_warnings(len(asked), seen, unaligned, crowded)),
        uncovered=forged is None and any(drawn.any() for drawn in masks.values()),
    )


def _chunks(frames: Iterator[tuple[int, Frame]]) -> Iterator[list[tuple[int, Frame]]]:
    for first in frames:
        most = max(1, min(CHUNK, CHUNK_PIXELS // first[1].rgb[..., 0].size))
        yield [first, *itertools.islice(frames, most - 1)]


def _ahead(chunks: Iterator[list[tuple[int, Frame]]]) -> Iterator[list[tuple[int, Frame]]]:
    """The same, the next one being decoded while the last is used."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, chunks, None)
        while chunk := coming.result():
            coming = thread.submit(next, chunks, None)
            yield chunk


def _cropped(
    frame: Frame, moment: int, face: Face, settings: CropSettings, mask: UInt8[np.ndarray, "H W"] | None
) -> FaceCrop:
    """The face's crop, of track 0 until the whole clip is known.

    Raises:
        NoFace: the landmarks are not a face's.
    """
    matrix = to_crop(face.landmarks, settings)
    rgb = crop(frame.rgb, matrix, settings.size)
    yaw, pitch, roll = pose(face.landmarks)
    return FaceCrop(
        rgb=rgb,
        to_crop=matrix,
        track=0,
        frame=frame.index,
        seconds=frame.seconds,
        moment=moment,
        quality=CropQuality(
            face_pixels=settings.size / settings.margin * shrink_of(matrix),
            sharpness=sharpness_of(rgb),
            confidence=face.confidence,
            yaw=yaw,
            pitch=pitch,
            roll=roll,
        ),
        frame_size=frame.rgb.shape[:2],
        mask=None if mask is None else crop(np.repeat(mask[..., None], 3, axis=-1), matrix, settings.size)[..., 0],
    )


def sharpness_of(rgb: UInt8[np.ndarray, "S S 3"]) -> float:
    """Measure a crop's sharpness (`CropQuality.sharpness`)."""
    side = (SHARPNESS_SIDE, SHARPNESS_SIDE)
    grey = cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), side, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


def _warnings(asked: int, seen: int, unaligned: int, crowded: int) -> Iterator[str]:
    if seen < asked:
        yield f"{asked - seen} of {asked} moments gave no frame: past the clip's end, or not decodable"
    if unaligned:
        yield f"{unaligned} found faces left out: their landmarks are not laid out like a face"
    if crowded:
        yield f"{crowded} frames show more than {MAX_FACES} faces: only the surest were looked at"
