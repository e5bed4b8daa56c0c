"""Media and the faces in them: what decoding gives and what detection reads.

Alphabet: T moments, S crop side, H W frame height and width.
Pixels are RGB uint8; boxes are (left, top, right, bottom) in frame pixels; landmarks are (x, y) in frame pixels in the
order left eye, right eye, nose, left mouth corner, right mouth corner as seen in the image; times are seconds from the
stream's own timestamps. numpy only: preparing data never loads torch.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32, Int64, UInt8

C2pa = Literal["not_read", "absent", "present", "unreadable"]


@dataclass(frozen=True)
class Video:
    """What a media file's own header says. A picture is a video of one frame, fps 0 and 0 seconds."""

    path: Path
    sha256: str
    fps: float
    frames: int
    """As the container declares; 0 where it does not say."""
    height: int
    """As shown, after the rotation of the metadata."""
    width: int
    codec: str
    seconds: float


@dataclass(frozen=True)
class Frame:
    """One decoded frame."""

    index: int
    """Position in the stream, counted in presentation order from 0."""
    seconds: float
    rgb: UInt8[np.ndarray, "H W 3"]


@dataclass(frozen=True)
class Face:
    """One face in one frame."""

    box: Float32[np.ndarray, "4"]
    landmarks: Float32[np.ndarray, "5 2"]
    confidence: float


@dataclass(frozen=True)
class FaceTrack:
    """One person through the frames that were looked at."""

    track: int
    frames: Int64[np.ndarray, " T"]
    """Positions in the sequence of sampled frames (not stream indices)."""
    boxes: Float32[np.ndarray, "T 4"]
    landmarks: Float32[np.ndarray, "T 5 2"]
    confidences: Float32[np.ndarray, " T"]


@dataclass(frozen=True, slots=True)
class CropQuality:
    """How far a crop can be trusted."""

    face_pixels: float
    """Side, in frame pixels, of the square that the ArcFace template covers: what the camera really gave."""
    sharpness: float
    """Variance of the Laplacian of the grey crop at 128 px (Pech-Pacheco et al., 2000)."""
    confidence: float
    """Of the face finder."""
    yaw: float = 0.0
    """Degrees, from the five landmarks (`imaging.head_pose`); positive: looks to the right of the picture."""
    pitch: float = 0.0
    """Degrees; positive: looks down."""
    roll: float = 0.0
    """Degrees; positive: leans to the right (clockwise)."""


@dataclass(frozen=True)
class FaceCrop:
    """One aligned face."""

    rgb: UInt8[np.ndarray, "S S 3"]
    to_crop: Float32[np.ndarray, "2 3"]
    """Maps frame pixels to crop pixels."""
    track: int
    frame: int
    seconds: float
    moment: int
    """Which of the sampled moments, counted from 0."""
    quality: CropQuality
    frame_size: tuple[int, int]
    """Height and width in pixels of the frame that it was cut from."""
    mask: UInt8[np.ndarray, "S S"] | None = None
    """Where the data set says the pixels were forged, through the same transform: 0 to 255. None: it says nothing."""


@dataclass(frozen=True)
class ClipCrops:
    """What one clip gave: every person's crops, and what was seen on the way."""

    video: Video
    crops: tuple[FaceCrop, ...]
    """Ordered by track, then moment."""
    subject: int | None
    """The track taken for the clip's subject: the one under the mask where there is one, else the one seen at most
    moments, then the largest. None: no face."""
    frames_seen: int
    frames_without_face: int
    warnings: tuple[str, ...] = ()
    uncovered: bool = False
    """The mask has something in it, and no face that was found is under it: `subject` is a guess."""


@dataclass(frozen=True)
class Provenance:
    """What a file says of itself. These are claims: anybody can write or remove them."""

    size: int
    """Bytes."""
    container: str
    bits_per_pixel: float
    """Of a video's frames, by size, length and rate; of a picture by its size. 0: not known."""
    tags: dict[str, str] = field(default_factory=dict)
    """Creation and camera tags of the container or the EXIF block."""
    c2pa: C2pa = "not_read"
    """Of a signed manifest. `not_read`: the library is not installed. Absent is no information."""
    c2pa_manifest: dict[str, str] = field(default_factory=dict)
    """Who made and signed it, as the manifest claims; and whether the signature holds."""


@dataclass(frozen=True)
class KeptFrame:
    """A frame that was looked at, small, for a report's pictures."""

    moment: int
    jpeg: bytes
    scale: float
    """Pixels of the kept frame per pixel of the frame."""


@dataclass(frozen=True)
class ReadClip:
    """All that detection takes from a file."""

    found: ClipCrops
    provenance: Provenance
    frames: tuple[KeptFrame, ...] = ()
