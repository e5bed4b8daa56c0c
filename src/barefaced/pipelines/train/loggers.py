"""What can be watched of a run: log.jsonl, metrics.csv, TensorBoard, and MLflow or Weights & Biases where asked for.

log.jsonl and validation.jsonl hold nothing that depends on the clock, so a run that was killed and gone on leaves the
same as one that was not. metrics.csv holds the images per second besides.
"""

import csv
import importlib.util
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from tensorboardX import SummaryWriter

from barefaced.config.recipe import Recipe
from barefaced.config.training import Watcher
from barefaced.errors import MissingPackage
from barefaced.runtime.files import write_bytes


class Curves(Protocol):
    """A place that takes numbers by name and step."""

    def log(self, values: Mapping[str, float], step: int) -> None: ...

    def close(self) -> None: ...


class Log:
    """All of a run's curves, on the process that writes. Steps after `step` and epochs after `epoch` are cut off."""

    def __init__(self, recipe: Recipe, out: Path, step: int, epoch: int) -> None:
        _cut(out / "log.jsonl", step)
        _cut(out / "metrics.csv", step + 1)
        _cut(out / "validation.jsonl", epoch)
        self._lines = (out / "log.jsonl").open("a", encoding="utf-8")
        self._table = (out / "metrics.csv").open("a", encoding="utf-8", newline="")
        self._rows: csv.DictWriter[str] | None = None
        self._epochs = out / "validation.jsonl"
        self._watchers: list[Curves] = [_TensorBoard(out, step)]
        self._watchers += [WATCHERS[name](recipe, out) for name in recipe.engine.watch]

    def step(self, step: int, epoch: int, values: Mapping[str, float], rate: float) -> None:
        """Write one step's values; `rate` in images a second."""
        line = {"step": step, "epoch": epoch} | dict(values)
        self._lines.write(json.dumps(line) + "\n")
        row = line | {"images_per_second": round(rate, 2)}
        if self._rows is None:
            self._rows = csv.DictWriter(self._table, list(row))
            if self._table.tell() == 0:
                self._rows.writeheader()
        self._rows.writerow(row)
        for watcher in self._watchers:
            watcher.log({f"train/{name}": value for name, value in row.items() if name not in ("step", "epoch")}, step)

    def epoch(self, step: int, epoch: int, values: Mapping[str, Any]) -> None:
        """Write one epoch's validation: numbers by name, and by method."""
        with self._epochs.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"epoch": epoch, "step": step} | dict(values)) + "\n")
        for watcher in self._watchers:
            watcher.log({f"validation/{n}": v for n, v in values.items() if isinstance(v, float)}, step)

    def flush(self) -> None:
        """Before a state is written: the lines that it stands after must be there when it is."""
        self._lines.flush()
        self._table.flush()

    def close(self) -> None:
        self._lines.close()
        self._table.close()
        for watcher in self._watchers:
            watcher.close()


def read_lines(file: Path) -> list[dict[str, Any]]:
    """Read what a .jsonl holds; nothing where there is none."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.is_file() else []


def _cut(file: Path, count: int) -> None:
    """Cut the file after its first `count` lines."""
    if file.is_file():
        write_bytes(file, "".join(file.read_text(encoding="utf-8").splitlines(keepends=True)[:count]).encode())


class _TensorBoard:
    def __init__(self, out: Path, step: int) -> None:
        self._writer = SummaryWriter(str(out / "tensorboard"), purge_step=step)

    def log(self, values: Mapping[str, float], step: int) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        self._writer.close()


class _MLflow:
    def __init__(self, recipe: Recipe, out: Path) -> None:
        import mlflow  # pyright: ignore[reportMissingImports]  an extra

        if "MLFLOW_TRACKING_URI" not in os.environ:
            mlflow.set_tracking_uri(f"sqlite:///{(out / 'mlflow.db').resolve()}")
        mlflow.set_experiment("barefaced")
        self._mlflow = mlflow
        mlflow.start_run(run_name=recipe.name)
        mlflow.log_dict(asdict(recipe), "recipe.json")

    def log(self, values: Mapping[str, float], step: int) -> None:
        self._mlflow.log_metrics(dict(values), step=step)

    def close(self) -> None:
        self._mlflow.end_run()


class _WeightsAndBiases:
    def __init__(self, recipe: Recipe, out: Path) -> None:
        import wandb  # pyright: ignore[reportMissingImports]  an extra

        self._run = wandb.init(project="barefaced", name=recipe.name, dir=str(out), config=asdict(recipe))

    def log(self, values: Mapping[str, float], step: int) -> None:
        self._run.log(dict(values), step=step)

    def close(self) -> None:
        self._run.finish()


WATCHERS: dict[str, Callable[[Recipe, Path], Curves]] = {"mlflow": _MLflow, "wandb": _WeightsAndBiases}


def check_installed(names: Sequence[Watcher]) -> None:
    """Refuse further places for the curves whose package is not installed.

    Raises:
        MissingPackage: a watcher that is not installed.
    """
    for package in names:
        if importlib.util.find_spec(package) is None:
            raise MissingPackage(
                expected=f"the package {package}, for engine.watch",
                got="no such package",
                fix=f"Run `pip install {package}`, or leave it out: TensorBoard's file is always written.",
            )
