"""report.json and the terminal's table."""

import io
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from barefaced.reports import evaluation
from barefaced.reports.evaluation import text, to_json
from barefaced.reports.evaluation_page import html
from barefaced.values.card import SourceThreshold, Thresholds
from barefaced.values.evaluation import (
    METRICS,
    UNCHOSEN,
    Case,
    Comparison,
    Count,
    Coverage,
    Difference,
    EvaluationReport,
    GroupReport,
    LevelMetrics,
    MeanReport,
    Model,
    Reliability,
    SetReport,
)
from barefaced.values.scores import Interval, VideoScores

UNKNOWN = Interval(math.nan, math.nan, math.nan)


def level(auc: float) -> LevelMetrics:
    known = {"auc": Interval(auc, auc - 0.1, auc + 0.05), "eer": Interval(1 - auc, math.nan, math.nan)}
    return LevelMetrics(**{name: known.get(name, UNKNOWN) for name in METRICS}, draws=1990)


def part(auc: float, methods: dict[str, SetReport] | None = None) -> SetReport:
    return SetReport(level(auc - 0.1), level(auc), {"real": Count(10, 320), "fake": Count(20, 600)}, methods or {})


WON = Difference(Interval(0.05, 0.01, 0.09), 0.012, 0.024)
REPORT = EvaluationReport(
    model=Model("toy", "ab12", ("ff",), 3),
    thresholds=Thresholds(0.9, 0.5, "val", 100, 200, 8, (SourceThreshold("ff", 8, 0.8, 120, 1, 0.039, 0, 0.0247),)),
    fewer=(Thresholds(0.95, 0.5, "val", 100, 200, 1),),
    reliability={"ff": Reliability((0.2, 0.8), (0.25, 0.7), (30, 30), 0.02)},
    false_alarms=(Case("ff/real/1", "ff", "real", 0.97),),
    misses=(Case("ff/hard/1", "ff", "hard", 0.02),),
    groups=(GroupReport("gender", {"f": part(0.7), "m": part(0.8)}, Interval(0.1, 0.02, 0.2), "m", "f"),),
    comparisons=(Comparison("toy", "other", 60, 1, 2, {"ff": WON}, {"ff": WON}),),
    hardware="a machine",
    pooled=part(0.8),
    mean=MeanReport(level(0.7), level(0.75), ("celeb", "ff")),
    sets={"celeb": part(0.75), "ff": part(0.9, {"hard": part(0.6), "easy": part(0.99)})},
    coverage=Coverage(60, {"ff/real/1": "no_face", "ff/real/2": "no_face", "ff/easy/3": "decode_error"}),
    excluded={"ff/real/9": "seen in training"},
    warnings=("3 of 63 clips could not be assessed and are in no metric",),
    protocol={"video": "mean of frames"},
    seed=3,
    draws=2000,
    versions={"numpy": "2"},
)


def test_the_fields_that_others_read_are_there():
    fields = json.loads(json.dumps(to_json(REPORT), allow_nan=False))
    assert fields["schema"] == "barefaced-evaluation/3"
    assert fields["sets"]["ff"]["video"]["auc"] == pytest.approx({"value": 0.9, "low": 0.8, "high": 0.95})
    assert fields["pooled"]["frame"]["auc"]["value"] == pytest.approx(0.7)
    assert fields["sets"]["ff"]["methods"]["easy"]["counts"]["fake"] == {"clips": 20, "frames": 600}
    assert fields["thresholds"]["sources"][0]["bound_shipped"] == pytest.approx(0.0247)
    assert [row["moments"] for row in fields["fewer"]] == [1]
    assert list(fields["sets"]["ff"]["methods"]) == ["hard", "easy"]
    assert fields["mean"]["sets"] == ["celeb", "ff"]
    assert (fields["seed"], fields["draws"], fields["versions"]) == (3, 2000, {"numpy": "2"})


def test_an_undefined_metric_is_null():
    fields = to_json(REPORT)
    assert fields["pooled"]["video"]["ap"] == {"value": None, "low": None, "high": None}
    assert fields["pooled"]["video"]["eer"]["low"] is None


def test_every_promised_field_is_there_and_nothing_else():
    fields = to_json(REPORT)
    lines = re.findall(r"^ {4}(\w+(?:, \w+)*)(?:  |$)", evaluation.__doc__ or "", flags=re.MULTILINE)
    assert list(fields) == [name for line in lines for name in line.split(", ")]
    for one in (fields["pooled"], fields["mean"], fields["sets"]["ff"], fields["sets"]["ff"]["methods"]["hard"]):
        for level in ("frame", "video"):
            assert set(one[level]) == set(METRICS)
            assert all(set(metric) == {"value", "low", "high"} for metric in one[level].values())
    assert fields["groups"][0]["gap"] == {"value": 0.1, "low": 0.02, "high": 0.2, "best": "m", "worst": "f"}
    assert fields["comparisons"][0]["video"]["ff"]["p_delong"] is None


def test_coverage_adds_up():
    coverage = to_json(REPORT)["coverage"]
    assert coverage["given"] == coverage["assessed"] + coverage["not_assessed"] == 63
    assert coverage["reasons"] == {"no_face": 2, "decode_error": 1}
    assert sum(coverage["reasons"].values()) == len(coverage["clips"])


def shown(report: EvaluationReport) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=120).print(text(report))
    return stream.getvalue().splitlines()


def test_the_terminal_shows_every_set_and_method_the_worst_first():
    lines = shown(REPORT)
    first_words = [line.split()[0] for line in lines if line.split()]
    places = [first_words.index(name) for name in ("celeb", "ff", "hard", "easy", "mean", "pooled")]
    assert places == sorted(places)
    hard = next(line for line in lines if "hard" in line)
    assert ".600 (.500–.650)" in hard  # noqa: RUF001
    assert "10 + 20" in hard
    assert any("assessed 60 of 63 clips" in line for line in lines)
    assert any("no_face: 2" in line for line in lines)


def test_the_terminal_shows_nan_nowhere():
    assert "nan" not in "\n".join(shown(REPORT)).lower()


def test_names_are_shown_as_they_are():
    """Square brackets are rich's markup: a data set may have them."""
    odd = EvaluationReport(**{**vars(REPORT), "sets": {"[red]set": part(0.7)}, "warnings": ("[bold]x",)})
    assert any("[red]set" in line for line in shown(odd))
    assert any("[bold]x" in line for line in shown(odd))


def videos(fakes: bool = True) -> VideoScores:
    """A data set `ff` of four reals, and four fakes where wanted."""
    label = np.array([0] * 4 + [1] * 4 * fakes)
    names = np.array([f"c{at}" for at in range(len(label))], object)
    method = np.where(label == 0, "real", "easy").astype(object)
    dataset = np.full(len(label), "ff", object)
    return VideoScores(
        names, np.linspace(0.1, 0.9, len(label)), label, dataset, method, names, np.ones(len(label), int)
    )


def test_only_real_clips_over_the_threshold_are_called_false_alarms_and_only_fakes_under_it_misses():
    cases = [Case("ff/real/high", "ff", "real", 0.93), Case("ff/real/low", "ff", "real", 0.4)]
    fakes = [Case("ff/easy/low", "ff", "easy", 0.2), Case("ff/easy/high", "ff", "easy", 0.95)]
    report = replace(REPORT, false_alarms=tuple(cases), misses=tuple(fakes), sets={"ff": REPORT.sets["ff"]})
    page = html(report, videos())
    assert "False alarms" in page
    assert all((f"ff/{clip}<" in page) == shown for clip, shown in
               {"real/high": True, "real/low": False, "easy/low": True, "easy/high": False}.items())  # fmt: skip
    unchosen = html(replace(report, thresholds=UNCHOSEN), videos())
    assert "Highest-scored reals" in unchosen
    assert "ff/real/low<" in unchosen
    assert not re.search("<h3>(False alarms|Misses)", unchosen)


def test_a_class_without_a_clip_has_no_list_of_cases():
    lone = replace(REPORT.pooled, counts={"real": Count(4, 4), "fake": Count(0, 0)})
    page = html(replace(REPORT, pooled=lone, misses=(), reliability={}, sets={"ff": lone}), videos(fakes=False))
    assert "<h3>False alarms</h3>" in page
    assert "Misses" not in page


def test_the_page_has_the_metrics_most_people_want_first_and_all_of_them_once_a_level():
    page = html(replace(REPORT, sets={"ff": REPORT.sets["ff"]}), videos())
    first, more = (re.search(pattern, page, re.DOTALL) for pattern in ("<table>.*?</table>", "<details>.*?</details>"))
    assert first
    assert more
    heads = [re.findall('<th class="number" scope="col">(.*?)</th>', part[0]) for part in (first, more)]
    assert heads[0] == ["AUC", "EER", "found at 1 % false alarms", "real + fake clips"]
    assert len(heads[0]) - 1 + len(heads[1]) == len(METRICS)
