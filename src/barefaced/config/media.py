"""The settings of reading media: crops, the face finder, preparing and detecting."""

import math
from dataclasses import dataclass, field
from typing import Literal

from barefaced.config.rules import rules

Engine = Literal["local", "ray"]
MomentAggregation = Literal["mean", "median", "top_quarter", "max"]
PeopleAggregation = Literal["most_suspicious", "longest"]


@dataclass(frozen=True)
class CropSettings:
    """How a face becomes a crop. A model's card carries them: crops made otherwise are refused."""

    size: int = 256
    """Side in pixels (paper: 256)."""
    margin: float = 1.3
    """Side of the crop over the side of the ArcFace template (the field's protocol: 1.3)."""

    def __post_init__(self) -> None:
        rule = rules(self, "crop")
        rule(self.size >= 1, "size", "of 1 pixel or more")
        rule(0 < self.margin < math.inf, "margin", "over 0")


@dataclass(frozen=True)
class FinderSettings:
    """The face finder."""

    name: Literal["centerface", "dlib"] = "centerface"
    """`dlib` stands on imported crops only: it says who found those faces, and cannot be asked to find others."""
    side: int = 480
    """The longest side, in pixels, of what the finder looks at. 480 found every face of our development clips."""
    confidence: float = 0.5
    """Faces under this are not faces."""
    model: str = ""
    """A local ONNX file instead of the installed model package."""

    def __post_init__(self) -> None:
        rule = rules(self, "finder")
        rule(self.side >= 1, "side", "of 1 pixel or more")
        rule(0 <= self.confidence <= 1, "confidence", "from 0 to 1")


@dataclass(frozen=True)
class PrepareSettings:
    """From clips to a store of crops. A store keeps them: a second run with others is refused."""

    frames: int = 32
    """Moments per clip, evenly spaced over the whole clip (the field's protocol: 32)."""
    crop: CropSettings = field(default_factory=CropSettings)
    finder: FinderSettings = field(default_factory=FinderSettings)
    image: Literal["png", "jpeg", "webp"] = "png"
    """PNG loses nothing; JPEG and WebP at quality 95 are smaller."""
    least_face: float = 24.0
    """Side in frame pixels (`CropQuality.face_pixels`, the median over the clip) under which the subject is too small
    to be looked at."""

    def __post_init__(self) -> None:
        rule = rules(self)
        rule(self.frames >= 1, "frames", "of 1 or more")
        rule(self.least_face >= 0, "least_face", "of 0 pixels or more")


@dataclass(frozen=True)
class DetectSettings:
    """How a file is looked at and judged. How faces are found and cut is the model's, and no setting."""

    frames: int = 0
    """Moments to look at, evenly spaced over the whole clip; 0: as many as the model was trained with."""
    aggregation: Literal["model", "mean", "median", "top_quarter", "max"] = "model"
    """How a person's moments become one number. `model`: what the card says was chosen on its validation clips."""
    people: PeopleAggregation = "most_suspicious"
    """Whose number is the clip's, of those seen at a quarter of the moments of the one seen most."""
    least_face: float = 24.0
    """Side of the face in frame pixels (the median over its moments) under which it is too small to be judged;
    `prepare` leaves the same out of training."""
    least_sharpness: float = 10.0
    """Variance of the Laplacian (`CropQuality.sharpness`, the median) under which a face is too blurry."""
    least_moments: int = 3
    """Moments that a person must be seen at to be judged, of a clip that has as many frames."""
    evidence: int = 2
    """Most suspicious moments of each person that are explained by a heat map; 0: no heat maps and no pictures."""

    def __post_init__(self) -> None:
        rule = rules(self)
        rule(self.frames >= 0, "frames", "of 1 or more, or 0 for the model's own")
        rule(self.least_face >= 0, "least_face", "of 0 pixels or more")
        rule(self.least_sharpness >= 0, "least_sharpness", "of 0 or more")
        rule(self.least_moments >= 0, "least_moments", "of 0 or more")
        rule(self.evidence >= 0, "evidence", "of 0 or more")
