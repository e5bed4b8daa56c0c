"""A detection report as JSON and as a line."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from barefaced.errors import InputError
from barefaced.reports.detection import REASONS, from_json, summary, to_json
from barefaced.types import Interval, MomentScore, Report, Segment, TrackScore, Video

REPORT = Report(
    path="clip.mp4",
    sha256="ab" * 32,
    video=Video(Path("clip.mp4"), "ab" * 32, 25.0, 100, 480, 640, "h264", 4.0),
    model="lsda 1",
    verdict="likely_fake",
    reason="",
    fakeness=0.91,
    interval=Interval(0.91, 0.88, 0.94),
    tracks=(
        TrackScore(0, 0.0, 4.0, 0.91, (MomentScore(0, 0.0, 0.9), MomentScore(50, 2.0, 0.92))),
        TrackScore(1, 1.0, 2.0, 0.2, (MomentScore(25, 1.0, 0.2),)),
    ),
    segments=(Segment(0, 0.0, 4.0, 0.91),),
    frames_seen=32,
    frames_without_face=2,
    warnings=("two faces",),
)
UNKNOWN = Report("gone.mp4", "", None, "lsda 1", "not_assessable", "no_face", None, None, frames_seen=32)


@pytest.mark.parametrize("report", [REPORT, UNKNOWN])
def test_a_report_comes_back_from_its_json_as_it_went(report):
    assert from_json(json.loads(json.dumps(to_json(report), allow_nan=False))) == report


def test_the_fields_that_others_read_are_there():
    fields = to_json(REPORT)
    assert fields["schema"] == "barefaced-detection/1"
    assert {"path", "sha256", "verdict", "reason", "fakeness", "tracks", "interval", "segments"} <= fields.keys()
    assert {"frames_seen", "frames_without_face", "warnings", "model", "video"} <= fields.keys()
    assert fields["tracks"][1] == {
        "track": 1,
        "start": 1.0,
        "end": 2.0,
        "fakeness": 0.2,
        "moments": [{"frame": 25, "seconds": 1.0, "fakeness": 0.2}],
    }
    assert "not evidence alone" in fields["notice"]


def test_what_is_not_known_is_null_and_never_nan():
    bare = to_json(replace(REPORT, interval=Interval(0.91, math.nan, math.inf)))
    assert bare["interval"] == {"value": 0.91, "low": None, "high": None}
    back = from_json(json.loads(json.dumps(bare, allow_nan=False)))
    assert back.interval is not None
    assert math.isnan(back.interval.low)
    assert to_json(UNKNOWN)["fakeness"] is None


@pytest.mark.parametrize("schema", ["barefaced-detection/0", None])
def test_another_schema_is_refused(schema):
    with pytest.raises(InputError, match="schema"):
        from_json(to_json(REPORT) | {"schema": schema})


def test_a_missing_field_is_named():
    fields = to_json(REPORT)
    del fields["verdict"]
    with pytest.raises(InputError, match="verdict"):
        from_json(fields)


def test_the_line_for_a_person_says_what_was_found_and_where_to_look():
    line = summary(REPORT)
    assert "\n" not in line
    assert line == (
        "clip.mp4: likely fake, fakeness 0.91 (0.88 to 0.94), the most suspicious of 2 faces; look at 0.0 to 4.0 s"
    )


@pytest.mark.parametrize("reason", REASONS)
def test_the_line_for_what_could_not_be_assessed_says_why_and_gives_no_number(reason):
    line = summary(replace(UNKNOWN, reason=reason))
    assert line == f"gone.mp4: not assessable, {REASONS[reason]}"
    assert "0." not in line


def test_the_full_sentence_of_a_decode_error_is_shown():
    assert summary(replace(UNKNOWN, reason="decode_error", detail="the file is cut off")).endswith(
        "the file is cut off"
    )
