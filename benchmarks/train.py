"""Where a training run's wall time goes: python benchmarks/train.py STORE [--steps 20] [SETTINGS]

Trains on a store by `barefaced train`'s own loop, with clocks around its parts: the networks' forward and backward (the
latent augmentations and losses are within), waiting for the loader, the optimiser, and everything else (draws, checks,
logs). Validation and states are left out: their share is set by how often they are asked for. The first three steps are
not counted. Then the data path alone, in one process and one thread: reading and decoding, augmentation, collation.

SETTINGS are those of `barefaced train`; by default EfficientNet-Lite0 at the store's side, 4 groups, one process
that loads. On a GPU the parts are waited for. The bare networks run on tensors of the same shape in the same precision.
"""

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch

from barefaced.config.parsing import recipe
from barefaced.config.recipe import Recipe
from barefaced.datasets.crop_files import load_crop
from barefaced.datasets.data_loader import GroupBatches, load_batches, owners
from barefaced.datasets.groups import GroupSampler
from barefaced.datasets.selection import Selection, select
from barefaced.datasets.store import Store
from barefaced.datasets.transforms import augment
from barefaced.model.lsda import LSDA
from barefaced.pipelines.train import loop, resume
from barefaced.pipelines.train.engine import Engine, start
from barefaced.pipelines.train.resume import Position
from barefaced.pipelines.train.training_run import TrainingRun
from barefaced.values.tensors import GroupBatch

SKIPPED = 3


class Clock:
    """Seconds by part, from the step `SKIPPED` on."""

    def __init__(self, device: torch.device) -> None:
        self.device, self.steps = device, 0
        self.seconds = defaultdict[str, float](float)
        self.began = self.ended = 0.0
        self.images = 0

    def now(self) -> float:
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        begin = self.now()
        try:
            yield
        finally:
            if self.steps >= SKIPPED:
                self.seconds[name] += self.now() - begin

    def around(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*words: Any, **named: Any) -> Any:
            with self.part(name):
                return work(*words, **named)

        return timed


class Enough(Exception):
    """The steps are done."""


def shares(made: Recipe, data: Selection, engine: Engine, steps: int) -> Clock:
    """Run the loop and time its parts."""
    clock = Clock(engine.device)
    batches = GroupBatches.__iter__

    def timed(self: GroupBatches) -> Iterator[GroupBatch]:
        source = batches(self)
        while True:
            with clock.part("waiting for data"):
                batch = next(source, None)
            if batch is None:
                return
            yield batch
            clock.steps += 1
            if clock.steps == SKIPPED:
                clock.began = clock.now()
            elif clock.steps > SKIPPED:
                clock.images += int(batch.present.sum())
            if clock.steps == SKIPPED + steps:
                clock.ended = clock.now()
                raise Enough

    def unvalidated(*words: Any) -> Position:
        return next(word for word in words if isinstance(word, Position))

    model = LSDA(made, data.groups.methods, data.crop_settings.crop.margin)
    adam = torch.optim.Adam
    with (
        tempfile.TemporaryDirectory() as out,
        mock.patch.object(GroupBatches, "__iter__", timed),
        mock.patch.object(model, "forward", clock.around("forward", model.forward)),
        mock.patch.object(engine.fabric, "backward", clock.around("backward", engine.fabric.backward)),
        mock.patch.object(adam, "step", clock.around("optimiser", adam.step)),
        mock.patch.object(loop, "_validate", unvalidated),
        mock.patch.object(resume, "save"),
        suppress(Enough),
    ):
        loop.train(TrainingRun(made, data, Path(out), engine, groups=made.optim.groups), model)
    return clock


def data_path(made: Recipe, data: Selection, count: int) -> dict[str, float]:
    """Milliseconds an image: reading, augmenting, collating."""
    owner = owners(data.stores)
    side = data.crop_settings.crop.size
    generator = np.random.default_rng(0)
    spent = defaultdict[str, float](float)
    images = 0
    for group in data.groups.groups[:count]:
        files = [owner[crop.clip].place(crop.file) for crop in group.crops if crop is not None]
        begin = time.perf_counter()
        pictures = np.stack([load_crop(file, side) for file in files])
        read = time.perf_counter()
        done = augment(pictures, made.pixels, generator)
        augmented = time.perf_counter()
        torch.stack([torch.from_numpy(done).movedim(-1, 1)] * made.optim.groups)
        spent["read and decode"] += read - begin
        spent["augment"] += augmented - read
        spent["collate"] += (time.perf_counter() - augmented) / made.optim.groups
        images += len(files)
    return {name: seconds / images * 1e3 for name, seconds in spent.items()}


def loader_alone(made: Recipe, data: Selection) -> float:
    """Images a second of the loading processes while nothing else runs."""
    sampler = GroupSampler(len(data.groups.groups), made.optim.groups, made.seed)
    loaded = load_batches(data.groups, data.stores, sampler, made.pixels, made.seed, made.optim.workers)
    source = iter(loaded)
    next(source)
    begin, images = time.perf_counter(), 0
    for _, batch in zip(range(40), source, strict=False):
        images += int(batch.present.sum())
    return images / (time.perf_counter() - begin)


def bare(made: Recipe, data: Selection, engine: Engine, steps: int) -> float:
    """Images a second of forward and backward alone, on tensors that lie on the device."""
    model = LSDA(made, data.groups.methods, data.crop_settings.crop.margin).to(
        engine.device, memory_format=torch.channels_last
    )  # type: ignore[call-overload]
    shape, side = (made.optim.groups, len(data.groups.methods)), data.crop_settings.crop.size
    images = torch.randint(0, 256, (*shape, 3, side, side), dtype=torch.uint8)
    batch = GroupBatch(images, torch.ones(shape, dtype=torch.bool), data.groups.methods).to(engine.device)
    clock, times = Clock(engine.device), []
    draws = model.draw(batch, torch.Generator().manual_seed(0))
    for _ in range(SKIPPED + steps):
        begin = clock.now()
        model.zero_grad()
        with engine.fabric.autocast():
            terms = model(batch, draws)
        engine.fabric.backward(terms.total(model.weights))
        times.append(clock.now() - begin)
    return shape[0] * shape[1] / statistics.median(times[SKIPPED:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--steps", type=int, default=20)
    chosen, words = parser.parse_known_args()
    side = Store.open(chosen.store).settings.crop.size
    usual = ["--data.stores", f"[{chosen.store}]", "--student.input_size", str(side), "--optim.epochs", "1000"]
    made = recipe(None, [*usual, *words])
    data = select(made.data, made.seed)
    engine = start(made.engine)
    clock = shares(made, data, engine, chosen.steps)
    whole = clock.ended - clock.began
    parts = dict(clock.seconds)
    parts["the rest"] = whole - sum(parts.values())
    images = clock.images / whole
    print(f"{made.student.backbone}, {side} px, {made.optim.groups} groups of {len(data.groups.methods)}, ")
    print(f"  {chosen.steps} steps, {images:.1f} images/s, {torch.get_num_threads()} threads, {engine.device.type}")
    for name, seconds in sorted(parts.items(), key=lambda one: -one[1]):
        print(f"  {name:18}{seconds / whole:7.1%}")
    print(f"  networks' forward and backward: {(parts['forward'] + parts['backward']) / whole:.1%} of wall time")
    alone = bare(replace(made), data, engine, chosen.steps)
    print(f"  bare networks on tensors in memory: {alone:.1f} images/s; the loop is at {images / alone:.1%} of that")
    costs = data_path(made, data, 60)
    print("  data path, one thread, ms an image: " + ", ".join(f"{name} {ms:.2f}" for name, ms in costs.items()))
    print(f"  loader alone, {made.optim.workers} processes: {loader_alone(made, data):.0f} images/s")


if __name__ == "__main__":
    main()
