"""An audit as JSON, lines and a page: what is allowed, and the numbers that are not known."""

import io
import json
import math
from dataclasses import replace

from rich.console import Console

from barefaced.reports.audit import (
    Audit,
    Cue,
    Distance,
    Outside,
    Quarter,
    html,
    sentence,
    tells,
    text,
    to_json,
    verdict_of,
)
from barefaced.values.dataset import REAL
from barefaced.values.scores import Interval

SURE, CHANCE, WIDE = Interval(0.7, 0.65, 0.75), Interval(0.5, 0.48, 0.52), Interval(0.52, 0.45, 0.6)
AUDIT = Audit(
    stores=("faces",),
    clips={"ff": {REAL: 30, "Face2Face": 30, "NeuralTextures": 9}},
    outside=(
        Outside("ff", "Face2Face", "masks", 30, 30, 1440, SURE, SURE, "leak"),
        Outside("ff", "NeuralTextures", why="no mask, no pair: cannot be looked at"),
    ),
    cues=(
        Cue("ff", "Face2Face", "sharpness", SURE, 1.0, 2.0, True),
        Cue("ff", "Face2Face", "file_bytes", CHANCE, 1.0, 1.0, False),
    ),
    meanings={"sharpness": "of the crop", "file_bytes": "of <the> file"},
    pixels={"flip": True},
    window=0,
    most=1000,
    seed=0,
    draws=100,
    distances=(
        *(Distance("ff", "Face2Face", "ours", f"family{n}", n / 10, 30, 40) for n in range(6)),
        Distance("ff", "Face2Face", "ff", REAL, 0.9, 30, 30),
    ),
    quarters=(
        Quarter("ff", "", 0, math.nan, math.nan, SURE, 30, 30),
        Quarter("ff", "sharpness", 1, 0.5, 1.5, Interval(math.nan, math.nan, math.nan), 30, 0),
    ),
    model=("toy", "a" * 64),
)


def printed(audit: Audit) -> str:
    stream = io.StringIO()
    Console(file=stream, width=160).print(text(audit))
    return stream.getvalue()


def test_intervals_are_judged_by_the_end_that_is_nearer_to_a_half() -> None:
    assert verdict_of((CHANCE, SURE)) == "leak"
    assert verdict_of((CHANCE, CHANCE)) == "sound"
    assert verdict_of((CHANCE, Interval(0.43, 0.37, 0.49))) == "too few to tell"
    assert verdict_of((CHANCE, WIDE)) == "too few to tell"
    assert verdict_of((Interval(0.5, math.nan, math.nan),)) == "too few to tell"
    assert tells(SURE)
    assert tells(Interval(0.3, 0.25, 0.35))
    assert not tells(WIDE)
    assert not tells(Interval(0.9, math.nan, math.nan))


def test_what_is_allowed_is_no_leak_and_is_still_told() -> None:
    assert [leak["by"] for leak in to_json(AUDIT)["leaks"]] == ["outside", "sharpness"]
    assert "ff/Face2Face by outside" in sentence(AUDIT)
    cue = replace(AUDIT, allowed=("sharpness",))
    assert [leak["by"] for leak in to_json(cue)["leaks"]] == ["outside"]
    for name in ("Face2Face", "ff/Face2Face"):
        family = replace(AUDIT, allowed=(name,))
        assert family.leaks == ()
        assert sentence(family) == "No leak found; 1 of 2 families could not be judged outside the face."
        assert "leak (allowed)" in printed(family)
        assert "tells (allowed)" in html(family)


def test_the_json_knows_no_nan_and_the_page_escapes() -> None:
    report = json.loads(json.dumps(to_json(AUDIT), allow_nan=False))
    assert report["outside"][1]["auc"] is None
    assert report["quarters"][0]["low"] is None
    page = html(AUDIT)
    assert "of &lt;the&gt; file" in page
    assert "its own real faces" in page
    assert "cannot be looked at" in page


def test_the_lines_hold_what_tells_the_nearest_families_and_the_distance_to_the_real_faces() -> None:
    said = printed(AUDIT)
    assert "sharpness" in said
    assert "file_bytes" not in said
    assert "ours/family3 0.300, its own real faces 0.900" in said
    assert "family4" not in said
