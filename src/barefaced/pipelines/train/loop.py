"""The training loop, from top to bottom.

Every draw depends on the seed and the step alone, so no generator has a state to lose: a run that was killed and went
on equals one that was not, bit for bit on a CPU. A step is of the same groups for any number of processes.
"""

import contextlib
import itertools
import time
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import nn

from barefaced.config.recipe import Recipe
from barefaced.datasets.data_loader import Maker, load_batches
from barefaced.datasets.groups import GroupSampler
from barefaced.datasets.selection import Selection
from barefaced.model import checkpoint, distributed
from barefaced.model.losses import check_finite
from barefaced.model.lsda import LSDA
from barefaced.model.student import Student
from barefaced.pipelines.train import optimization, run_folder
from barefaced.pipelines.train.engine import Engine
from barefaced.pipelines.train.finish import card
from barefaced.pipelines.train.loggers import Log
from barefaced.pipelines.train.run_folder import Place
from barefaced.pipelines.train.validation import quality, scores
from barefaced.runtime.progress import work
from barefaced.values.tensors import GroupBatch, LossTerms


def train(
    recipe: Recipe,
    data: Selection,
    model: LSDA,
    maker: Maker | None,
    out: Path,
    engine: Engine,
    groups: int,
    states: list[Path],
) -> None:
    """Train to the last epoch, or until validation no longer gets better.

    Args:
        maker: forges while groups are read.
        groups: in a step, over all processes.
        states: to go on from, the best first; the next one is taken where one is damaged.

    Raises:
        NonFiniteLoss: a loss term is not a number; the last states and the best student stay.
        CheckpointError: not one of the states can be used.
        StoreDamaged: a crop is not what was stored.
    """
    settings, fabric = recipe.optim, engine.fabric
    scaler = fabric.strategy.precision
    scaler.convert_module(model).to(engine.device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    if engine.world > 1:
        distributed.share_batch_norm(model)
        distributed.same_everywhere(model)
    if recipe.engine.compile:
        _compile(model)
    optimizer = optimization.adam(model, settings, fused=recipe.engine.precision != "16-mixed")
    steps = cast(torch.optim.Optimizer, fabric.setup_optimizers(optimizer))
    average = optimization.averaged(model.student, settings.ema) if settings.ema else None
    student = model.student if average is None else cast(Student, average.module)
    modules: dict[str, nn.Module] = {"model": model}
    if average is not None:
        modules["average"] = average
    place = _restored(states, modules, optimizer, engine)

    sampler = GroupSampler(len(data.groups), groups, recipe.seed, rank=engine.rank, world=engine.world)
    batches = load_batches(
        data.groups,
        data.stores,
        sampler,
        recipe.pixels,
        recipe.seed,
        settings.workers,
        maker,
        window=recipe.data.window,
        pinned=engine.device.type == "cuda",
        masks=recipe.loss.locate > 0,
    )
    total = settings.epochs * sampler.batches
    if wrong := optimization.looks_back_too_far(settings.ema, total):
        engine.say(f"warning: {wrong}")
    log = Log(recipe, out, place.step, place.epoch) if engine.leads else None

    def save() -> None:
        if log is not None:
            log.flush()
            run_folder.save(out, modules, optimizer, place, scaler.state_dict())

    def gradients(batch: GroupBatch, count: int) -> dict[str, torch.Tensor]:
        """The step's gradients into the parameters, over all pieces and processes; its loss terms."""
        steps.zero_grad()
        drawn = model.draw(batch, _generator(recipe.seed, place.step, engine.rank))
        images = distributed.total(batch.present.sum().float())
        told: dict[str, torch.Tensor] = {}
        for start, stop in _pieces(len(batch.present), count):
            piece = batch.groups(start, stop)
            share = distributed.total(piece.present.sum().float()) / images
            with fabric.autocast():
                terms = model(piece, drawn.groups(start, stop))
            fabric.backward(terms.total(model.weights) * share)
            for name, value in terms.terms.items():
                told[name] = told.get(name, 0) + value.detach() * share
        distributed.sum_gradients(model.parameters())
        summed = distributed.total(torch.stack(list(told.values())))
        return dict(zip(told, summed, strict=True))

    started = saved = time.monotonic()
    with (
        contextlib.closing(log) if log is not None else contextlib.nullcontext(),
        work("train", total, "steps", place.step, parts="images", shown=engine.leads) as progress,
    ):
        for epoch in range(place.epoch, settings.epochs):
            if settings.patience and place.best_epoch >= 0 and epoch - place.best_epoch >= settings.patience:
                engine.say(f"no better validation for {settings.patience} epochs: stopped after {epoch}")
                break
            model.train()
            sampler.seek(epoch, place.batch)
            for batch in batches:
                rate = optimization.learning_rate(settings, place.step, total)
                for group in optimizer.param_groups:
                    group["lr"] = rate
                batch = batch.to(engine.device)
                count = min(settings.accumulate, -(-sampler.size(place.batch) // engine.world))

                terms = gradients(batch, count)
                check_finite(LossTerms(terms), place.step)
                if settings.sam:
                    with optimization.uphill(model, settings.sam):
                        gradients(batch, count)
                scaler.unscale_gradients(optimizer)
                norm = torch.nn.utils.get_total_norm([p.grad for p in model.parameters() if p.grad is not None])
                if recipe.engine.precision != "16-mixed":  # whose scaler passes over such a step and lowers itself
                    check_finite(LossTerms({"norm of the gradient": norm}), place.step)
                if settings.clip:
                    torch.nn.utils.clip_grads_with_norm_(model.parameters(), settings.clip, norm)
                steps.step()
                if average is not None:
                    average.update_parameters(model.student)

                values = {name: float(value) for name, value in terms.items()}
                images = int(batch.present.sum()) * engine.world  # of other processes: about as many
                if log is not None:
                    whole = float(LossTerms(terms).total(model.weights))
                    seconds, started = time.monotonic() - started, time.monotonic()
                    line = {"total": whole} | values | {"lr": rate, "norm": float(norm)}
                    log.step(place.step, epoch, line, images / max(seconds, 1e-9))
                place = replace(place, step=place.step + 1, batch=place.batch + 1)
                progress.step(note=" ".join(f"{name} {value:.3f}" for name, value in values.items()), parts=images)
                if time.monotonic() - saved > settings.save_every:
                    save()
                    saved = time.monotonic()
            place = _validated(recipe, data, student, replace(place, epoch=epoch + 1, batch=0), out, engine, log)
            save()
            saved = started = time.monotonic()


def _pieces(groups: int, count: int) -> list[tuple[int, int]]:
    edges = np.linspace(0, groups, count + 1).round().astype(int).tolist()
    return list(itertools.pairwise(edges))


def _compile(model: LSDA) -> None:
    """The networks one by one: between them, boolean picking would break every graph."""
    networks = [model.student.encoder, *(model.forgery.encoders if model.teaches else ())]
    for network in [*networks, *([model.real.network] if model.teaches else [])]:
        network.compile(dynamic=True)


def _generator(seed: int, step: int, rank: int) -> torch.Generator:
    """Every step's own draws, the same on every process; drop-out in the networks is each process's own."""
    drawn, *own = np.random.SeedSequence((seed, step)).generate_state(1 + rank, np.uint64).tolist()
    torch.manual_seed((own[-1] if own else drawn) >> 1)
    return torch.Generator().manual_seed(drawn >> 1)


def _restored(
    states: list[Path], modules: dict[str, nn.Module], optimizer: torch.optim.Optimizer, engine: Engine
) -> Place:
    scaler = engine.fabric.strategy.precision
    if not states:
        return Place()
    file, wrong = engine.first(lambda: run_folder.newest_whole(states, modules, optimizer))
    for line in wrong:
        engine.say(f"warning: {line}; going back to the one before it")
    place, more = run_folder.restore(file, modules, optimizer)
    scaler.load_state_dict(more)
    engine.say(f"going on after step {place.step} (epoch {place.epoch}), from {file.name}")
    return place


def _validated(
    recipe: Recipe, data: Selection, student: Student, place: Place, out: Path, engine: Engine, log: Log | None
) -> Place:
    """The place with the best validation so far; the student is kept where this is it."""
    found = quality(scores(data, student, engine))
    if found is not None:
        (video, frame), methods = found
        engine.say(f"epoch {place.epoch}: validation AUC video {video:.3f}, frame {frame:.3f}")
        if log is not None:
            log.validated(place.step, place.epoch, {"video_auc": video, "frame_auc": frame, "methods": methods})
    elif place.epoch < recipe.optim.epochs:
        return place  # nothing to choose by: the last epoch is the answer
    better = found[0] if found is not None else (0.0, 0.0)
    if better <= place.best:
        return place
    engine.first(lambda: _keep(out, student, recipe, data))
    return replace(place, best=better, best_epoch=place.epoch)


def _keep(out: Path, student: Student, recipe: Recipe, data: Selection) -> None:
    checkpoint.save(out / "best.safetensors", student, card(recipe, data, {}))
