"""One training of experiments/compare.py: its preset, held-out method and seed, and the recipe and methods of it."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from barefaced.config.parsing import recipe
from barefaced.config.recipe import Recipe
from planted import VARIANTS
from verdict import NOTHING

PAPER = ("--preset=paper",)
OPERATIONS = ("direct", "indirect", "affine", "additive")
PRESETS: dict[str, tuple[str, ...]] = VARIANTS | {
    **{name: (*PAPER, *(f"--augment.{other}=0" for other in OPERATIONS if other != name)) for name in OPERATIONS},
    "none": (*PAPER, "--augment.inputs=none"),
    "cosine": (*PAPER, "--loss.distance=cosine"),
    "none_cosine": (*PAPER, "--augment.inputs=none", "--loss.distance=cosine"),
    "distill_0.1": (*PAPER, "--loss.distill=0.1"),
    "gentle": (*PAPER, "--augment.beta=[0,0.3]", "--augment.degrees=10", "--augment.sigmas=[0.03,0.08,0.15]"),
    "joint": (*PAPER, "--loss.targets=joint"),
    "inputs_all": (*PAPER, "--teacher.domain_inputs=all"),
    "arcface": (*PAPER, "--teacher.real_encoder=mobilefacenet"),
}
"""What is compared. The four operations: one within-domain operation alone, beside the cross-domain branch. `arcface`:
a face-recognition network as real encoder, whose file --real-weights names; every other has the student's backbone."""

COMMON = ("--student.backbone=tf_efficientnet_lite0", "--student.input_size=128")


@dataclass(frozen=True)
class Job:
    """One training."""

    preset: str
    """Of PRESETS; `NAME@N` trains on N methods only."""
    held_out: str
    seed: int

    @property
    def name(self) -> str:
        """For messages and files."""
        return f"{self.preset}_{'all' if self.held_out == NOTHING else 'without_' + self.held_out}_{self.seed}"


def settings(job: Job, asked: argparse.Namespace) -> Recipe:
    """A job's recipe; --set wins over all else."""
    name, _, few = job.preset.partition("@")
    # One method has none to be mixed with.
    alone = ["--augment.inputs=wd"] if few == "1" and name == "paper" else []
    file = [f"--teacher.real_weights={asked.real_weights}"] if name == "arcface" else []
    words = [*COMMON, *PRESETS[name], *alone, *file, *(f"--{word}" for word in asked.set), f"--seed={job.seed}"]
    return recipe(None, words)


def trained_methods(job: Job, methods: Sequence[str]) -> tuple[str, ...]:
    """All but the held-out one, or the first few behind it, round about."""
    few = job.preset.partition("@")[2]
    at = methods.index(job.held_out) + 1 if job.held_out in methods else job.seed % len(methods)
    chosen = set([name for name in [*methods[at:], *methods[:at]] if name != job.held_out][: int(few) if few else None])
    return tuple(name for name in methods if name in chosen)
