"""One run in one folder: its data, its networks, the loop, the answer. Joins datasets, forging and model."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from barefaced.config.recipe import Recipe
from barefaced.datasets import transforms
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
from barefaced.pipelines.train import batch_size, loggers, optimization, run_folder
from barefaced.pipelines.train.engine import Engine
from barefaced.pipelines.train.fine_tune import begin, continued
from barefaced.pipelines.train.finish import finish
from barefaced.pipelines.train.loop import train
from barefaced.pipelines.train.preview import show
from barefaced.runtime.files import sole_writer
from barefaced.runtime.model_packages import weights_file
from barefaced.values.card import ModelCard

FORGED_TO_CHOOSE = 100
"""People of each store who are forged to choose by, evenly chosen; all validate by what the store itself holds."""


def run(recipe: Recipe, out: Path, engine: Engine, resume: str = "auto") -> ModelCard:
    """Train, or go on training, in the folder `out`.

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
    optimization.check(recipe.optim)
    loggers.check(recipe.engine.watch)
    _refuse(recipe, engine)
    if recipe.start and weights_file(recipe.start).resolve().is_relative_to(out.resolve()):
        raise BadConfig(
            expected="a detector to go on from that lies elsewhere than the run",
            got=recipe.start,
            fix="Give --out another folder.",
        )
    data = selected(recipe)
    where = _told_where(recipe, data)
    torch.manual_seed(recipe.seed)  # of the weights that start at random
    model = LSDA(recipe, data.groups.methods, data.crop.margin)
    begun = begin(model, recipe.start) if recipe.start else ()
    with _held(out, engine):
        if resume == "never":
            engine.first(lambda: run_folder.forget(out))
        engine.first(lambda: run_folder.claim(out, recipe, data, engine.device))
        for line in (*begun, *model.describe(), *data.describe(), *where):
            engine.say(line)
        data, maker = make_forgeries(recipe, data, out, engine)
        groups = recipe.optim.groups or run_folder.found_groups(out)
        if not groups:
            groups = batch_size.found(recipe, model.to(engine.device), data.crop.size, engine)
            engine.first(lambda: run_folder.keep_found_groups(out, groups))
        if not recipe.optim.groups:
            engine.say(f"optim.groups: {groups} in a step, as found for this memory")
        states = [Path(resume)] if resume not in ("auto", "never") else run_folder.states(out)
        train(recipe, data, model, maker, out, engine, groups, states)
        return finish(recipe, data, maker, out, engine)


def shown(recipe: Recipe, out: Path, engine: Engine) -> Path | None:
    """A page of augmented groups in `out`, and nothing trained; on the first process only.

    Raises:
        BadConfig, DataError: as `run`.
    """
    data, maker = make_forgeries(recipe, selected(recipe), out, engine)
    return show(recipe, data, maker, out) if engine.leads else None


def selected(recipe: Recipe) -> Selection:
    """The run's data: who trains, who chooses.

    Raises:
        BadConfig, DataError: as `run`.
    """
    data = select_data(recipe)
    return continued(recipe, data) if recipe.start else data


def select_data(recipe: Recipe) -> Selection:
    """Divide what the recipe's stores hold, without a look at what `start` has seen.

    Raises:
        BadConfig, DataError: as `run`.
    """
    transforms.check(recipe.pixels)
    return select(recipe.data, recipe.seed, chosen_methods(recipe.forge) if recipe.forge.methods else ())


def make_forgeries(recipe: Recipe, data: Selection, out: Path, engine: Engine) -> tuple[Selection, OnlineForger | None]:
    """Make the validation forgeries in `out`, where the recipe forges; the data with them, and what forges in training.

    Those that lie there already are not made again.
    """
    if not data.made_online:
        return data, None
    engine.first(lambda: _forged(recipe, data, out) and None)  # made once; the others find it done
    return _forged(recipe, data, out)


def _refuse(recipe: Recipe, engine: Engine) -> None:
    rules = (
        (
            engine.world == 1 or recipe.augment.arithmetic == "paper",
            "augment.arithmetic = paper with several processes",
            "official, whose statistics are of one process's batch",
        ),
        (
            recipe.engine.precision != "16-mixed" or not recipe.optim.sam,
            "optim.sam = 0 with engine.precision = 16-mixed",
            f"{recipe.optim.sam}: its two passes would be scaled apart",
        ),
    )
    for holds, expected, got in rules:
        if not holds:
            raise BadConfig(expected=expected, got=got, fix="Change one of the settings named.")


def _told_where(recipe: Recipe, data: Selection) -> list[str]:
    """How many forgeries say where they were altered, where that is to be learnt.

    Raises:
        BadConfig: none does.
    """
    if not recipe.loss.locate:
        return []
    masked, stored = data.masked()
    if not masked and not data.made_online:
        raise BadConfig(
            expected="forgeries that say where they were altered, for loss.locate",
            got=f"{stored} crops without a mask in {', '.join(recipe.data.stores)}",
            fix="Name forge.methods, take stores with masks (`barefaced forge` makes them), or set both locates to 0.",
        )
    made = f"; so do those made while training ({', '.join(data.made_online)})" if data.made_online else ""
    return [f"where they were altered say {masked} of {stored} stored forged crops{made}"]


@contextlib.contextmanager
def _held(out: Path, engine: Engine) -> Iterator[None]:
    """The folder, for this run: the first process holds it for all."""
    with contextlib.ExitStack() as held:
        engine.first(lambda: held.enter_context(sole_writer(out)))
        yield


def _forged(recipe: Recipe, data: Selection, out: Path) -> tuple[Selection, OnlineForger]:
    """What forges while training, and the validation people's forgeries, made once and kept in the run's folder."""
    settings, methods, made = recipe.forge, data.made_online, []
    val, val_clips = [*data.val], [*data.val_clips]
    for number, store in enumerate(data.stores):
        mesh_store(store, recipe.optim.workers)
        people = list_subjects(store, data.parts)
        learnt = networks(store, people, (*methods, *data.val_online), settings, recipe.seed)
        able = ready(methods, learnt, settings)
        made.append((store, tuple(subject for subject in people if subject.part == "train"), able))
        chosen = [subject for subject in people if subject.part == "val"]
        chosen = chosen[:: -(-len(chosen) // FORGED_TO_CHOOSE)] if chosen else []
        if chosen:
            kept = Store.create(out / f"validation_{number}", store.settings, root=store.path)
            choosing = able | ready(data.val_online, learnt, settings)
            stored = {clip.method for clip in data.val_clips if clip.label}
            lying = chain_store(store, kept, chosen, sorted(stored), settings, recipe.seed)
            forge_store(store, kept, chosen, choosing, settings, recipe.seed, recipe.optim.workers)
            # Real ones and the store's own forgeries, too: they all went through one chain.
            again = {clip.clip for clip in (*lying, *(subject.clip for subject in chosen))}
            val[number] = (store, tuple(crop for crop in data.val[number][1] if crop.clip not in again))
            val.append((kept, kept.crops()))
            val_clips += [clip for clip in kept.clips() if clip.label and clip.clip not in again]
    maker = OnlineForger([(store, people) for store, people, _ in made], [able for *_, able in made], settings)
    return replace(data, val=tuple(val), val_clips=tuple(val_clips)), maker
