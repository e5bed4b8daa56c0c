"""The settings of how a run is trained, and on what machine. Part of `recipe`."""

import math
from dataclasses import dataclass
from typing import Literal

from barefaced.config.rules import rules

Precision = Literal["32-true", "bf16-mixed", "16-mixed", "64-true"]
Watcher = Literal["mlflow", "wandb"]


@dataclass(frozen=True)
class OptimSettings:
    """How it is trained."""

    epochs: int = 10
    """Times that every group is trained on."""
    groups: int = 4
    """Groups in a step, over all processes together (paper: 4 groups of 5 images). 0: as many as memory holds, found at
    the run's start and written into its run.json."""
    accumulate: int = 1
    """Pieces that a process takes its part of a step in, gradients added: less memory. Batch norm sees pieces."""
    lr: float = 2e-4
    """Adam's (the field's protocol: 2e-4)."""
    weight_decay: float = 5e-4
    """(the field's protocol: 5e-4)"""
    schedule: Literal["constant", "cosine"] = "constant"
    """How the learning rate goes after the warm-up: as it is, or down to 0 along a cosine."""
    warmup: int = 0
    """Steps of linear warm-up."""
    clip: float = 0.0
    """Largest norm of the gradient; 0: as it comes (the field's protocol)."""
    ema: float = 0.0
    """Of the student, a step: the averaged student is then validated and kept. 0: off (the field's protocol)."""
    sam: float = 0.0
    """Radius of sharpness-aware minimisation (Foret et al., 2021), two passes a step; 0: off (the field's protocol)."""
    patience: int = 0
    """Epochs without a better validation before the run ends; 0: it never ends early."""
    workers: int = 1
    """Processes that read and augment crops, for each that trains; the batches are the same for any number."""
    save_every: float = 60.0
    """Seconds between two states that a killed run goes on from."""

    def __post_init__(self) -> None:
        rule = rules(self, "optim")
        rule(self.epochs >= 1, "epochs", "of 1 or more")
        rule(self.groups >= 0, "groups", "of 1 or more, or 0 to have the number found")
        rule(self.accumulate >= 1, "accumulate", "of 1 or more")
        rule(0 < self.lr < math.inf, "lr", "over 0")
        rule(self.weight_decay >= 0, "weight_decay", "of 0 or more")
        rule(self.warmup >= 0, "warmup", "of 0 steps or more")
        rule(self.clip >= 0, "clip", "over 0, or 0 for no limit")
        rule(0 <= self.ema < 1, "ema", "from 0 to under 1")
        rule(self.sam >= 0, "sam", "of 0 or more")
        rule(self.patience >= 0, "patience", "of 1 epoch or more, or 0 for never")
        rule(self.workers >= 0, "workers", "of 0 or more")
        rule(self.save_every >= 0, "save_every", "of 0 seconds or more")


@dataclass(frozen=True)
class EngineSettings:
    """What it is trained on. Nothing here but `precision` changes what is computed, and the others its rounding."""

    accelerator: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto`: the GPU where there is one."""
    devices: int = 1
    """Processes on each machine, a GPU each; 0: every GPU of the machine. Under torchrun, its own number."""
    nodes: int = 1
    """Machines. Under torchrun, its own number."""
    precision: Precision = "32-true"
    """bf16-mixed and 16-mixed compute in half precision and keep the weights in full; 64-true is for checking."""
    threads: int = 0
    """Of each process on the CPU; 0: torch's own, mostly one a core. Their number moves a sum's last digits, and after
    some steps everything: a training that others are to repeat says it."""
    compile: bool = False
    """The networks through torch.compile; pays on GPUs in long runs, not on the CPU measured (docs/training.md)."""
    watch: tuple[Watcher, ...] = ()
    """Further places for the curves, of what is installed; TensorBoard's file and a csv are always written."""

    def __post_init__(self) -> None:
        rule = rules(self, "engine")
        rule(self.devices >= 0, "devices", "of 1 or more, or 0 for every GPU")
        rule(self.nodes >= 1, "nodes", "of 1 or more")
        rule(self.threads >= 0, "threads", "of 1 or more, or 0 for torch's own number")
