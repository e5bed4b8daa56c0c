"""What is not the face, each cue alone: how well one number of a crop tells forged from real.

A cue is one number, and its AUC is that of a threshold on it: a cue that forged ones have both more and less of than
real ones is not seen here. Alphabet: S crop side, N pictures. RGB uint8.
"""

import io
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from barefaced.datasets.crop_files import read_bytes
from barefaced.datasets.windows import central_window, check_window
from barefaced.faces.crops import sharpness_of
from barefaced.metrics.bootstrap.confidence_interval import auc_interval
from barefaced.pipelines.audit.sampling import Picture, Sample
from barefaced.reports.audit import Cue, tells
from barefaced.runtime.progress import work
from barefaced.values.dataset import REAL

NAMES = {
    "file_bytes": "bytes of the stored crop's file",
    "frame_side": "side of the picture that it was cut from, in pixels (root of its area)",
    "sharpness": "variance of the Laplacian",
    "face_pixels": "side of the face in the picture, in pixels",
    "share_outside": "share of what the model sees that lies outside the picture",
    "crop_jpeg": "mean step of the crop's JPEG table; 0: no JPEG",
    "medium_jpeg": "mean step of the medium's JPEG table; 0: no JPEG",
    "red_mean": "mean of red inside the picture",
    "green_mean": "mean of green",
    "blue_mean": "mean of blue",
    "red_spread": "standard deviation of red inside the picture",
    "green_spread": "standard deviation of green",
    "blue_spread": "standard deviation of blue",
}
"""Each cue and what it is."""
JPEG = b"\xff\xd8\xff"
"""How the bytes of a JPEG begin."""


def measure_cues(sample: Sample, media: Sequence[Path], window: int = 0) -> dict[str, np.ndarray]:
    """Measure every cue of every picture of a sample: [N] by name, NaN where it is not known.

    Sharpness is measured on the pixels: beside a forgery `forge` writes that of its real face.

    Args:
        sample: of one data set.
        media: folders that the stores' media paths are relative to.
        window: side in pixels of what the model sees, in the middle of the crop; 0: the whole crop.

    Raises:
        BadConfig: no such window.
        StoreDamaged: a crop cannot be read.
    """
    side = check_window(window, sample.side)
    rows = []
    with work(f"cues {sample.name}", len(sample.pictures), "crops") as progress, ThreadPoolExecutor(2) as pool:
        for row in pool.map(lambda picture: _measure(picture, media, side), sample.pictures):
            rows.append(row)
            progress.step()
    return {name: np.array([row[name] for row in rows]) for name in NAMES}


def audit_cues(sample: Sample, measured: dict[str, np.ndarray], seed: int, draws: int) -> tuple[Cue, ...]:
    """Tell each forgery method's pictures from the real ones by each cue alone, the strongest first.

    A cue that is the same for every picture, or not known, is left out.

    Args:
        sample: what was measured.
        measured: as `measure_cues` gives it.
        seed: of the bootstrap.
        draws: of the bootstrap.
    """
    methods = np.array([picture.clip.method for picture in sample.pictures], object)
    origins = np.array([picture.clip.origin for picture in sample.pictures], object)
    found = []
    for method in sample.methods:
        for name, values in measured.items():
            rows = np.isin(methods, [REAL, method]) & np.isfinite(values)
            labels = (methods[rows] != REAL).astype(np.int64)
            if len(set(labels.tolist())) < 2 or np.ptp(values[rows]) == 0:
                continue
            auc = auc_interval(labels, values[rows], origins[rows], seed, draws)
            middle = [float(np.median(values[rows][labels == kind])) for kind in (0, 1)]
            found.append(Cue(sample.name, method, name, auc, middle[0], middle[1], tells(auc)))
    return tuple(sorted(found, key=lambda cue: -abs(cue.auc.value - 0.5)))


def note_silent(sample: Sample, measured: dict[str, np.ndarray]) -> tuple[str, ...]:
    """Say which cues cannot tell anything: those that are not known, and those that are the same for every picture."""
    known = {name: values[np.isfinite(values)] for name, values in measured.items()}
    unknown = [name for name, values in known.items() if not values.size]
    same = [name for name, values in known.items() if values.size and np.ptp(values) == 0]
    notes = [f"{sample.name}: the same for every picture: {', '.join(same)}"] if same else []
    if unknown:
        notes.append(f"{sample.name}: not known: {', '.join(unknown)} (--media names the data set's folder)")
    return tuple(notes)


def _measure(picture: Picture, media: Sequence[Path], window: int) -> dict[str, float]:
    crop, store = picture.crop, picture.store
    whole = store.load(crop)
    data = read_bytes(store.place(crop.file))
    rgb = central_window(whole, window)
    start = (len(whole) - window) // 2
    inside = crop.geometry.inside(len(whole))[start : start + window, start : start + window]
    seen = rgb[inside].astype(np.float64) if inside.any() else np.full((1, 3), math.nan)
    cues = {
        "file_bytes": float(len(data)),
        "frame_side": math.sqrt(crop.geometry.height * crop.geometry.width),
        "sharpness": sharpness_of(rgb),
        "face_pixels": crop.quality.face_pixels,
        "share_outside": 1.0 - float(inside.mean()),
        "crop_jpeg": _jpeg_step(data),
        "medium_jpeg": _of_medium(picture, media),
    }
    for at, colour in enumerate(("red", "green", "blue")):
        cues[f"{colour}_mean"], cues[f"{colour}_spread"] = float(seen[:, at].mean()), float(seen[:, at].std())
    return cues


def _of_medium(picture: Picture, media: Sequence[Path]) -> float:
    """NaN where the media file is not found, or is no longer the one that was prepared."""
    for folder in (Path(), *media):
        file = folder / picture.clip.path
        if file.is_file() and file.stat().st_size == picture.medium:
            with file.open("rb") as stream:
                start = stream.read(len(JPEG))
                return _jpeg_step(start + stream.read()) if start == JPEG else 0.0
    return math.nan


def _jpeg_step(data: bytes) -> float:
    """The mean step of the brightness' quantisation table; 0 for what is no JPEG."""
    if not data.startswith(JPEG):
        return 0.0
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
            tables = getattr(picture, "quantization", {})
    except (UnidentifiedImageError, OSError):
        return 0.0
    return float(np.mean(tables[0])) if 0 in tables else 0.0
