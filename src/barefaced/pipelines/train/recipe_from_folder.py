"""A folder of `real/` and `fake/...` pictures or videos into a store and a recipe: nothing to write."""

import os
from dataclasses import replace
from pathlib import Path

import torch

from barefaced.config.media import CropSettings, PrepareSettings
from barefaced.config.recipe import Recipe
from barefaced.datasets import layouts
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig
from barefaced.pipelines.prepare import prepare_into, report_failures
from barefaced.pipelines.train.engine import Engine
from barefaced.runtime.files import needing_room, sole_writer

PAIRED = 0.5
"""Share of the forged clips that must have their real one, for groups of one origin; below it any go with any."""


def default_side() -> int:
    """Choose the input side in pixels for who names none: the paper's with a GPU, half of it for a CPU."""
    return 256 if torch.cuda.is_available() else 128


def recipe_for_folder(recipe: Recipe, root: Path, out: Path, engine: Engine) -> Recipe:
    """Fit the recipe to this folder, which is prepared into `out`/store where it is not yet; what was decided is said.

    The crops have the student's input size. Where the recipe forges, real pictures alone will do. Where few forgeries
    say what they are of, groups are of any real and any forgeries; with one method only, there is no cross-domain
    augmentation.

    Args:
        recipe: what is not decided here; its stores are not read.

    Raises:
        LayoutMismatch: no layout fits the folder.
        BadConfig: no real or no forged picture with a face.
        DataError, MissingWeights, FolderInUse: as `barefaced prepare`.
    """
    listed = layouts.read(layouts.AUTO, root)
    store = out / "store"
    settings = PrepareSettings(crop=CropSettings(size=recipe.student.input_size))

    def prepare() -> None:
        with needing_room(store), sole_writer(store):
            into = Store.create(store, settings, root=root)
            prepare_into(into, listed.clips, root, recipe.optim.workers if engine.world > 1 else os.cpu_count() or 1)
            report_failures(into)

    for line in listed.lines():
        engine.say(line)
    engine.first(prepare)
    clips = [record.clip for record in Store.open(store).records() if record.crops]
    data = replace(recipe.data, stores=(str(store.resolve()),))
    methods = sorted({clip.method for clip in clips if clip.label})
    if not (methods or recipe.forge.methods) or all(clip.label for clip in clips):
        raise BadConfig(
            expected=f"real and forged faces in {root}",
            got=f"{sum(not clip.label for clip in clips)} real ones with a face, {len(methods)} methods of forging",
            fix="Put real pictures into real/, forged ones into fake/METHOD/, or have them made: --preset sbi.",
        )
    reals = {clip.origin for clip in clips if not clip.label}
    paired = [clip for clip in clips if clip.label and clip.origin in reals]
    share = len(paired) / max(sum(clip.label for clip in clips), 1)
    if methods and share < PAIRED and data.pairing == "origin":
        engine.say(
            f"{share:.0%} of the forgeries have a real picture of their name: groups are of any real and any forgeries "
            "(data.pairing any)"
        )
        data = replace(data, pairing="any")
    augment = recipe.augment
    trained = sorted({*methods, *recipe.forge.methods} - {*data.held_out, *data.val_methods})
    if len(trained) == 1 and "cd" in augment.inputs:
        engine.say(f"one method ({trained[0]}): no cross-domain augmentation (augment.inputs wd)")
        augment = replace(augment, inputs="wd" if "wd" in augment.inputs else "none")
    return replace(recipe, data=data, augment=augment)
