"""report.json and the terminal's table."""

import io
import json
import math

import pytest
from rich.console import Console

from barefaced.reports.evaluation import text, to_json
from barefaced.types import Count, Coverage, EvaluationReport, Interval, LevelMetrics, MeanReport, SetReport

UNKNOWN = Interval(math.nan, math.nan, math.nan)


def level(auc: float) -> LevelMetrics:
    return LevelMetrics(Interval(auc, auc - 0.1, auc + 0.05), Interval(1 - auc, math.nan, math.nan), UNKNOWN, 1990)


def part(auc: float, methods: dict[str, SetReport] | None = None) -> SetReport:
    return SetReport(level(auc - 0.1), level(auc), {"real": Count(10, 320), "fake": Count(20, 600)}, methods or {})


REPORT = EvaluationReport(
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
    assert fields["schema"] == "barefaced-evaluation/1"
    assert fields["sets"]["ff"]["video"]["auc"] == pytest.approx({"value": 0.9, "low": 0.8, "high": 0.95})
    assert fields["pooled"]["frame"]["auc"]["value"] == pytest.approx(0.7)
    assert fields["sets"]["ff"]["methods"]["easy"]["counts"]["fake"] == {"clips": 20, "frames": 600}
    assert list(fields["sets"]["ff"]["methods"]) == ["hard", "easy"]
    assert fields["mean"]["sets"] == ["celeb", "ff"]
    assert (fields["seed"], fields["draws"], fields["versions"]) == (3, 2000, {"numpy": "2"})


def test_an_undefined_metric_is_null():
    fields = to_json(REPORT)
    assert fields["pooled"]["video"]["ap"] == {"value": None, "low": None, "high": None}
    assert fields["pooled"]["video"]["eer"]["low"] is None


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
