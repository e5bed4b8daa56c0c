"""A run's folder: what identifies the run, and the states that it goes on from.

run.json            the resolved recipe, the data's checksum, split, versions, code, machine
recipe.yaml         the recipe again, to be run as it is
log.jsonl           a line a step: epoch, rate, gradient norm, every loss term   (metrics.csv: the same, and images/s)
validation.jsonl    a line an epoch
states/             the last two full states, step_NNNNNNNN.safetensors
best.safetensors    the best student so far
model.safetensors   the answer; report.html and curves.png show how it came about
tensorboard/        the same curves for TensorBoard
"""

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import nn

import barefaced
from barefaced.config.recipe import Recipe
from barefaced.datasets.selection import Selection
from barefaced.errors import BadConfig, CheckpointError
from barefaced.model.card import card_of
from barefaced.model.training_state import load_state, save_state
from barefaced.runtime.files import write_bytes, write_json
from barefaced.runtime.model_packages import weights_file

KEPT = 2
"""States kept: should the last one be damaged, there is the one before it."""
PACKAGES = ("barefaced", "torch", "lightning-fabric", "timm", "numpy", "opencv-python-headless", "av")
FREE = (("optim", "workers"), ("optim", "save_every"), ("engine", None))
"""Settings that a run may go on with changed: they decide when and where, not what is computed."""


@dataclass(frozen=True)
class Place:
    """Where a run stands: after `step` steps in all, `batch` of them in `epoch`; the best validation so far."""

    step: int = 0
    epoch: int = 0
    batch: int = 0
    best: tuple[float, float] = (-1.0, -1.0)
    """Mean video AUC over the methods, then mean frame AUC."""
    best_epoch: int = -1


def claim(out: Path, recipe: Recipe, data: Selection, device: torch.device) -> None:
    """Write run.json and recipe.yaml, or compare with what is there.

    Raises:
        BadConfig: another run's folder.
    """
    file = out / "run.json"
    start = card_of(weights_file(recipe.start)).sha256 if recipe.start else ""
    plain = json.loads(json.dumps(asdict(recipe)))
    if not file.is_file():
        write_json(
            file,
            {
                "recipe": plain,
                "data": data.digest,
                "start": start,
                "groups": len(data.groups),
                "methods": data.groups.methods,
                "seen": [asdict(seen) for seen in data.seen],
                "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
                "code": code(),
                "machine": machine(device),
            },
        )
        write_bytes(out / "recipe.yaml", yaml.safe_dump(plain, sort_keys=False, allow_unicode=True).encode())
        return
    there = json.loads(file.read_bytes())
    changed = [f"{name} {was!r}" for name, was, now in _differences(there.get("recipe", {}), plain) if was != now]
    if there.get("data") != data.digest:
        changed.append("data")
    if there.get("start", "") != start:
        changed.append("start's weights")
    if changed:
        raise BadConfig(
            expected=f"the recipe and data that the run in {out} began with",
            got=f"another recipe or other data: there {', '.join(changed[:5])}",
            fix="Give --out a new folder, or delete the old one.",
        )


def found_groups(out: Path) -> int:
    """The number of groups that was found for this run's memory; 0: none yet."""
    file = out / "run.json"
    return int(json.loads(file.read_bytes()).get("groups_found", 0)) if file.is_file() else 0


def keep_found_groups(out: Path, groups: int) -> None:
    """Write it into run.json: the run goes on with it elsewhere, too."""
    write_json(out / "run.json", json.loads((out / "run.json").read_bytes()) | {"groups_found": groups})


def _differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Settings by full name, then and now, less those that a run may change. A setting younger than the run had its
    default."""
    pairs, default = [], asdict(Recipe())
    for section, values in now.items():
        old = was.get(section)
        if not isinstance(values, dict):
            pairs.append((section, was.get(section, default[section]), values))
            continue
        usual = json.loads(json.dumps(default[section]))
        for name, value in values.items():
            free = (section, name) in FREE or (section, None) in FREE
            if not free or name == "precision":
                pairs.append((f"{section}.{name}", (old or {}).get(name, usual[name]), value))
    return pairs


def states(out: Path) -> list[Path]:
    """The newest first."""
    return sorted((out / "states").glob("step_*.safetensors"), reverse=True)


def save(
    out: Path, modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer, place: Place, more: Any
) -> None:
    """Write the state of `place` and let the older ones but one go.

    Args:
        more: what else there is to know, as JSON holds it.
    """
    file = out / "states" / f"step_{place.step:08d}.safetensors"
    save_state(file, modules, optimizer, {"place": asdict(place), "more": more})
    for old in states(out)[KEPT:]:
        old.unlink()


def restore(
    file: Path, modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer
) -> tuple[Place, dict[str, Any]]:
    """Put a state back; its place, and what else was noted.

    Raises:
        CheckpointError: damaged, or of another network.
    """
    notes = load_state(file, modules, optimizer)
    place = notes["place"]
    return Place(**place | {"best": tuple(place["best"])}), notes["more"]


def newest_whole(
    files: list[Path], modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer
) -> tuple[Path, list[str]]:
    """The first of the files that can be put back, and what was wrong with those before it.

    Raises:
        CheckpointError: not one can.
    """
    wrong: list[str] = []
    for file in files:
        try:
            restore(file, modules, optimizer)
        except CheckpointError as e:
            wrong.append(f"{file.name} cannot be used ({e.got})")
        else:
            return file, wrong
    raise CheckpointError(
        expected="a state to go on from",
        got="; ".join(wrong),
        fix="Begin anew with --resume never, which empties the run's folder of its states.",
    )


def forget(out: Path) -> None:
    """Take the run out of its folder, and leave what it was made of (a store, validation forgeries)."""
    for name in (
        "run.json",
        "recipe.yaml",
        "log.jsonl",
        "metrics.csv",
        "validation.jsonl",
        "report.html",
        "curves.png",
    ):
        (out / name).unlink(missing_ok=True)
    for name in ("best.safetensors", "model.safetensors"):
        (out / name).unlink(missing_ok=True)
    for name in ("states", "tensorboard"):
        shutil.rmtree(out / name, ignore_errors=True)


def code() -> dict[str, Any]:
    """Commit and whether files differ from it, where the package lies in a git work tree; else nothing."""
    folder = Path(barefaced.__file__).parent

    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
        except OSError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    if git("ls-files", "--error-unmatch", "__init__.py") is None:
        return {}
    return {"commit": git("rev-parse", "HEAD"), "changed": bool(git("status", "--porcelain", "--", str(folder)))}


def machine(device: torch.device) -> dict[str, Any]:
    """What computed, without a name of whose it is."""
    named = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "device": device.type,
        "device_name": named,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
    }
