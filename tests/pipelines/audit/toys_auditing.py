"""Toy stores of real and forged crops in which one thing leaks, or nothing."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from barefaced.config.media import CropSettings, PrepareSettings
from barefaced.datasets.store import Store
from barefaced.datasets.windows import mirrored
from barefaced.values.dataset import REAL, Clip
from barefaced.values.geometry import Geometry, whole, with_border
from barefaced.values.media import ClipCrops, CropQuality, FaceCrop, Video

SIDE = 64
METHOD = "painted"
SETTINGS = PrepareSettings(frames=1, crop=CropSettings(size=SIDE, margin=3.2))
"""A margin at which the face is the middle third of the crop, and leaves twelve blocks of sixteen."""

Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def photograph(generator: np.random.Generator, side: int = SIDE) -> np.ndarray:
    """Soft shapes, some texture and a sensor's noise, of an exposure of its own."""
    soft = cv2.GaussianBlur(generator.normal(0, 1, (side, side, 3)), (0, 0), side / 10)
    fine = cv2.GaussianBlur(generator.normal(0, 1, (side, side, 1)), (0, 0), 1.2)[..., None]
    rgb = 128 + 25 * soft / soft.std() + generator.uniform(10, 25) * fine / fine.std() + generator.normal(0, 6, 3)
    return np.clip(rgb + generator.normal(0, 2, rgb.shape), 0, 255).astype(np.uint8)


def painted(rgb: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Another colour and sharpness in the middle, and the mask of it."""
    y, x = np.mgrid[: len(rgb), : len(rgb)] - (len(rgb) - 1) / 2
    mask = x**2 + y**2 <= 9**2
    other = cv2.GaussianBlur(rgb, (0, 0), 0.8).astype(np.float64) + generator.choice([-1, 1]) * 25
    return np.where(mask[..., None], other.clip(0, 255), rgb).astype(np.uint8), mask


def at_jpeg(rgb: np.ndarray, quality: int) -> np.ndarray:
    coded = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))


def moved(height: int, width: int, x: float = 0.0) -> Geometry:
    """A crop whose left edge lies `x` pixels left of a picture of that size."""
    return Geometry((1.0, 0.0, float(x), 0.0, 1.0, 0.0), height, width)


def add(
    store: Store, origin: str, method: str, rgb: np.ndarray, *, mask: np.ndarray | None = None,
    geometry: Geometry | None = None, face_pixels: float = 50.0, path: Path | None = None, dataset: str = "toy",
    own: bool = False,
) -> None:  # fmt: skip
    """Write a clip of one crop.

    Args:
        own: the clip is its own origin.
    """
    geometry = geometry or whole(SIDE)
    name = f"{dataset}/{method}/{origin}"
    media = path or Path(f"{method}/{origin}.png")
    scene = name if own else f"{dataset}/{origin}"
    clip = Clip(name, dataset, "", method, scene, scene, "", "", media)
    crop = FaceCrop(
        rgb=rgb,
        to_crop=geometry.matrix.astype(np.float32),
        track=0,
        frame=0,
        seconds=0.0,
        moment=0,
        quality=CropQuality(float(face_pixels), 10.0, 0.9),
        frame_size=(geometry.height, geometry.width),
        mask=None if mask is None else mask.astype(np.uint8) * 255,
    )
    video = Video(media, f"sha-{name}", 0.0, 1, geometry.height, geometry.width, "png", 0.0)
    store.write(clip, "prepared", ClipCrops(video, (crop,), 0, 1, 0))


def pairs_store(
    path: Path, origins: int = 60, *, after: Change | None = None, masks: bool = True, own: bool = False
) -> Store:
    """Real faces and one forgery of each.

    Args:
        after: done to the whole forged picture: the leak.
        masks: whether the store says what was altered.
        own: forgeries do not say what they are of.
    """
    store = Store.create(path, SETTINGS)
    for number in range(origins):
        generator = np.random.default_rng(number)
        real = photograph(generator)
        forged, mask = painted(real, generator)
        forged = after(forged, generator) if after else forged
        add(store, f"p{number}", REAL, real)
        add(store, f"p{number}", METHOD, forged, mask=mask if masks else None, own=own)
    store.collate()
    return store


def mirror_store(path: Path, origins: int = 80, *, old: bool) -> Store:
    """Faces of tight photographs.

    Args:
        old: the border is filled before the face is forged, and nothing says that it is one; else as stores are now.
    """
    store = Store.create(path, SETTINGS)
    photo = 30
    left = (SIDE - photo) / 2
    geometry = Geometry((1.0, 0.0, left, 0.0, 1.0, left), photo, photo)
    inside = geometry.inside(SIDE)
    for number in range(origins):
        generator = np.random.default_rng(number)
        blank = np.zeros((SIDE, SIDE, 3), np.uint8)
        blank[inside] = photograph(generator, photo).reshape(-1, 3)
        real = mirrored(blank, geometry)
        forged, mask = painted(real, generator)
        for method, rgb in ((REAL, real), (METHOD, forged)):
            add(
                store, f"p{number}", method, rgb if old else with_border(rgb, inside),
                mask=mask if method == METHOD else None, geometry=whole(SIDE) if old else geometry,
            )  # fmt: skip
    store.collate()
    return store
