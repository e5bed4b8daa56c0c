"""A detection report as JSON, CSV, a page and a line."""

import csv
import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import barefaced.reports
from barefaced.config.media import DetectSettings
from barefaced.errors import InputError
from barefaced.reports.detection.answer import (
    LABELS,
    REASONS,
    Explained,
    Media,
    ModelFacts,
    Pictures,
    Source,
    StripFace,
)
from barefaced.reports.detection.report import SCHEMA, Report, from_json, read_report, summary
from barefaced.values.card import Choice, DomainsCard, SourceThreshold, Thresholds
from barefaced.values.media import Provenance
from barefaced.values.scores import Altered, Deletion, Evidence, Interval, MomentScore, Nearness, Segment, TrackScore

SOURCES = (
    SourceThreshold("made", 2, 0.8, 120, 1, 0.0389, 1, 0.0389),
    SourceThreshold("calm", 2, 0.61, 310, 3, 0.0248, 0, 0.0097),
)
THRESHOLDS = Thresholds(0.8, 0.4, "validation clips of made", 150, 300, 2, SOURCES)
MODEL = ModelFacts(
    path="model.safetensors",
    name="toy",
    version="0.1.0",
    sha256="cd" * 32,
    card_sha256="ef" * 32,
    trained_on=(Source("made", ("real", "FaceSwap"), 30, 10),),
    aggregation="mean",
    measured=Choice(
        THRESHOLDS,
        Interval(0.9, 0.8, 0.95),
        {
            "real": {"likely_fake": 1, "inconclusive": 9, "likely_real": 140},
            "fake": {"likely_fake": 200, "inconclusive": 60, "likely_real": 40},
        },
    ),
    moment=Thresholds(0.9, 0.5, "single moments", 4800, 9600),
    jump=0.3,
    domains=DomainsCard(("real", "FaceSwap"), (960, 960), 0.1, 12.5, "480 crops of validation"),
    licence="research",
    found_elsewhere={"strangers": 0.015, "others": 0.4},
)
REPORT = Report(
    path="clips/<b>clip</b>.mp4",
    sha256="ab" * 32,
    verdict="likely_fake",
    reason="",
    detail="",
    fakeness=0.91,
    interval=Interval(0.91, 0.88, 0.94),
    decided_by=0,
    tracks=(
        TrackScore(
            0, 0.0, 4.0, 0.91, (MomentScore(0, 0.0, 0.9), MomentScore(50, 2.0, 0.92)), (Nearness("FaceSwap", 0.7),)
        ),
        TrackScore(1, 1.0, 2.0, 0.2, (MomentScore(25, 1.0, 0.2),)),
    ),
    segments=(Segment(0, 0.0, 4.0, 0.91),),
    frames_seen=32,
    frames_without_face=2,
    warnings=("two faces",),
    evidence=(
        Evidence(0, 50, 2.0, 0.92, ((1.0, 2.0), (3.0, 2.0), (3.0, 4.0), (1.0, 4.0)), Deletion(0.2, 1.5, 0.1, 1.0)),
    ),
    media=Media(
        "h264", 25.0, 100, 4.0, 480, 640, Provenance(12345, "mov,mp4", 0.05, {"title": "<script>alert(1)</script>"})
    ),
    model=MODEL,
    settings=DetectSettings(),
    tool="0.1.0",
    created="2026-01-02T03:04:05+00:00",
    pictures=Pictures((Explained(b"frame", b"face", b"heat"),), {0: (StripFace(0.0, 0.9, b"small"),)}),
)
UNKNOWN = replace(
    REPORT,
    path="gone.mp4",
    verdict="not_assessable",
    reason="no_face",
    fakeness=None,
    interval=None,
    decided_by=None,
    tracks=(),
    segments=(),
    evidence=(),
    pictures=Pictures(),
)
LOST = replace(UNKNOWN, sha256="", reason="decode_error", detail="the file is cut off", media=None)
REAL = replace(REPORT, verdict="likely_real", fakeness=0.1, segments=())
UNSURE = replace(REPORT, verdict="inconclusive", fakeness=0.6)
WHERE = replace(
    REPORT,
    evidence=tuple(
        replace(one, altered=Altered("region", 0.17, 0.12, 0.93, Deletion(0.2, 0.4, 0.3, 0.6)))
        for one in REPORT.evidence
    ),
    pictures=replace(REPORT.pictures, explained=(Explained(b"frame", b"face", b"heat", b"altered"),)),
)
ALL = (REPORT, UNKNOWN, LOST, REAL, UNSURE, WHERE)


def schema() -> dict:
    return json.loads((Path(barefaced.reports.__file__).parent / "detection.schema.json").read_text())


@pytest.mark.parametrize("report", ALL)
def test_a_report_comes_back_from_its_json_as_it_went(report):
    assert from_json(json.loads(report.to_json())) == report


@pytest.mark.parametrize("report", ALL)
def test_the_json_is_what_the_schema_says(report):
    jsonschema.validate(json.loads(report.to_json()), schema(), jsonschema.Draft202012Validator)


def test_the_schema_knows_every_field_and_its_own_name():
    described = schema()
    jsonschema.Draft202012Validator.check_schema(described)
    told = json.loads(REPORT.to_json())
    assert set(described["properties"]) == set(described["required"]) == set(told)
    assert described["properties"]["schema"]["const"] == SCHEMA
    for field in told:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({name: value for name, value in told.items() if name != field}, described)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told | {"more": 1}, described)


def test_what_is_not_known_is_null_and_never_nan():
    bare = json.loads(replace(REPORT, interval=Interval(0.91, math.nan, math.inf)).to_json())
    assert bare["interval"] == {"value": 0.91, "low": None, "high": None}
    back = from_json(bare)
    assert back.interval is not None
    assert math.isnan(back.interval.low)
    assert json.loads(UNKNOWN.to_json())["fakeness"] is None


@pytest.mark.parametrize("name", ["barefaced-detection/2", None])
def test_another_schema_is_refused(name):
    with pytest.raises(InputError, match="schema"):
        from_json(json.loads(REPORT.to_json()) | {"schema": name})


def test_a_missing_field_is_named_and_no_report_is_refused(tmp_path):
    fields = json.loads(REPORT.to_json())
    del fields["verdict"]
    with pytest.raises(InputError, match="verdict"):
        from_json(fields)
    path = tmp_path / "x.json"
    for text in ("[]", "{", "null"):
        path.write_text(text)
        with pytest.raises(InputError, match="report"):
            read_report(path)


def test_the_table_has_a_line_for_each_person_and_moment_and_no_formula():
    rows = list(csv.DictReader(io.StringIO(REPORT.to_csv())))
    assert [(row["track"], row["seconds"], float(row["fakeness"])) for row in rows] == [
        ("0", "0.0", 0.9),
        ("0", "2.0", 0.92),
        ("1", "1.0", 0.2),
    ]
    [alone] = csv.DictReader(io.StringIO(replace(UNKNOWN, path="=cmd()").to_csv()))
    assert alone["path"] == "'=cmd()"
    assert (alone["verdict"], alone["reason"], alone["fakeness"]) == ("not_assessable", "no_face", "")


@pytest.mark.parametrize("report", ALL)
def test_the_page_has_no_remote_part_no_script_and_nothing_unescaped(report):
    page = report.to_html()
    assert "Content-Security-Policy" in page
    assert not re.search(r"https?://", page)
    assert "<script" not in page
    assert "<b>clip" not in page
    assert report.path.replace("<", "&lt;").replace(">", "&gt;") in page
    assert "Not evidence alone" in page


def test_the_page_says_the_verdict_first_in_words_and_the_rates_at_its_threshold():
    headlines = {
        "likely_fake": "Likely forged",
        "likely_real": "No sign of forgery found",
        "inconclusive": "Cannot tell",
    }
    for report in (REPORT, REAL, UNSURE):
        page = report.to_html()
        assert page.index(headlines[report.verdict]) < page.index("fakeness 0.92")
        assert "1 of 150" in page
        assert "40 of 300" in page
        assert "at most 3.9 % of real faces like those measured (1 of 120 of made lie over it; 95 % bound)" in page
        assert "0.61" in page
    assert "no face was found" in UNKNOWN.to_html()
    assert "the file is cut off" in LOST.to_html()


def test_a_low_score_is_never_said_without_what_the_card_measured_on_forgeries_made_by_others():
    told = "f forgeries made by others, this detector found 1.5 % (strangers) to 40 % (others) in tests"
    page = REAL.to_html()
    assert page.replace("\u00a0", " ").index(told) < page.index('id="limits"')
    assert summary(REAL).endswith(f"That is no proof that it is real: o{told}")
    assert told not in summary(REPORT)
    unmeasured = replace(REAL, model=replace(MODEL, found_elsewhere={}))
    assert "was not measured" in unmeasured.to_html()
    assert summary(unmeasured).endswith("was not measured")


def test_page_terminal_and_json_have_one_set_of_words_for_a_verdict():
    for report in ALL:
        label = json.loads(report.to_json())["label"]
        assert label == LABELS[report.verdict]
        assert f"<h1>{label[0].upper()}{label[1:]}</h1>" in report.to_html()
        assert f": {label}, " in summary(report)


def visible(page: str) -> str:
    """The words of a page, those for experts folded away."""
    body = re.sub(r"<details.*?</details>", "", page[page.index("<body>") :], flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", body)


STILL = replace(
    REPORT,
    tracks=(TrackScore(0, 0.0, 0.0, 0.91, (MomentScore(0, 0.0, 0.91),), (Nearness("FaceSwap", 0.7),)),),
    segments=(),
    interval=Interval(0.91, math.nan, math.nan),
    frames_seen=1,
    frames_without_face=0,
    media=replace(REPORT.media, fps=0.0, frames=1, seconds=0.0) if REPORT.media else None,
    evidence=tuple(replace(evidence, frame=0, seconds=0.0) for evidence in REPORT.evidence),
)


def test_a_page_of_one_picture_has_no_time_in_it():
    words = visible(STILL.to_html())
    assert not re.search(r"\d:\d\d\.\d|When|moment|stretch|frame\b|frames|clip is|Seen", words)
    assert "<svg" not in STILL.to_html()
    assert re.search(r"\d:\d\d\.\d", visible(REPORT.to_html()))


def test_what_only_experts_understand_is_folded_away():
    for report in (REPORT, WHERE, STILL):
        assert not re.search(r"logit|draws|bound|features|nearest", visible(report.to_html()))
        assert "logit" in report.to_html()


def test_a_caption_tells_of_shading_only_where_some_is_drawn():
    assert "Shaded" in REPORT.to_html()
    assert "Shaded" not in REAL.to_html()


def test_where_it_was_altered_is_shown_beside_the_heat_map_with_its_own_test_and_only_where_it_is_known():
    page, without = WHERE.to_html(), REPORT.to_html()
    assert "Where it may be altered: region" in page
    assert "holds 17% of this crop for altered" in page
    assert "of real validation faces, which are not, it holds 12% for it on average" in page
    assert "The map matters" in page
    assert "does not matter more than other places" in page
    assert page.count("<img") == without.count("<img") + 1
    assert "may be altered" not in without
    nowhere = [replace(one, altered=replace(one.altered, share=0.0, share_of_reals=None)) for one in WHERE.evidence]
    assert "holds nothing here for altered. " in replace(WHERE, evidence=tuple(nowhere)).to_html()
    assert json.loads(REPORT.to_json())["evidence"][0]["altered"] is None


def test_the_plot_has_a_line_for_each_person():
    [axes] = REPORT.plot().axes
    drawn = {line.get_label(): line.get_ydata() for line in axes.get_lines()}
    assert list(drawn["person 1, mean 0.91"]) == [0.9, 0.92]
    assert list(drawn["person 2, mean 0.20"]) == [0.2]


def test_the_line_for_a_person_says_what_was_found_and_where_to_look():
    assert summary(replace(REPORT, path="clip.mp4")) == (
        "clip.mp4: likely forged, fakeness 0.91 (0.88 to 0.94), the most suspicious of 2 faces; look at 0.0 to 4.0 s"
    )
    assert "\x1b" not in summary(replace(REPORT, path="a\x1b[2Jb\n"))
    assert "\n" not in summary(replace(REPORT, path="a\x1b[2Jb\n"))


@pytest.mark.parametrize("reason", [reason for reason in REASONS if reason])
def test_the_line_for_what_could_not_be_assessed_says_why_and_gives_no_number(reason):
    line = summary(replace(UNKNOWN, reason=reason))
    assert line == f"gone.mp4: not assessable, {REASONS[reason]}"
    assert summary(LOST).endswith("the file is cut off")
