"""A `Report` as JSON and as one line.

Times are seconds, fakeness lies in [0, 1]. A number that is not known is null: NaN and infinity never
appear in the JSON.

    schema               "barefaced-detection/1"
    path, sha256, model  str; sha256 of the media file, empty where it could not be read
    verdict              likely_fake | likely_real | inconclusive | not_assessable
    reason               empty, or why it is not assessable; `detail` has the full sentence of a decode error
    fakeness             of the most suspicious person, or null; `interval` {value, low, high} of it, or null
    tracks               [{track, start, end, fakeness, moments: [{frame, seconds, fakeness}]}]
    segments             [{track, start, end, fakeness}]: the stretches over the false-alarm threshold
    frames_seen, frames_without_face, warnings
    video                {path, sha256, fps, frames, height, width, codec, seconds}, or null
    notice               what the number does not mean
"""

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from barefaced.errors import InputError
from barefaced.types import Interval, MomentScore, Report, Segment, TrackScore, Video

SCHEMA = "barefaced-detection/1"

NOTICE = (
    "A fakeness is a model's estimate for a face swapped or reenacted in ways like those it was trained on. "
    "It is not evidence alone: how often the model errs is in its card."
)

REASONS = {
    "no_face": "no face was found",
    "face_too_small": "the face is too small",
    "too_blurry": "the face is too blurry",
    "too_few_frames": "the face is seen in too few frames",
    "decode_error": "the file could not be decoded",
}
"""A `Reason` in words."""


def to_json(report: Report) -> dict[str, Any]:
    """See the module for the fields."""
    fields = asdict(report)
    if report.video is not None:
        fields["video"]["path"] = str(report.video.path)
    return {"schema": SCHEMA, **_nulls(fields), "notice": NOTICE}


def _nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _nulls(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_nulls(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def from_json(fields: Mapping[str, Any]) -> Report:
    """The report that `to_json` wrote. A null where a number must stand comes back as NaN.

    Raises:
        InputError: another schema, or a field is missing.
    """
    if fields.get("schema") != SCHEMA:
        raise InputError(
            expected=f"a report of schema {SCHEMA}",
            got=f"schema {fields.get('schema')!r}",
            fix="Read it with the version of barefaced that wrote it, or detect again.",
        )
    try:
        return _report(fields)
    except KeyError as e:
        raise InputError(expected=f"the field {e} in the report", got="none", fix="Detect again.") from e


def _report(fields: Mapping[str, Any]) -> Report:
    video = fields["video"]
    return Report(
        path=fields["path"],
        sha256=fields["sha256"],
        video=None if video is None else Video(**{**_numbers(video), "path": Path(video["path"])}),
        model=fields["model"],
        verdict=fields["verdict"],
        reason=fields["reason"],
        fakeness=fields["fakeness"],
        interval=None if fields["interval"] is None else Interval(**_numbers(fields["interval"])),
        tracks=tuple(_track(track) for track in fields["tracks"]),
        segments=tuple(Segment(**_numbers(segment)) for segment in fields["segments"]),
        frames_seen=fields["frames_seen"],
        frames_without_face=fields["frames_without_face"],
        warnings=tuple(fields["warnings"]),
        detail=fields["detail"],
    )


def _track(fields: Mapping[str, Any]) -> TrackScore:
    moments = tuple(MomentScore(**_numbers(moment)) for moment in fields["moments"])
    return TrackScore(**{**_numbers(fields), "moments": moments})


def _numbers(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: math.nan if value is None else value for name, value in fields.items()}


def summary(report: Report) -> str:
    """One line for a person."""
    if report.fakeness is None:
        why = report.detail or REASONS.get(report.reason, "nothing could be assessed")
        return f"{report.path}: not assessable, {why}"
    line = f"{report.path}: {report.verdict.replace('_', ' ')}, fakeness {report.fakeness:.2f}"
    if report.interval is not None and math.isfinite(report.interval.low):
        line += f" ({report.interval.low:.2f} to {report.interval.high:.2f})"
    if len(report.tracks) > 1:
        line += f", the most suspicious of {len(report.tracks)} faces"
    if report.segments:
        line += "; look at " + ", ".join(f"{one.start:.1f} to {one.end:.1f} s" for one in report.segments)
    return line
