"""The mean of several runs' weights, validated and calibrated as the end of a run is.

The uniform soup of Wortsman et al., "Model soups", ICML 2022. Weights of runs that began alike mostly average well,
those of runs that began at random mostly do not; so every run is scored beside the mean, on the same crops.
"""

import contextlib
import copy
import datetime
import importlib.metadata
import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import torch

from barefaced.config.recipe import Recipe
from barefaced.datasets.selection import Selection
from barefaced.errors import BadConfig, CheckpointError
from barefaced.metrics.evaluation import evaluate
from barefaced.model import checkpoint
from barefaced.model.card import card_of
from barefaced.model.student import Student
from barefaced.pipelines.train.engine import Engine
from barefaced.pipelines.train.fine_tune import is_same, join_seen
from barefaced.pipelines.train.finish import ANSWER, measure_card, write_weights
from barefaced.pipelines.train.train import make_forgeries, select_data
from barefaced.pipelines.train.training_run import TrainingRun
from barefaced.pipelines.train.validation import score_validation
from barefaced.runtime.model_packages import weights_file
from barefaced.values.card import Calibration, DomainsCard, ModelCard, Profile, Thresholds
from barefaced.values.json_codec import record

AVERAGED = "averaged"
"""Key of the runs' names, seeds and sha256s among the card's settings."""
ALIKE = (
    "backbone",
    "input_size",
    "channels",
    "mean",
    "std",
    "locate",
    "locate_target",
    "methods",
    "crop_size",
    "crop_margin",
    "finder",
    "finder_side",
    "frames",
)
"""Of the card: what makes two students one network that is shown the same."""


@dataclass(frozen=True)
class Member:
    """One of the models averaged."""

    source: Path
    """As it was named: a run's folder or a weights file."""
    file: Path
    card: ModelCard

    @property
    def recipe(self) -> Recipe:
        """Read what it was trained by from its card.

        Raises:
            CheckpointError: settings that are no recipe of this version.
        """
        plain = json.loads(json.dumps(self.card.settings))
        plain.pop(AVERAGED, None)
        try:
            return record(Recipe, plain, "settings")
        except (ValueError, BadConfig) as e:
            raise CheckpointError(
                expected=f"the recipe of {self.source} on its card",
                got=str(e),
                fix="Use a file that `barefaced train` of this version wrote.",
            ) from e


def average(sources: Sequence[Path], out: Path, stores: Sequence[Path], engine: Engine) -> tuple[ModelCard, list[str]]:
    """Write the mean of the models' weights to `out`, with a card of its own.

    It is validated, calibrated and measured on the validation clips of the runs' recipes, as the end of a run is; where
    only weights files are given and no stores, it is not, and its card says so.

    Args:
        sources: finished runs' folders, or weights files.
        stores: in place of `data.stores` in every recipe; empty: those, where a run's folder is given.

    Returns:
        the card, and a line for each model and for the mean.

    Raises:
        BadConfig: fewer than two models, another network, people who choose for one and train another, or stores that
            are gone.
        MissingWeights, UntrustedWeights, MissingCard, CheckpointError: as `checkpoint.load`.
        DataError: stores that cannot be used.
    """
    members = _members(sources, out)
    _check_alike(members)
    seen = reduce(join_seen, (member.card.trained_on for member in members))
    _check_people(members)
    students = [checkpoint.load(member.file)[0] for member in members]
    mean = mean_student(students)
    card = replace(
        members[0].card,
        name=f"{members[0].card.name}, mean of {len(members)}",
        version=importlib.metadata.version("barefaced"),
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
        preset=", ".join(dict.fromkeys(member.card.preset for member in members)),
        real_encoder="; ".join(dict.fromkeys(member.card.real_encoder for member in members)),
        trained_on=seen,
        metrics={},
        calibration=Calibration(),
        thresholds=Thresholds(),
        profile=Profile(),
        domains=DomainsCard(),
        settings=members[0].card.settings
        | {
            AVERAGED: tuple(
                {"name": member.card.name, "seed": member.card.settings.get("seed"), "sha256": member.card.sha256}
                for member in members
            )
        },
    )
    with contextlib.ExitStack() as held:
        run = _validation(members, stores, engine, held)
        if run is None:
            written = checkpoint.save(out, mean, card)
            return written, ["not validated: name the runs' folders, or --stores; `barefaced calibrate` calibrates it"]
        _check_data(run.data, card)
        mean.to(engine.device)
        crops = sum(len(part) for _, part in run.data.val)
        engine.say(f"{len(members)} models and their mean, scored on {crops} validation crops")
        reached = [
            (str(member.source), _auc(run.data, student.to(engine.device), engine))
            for member, student in zip(members, students, strict=True)
        ]
        measured = measure_card(run, mean)
        card = replace(
            card,
            metrics=measured.metrics,
            calibration=measured.calibration,
            thresholds=measured.thresholds,
            profile=measured.profile,
        )
        written = write_weights(out, run, mean, card)
        return written, _compared(reached, written)


def mean_student(students: Sequence[Student]) -> Student:
    """Make the student whose every tensor is the mean of the students', each weighing alike.

    So are batch norm's running means and variances. Its counters of batches, which nothing reads after training, are
    the first student's. Means are taken in float64: of equal tensors they are those tensors, to the bit.
    """
    states = [student.state_dict() for student in students]
    mean = copy.deepcopy(students[0])
    mean.calibrate(Calibration())
    mean.load_state_dict(
        {
            name: torch.stack([state[name].double() for state in states]).mean(dim=0).to(first.dtype)
            if first.is_floating_point()
            else first
            for name, first in states[0].items()
        }
    )
    return mean.eval()


def _members(sources: Sequence[Path], out: Path) -> list[Member]:
    if len(sources) < 2:
        raise BadConfig(
            expected="at least two runs or weights files to average",
            got=" ".join(map(str, sources)) or "none",
            fix="Name more.",
        )
    files = []
    for source in sources:
        file = source / ANSWER if source.is_dir() else weights_file(source)
        if source.is_dir() and not file.is_file():
            raise BadConfig(
                expected=f"a finished run in {source}",
                got=f"no {ANSWER} there",
                fix="Train it to its end with the command it began with, or name one of the folders in it.",
            )
        files.append(file)
    if out.suffix != ".safetensors" or any(out.resolve() == file.resolve() for file in files):
        raise BadConfig(
            expected="--out to name a new .safetensors file", got=str(out), fix="Choose another name for the mean."
        )
    return [Member(source, file, card_of(file)) for source, file in zip(sources, files, strict=True)]


def _check_alike(members: Sequence[Member]) -> None:
    first = members[0]
    for other in members[1:]:
        for name in ALIKE:
            wanted, value = getattr(first.card, name), getattr(other.card, name)
            if not is_same(wanted, value):
                raise BadConfig(
                    expected=f"models of one network: {name} = {wanted}, as {first.source} has",
                    got=f"{value} in {other.source}",
                    fix="Average runs whose networks, crops and methods are the same.",
                )


def _check_people(members: Sequence[Member]) -> None:
    for member in members:
        chose = {origin for seen in member.card.trained_on for origin in seen.val_origins}
        for other in members:
            both = chose & {origin for seen in other.card.trained_on for origin in seen.train_origins}
            if both:
                raise BadConfig(
                    expected=f"nobody who chooses for {member.source} among those that {other.source} was trained on",
                    got=f"{len(both)} such origins, {', '.join(sorted(both)[:3])} among them",
                    fix="Train them with one split: the same data.val_origins, or the same seed and data.val_share.",
                )


def _validation(
    members: Sequence[Member], stores: Sequence[Path], engine: Engine, held: contextlib.ExitStack
) -> TrainingRun | None:
    """Join the validation clips of all members' recipes, each clip once, as the first that has it does it.

    The training data, which the mean's features are measured on, is the first run's.
    """
    joined: TrainingRun | None = None
    known: set[str] = set()
    for member in members:
        if not (stores or member.source.is_dir()):
            continue
        recipe = member.recipe
        if stores:
            recipe = replace(recipe, data=replace(recipe.data, stores=tuple(map(str, stores))))
        elif gone := [path for path in recipe.data.stores if not (Path(path) / "store.json").is_file()]:
            raise BadConfig(
                expected=f"the stores that {member.source} was trained on",
                got=f"none at {', '.join(gone)}",
                fix="Name them with --stores, or name weights files, whose mean is written without validation.",
            )
        data = select_data(recipe)
        if joined is not None and known >= {clip.clip for clip in data.val_clips}:
            continue
        kept = member.source if member.source.is_dir() else Path(held.enter_context(tempfile.TemporaryDirectory()))
        data, maker = make_forgeries(recipe, data, kept, engine)
        new = {clip.clip for clip in data.val_clips} - known
        known |= new
        val = tuple((store, tuple(crop for crop in crops if crop.clip in new)) for store, crops in data.val)
        clips = tuple(clip for clip in data.val_clips if clip.clip in new)
        if joined is None:
            joined = TrainingRun(recipe, replace(data, val=val, val_clips=clips), kept, engine, maker)
        else:
            first = joined.data
            data = replace(first, val=(*first.val, *val), val_clips=(*first.val_clips, *clips))
            joined = replace(joined, data=data)
    return joined


def _check_data(data: Selection, card: ModelCard) -> None:
    trained = {origin for seen in card.trained_on for origin in seen.train_origins}
    both = sorted({clip.origin for clip in data.val_clips} & trained)
    if both:
        raise BadConfig(
            expected="validation clips of people that none of the models was trained on",
            got=f"{len(both)} such origins, {', '.join(both[:3])} among them",
            fix="Give the stores that the runs were trained on, whole.",
        )
    if data.crop.size != card.crop_size or not math.isclose(data.crop.margin, card.crop_margin):
        raise BadConfig(
            expected=f"stores whose crops the models look at: {card.crop_size} px with margin {card.crop_margin}",
            got=f"{data.crop.size} px with margin {data.crop.margin}",
            fix="Give stores that were made as theirs.",
        )


def _auc(data: Selection, student: Student, engine: Engine) -> float:
    table = score_validation(data, student, engine)
    return float("nan") if table is None else evaluate(table, seed=0, draws=0).pooled.video.auc.value


def _compared(reached: Sequence[tuple[str, float]], written: ModelCard) -> list[str]:
    lines = [f"{name}: validation video AUC {auc:.4f}" for name, auc in reached]
    mean = written.metrics.get("validation video AUC")
    if mean is None:
        return ["not validated: nobody chooses among the clips of the stores, or one class only"]
    best, most = max(reached, key=lambda pair: pair[1])
    lines.append(f"their mean: validation video AUC {mean.value:.4f} [{mean.low:.4f}, {mean.high:.4f}]")
    if mean.value > most:
        return [*lines, f"the mean is better than the best of them, {best}, by {mean.value - most:.4f}"]
    return [*lines, f"the mean is no better than the best of them, {best}, by {most - mean.value:.4f}"]
