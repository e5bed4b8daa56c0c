"""Data sets: clips, their stored crops, and groups of these."""

from dataclasses import dataclass
from pathlib import Path

from barefaced.values.geometry import Geometry
from barefaced.values.media import CropQuality

REAL = "real"
"""The method of a clip that nobody altered; position 0 of every group."""


@dataclass(frozen=True)
class Clip:
    """One video or picture of a data set, with what the data set says of it."""

    clip: str
    """The full id: dataset/compression/method/name. Never taken apart: what it is made of are fields."""
    dataset: str
    compression: str
    method: str
    """`real`, or the forgery method."""
    origin: str
    """dataset/name of the real clip that was altered (a real clip's own). The same at every compression."""
    identity: str
    """dataset/person that the scene is of: the target."""
    source: str
    """dataset/person who lent the face or expression; empty where unknown or real."""
    split: str
    """train, val, test, or empty where the data set has no split."""
    path: Path
    mask: Path | None = None

    @property
    def label(self) -> int:
        """0 real, 1 fake."""
        return int(self.method != REAL)


@dataclass(frozen=True, slots=True)
class StoredCrop:
    """One crop in a store."""

    clip: str
    file: str
    """Relative to the store, with forward slashes."""
    track: int
    subject: bool
    """Whether this track is the one the clip's label is about."""
    moment: int
    frame: int
    seconds: float
    quality: CropQuality
    geometry: Geometry
    """Where it lies in its frame."""
    sha256: str
    mask: str = ""
    """File of the forged pixels' mask, where the data set ships one: grey PNG, relative to the store."""


@dataclass(frozen=True)
class Group:
    """One target at one moment: the real crop and the same moment under each forgery method."""

    origin: str
    compression: str
    moment: int
    crops: tuple[StoredCrop | None, ...]
    """Position = domain, 0 = real; None is a hole."""
