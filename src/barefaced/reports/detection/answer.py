"""What detection answers: the values of a report, without a way to show them.

Times are seconds, fakeness lies in [0, 1].
"""

from dataclasses import dataclass, field

from barefaced.config.media import DetectSettings
from barefaced.values.card import Choice, DomainsCard, Thresholds
from barefaced.values.media import Provenance
from barefaced.values.scores import Evidence, Interval, Reason, Segment, TrackScore, Verdict

NOTICE = (
    "A fakeness is a model's estimate for a face swapped or reenacted in ways like those it was trained on. "
    "It is not evidence alone: how often the model errs is in its card."
)

LABELS: dict[Verdict, str] = {
    "likely_fake": "likely forged",
    "likely_real": "no sign of forgery found",
    "inconclusive": "cannot tell",
    "not_assessable": "not assessable",
}
"""A `Verdict` in words: the same on the page, on the terminal and as `label` in the JSON."""

REASONS: dict[Reason, str] = {
    "": "",
    "no_face": "no face was found",
    "face_too_small": "the face is too small",
    "too_blurry": "the face is too blurry",
    "too_few_frames": "the face is seen in too few frames",
    "decode_error": "the file could not be decoded",
}
"""A `Reason` in words."""


@dataclass(frozen=True)
class Media:
    """What the file is, as it says of itself."""

    codec: str
    fps: float
    """0 for a picture."""
    frames: int
    """As the container declares; 0 where it does not say."""
    seconds: float
    height: int
    width: int
    provenance: Provenance


@dataclass(frozen=True)
class Source:
    """One of the data sets that the model was trained on."""

    dataset: str
    methods: tuple[str, ...]
    clips: int
    people: int
    """Origins: videos that forgeries were made of."""


@dataclass(frozen=True)
class ModelFacts:
    """What of the model's card a reader of the report must know."""

    path: str
    """As it was given; empty where the model did not come from a file."""
    name: str
    version: str
    """Of barefaced that trained it."""
    sha256: str
    """Of its tensors."""
    card_sha256: str
    """Of its card."""
    trained_on: tuple[Source, ...]
    aggregation: str
    """That was used for this report."""
    measured: Choice
    """Of that aggregation, of the nearest number of moments not above the person's who decides, on validation clips:
    thresholds, AUC, and how often each verdict was given."""
    moment: Thresholds
    """Of a single moment: they cut the segments."""
    jump: float
    """Over the rest of the track, from which on a stretch is a segment."""
    domains: DomainsCard
    licence: str
    found_elsewhere: dict[str, float] = field(default_factory=dict)
    """By test set of forgeries made by others: the share that it called likely forged (`ModelCard.found_elsewhere`)."""


@dataclass(frozen=True)
class StripFace:
    """One small face picture of a person's strip."""

    seconds: float
    fakeness: float
    jpeg: bytes


@dataclass(frozen=True)
class Explained:
    """The pictures of one `Evidence`."""

    frame: bytes
    """JPEG: the frame with the heat map on it and the crop's outline."""
    face: bytes
    """JPEG: the crop as the model saw it."""
    heat: bytes
    """JPEG: the same under its heat map."""
    altered: bytes = b""
    """JPEG: the same under the map of where it was altered; empty where the model has not learnt that."""


@dataclass(frozen=True)
class Pictures:
    """What the pages show and the JSON does not hold."""

    explained: tuple[Explained, ...] = ()
    """One for each `Answer.evidence`, in its order."""
    strips: dict[int, tuple[StripFace, ...]] = field(default_factory=dict)
    """By track."""


@dataclass(frozen=True)
class Answer:
    """The answer to: how likely is it that this face is not its own?

    `fakeness` is that of the person who decides (by default the most suspicious), or None where nothing could be
    assessed: never a number that stands for "do not know".
    """

    path: str
    sha256: str
    """Of the file; empty where it could not be read."""
    verdict: Verdict
    reason: Reason
    """Why it is not assessable; else empty."""
    detail: str
    """The same as a whole sentence."""
    fakeness: float | None
    interval: Interval | None
    """95 %, over the moments looked at: not a confidence in the verdict."""
    decided_by: int | None
    """The track whose fakeness it is."""
    tracks: tuple[TrackScore, ...]
    segments: tuple[Segment, ...]
    frames_seen: int
    frames_without_face: int
    warnings: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    media: Media | None
    """None where the file could not be read."""
    model: ModelFacts
    settings: DetectSettings
    tool: str
    """Version of barefaced."""
    created: str
    """UTC, ISO 8601: the one field that differs when the same file is looked at twice."""
    pictures: Pictures = field(default=Pictures(), compare=False, repr=False)
