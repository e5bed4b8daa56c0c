"""The answer of detection: `Report`, and its JSON.

Times are seconds, fakeness lies in [0, 1]. A number that is not known is null: NaN and infinity never appear in the
JSON. Its schema is `detection.schema.json` beside this file, told field by field in docs/detect.md; its name carries a
version that changes when a field goes or changes its meaning.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from barefaced.errors import InputError
from barefaced.reports.detection.answer import LABELS, NOTICE, REASONS, Answer, Pictures
from barefaced.reports.detection.page import page
from barefaced.reports.detection.table import table
from barefaced.reports.promises import found_elsewhere
from barefaced.runtime.text import reason_of
from barefaced.values.json_codec import plain, record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCHEMA = "barefaced-detection/3"


@dataclass(frozen=True)
class Report(Answer):
    """The answer to: how likely is it that this face is not its own? And the ways to show it.

    `fakeness` is that of the person who decides (by default the most suspicious), or None where nothing could be
    assessed: never a number that stands for "do not know".
    """

    def to_json(self) -> str:
        """Write the whole report but its pictures, as `detection.schema.json` says."""
        return json.dumps(fields_of(self), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def to_html(self) -> str:
        """Write one page for people, everything in it."""
        return page(self)

    def _repr_html_(self) -> str:
        """The page, in a notebook's cell: in a frame of its own, whose style is not the notebook's."""
        return f'<iframe srcdoc="{escape(self.to_html())}" width="100%" height="700" style="border:0"></iframe>'

    def to_csv(self) -> str:
        """Write a line for each person and moment: track, frame, seconds, fakeness; and the file's name and sha256."""
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
        raise InputError(expected=f"a report at {path}", got=reason_of(e), fix="Give a .json file of `detect`.") from e
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
