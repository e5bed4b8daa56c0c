"""A weights file for others: its card with what was measured and on which terms it may be used."""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from barefaced.config.options import AnyPath, command, list_paths
from barefaced.errors import BadConfig, InputError
from barefaced.runtime.model_packages import weights_file

if TYPE_CHECKING:
    from barefaced.values.card import ModelCard
    from barefaced.values.scores import Interval

PATHS = (("data", "stores"), ("student", "weights"), ("teacher", "real_weights"))
"""Settings of a recipe that name files."""


@command
def publish(
    model: AnyPath,
    out: AnyPath,
    *,
    evaluation: AnyPath | Sequence[AnyPath] = (),
    name: str = "",
    terms: str = "",
    half: bool = False,
) -> int:
    """Write a weights file for others: measured numbers and terms on its card, no paths of this machine.

    Publish first, evaluate what was published, then publish that with its evaluations: the numbers are then those of
    the
    file that others get.

    Args:
        model: a weights file
        out: the weights file to write; MODEL itself may be named
        evaluation: a folder that `evaluate` made of these very weights; repeatable
        name: instead of the recipe's
        terms: on which the weights may be used: the data's own
        half: kernels and matrices as float16: half the size

    Returns:
        0.

    Raises:
        BadConfig: an evaluation of other weights.
        InputError: a folder without a report of `evaluate`.
        CheckpointError: the weights cannot be used.
    """
    from barefaced.model import checkpoint

    out = Path(out)
    file = weights_file(model)
    student, card = checkpoint.load(file)
    measured = {key: value for folder in list_paths(evaluation) for key, value in _measured(folder, card).items()}
    card = replace(
        card,
        name=name or card.name,
        licence=terms or card.licence,
        metrics=card.metrics | measured,
        settings=_without_paths(card.settings),
    )
    written = checkpoint.save(out, student, card, checkpoint.load_domains(file), half=half or checkpoint.is_half(file))
    size = out.stat().st_size / 1e6
    print(f"{out}: {size:.1f} MB, sha256 of its tensors {written.sha256[:12]}, {len(measured)} numbers measured")  # noqa: T201
    if not card.metrics:
        print("warning: nothing was measured; name folders of `barefaced evaluate` with --evaluation", file=sys.stderr)  # noqa: T201
    return 0


def _measured(folder: Path, card: "ModelCard") -> "dict[str, Interval]":
    """AUC of each data set and method by clip, and by frame where clips have several; the report's names before it."""
    from barefaced.reports.evaluation import SCHEMA
    from barefaced.runtime.text import reason_of

    file = folder / "report.json" if folder.is_dir() else folder
    try:
        report = json.loads(file.read_bytes())
        if report["schema"] != SCHEMA:
            raise ValueError(report["schema"])
        if report["model"]["sha256"] != card.sha256:
            raise BadConfig(
                expected=f"an evaluation of the weights with sha256 {card.sha256[:12]}",
                got=f"{file}, of {report['model']['sha256'][:12] or 'a function'}",
                fix="Evaluate this file, then publish it with that.",
            )
        return {name: value for one, part in report["sets"].items() for name, value in _of_set(one, part).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise InputError(
            expected=f"a report of `barefaced evaluate` at {file}", got=reason_of(e), fix="Name the folder it wrote."
        ) from e


def _of_set(name: str, part: dict[str, Any]) -> "dict[str, Interval]":
    from barefaced.values.card import FOUND

    # Of pictures, a clip is a frame, and there is one AUC.
    single = all(count["clips"] == count["frames"] for count in part["counts"].values())
    found = {}
    for level in ("frame",) if single else ("video", "frame"):
        found[f"{name}, {level} AUC"] = _interval(part[level]["auc"])
    for method, one in part["methods"].items():
        found[f"{name}, {method}, {'frame' if single else 'video'} AUC"] = _interval(one["video"]["auc"])
    found[f"{name}, false alarms at the 1 % threshold"] = _interval(part["video"]["false_alarms"])
    found[f"{name}, calibration error, real and fake weighed alike"] = _interval(part["video"]["ece"])
    found[name + FOUND] = _interval(part["video"]["found"])
    return {key: value for key, value in found.items() if math.isfinite(value.value)}


def _interval(value: Any) -> "Interval":
    from barefaced.values.json_codec import record
    from barefaced.values.scores import Interval

    return record(Interval, value, "an interval")


def _without_paths(settings: dict[str, object]) -> dict[str, object]:
    """The recipe with names in place of paths: of no use to others, and none of their business."""
    clean = {key: dict(value) if isinstance(value, dict) else value for key, value in settings.items()}
    for section, key in PATHS:
        inner = clean.get(section)
        if isinstance(inner, dict) and key in inner:
            value = inner[key]
            inner[key] = tuple(Path(one).name for one in value) if isinstance(value, tuple | list) else Path(value).name
    if "start" in clean:
        clean["start"] = Path(str(clean["start"])).name
    return clean
