"""A `ReadClip` as bytes and back, without pickle: what comes out of a process that decoded a hostile file is read as
hostile, too. The layout is safetensors': arrays by name, and one JSON text.

Alphabet: N crops, S crop side.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from barefaced import errors
from barefaced.errors import InputError, UnreadableMedia
from barefaced.values.json_codec import plain, record
from barefaced.values.media import ClipCrops, CropQuality, FaceCrop, KeptFrame, Provenance, ReadClip, Video

_REFUSALS: dict[str, type[InputError]] = {
    kind.__name__: kind for kind in (errors.InputError, errors.UnreadableMedia, errors.TooLarge, errors.NoFace)
}


def packed(read: ReadClip) -> bytes:
    """The whole clip as bytes."""
    found = read.found
    arrays = {f"frame.{n}": np.frombuffer(kept.jpeg, np.uint8) for n, kept in enumerate(read.frames)}
    if found.crops:
        arrays["rgb"] = np.stack([crop.rgb for crop in found.crops])
        arrays["to_crop"] = np.stack([crop.to_crop for crop in found.crops])
    told = {
        "video": asdict(found.video) | {"path": str(found.video.path)},
        "crops": [
            [crop.track, crop.frame, crop.seconds, crop.moment, asdict(crop.quality), crop.frame_size]
            for crop in found.crops
        ],
        "subject": found.subject,
        "counts": [found.frames_seen, found.frames_without_face],
        "warnings": found.warnings,
        "provenance": asdict(read.provenance),
        "frames": [[kept.moment, kept.scale] for kept in read.frames],
    }
    return safetensors.numpy.save(arrays, {"read": json.dumps(plain(told))})


def refusal(error: InputError) -> bytes:
    """An error as bytes."""
    told = {"kind": type(error).__name__, "expected": error.expected, "got": error.got, "fix": error.fix}
    return safetensors.numpy.save({}, {"error": json.dumps(told)})


def note(text: str) -> bytes:
    """A few words as bytes."""
    return safetensors.numpy.save({}, {"note": text})


def words(data: bytes) -> str:
    """Inverse of `note`; empty where there is none."""
    return _opened(data)[1].get("note", "")


def unpacked(data: bytes, path: Path) -> ReadClip:
    """Inverse of `packed`.

    Raises:
        InputError: the one that `refusal` packed.
        UnreadableMedia: bytes that neither of them made: the decoder has gone astray.
    """
    arrays, told = _opened(data)
    try:
        if "error" in told:
            answer: Any = json.loads(told["error"])
            kind = _REFUSALS[answer["kind"]]
            raise kind(expected=str(answer["expected"]), got=str(answer["got"]), fix=str(answer["fix"]))
        return _clip(json.loads(told["read"]), arrays, path)
    except (KeyError, TypeError, ValueError) as e:
        raise astray(path, f"an answer that is none ({type(e).__name__})") from e


def astray(path: Path, got: str) -> UnreadableMedia:
    """What is said of a file over which the decoder was lost."""
    return UnreadableMedia(
        expected=f"a picture or video that decodes at {path}",
        got=got,
        fix="The file is damaged, or made to harm a decoder; get it again from its source.",
    )


def _opened(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    try:
        arrays = safetensors.numpy.load(data)
        length = int.from_bytes(data[:8], "little")
        return arrays, json.loads(data[8 : 8 + length]).get("__metadata__", {})
    except (safetensors.SafetensorError, ValueError):
        return {}, {}


def _clip(told: Any, arrays: dict[str, np.ndarray], path: Path) -> ReadClip:
    rows = told["crops"]
    rgb = arrays["rgb"] if rows else np.zeros((0, 1, 1, 3), np.uint8)
    to_crop = arrays["to_crop"] if rows else np.zeros((0, 2, 3), np.float32)
    if rgb.dtype != np.uint8 or rgb.shape[3:] != (3,) or to_crop.shape != (len(rows), 2, 3) or len(rgb) != len(rows):
        raise ValueError("crops of another shape")
    crops = tuple(
        FaceCrop(
            rgb=rgb[n],
            to_crop=to_crop[n].astype(np.float32, copy=False),
            track=int(track),
            frame=int(frame),
            seconds=float(seconds),
            moment=int(moment),
            quality=record(CropQuality, quality, "quality"),
            frame_size=(int(height), int(width)),
        )
        for n, (track, frame, seconds, moment, quality, (height, width)) in enumerate(rows)
    )
    seen, faceless = told["counts"]
    video = told["video"]
    return ReadClip(
        found=ClipCrops(
            video=Video(
                path=path,
                sha256=str(video["sha256"]),
                fps=float(video["fps"]),
                frames=int(video["frames"]),
                height=int(video["height"]),
                width=int(video["width"]),
                codec=str(video["codec"]),
                seconds=float(video["seconds"]),
            ),
            crops=crops,
            subject=None if told["subject"] is None else int(told["subject"]),
            frames_seen=int(seen),
            frames_without_face=int(faceless),
            warnings=tuple(map(str, told["warnings"])),
        ),
        provenance=record(Provenance, told["provenance"], "provenance"),
        frames=tuple(
            KeptFrame(int(moment), arrays[f"frame.{n}"].tobytes(), float(scale))
            for n, (moment, scale) in enumerate(told["frames"])
        ),
    )
