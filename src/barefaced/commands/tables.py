"""Evaluations side by side: mean and spread over seeds, and what was trained on against what was tested on."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from barefaced.config.options import AnyPath, command, list_paths
from barefaced.errors import InputError

if TYPE_CHECKING:
    from barefaced.metrics.matrix import Run
    from barefaced.values.scores import Interval


@command
def tables(
    evaluations: AnyPath | Sequence[AnyPath],
    *,
    metric: str = "auc",
    level: Literal["video", "frame"] = "video",
    out: AnyPath | None = None,
) -> int:
    """Set evaluations side by side: mean and spread over seeds, trained on against tested on.

    Args:
        evaluations: folders that `evaluate` made, or their report.json
        metric: as report.json names it
        level: of clips, or of single frames
        out: folder for tables.json and tables.html

    Returns:
        0.

    Raises:
        InputError: no report.json of this version, or a metric that it does not have.
    """
    from rich.console import Console

    from barefaced.metrics.matrix import matrix
    from barefaced.reports.tables import html, text, to_json
    from barefaced.runtime.files import write_bytes, write_json
    from barefaced.values.evaluation import METRICS

    if metric not in METRICS:
        raise InputError(expected=f"a metric among {', '.join(METRICS)}", got=repr(metric), fix="Correct the name.")
    made = matrix([_read(path, metric, level) for path in list_paths(evaluations)], f"{level} {metric}")
    Console(width=max(Console().width, 132)).print(text(made))
    if out is not None:
        out = Path(out)
        write_json(out / "tables.json", to_json(made))
        write_bytes(out / "tables.html", html(made).encode())
    return 0


def _read(path: Path, metric: str, level: str) -> "Run":
    from barefaced.metrics.matrix import Run
    from barefaced.reports.evaluation import SCHEMA
    from barefaced.runtime.text import reason_of
    from barefaced.values.evaluation import Model

    file = path / "report.json" if path.is_dir() else path
    try:
        fields = json.loads(file.read_bytes())
        schema = fields["schema"]
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise InputError(
            expected=f"a report.json at {file}", got=reason_of(e), fix="Give a folder that `evaluate` made."
        ) from e
    if schema != SCHEMA:
        raise InputError(expected=f"a report of schema {SCHEMA}", got=str(schema), fix="Evaluate again.")
    model: dict[str, Any] = fields["model"]
    sets = {name: _interval(part[level][metric]) for name, part in fields["sets"].items()}
    if len(sets) > 1:
        sets["mean"] = _interval(fields["mean"][level][metric])
    return Run(Model(model["name"], model["sha256"], tuple(model["trained_on"]), model["seed"]), sets)


def _interval(fields: dict[str, float | None]) -> "Interval":
    from barefaced.values.scores import Interval

    return Interval(*(math.nan if (number := fields[name]) is None else number for name in ("value", "low", "high")))
