"""An `EvaluationReport` as report.json and as a table for the terminal.

A number that is not known is null: NaN never appears in the JSON. Fields are only added within a schema's number.

    schema       "barefaced-evaluation/3"
    model        {name, sha256, trained_on: [data set], seed}: seed null where it is not known
    pooled       {frame, video, counts, draws}: all data sets as one
    mean         {frame, video, sets, draws}: the mean over the data sets named in `sets`
    sets         {<name>: {frame, video, counts, draws, methods, reliability}}
      frame, video   {<metric>: {value, low, high}}, the metrics of `values.evaluation.METRICS`
      draws          {frame, video}: bootstrap draws behind the bounds
      counts         {real, fake}, each {clips, frames}
      methods        {<method>: {frame, video, counts, draws}}: its fakes against all the set's reals, the worst first
      reliability    null, or {fakeness, share, clips, weight: a number a bin; by_chance}: of videos
    groups       [{column, groups: {<value>: {frame, video, counts, draws}}, gap: {value, low, high, best, worst}}]
    comparisons  [{a, b, clips, only_a, only_b, video, frame}]
      video, frame   {<set> | mean | pooled: {difference: {value, low, high}, p, p_holm, p_delong}}: AUC of a less b's
    coverage     {given, assessed, not_assessed, reasons: {<reason>: clips}, clips: {<clip>: reason}}
    excluded     {<clip>: reason}
    warnings     [str]
    worst        {false_alarms, misses}, each [{clip, dataset, method, fakeness}]
    thresholds   {eer, fpr_1, chosen_on, real_clips, fake_clips, moments, sources: as a card has them}
    fewer        the same for fewer moments, a list, rising
    protocol     {<name>: sentence}
    seed, draws, versions, hardware
"""

import math
from collections import Counter
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from barefaced.values.evaluation import (
    METRICS,
    Comparison,
    Difference,
    EvaluationReport,
    GroupReport,
    LevelMetrics,
    MeanReport,
    SetReport,
)
from barefaced.values.scores import Interval

SCHEMA = "barefaced-evaluation/3"


def to_json(report: EvaluationReport) -> dict[str, Any]:
    """Write the report as JSON values; see the module for the fields."""
    coverage = report.coverage
    return {
        "schema": SCHEMA,
        "model": asdict(report.model),
        "pooled": _part(report.pooled),
        "mean": {**_levels(report.mean), "sets": list(report.mean.sets)},
        "sets": {name: _set(report, name) for name in report.sets},
        "groups": [_group(one) for one in report.groups],
        "comparisons": [comparison(one) for one in report.comparisons],
        "coverage": {
            "given": coverage.given,
            "assessed": coverage.assessed,
            "not_assessed": len(coverage.not_assessed),
            "reasons": dict(Counter(coverage.not_assessed.values()).most_common()),
            "clips": dict(coverage.not_assessed),
        },
        "excluded": dict(report.excluded),
        "warnings": list(report.warnings),
        "worst": {
            "false_alarms": [asdict(case) for case in report.false_alarms],
            "misses": [asdict(case) for case in report.misses],
        },
        "thresholds": asdict(report.thresholds),
        "fewer": [asdict(row) for row in report.fewer],
        "protocol": dict(report.protocol),
        "seed": report.seed,
        "draws": report.draws,
        "versions": dict(report.versions),
        "hardware": report.hardware,
    }


def _set(report: EvaluationReport, name: str) -> dict[str, Any]:
    part, reliability = report.sets[name], report.reliability.get(name)
    return {
        **_part(part),
        "methods": {method: _part(fakes) for method, fakes in part.methods.items()},
        "reliability": None if reliability is None else asdict(reliability),
    }


def _part(part: SetReport) -> dict[str, Any]:
    return {**_levels(part), "counts": {name: asdict(count) for name, count in part.counts.items()}}


def _levels(part: SetReport | MeanReport) -> dict[str, Any]:
    draws = {"frame": part.frame.draws, "video": part.video.draws}
    return {"frame": _level(part.frame), "video": _level(part.video), "draws": draws}


def _level(level: LevelMetrics) -> dict[str, Any]:
    return {name: bounds(getattr(level, name)) for name in METRICS}


def _group(group: GroupReport) -> dict[str, Any]:
    groups = {name: _part(part) for name, part in group.groups.items()}
    gap = {**bounds(group.gap), "best": group.best, "worst": group.worst}
    return {"column": group.column, "groups": groups, "gap": gap}


def comparison(one: Comparison) -> dict[str, Any]:
    """Write A against B as JSON values."""
    levels = {
        name: {dataset: _difference(difference) for dataset, difference in level.items()}
        for name, level in (("video", one.video), ("frame", one.frame))
    }
    return {"a": one.a, "b": one.b, "clips": one.clips, "only_a": one.only_a, "only_b": one.only_b, **levels}


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "difference": bounds(difference.difference),
        "p": _known(difference.p),
        "p_holm": _known(difference.p_holm),
        "p_delong": _known(difference.p_delong),
    }


def bounds(interval: Interval) -> dict[str, float | None]:
    """Write a metric as JSON values."""
    return {"value": _known(interval.value), "low": _known(interval.low), "high": _known(interval.high)}


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None


def text(report: EvaluationReport) -> Group:
    """Draw up for a rich console: each data set and its methods, the worst first, then coverage and warnings."""
    table = Table(box=box.SIMPLE_HEAD, caption="95 % intervals; `-`: undefined or no interval", caption_justify="left")
    table.add_column("", no_wrap=True)
    for name in ("video AUC", "video EER", "found at 1 %", "frame AUC", "clips real + fake"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, part in report.sets.items():
        _row(table, Text(name, "bold"), part)
        # A file without methods calls them all `fake`: the row would be the data set's again.
        for method, method_part in part.methods.items() if list(part.methods) != ["fake"] else ():
            _row(table, Text(f"  {method}"), method_part)
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
    parts = [
        table,
        *(group_table(one) for one in report.groups),
        *(comparison_table(one) for one in report.comparisons),
    ]
    return Group(*parts, *(Text(line) for line in lines))


def group_table(group: GroupReport) -> Table:
    """Draw up a column's values, the lowest video AUC first, and the largest gap."""
    gap = f"largest gap in video AUC: {interval_text(group.gap)}, {group.best} over {group.worst}" if group.best else ""
    table = Table(title=Text(f"by {group.column}"), box=box.SIMPLE_HEAD, caption=Text(gap), title_justify="left")
    for name in ("", "video AUC", "video EER", "found at 1 %", "frame AUC", "clips real + fake"):
        table.add_column(name, no_wrap=True)
    for name, part in group.groups.items():
        _row(table, Text(name), part)
    return table


def comparison_table(one: Comparison) -> Table:
    """Draw up the differences by data set."""
    table = Table(
        title=Text(f"{one.a} less {one.b}, on the {one.clips} clips that both have"),
        caption="p: paired bootstrap over origins; Holm: for all sets at once; DeLong: where clips are independent",
        box=box.SIMPLE_HEAD,
        title_justify="left",
    )
    for name in ("", "video AUC", "p", "Holm", "DeLong", "frame AUC", "p", "Holm"):
        table.add_column(name, no_wrap=True)
    for name, video in one.video.items():
        frame = one.frame[name]
        chances = [p_text(p) for p in (video.p, video.p_holm, video.p_delong)]
        shares = [p_text(p) for p in (frame.p, frame.p_holm)]
        table.add_row(Text(name), interval_text(video.difference), *chances, interval_text(frame.difference), *shares)
    return table


def p_text(p: float) -> str:
    """Write a p-value for people."""
    return "-" if math.isnan(p) else "<.001" if p < 0.001 else share_text(p)


def _row(table: Table, name: Text, part: SetReport | MeanReport) -> None:
    counts = f"{part.counts['real'].clips} + {part.counts['fake'].clips}" if isinstance(part, SetReport) else ""
    metrics = (part.video.auc, part.video.eer, part.video.tpr_at_fpr_1, part.frame.auc)
    table.add_row(name, *(interval_text(interval) for interval in metrics), counts)


def interval_text(interval: Interval) -> str:
    """Write a value with its bounds, for people: .750 (.701-.799); a dash where there is none."""
    if math.isnan(interval.value):
        return "-"
    bounds = "-" if math.isnan(interval.low) else f"{share_text(interval.low)}–{share_text(interval.high)}"  # noqa: RUF001
    return f"{share_text(interval.value)} ({bounds})"


def share_text(share: float) -> str:
    """Write a share without its leading 0, for people."""
    return f"{share:.3f}".replace("0.", ".", 1) if abs(share) < 1 else f"{share:.3f}"
