"""Groups as the networks are given them, on a page to look at before a long run."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from barefaced.config.pictures import PixelSettings
from barefaced.config.recipe import Recipe
from barefaced.datasets.data_loader import Maker, load_batches
from barefaced.datasets.groups import GroupSampler
from barefaced.datasets.selection import Selection
from barefaced.pipelines.train.training_run import TrainingRun
from barefaced.reports.training import Augmented, batch_page
from barefaced.runtime.files import write_bytes
from barefaced.values.tensors import GroupBatch

MOST = 8
"""Groups on the page."""


def write_preview(run: TrainingRun) -> Path:
    """Write batch.html into the run's folder: the first groups, stored and augmented; give its path."""
    recipe, data = run.recipe, run.data
    count = min(MOST, len(data.groups))
    given = _first(recipe, data, recipe.pixels, run.maker, count)
    stored = _first(recipe, data, PixelSettings(chance=0.0), None, count)
    sampler = GroupSampler(len(data.groups), count, recipe.seed)
    groups = []
    for number, (epoch, index) in enumerate(next(iter(sampler))):
        groups.append(
            Augmented(
                name=_name(data, epoch, index),
                methods=data.groups.methods,
                stored=tuple(_pictures(stored, number)),
                given=tuple(_pictures(given, number)),
            )
        )
    lines = [f"{name:20} {value}" for name, value in asdict(recipe.pixels).items()]
    file = run.out / "batch.html"
    write_bytes(file, batch_page(f"Augmented groups of {recipe.name}", groups, lines).encode())
    return file


def _name(data: Selection, epoch: int, index: int) -> str:
    if data.groups.mixture is not None:
        real = data.groups.mixture.draw(epoch, index)[0]
        return "/".join(Path(real.place).parts[-2:]) if real else ""
    group = data.groups.groups[index]
    return f"{group.origin}, moment {group.moment}"


def _first(recipe: Recipe, data: Selection, pixels: PixelSettings, maker: Maker | None, count: int) -> GroupBatch:
    sampler = GroupSampler(len(data.groups.groups), count, recipe.seed)
    return next(
        iter(load_batches(data.groups, data.stores, sampler, pixels, recipe.seed, 0, maker, window=recipe.data.window))
    )


def _pictures(batch: GroupBatch, group: int) -> list[UInt8[np.ndarray, "S S 3"] | None]:
    return [
        image.movedim(0, -1).numpy() if present else None
        for image, present in zip(batch.images[group], batch.present[group].tolist(), strict=True)
    ]
