"""Resuming a run: the states that it writes while it trains, and the newest whole one to go on from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from barefaced.errors import CheckpointError
from barefaced.model.training_state import load_state, save_state
from barefaced.pipelines.train.engine import Engine
from barefaced.pipelines.train.step import Learner

KEPT = 2
"""States kept: should the last one be damaged, there is the one before it."""


@dataclass(frozen=True)
class Position:
    """Where a run stands: after `step` steps in all, `batch` of them in `epoch`; the best validation so far."""

    step: int = 0
    epoch: int = 0
    batch: int = 0
    best: tuple[float, float] = (-1.0, -1.0)
    """Mean video AUC over the methods, then mean frame AUC."""
    best_epoch: int = -1


def list_states(out: Path) -> list[Path]:
    """List a run's states, the newest first."""
    return sorted((out / "states").glob("step_*.safetensors"), reverse=True)


def save(
    out: Path, modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer, position: Position, more: Any
) -> None:
    """Write the state of `position` and let the older ones but one go.

    Args:
        more: what else there is to know, as JSON holds it.
    """
    file = out / "states" / f"step_{position.step:08d}.safetensors"
    save_state(file, modules, optimizer, {"place": asdict(position), "more": more})
    for old in list_states(out)[KEPT:]:
        old.unlink()


def restore(
    file: Path, modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer
) -> tuple[Position, dict[str, Any]]:
    """Put a state back; give its position, and what else was noted.

    Raises:
        CheckpointError: damaged, or of another network.
    """
    notes = load_state(file, modules, optimizer)
    position = notes["place"]
    return Position(**position | {"best": tuple(position["best"])}), notes["more"]


def find_newest_whole(
    files: Sequence[Path], modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer
) -> tuple[Path, list[str]]:
    """Find the first of the files that can be put back, and what is wrong with those before it.

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


def restore_newest(files: Sequence[Path], learner: Learner, engine: Engine) -> Position:
    """Put the newest whole state into what learns, on every process; give its position.

    Raises:
        CheckpointError: not one of the files can be used.
    """
    file, wrong = engine.first(lambda: find_newest_whole(files, learner.modules, learner.optimizer))
    for line in wrong:
        engine.say(f"warning: {line}; going back to the one before it")
    position, scaler = restore(file, learner.modules, learner.optimizer)
    learner.scaler.load_state_dict(scaler)
    engine.say(f"going on after step {position.step} (epoch {position.epoch}), from {file.name}")
    return position
