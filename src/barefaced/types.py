"""The values that cross a room's boundary and hold no tensor (those are in `tensors`).

Alphabet: T moments, S crop side, H W frame height and width.
Pixels are RGB uint8; boxes are (left, top, right, bottom) in frame pixels; landmarks are (x, y) in frame pixels in the
order left eye, right eye, nose, left mouth corner, right mouth corner as seen in the image; times are seconds from the
stream's own timestamps; fakeness lies in [0, 1]. numpy only: preparing data never loads torch.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float, Float32, Int64, Shaped, UInt8

from barefaced.geometry import Geometry

REAL = "real"
"""The method of a clip that nobody altered; position 0 of every group."""

Verdict = Literal["likely_fake", "likely_real", "inconclusive", "not_assessable"]
C2pa = Literal["not_read", "absent", "present", "unreadable"]
Reason = Literal["", "no_face", "face_too_small", "too_blurry", "too_few_frames", "decode_error"]


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
    """Degrees, from the five landmarks (`vision.pose`); positive: looks to the right of the picture."""
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


@dataclass(frozen=True)
class ScoreTable:
    """scores.parquet in memory, the seam between the model and the metrics: one row per assessed crop, N rows, column
    by column; names are arrays of str.
    """

    clip: Shaped[np.ndarray, " N"]
    track: Int64[np.ndarray, " N"]
    frame: Int64[np.ndarray, " N"]
    seconds: Float[np.ndarray, " N"]
    fakeness: Float[np.ndarray, " N"]
    label: Int64[np.ndarray, " N"]
    dataset: Shaped[np.ndarray, " N"]
    method: Shaped[np.ndarray, " N"]
    origin: Shaped[np.ndarray, " N"]


@dataclass(frozen=True)
class VideoScores:
    """One row per clip, N rows in order of clip: its score is the mean of its crops' fakeness."""

    clip: Shaped[np.ndarray, " N"]
    fakeness: Float[np.ndarray, " N"]
    label: Int64[np.ndarray, " N"]
    dataset: Shaped[np.ndarray, " N"]
    method: Shaped[np.ndarray, " N"]
    origin: Shaped[np.ndarray, " N"]
    frames: Int64[np.ndarray, " N"]
    """Crops that the mean was taken over."""


@dataclass(frozen=True)
class Interval:
    """A number and its 95 % interval; the bounds are NaN where no interval can be given."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class MomentScore:
    """One person at one moment."""

    frame: int
    seconds: float
    fakeness: float


@dataclass(frozen=True)
class Nearness:
    """How far a person's features lie from one domain of the training crops (`model.domains`)."""

    domain: str
    """`real` or a forgery method."""
    distance: float
    """Mahalanobis, the mean over the moments, in units of the distance that 99 % of validation crops keep to their
    nearest domain: over 1 is farther than those."""


@dataclass(frozen=True)
class TrackScore:
    """One person through a clip."""

    track: int
    start: float
    end: float
    fakeness: float
    moments: tuple[MomentScore, ...]
    nearest: tuple[Nearness, ...] = ()
    """The nearest first; empty where the weights file knows nothing of its training crops."""


@dataclass(frozen=True)
class Segment:
    """A suspicious stretch of one person's track (`metrics.verdicts.segments_of`)."""

    track: int
    start: float
    end: float
    fakeness: float
    kind: Literal["high", "jump"] = "high"
    """`high`: over the threshold of a moment; `jump`: far over the rest of the same track."""


@dataclass(frozen=True)
class Deletion:
    """Whether a heat map matters: what the model's opinion loses when the hottest pixels are blurred away."""

    share: float
    """Of the crop's pixels that were blurred."""
    drop: float
    """Fall of the logit difference (fake minus real); positive: the blurred pixels spoke for a forgery."""
    elsewhere: float
    """The mean fall when the same shape is blurred at other places of the crop."""
    beats: float
    """Share of those other places whose fall is smaller."""

    @property
    def matters(self) -> bool:
        """Whether the map's place lowers the opinion, and more than nine in ten other places do."""
        return self.drop > 0 and self.beats >= 0.9


@dataclass(frozen=True)
class Altered:
    """Where a model that has learnt it says that a face was altered, and whether its opinion rests on that place."""

    target: Literal["region", "boundary"]
    """What the map marks: the altered region, or the boundary of what was blended in."""
    share: float
    """Of the crop's pixels that the map holds for more likely altered than not."""
    share_of_reals: float | None
    """The same of real validation faces, in the mean: the map says too often that something is altered. None: not
    known."""
    highest: float
    """The map's highest value, 0 to 1."""
    deletion: Deletion
    """Of the map's hottest pixels."""


@dataclass(frozen=True)
class Evidence:
    """One suspicious moment of one person, explained."""

    track: int
    frame: int
    seconds: float
    fakeness: float
    corners: tuple[tuple[float, float], ...]
    """Where the crop lies in the frame: (x, y) of its top left, top right, bottom right and bottom left corner."""
    deletion: Deletion
    """Of the gradient map's hottest pixels."""
    altered: Altered | None = None
    """None where the model has not learnt where faces are altered."""


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


@dataclass(frozen=True)
class Calibration:
    """How a logit difference becomes a fakeness. `platt`: sigmoid((difference - shift) / temperature) (Platt, 1999);
    `temperature`: the same without a shift (Guo et al., ICML 2017), in files of earlier versions; `isotonic`: the
    straight lines between `knots` (Zadrozny & Elkan, KDD 2002).
    """

    kind: Literal["none", "platt", "temperature", "isotonic"] = "none"
    temperature: float = 1.0
    shift: float = 0.0
    """The logit difference of fakeness .5. Of `platt` alone."""
    chosen_on: str = ""
    note: str = ""
    """What a reader must know of the fit: that it met a bound."""
    knots: tuple[tuple[float, float], ...] = ()
    """(logit difference, fakeness), both rising; level before the first and after the last. Of `isotonic` alone."""
    balanced: bool = False
    """Real and fake weighed alike in the fit, so .5 means even odds where they are equally frequent. False in files of
    earlier versions, where it depends on the mixture that was fitted to."""


@dataclass(frozen=True)
class SourceThreshold:
    """What the real validation clips of one data set say of a threshold. Real clips of one origin are one row, which
    lies over a threshold if any of them does.
    """

    source: str
    """The data set."""
    moments: int
    """That a clip's score sums up (the median of its clips)."""
    fpr_1: float
    """The smallest number with at most 1 % of these origins at or over it."""
    origins: int
    """Real ones."""
    over: int
    """Of them, those at or over `fpr_1`."""
    bound: float
    """The largest false-alarm rate at `fpr_1` that they do not speak against: one-sided 95 %, Clopper-Pearson."""
    over_shipped: int
    """Those at or over the threshold that is used, the highest of all sources'."""
    bound_shipped: float
    """As `bound`, at the threshold that is used."""


@dataclass(frozen=True)
class Thresholds:
    """Fakeness at which a verdict turns, and where the numbers come from."""

    fpr_1: float = 0.5
    """At or over it: likely_fake. At most 1 % of the real validation clips of each source lie there."""
    eer: float = 0.5
    """Under it: likely_real. Between the two: inconclusive."""
    chosen_on: str = ""
    real_clips: int = 0
    fake_clips: int = 0
    moments: int = 0
    """That a score sums up; 0: not known."""
    sources: tuple[SourceThreshold, ...] = ()
    """Empty: not known."""


@dataclass(frozen=True)
class Choice:
    """One way to sum up a person's moments, measured on the validation clips."""

    thresholds: Thresholds
    auc: Interval
    """Video AUC, with its interval over origins."""
    verdicts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of the `real` and of the `fake` validation clips: how many got each verdict."""


@dataclass(frozen=True)
class Profile:
    """How detection comes to a verdict; chosen on the validation clips (`metrics.aggregation.profile`)."""

    aggregation: str = "mean"
    choices: dict[str, Choice] = field(default_factory=dict)
    """By aggregation, for as many moments as were measured. Empty: only the mean, with the card's thresholds."""
    fewer: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    """By aggregation, for fewer moments, rising (`metrics.thresholds.MOMENTS`)."""
    moment: Thresholds = Thresholds()
    """The same thresholds for a single moment; they cut the suspicious segments. Of no clips: not chosen."""
    jump: float = 2.0
    """Difference between a stretch and the rest of its track that at most 1 % of the real validation clips of each
    source reach, and
    `metrics.aggregation.LEAST_JUMP` at least; no clip can reach 2."""


@dataclass(frozen=True)
class DomainsCard:
    """Of the training crops' features, whose means and covariance lie among a weights file's tensors."""

    names: tuple[str, ...] = ()
    """`real` and the forgery methods: the rows of the means. Empty: nothing was measured."""
    counts: tuple[int, ...] = ()
    """Crops measured of each."""
    shrinkage: float = 0.0
    """Of the shared covariance towards a sphere (Ledoit & Wolf, 2004)."""
    usual: float = 0.0
    """Mahalanobis distance to the nearest domain that 99 % of the crops named by `usual_on` keep."""
    usual_on: str = ""


@dataclass(frozen=True)
class TrainedOn:
    """What a model has seen of one data set. Evaluation leaves these origins out unless told otherwise."""

    dataset: str
    methods: tuple[str, ...]
    clips: int
    train_origins: tuple[str, ...]
    val_origins: tuple[str, ...]


@dataclass(frozen=True)
class ModelCard:
    """Everything needed to use a weights file rightly; stored as JSON in the file's header."""

    name: str
    version: str
    backbone: str
    input_size: int
    """Side in pixels that the crop is resized to inside the model."""
    channels: int
    crop_size: int
    crop_margin: float
    finder: str
    finder_side: int
    frames: int
    """Moments sampled per clip in training and validation."""
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    labels: tuple[str, str] = (REAL, "fake")
    border: str = "mirror"
    """What stood outside the picture in the crops it learnt from (`geometry.BORDER`); older cards do not say it."""
    locate: int = 0
    """Stride in pixels of the map whose head says where a face was altered; 0: there is no such head."""
    locate_target: Literal["", "region", "boundary"] = ""
    """What that head learnt: the altered region, or its boundary. Empty without it."""
    methods: tuple[str, ...] = ()
    preset: str = ""
    real_encoder: str = ""
    trained_on: tuple[TrainedOn, ...] = ()
    metrics: dict[str, Interval] = field(default_factory=dict)
    calibration: Calibration = Calibration()
    thresholds: Thresholds = Thresholds()
    profile: Profile = Profile()
    domains: DomainsCard = DomainsCard()
    licence: str = ""
    settings: dict[str, object] = field(default_factory=dict)
    """The whole recipe, resolved."""
    created: str = ""
    sha256: str = ""
    """Of the tensors' bytes in key order: filled in when a file is read or written."""
