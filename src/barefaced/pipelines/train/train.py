"""Train in one folder, from the data to the answer. Joins datasets, forging and model."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from barefaced.config.recipe import Recipe
from barefaced.config.rules import require
from barefaced.datasets.selection import Selection, select
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig
from barefaced.model.lsda import LSDA
from barefaced.pipelines.forge import (
    OnlineForger,
    chain_store,
    chosen_methods,
    forge_store,
    list_subjects,
    networks,
    ready,
)
from barefaced.pipelines.landmarks import mesh_store
from barefaced.pipelines.train import batch_size, loggers, loop, run_folder
from barefaced.pipelines.train.engine import Engine
from barefaced.pipelines.train.fine_tune import load_start_weights, with_start_history
from barefaced.pipelines.train.finish import finish
from barefaced.pipelines.train.preview import write_preview
from barefaced.pipelines.train.resume import list_states
from barefaced.pipelines.train.training_run import TrainingRun
from barefaced.runtime.files import sole_writer
from barefaced.runtime.model_packages import weights_file
from barefaced.values.card import ModelCard

FORGED_TO_CHOOSE = 100
"""People of each store who are forged to choose by, evenly chosen; all validate by what the store itself holds."""


def train(recipe: Recipe, out: Path, engine: Engine, resume: str = "auto") -> ModelCard:
    """Train, or resume training, in the folder `out`.

    Args:
        resume: `auto` goes on from the last good state there, where there is one; `never` empties the folder of an
            earlier run; anything else is a state file to begin from.

    Raises:
        BadConfig: settings that cannot work together, or another run's folder.
        FolderInUse: another process trains there.
        DataError, CheckpointError: stores or weights that cannot be used.
        MissingPackage: a watcher that is not installed.
        TrainingError: as `loop.train`.
    """
    loggers.check_installed(recipe.engine.watch)
    require(
        engine.world == 1 or recipe.augment.arithmetic == "paper",
        "augment.arithmetic = paper with several processes",
        "official, whose statistics are of one process's batch",
    )
    if recipe.start and weights_file(recipe.start).resolve().is_relative_to(out.resolve()):
        raise BadConfig(
            expected="a detector to go on from that lies elsewhere than the run",
            got=recipe.start,
            fix="Give --out another folder.",
        )
    data = select_run_data(recipe)
    about_masks = _describe_masks(recipe, data)
    torch.manual_seed(recipe.seed)  # of the weights that start at random
    model = LSDA(recipe, data.groups.methods, data.crop.margin)
    about_start = load_start_weights(model, recipe.start) if recipe.start else ()
    with _hold(out, engine):
        if resume == "never":
            engine.first(lambda: run_folder.forget(out))
        engine.first(lambda: run_folder.claim(out, recipe, data, engine.device))
        for line in (*about_start, *model.describe(), *data.describe(), *about_masks):
            engine.say(line)
        data, maker = make_forgeries(recipe, data, out, engine)
        run = TrainingRun(recipe, data, out, engine, maker, _count_groups(recipe, model, data.crop.size, out, engine))
        loop.train(run, model, [Path(resume)] if resume not in ("auto", "never") else list_states(out))
        return finish(run)


def preview_batches(recipe: Recipe, out: Path, engine: Engine) -> Path | None:
    """Write a page of augmented groups into `out`, and train nothing; on the first process only.

    Raises:
        BadConfig, DataError: as `train`.
    """
    data, maker = make_forgeries(recipe, select_run_data(recipe), out, engine)
    return write_preview(TrainingRun(recipe, data, out, engine, maker)) if engine.leads else None


def select_run_data(recipe: Recipe) -> Selection:
    """Select the run's training and validation data, with what `start` has seen.

    Raises:
        BadConfig, DataError: as `train`.
    """
    data = select_data(recipe)
    return with_start_history(recipe, data) if recipe.start else data


def select_data(recipe: Recipe) -> Selection:
    """Select the training and validation data of the recipe's stores, without a look at what `start` has seen.

    Raises:
        BadConfig, DataError: as `train`.
    """
    return select(recipe.data, recipe.seed, chosen_methods(recipe.forge) if recipe.forge.methods else ())


def make_forgeries(recipe: Recipe, data: Selection, out: Path, engine: Engine) -> tuple[Selection, OnlineForger | None]:
    """Make the validation forgeries in `out`, where the recipe forges; the data with them, and what forges in training.

    Those that lie there already are not made again.
    """
    if not data.generated:
        return data, None
    engine.first(lambda: _make_forger(recipe, data, out) and None)  # made once; the others find it done
    return _make_forger(recipe, data, out)


def _describe_masks(recipe: Recipe, data: Selection) -> list[str]:
    """Describe how many forgeries say where they were altered, where that is to be learnt.

    Raises:
        BadConfig: none does.
    """
    if not recipe.loss.locate:
        return []
    masked, stored = data.masked()
    if not masked and not data.generated:
        raise BadConfig(
            expected="forgeries that say where they were altered, for loss.locate",
            got=f"{stored} crops without a mask in {', '.join(recipe.data.stores)}",
            fix="Name forge.methods, take stores with masks (`barefaced forge` makes them), or set both locates to 0.",
        )
    forged = f"; so do those made while training ({', '.join(data.generated)})" if data.generated else ""
    return [f"where they were altered say {masked} of {stored} stored forged crops{forged}"]


def _count_groups(recipe: Recipe, model: LSDA, side: int, out: Path, engine: Engine) -> int:
    """Give the groups of a step, over all processes: the recipe's, or as many as memory holds."""
    if recipe.optim.groups:
        return recipe.optim.groups
    groups = run_folder.read_found_groups(out)
    if not groups:
        groups = batch_size.find_batch_size(recipe, model.to(engine.device), side, engine)
        engine.first(lambda: run_folder.keep_found_groups(out, groups))
    engine.say(f"optim.groups: {groups} in a step, as found for this memory")
    return groups


@contextlib.contextmanager
def _hold(out: Path, engine: Engine) -> Iterator[None]:
    """Hold the folder for this run: the first process does, for all."""
    with contextlib.ExitStack() as stack:
        engine.first(lambda: stack.enter_context(sole_writer(out)))
        yield


def _make_forger(recipe: Recipe, data: Selection, out: Path) -> tuple[Selection, OnlineForger]:
    """Make the validation people's forgeries, once, kept in the run's folder; give what forges while training, too."""
    settings, methods, forging = recipe.forge, data.generated, []
    val, val_clips = [*data.val], [*data.val_clips]
    for number, store in enumerate(data.stores):
        mesh_store(store, recipe.optim.workers)
        people = list_subjects(store, data.parts)
        learnt = networks(store, people, (*methods, *data.val_generated), settings, recipe.seed)
        able = ready(methods, learnt, settings)
        forging.append((store, tuple(subject for subject in people if subject.part == "train"), able))
        chosen = [subject for subject in people if subject.part == "val"]
        chosen = chosen[:: -(-len(chosen) // FORGED_TO_CHOOSE)] if chosen else []
        if chosen:
            kept = Store.create(out / f"validation_{number}", store.settings, root=store.path)
            choosing = able | ready(data.val_generated, learnt, settings)
            stored = {clip.method for clip in data.val_clips if clip.label}
            lying = chain_store(store, kept, chosen, sorted(stored), settings, recipe.seed)
            forge_store(store, kept, chosen, choosing, settings, recipe.seed, recipe.optim.workers)
            # Real ones and the store's own forgeries, too: they all went through one chain.
            again = {clip.clip for clip in (*lying, *(subject.clip for subject in chosen))}
            val[number] = (store, tuple(crop for crop in data.val[number][1] if crop.clip not in again))
            val.append((kept, kept.crops()))
            val_clips += [clip for clip in kept.clips() if clip.label and clip.clip not in again]
    maker = OnlineForger([(store, people) for store, people, _ in forging], [able for *_, able in forging], settings)
    return replace(data, val=tuple(val), val_clips=tuple(val_clips)), maker
