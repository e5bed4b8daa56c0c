"""Toy clips, crops and stores for the tests of this folder."""

from pathlib import Path

import numpy as np

from barefaced.config.media import CropSettings, PrepareSettings
from barefaced.datasets.store import Store
from barefaced.values.dataset import REAL, Clip, StoredCrop
from barefaced.values.geometry import whole
from barefaced.values.media import ClipCrops, CropQuality, FaceCrop, Video

SIDE = 16
SETTINGS = PrepareSettings(frames=4, crop=CropSettings(size=SIDE))


def toy_clip(origin: str, method: str = REAL, *, name: str = "", source: str = "", split: str = "", **fields) -> Clip:
    """A clip of the data set `toy`; its identity is its origin."""
    name = name or origin
    values = {
        "clip": f"toy/c23/{method}/{name}",
        "dataset": "toy",
        "compression": "c23",
        "method": method,
        "origin": f"toy/{origin}",
        "identity": f"toy/{origin}",
        "source": source and f"toy/{source}",
        "split": split,
        "path": Path(f"{method}/{name}.mp4"),
    }
    return Clip(**(values | fields))


def toy_stored(clip: Clip, moment: int, *, track: int = 0, subject: bool = True) -> StoredCrop:
    return StoredCrop(
        clip=clip.clip,
        file=f"{clip.clip}/{track}_{moment}.png",
        track=track,
        subject=subject,
        moment=moment,
        frame=moment * 10,
        seconds=moment / 3,
        quality=CropQuality(64.0, 10.0, 0.9),
        geometry=whole(SIDE),
        sha256="",
    )


def toy_pixels(clip: Clip, moment: int, track: int = 0) -> np.ndarray:
    """Noise that is another for every crop: a crop is known by its pixels."""
    seed = [*clip.clip.encode(), moment, track]
    return np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)


def toy_crops(clip: Clip, moments: tuple[int, ...] = (0, 1, 2, 3), tracks: tuple[int, ...] = (0,)) -> ClipCrops:
    """What `vision` would give: the first track is the subject."""
    return ClipCrops(
        video=Video(clip.path, f"sha-{clip.clip}", 25.0, 100, 64, 64, "h264", 4.0),
        crops=tuple(
            FaceCrop(
                rgb=toy_pixels(clip, moment, track),
                to_crop=np.eye(2, 3, dtype=np.float32),
                track=track,
                frame=moment * 10,
                seconds=moment / 3,
                moment=moment,
                quality=CropQuality(64.0, 10.0, 0.9),
                frame_size=(SIDE, SIDE),
            )
            for track in tracks
            for moment in moments
        ),
        subject=tracks[0] if tracks and moments else None,
        frames_seen=4,
        frames_without_face=4 - len(moments),
    )


def toy_media(root: Path, clips: list[Clip]) -> list[Clip]:
    """The clips with a file each under `root`."""
    placed = []
    for clip in clips:
        path = root / clip.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(clip.clip.encode())
        placed.append(toy_clip(clip.origin.removeprefix("toy/"), clip.method, name=path.stem, path=path))
    return placed


def toy_store(path: Path, clips: list[Clip]) -> Store:
    store = Store.create(path, SETTINGS)
    for clip in clips:
        store.write(clip, "prepared", toy_crops(clip))
    store.collate()
    return store
