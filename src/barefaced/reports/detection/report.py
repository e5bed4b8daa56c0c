"""The answer of detection: `Report`, and its JSON.

Times are seconds, fakeness lies in [0, 1]. A number that is not known is null: NaN and infinity never appear in the
JSON. Its schema is `detection.schema.json` beside this file, told field by field in docs/detect.md; its name carries a
version that changes when a field goes or changes its meaning.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from barefaced.config.media import DetectSettings
from barefaced.errors import InputError
from barefaced.reports.promises import found_elsewhere
from barefaced.values.card import Choice, DomainsCard, Thresholds
from barefaced.values.json_codec import plain, record
from barefaced.values.media import Provenance
from barefaced.values.scores import Evidence, Interval, Reason, Segment, TrackScore, Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCHEMA = "barefaced-detection/3"

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
    """One for each `Report.evidence`, in its order."""
    strips: dict[int, tuple[StripFace, ...]] = field(default_factory=dict)
    """By track."""


@dataclass(frozen=True)
class Report:
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

    def to_json(self) -> str:
        """Write the whole report but its pictures, as `detection.schema.json` says."""
        return json.dumps(fields_of(self), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def to_html(self) -> str:
        """Write one page for people, everything in it."""
        from barefaced.reports.detection.page import page

        return page(self)

    def _repr_html_(self) -> str:
        """The page, in a notebook's cell: in a frame of its own, whose style is not the notebook's."""
        return f'<iframe srcdoc="{escape(self.to_html())}" width="100%" height="700" style="border:0"></iframe>'

    def to_csv(self) -> str:
        """Write a line for each person and moment: track, frame, seconds, fakeness; and the file's name and sha256."""
        from barefaced.reports.detection.table import table

        return table(self)

    def plot(self) -> "Figure":
        """Draw fakeness over time, a line for each person."""
        from barefaced.reports.figures import scores_over_time

        tracks = {f"person {track.track + 1}": track for track in self.tracks}
        return scores_over_time(tracks, self.model.measured.thresholds)

    def of(self, path: str) -> "Report":
        """Give the same answer for a file of the same content elsewhere."""
        return replace(self, path=path)


def fields_of(report: Report) -> dict[str, Any]:
    """Turn the report into JSON values."""
    fields = asdict(replace(report, pictures=Pictures()))
    del fields["pictures"]
    return {"schema": SCHEMA, **plain(fields), "label": LABELS[report.verdict], "notice": NOTICE}


def from_json(fields: Mapping[str, Any]) -> Report:
    """Rebuild the report that `fields_of` wrote, without its pictures.

    Raises:
        InputError: another schema, or a field missing, unknown or of another type.
    """
    if fields.get("schema") != SCHEMA:
        raise InputError(
            expected=f"a report of schema {SCHEMA}",
            got=f"schema {fields.get('schema')!r}",
            fix="Read it with the version of barefaced that wrote it, or detect again.",
        )
    try:
        return record(Report, {name: value for name, value in fields.items() if name not in _AROUND}, "report")
    except ValueError as e:
        raise InputError(expected="the fields of a report", got=str(e), fix="Detect again.") from e


_AROUND = ("schema", "label", "notice")
"""Fields of the JSON that are not the report's."""


def read_report(path: Path) -> Report:
    """Read the report in a JSON file.

    Raises:
        InputError: no such file, not JSON, or not a report.
    """
    try:
        fields = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as e:
        raise InputError(expected=f"a report at {path}", got=str(e), fix="Give a .json file of `detect`.") from e
    return from_json(fields if isinstance(fields, dict) else {})


def summary(report: Report) -> str:
    """Write one line for a person; what a file's name or tags hold stays on it."""
    name = "".join(letter if letter.isprintable() else "?" for letter in report.path)
    if report.fakeness is None:
        why = report.detail or REASONS[report.reason]
        return f"{name}: {LABELS[report.verdict]}, {' '.join(why.split())}"
    line = f"{name}: {LABELS[report.verdict]}, fakeness {report.fakeness:.2f}"
    if report.interval is not None and report.interval.low == report.interval.low:
        line += f" ({report.interval.low:.2f} to {report.interval.high:.2f})"
    if len(report.tracks) > 1:
        whose = "seen longest" if report.settings.people == "longest" else "the most suspicious"
        line += f", {whose} of {len(report.tracks)} faces"
    if report.segments:
        line += "; look at " + ", ".join(f"{part.start:.1f} to {part.end:.1f} s" for part in report.segments)
    if report.verdict == "likely_real":
        elsewhere = found_elsewhere(report.model.found_elsewhere).rstrip(".")
        line += f". That is no proof that it is real: {elsewhere[0].lower()}{elsewhere[1:]}"
    return line
