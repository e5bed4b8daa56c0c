"""What corruptions do to a detector: robustness.json and a page of curves.

schema       "barefaced-robustness/1"
model        {name, sha256, trained_on, seed}
clean        {<set> | mean | pooled: {auc: {value, low, high}}}: of videos, uncorrupted
corruptions  {<corruption>: {unit, strengths: [{strength, auc, loss}]}}: from the weakest to the strongest
  auc, loss      {<set> | mean | pooled: {value, low, high}}: video AUC, and what of it was lost, in the same draws
clips, seed, draws, protocol
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from barefaced.reports import charts, page
from barefaced.reports.evaluation import bounds, interval_text, share_text
from barefaced.values.evaluation import Model
from barefaced.values.scores import Interval

SCHEMA = "barefaced-robustness/1"


@dataclass(frozen=True)
class Strength:
    """One corruption at one strength."""

    strength: float
    auc: dict[str, Interval]
    """Video AUC by data set, and of the mean and the pooled where there are several."""
    loss: dict[str, Interval]
    """Clean less corrupted, by the same names."""


@dataclass(frozen=True)
class Robustness:
    """A detector under corruptions."""

    model: Model
    clean: dict[str, Interval]
    corruptions: dict[str, tuple[Strength, ...]]
    units: dict[str, str]
    clips: int
    seed: int
    draws: int
    protocol: dict[str, str]

    @property
    def overall(self) -> str:
        """Name what the curves are of."""
        return "mean" if "mean" in self.clean else next(iter(self.clean))


def to_json(report: Robustness) -> dict[str, Any]:
    """See the module for the fields."""
    return {
        "schema": SCHEMA,
        "model": asdict(report.model),
        "clean": {name: {"auc": bounds(one)} for name, one in report.clean.items()},
        "corruptions": {
            name: {
                "unit": report.units[name],
                "strengths": [
                    {"strength": one.strength, "auc": _named(one.auc), "loss": _named(one.loss)} for one in points
                ],
            }
            for name, points in report.corruptions.items()
        },
        "clips": report.clips,
        "seed": report.seed,
        "draws": report.draws,
        "protocol": report.protocol,
    }


def _named(intervals: Mapping[str, Interval]) -> dict[str, Any]:
    return {name: bounds(one) for name, one in intervals.items()}


def text(report: Robustness) -> Table:
    """For a rich console: a line a corruption, the strengths beside each other."""
    clean = interval_text(report.clean[report.overall])
    table = Table(
        title=Text(f"video AUC, {report.overall}; clean {clean}"),
        box=box.SIMPLE_HEAD,
        title_justify="left",
        caption="intervals, and what was lost in the same draws: robustness.html",
    )
    for name in ("", "weakest", "", "", "", "strongest", "unit: strengths"):
        table.add_column(name, no_wrap=True)
    for name, points in report.corruptions.items():
        strengths = ", ".join(f"{one.strength:g}" for one in points)
        values = [share_text(one.auc[report.overall].value) for one in points]
        table.add_row(Text(name), *values, Text(f"{report.units[name]}: {strengths}"))
    return table


def html(report: Robustness, examples: Mapping[str, Sequence[str]]) -> str:
    """Write the page.

    Args:
        report: the numbers.
        examples: one crop under each strength of each corruption, as sources of pictures.
    """
    drawings = {}
    for name, points in report.corruptions.items():
        curve = [("clean", report.clean[report.overall])]
        curve += [(f"{one.strength:g}", one.auc[report.overall]) for one in points]
        figure = charts.strengths(name, report.units[name], curve)
        drawings[name] = page.drawing(figure, f"curve-{name}", f"video AUC against the strength of {name}")
    return page.render(
        "robustness.html", report=report, drawings=drawings, examples=examples, interval_text=interval_text
    )
