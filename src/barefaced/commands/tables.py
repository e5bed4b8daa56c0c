"""Evaluations side by side: mean and spread over seeds, and what was trained on against what was tested on."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from barefaced.errors import InputError
from barefaced.metrics.matrix import Run, matrix
from barefaced.reports.evaluation import SCHEMA
from barefaced.reports.tables import html, text, to_json
from barefaced.runtime.files import write_bytes, write_json
from barefaced.values.evaluation import METRICS, Model
from barefaced.values.scores import Interval


def run(evaluations: Sequence[Path], metric: str, level: str, out: Path | None) -> int:
    """Print the table, and write it where `out` is given.

    Raises:
        InputError: no report.json of this version, or a metric that it does not have.
    """
    if metric not in METRICS:
        raise InputError(expected=f"a metric among {', '.join(METRICS)}", got=repr(metric), fix="Correct the name.")
    made = matrix([_read(path, metric, level) for path in evaluations], f"{level} {metric}")
    Console(width=max(Console().width, 132)).print(text(made))
    if out is not None:
        write_json(out / "tables.json", to_json(made))
        write_bytes(out / "tables.html", html(made).encode())
    return 0


def _read(path: Path, metric: str, level: str) -> Run:
    file = path / "report.json" if path.is_dir() else path
    try:
        fields = json.loads(file.read_bytes())
        schema = fields["schema"]
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise InputError(
            expected=f"a report.json at {file}", got=type(e).__name__, fix="Give a folder that `evaluate` made."
        ) from e
    if schema != SCHEMA:
        raise InputError(expected=f"a report of schema {SCHEMA}", got=str(schema), fix="Evaluate again.")
    model: dict[str, Any] = fields["model"]
    sets = {name: _interval(part[level][metric]) for name, part in fields["sets"].items()}
    if len(sets) > 1:
        sets["mean"] = _interval(fields["mean"][level][metric])
    return Run(Model(model["name"], model["sha256"], tuple(model["trained_on"]), model["seed"]), sets)


def _interval(fields: dict[str, float | None]) -> Interval:
    return Interval(*(math.nan if (number := fields[name]) is None else number for name in ("value", "low", "high")))
