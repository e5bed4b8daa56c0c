"""A run's folder: what identifies the run, and what lies where.

run.json            the resolved recipe, the data's checksum, split, versions, code, machine
recipe.yaml         the recipe again, to be run as it is
log.jsonl           a line a step: epoch, rate, gradient norm, every loss term   (metrics.csv: the same, and images/s)
validation.jsonl    a line an epoch
states/             the last two full states, step_NNNNNNNN.safetensors (`resume`)
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
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import yaml

import barefaced
from barefaced.config.recipe import Recipe
from barefaced.datasets.selection import Selection
from barefaced.errors import BadConfig
from barefaced.model.card import card_of
from barefaced.runtime.files import write_bytes, write_json
from barefaced.runtime.model_packages import weights_file

PACKAGES = ("barefaced", "torch", "lightning-fabric", "timm", "numpy", "opencv-python-headless", "av")
FREE = (("optim", "workers"), ("optim", "save_every"), ("engine", None))
"""Settings that a run may go on with changed: they decide when and where, not what is computed."""


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
    kept = json.loads(file.read_bytes())
    changed = [f"{name} {was!r}" for name, was, now in _differences(kept.get("recipe", {}), plain) if was != now]
    if kept.get("data") != data.digest:
        changed.append("data")
    if kept.get("start", "") != start:
        changed.append("start's weights")
    if changed:
        raise BadConfig(
            expected=f"the recipe and data that the run in {out} began with",
            got=f"another recipe or other data: there {', '.join(changed[:5])}",
            fix="Give --out a new folder, or delete the old one.",
        )


def read_found_groups(out: Path) -> int:
    """Read the number of groups that was found for this run's memory; 0: none yet."""
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
    """Describe what computed, without a name of whose it is."""
    named = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "device": device.type,
        "device_name": named,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
    }
