"""An `EvaluationReport` as report.json and as a table for the terminal.

A number that is not known is null: NaN never appears in the JSON.

    schema       "barefaced-evaluation/1"
    pooled       {frame, video, counts}: all data sets as one
    mean         {frame, video, sets}: the mean over the data sets named in `sets`
    sets         {<name>: {frame, video, counts, methods}}
      frame, video   {auc, eer, ap}; a metric is {value, low, high}
      draws          {frame, video}: bootstrap draws behind the bounds
      counts         {real, fake}, each {clips, frames}
      methods        {<method>: {frame, video, counts}}: its fakes against all the set's reals, the worst first
    coverage     {given, assessed, not_assessed, reasons: {<reason>: clips}, clips: {<clip>: reason}}
    excluded     {<clip>: reason}
    warnings     [str]
    protocol     {<name>: sentence}
    seed, draws, versions
"""

import math
from collections import Counter
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from barefaced.types import EvaluationReport, Interval, LevelMetrics, MeanReport, SetReport

SCHEMA = "barefaced-evaluation/1"


def to_json(report: EvaluationReport) -> dict[str, Any]:
    """See the module for the fields."""
    coverage = report.coverage
    return {
        "schema": SCHEMA,
        "pooled": _part(report.pooled),
        "mean": {**_levels(report.mean), "sets": list(report.mean.sets)},
        "sets": {
            name: {**_part(part), "methods": {method: _part(of) for method, of in part.methods.items()}}
            for name, part in report.sets.items()
        },
        "coverage": {
            "given": coverage.given,
            "assessed": coverage.assessed,
            "not_assessed": len(coverage.not_assessed),
            "reasons": dict(Counter(coverage.not_assessed.values()).most_common()),
            "clips": dict(coverage.not_assessed),
        },
        "excluded": dict(report.excluded),
        "warnings": list(report.warnings),
        "protocol": dict(report.protocol),
        "seed": report.seed,
        "draws": report.draws,
        "versions": dict(report.versions),
    }


def _part(part: SetReport) -> dict[str, Any]:
    counts = {name: {"clips": count.clips, "frames": count.frames} for name, count in part.counts.items()}
    return {**_levels(part), "counts": counts}


def _levels(part: SetReport | MeanReport) -> dict[str, Any]:
    draws = {"frame": part.frame.draws, "video": part.video.draws}
    return {"frame": _level(part.frame), "video": _level(part.video), "draws": draws}


def _level(level: LevelMetrics) -> dict[str, Any]:
    return {
        "auc": _interval(level.auc),
        "eer": _interval(level.eer),
        "ap": _interval(level.ap),
    }


def _interval(interval: Interval) -> dict[str, float | None]:
    return {"value": _known(interval.value), "low": _known(interval.low), "high": _known(interval.high)}


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None


def text(report: EvaluationReport) -> Group:
    """For a rich console: a table with each data set and its methods, the worst first, then coverage and warnings."""
    table = Table(box=box.SIMPLE_HEAD, caption="95 % intervals; `-`: undefined or no interval", caption_justify="left")
    table.add_column("", no_wrap=True)
    for name in ("video AUC", "video EER", "frame AUC", "frame AP", "clips real + fake"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, part in report.sets.items():
        _row(table, Text(name, "bold"), part)
        for method, of in part.methods.items():
            _row(table, Text(f"  {method}"), of)
        table.add_section()
    if len(report.sets) > 1:
        _row(table, Text("mean", "bold"), report.mean)
        _row(table, Text("pooled", "bold"), report.pooled)
    coverage = report.coverage
    lines = [f"assessed {coverage.assessed} of {coverage.given} clips"]
    lines += [f"  {reason}: {clips}" for reason, clips in Counter(coverage.not_assessed.values()).most_common()]
    if report.excluded:
        lines.append(f"excluded {len(report.excluded)} clips")
    lines += [f"warning: {warning}" for warning in report.warnings]
    return Group(table, *(Text(line) for line in lines))


def _row(table: Table, name: Text, part: SetReport | MeanReport) -> None:
    counts = f"{part.counts['real'].clips} + {part.counts['fake'].clips}" if isinstance(part, SetReport) else ""
    shown = (part.video.auc, part.video.eer, part.frame.auc, part.frame.ap)
    table.add_row(name, *(_shown(interval) for interval in shown), counts)


def _shown(interval: Interval) -> str:
    if math.isnan(interval.value):
        return "-"
    bounds = "-" if math.isnan(interval.low) else f"{_short(interval.low)}–{_short(interval.high)}"  # noqa: RUF001
    return f"{_short(interval.value)} ({bounds})"


def _short(share: float) -> str:
    return f"{share:.3f}".removeprefix("0")
