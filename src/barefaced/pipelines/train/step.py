"""One step of training: the networks and their optimiser, from a batch to new weights."""

import itertools
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from barefaced.config.recipe import Recipe
from barefaced.model import distributed
from barefaced.model.centre_memory import CentreMemory
from barefaced.model.losses import check_finite
from barefaced.model.lsda import LSDA
from barefaced.model.student import Student
from barefaced.pipelines.train import optimization
from barefaced.pipelines.train.engine import Engine
from barefaced.values.tensors import GroupBatch, LossTerms


class Learner:
    """What a run moves: the networks, the optimiser, and the average of the student where there is one."""

    def __init__(self, recipe: Recipe, model: LSDA, engine: Engine) -> None:
        """Take `model` to the engine's device and precision, and make its optimiser."""
        self.recipe, self.model, self.engine = recipe, model, engine
        self.scaler = engine.fabric.strategy.precision
        self.scaler.convert_module(model).to(engine.device)
        for part in model.children():
            if not isinstance(part, CentreMemory):  # whose bank has five axes
                part.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        if engine.world > 1:
            distributed.share_batch_norm(model)
            distributed.broadcast_state(model)
        if recipe.engine.compile:
            _compile(model)
        self.optimizer = optimization.adam(model, recipe.optim, fused=recipe.engine.precision != "16-mixed")
        self._steps = cast(torch.optim.Optimizer, engine.fabric.setup_optimizers(self.optimizer))
        self._average = optimization.make_average(model.student, recipe.optim.ema) if recipe.optim.ema else None
        self.modules: dict[str, nn.Module] = {"model": model}
        if self._average is not None:
            self.modules["average"] = self._average

    @property
    def student(self) -> Student:
        """Give the student that is validated and kept: the average, or the one that learns."""
        return self.model.student if self._average is None else cast(Student, self._average.module)

    def take_step(self, batch: GroupBatch, step: int, pieces: int, rate: float) -> tuple[dict[str, Tensor], Tensor]:
        """Move the weights once.

        Args:
            batch: this process's groups, on its device.
            step: of the whole run; draws depend on it and the seed alone.
            pieces: that the batch is taken in.
            rate: the learning rate.

        Returns:
            the loss terms and the norm of the gradient, over all processes.

        Raises:
            NonFiniteLoss: a term, or the gradient's norm, is not a number.
        """
        settings, precision = self.recipe.optim, self.recipe.engine.precision
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        terms = self._take_gradients(batch, step, pieces)
        check_finite(LossTerms(terms), step)
        if settings.sam:
            with optimization.uphill(self.model, settings.sam):
                self._take_gradients(batch, step, pieces)
        self.scaler.unscale_gradients(self.optimizer)
        norm = torch.nn.utils.get_total_norm([p.grad for p in self.model.parameters() if p.grad is not None])
        if precision != "16-mixed":  # whose scaler passes over such a step and lowers itself
            check_finite(LossTerms({"norm of the gradient": norm}), step)
        if settings.clip:
            torch.nn.utils.clip_grads_with_norm_(self.model.parameters(), settings.clip, norm)
        self._steps.step()
        if self._average is not None:
            self._average.update_parameters(self.model.student)
        return terms, norm

    def _take_gradients(self, batch: GroupBatch, step: int, pieces: int) -> dict[str, Tensor]:
        """Put the step's gradients into the parameters, over all pieces and processes; give its loss terms."""
        self._steps.zero_grad()
        draws = self.model.draw(batch, _generator(self.recipe.seed, step, self.engine.rank))
        images = distributed.all_reduce_(batch.present.sum().float())
        terms: dict[str, Tensor] = {}
        for start, stop in _pieces(len(batch.present), pieces):
            piece = batch.groups(start, stop)
            share = distributed.all_reduce_(piece.present.sum().float()) / images
            with self.engine.fabric.autocast():
                losses = self.model(piece, draws.groups(start, stop))
            self.engine.fabric.backward(losses.total(self.model.weights) * share)
            for name, value in losses.terms.items():
                terms[name] = terms.get(name, 0) + value.detach() * share
        distributed.sum_gradients(self.model.parameters())
        summed = distributed.all_reduce_(torch.stack(list(terms.values())))
        return dict(zip(terms, summed, strict=True))


def _pieces(groups: int, count: int) -> list[tuple[int, int]]:
    edges = np.linspace(0, groups, count + 1).round().astype(int).tolist()
    return list(itertools.pairwise(edges))


def _compile(model: LSDA) -> None:
    """Compile the networks one by one: between them, boolean picking would break every graph."""
    networks = [model.student.encoder, *(model.forgery.encoders if model.teaches else ())]
    for network in [*networks, *([model.real.network] if model.teaches else [])]:
        network.compile(dynamic=True)


def _generator(seed: int, step: int, rank: int) -> torch.Generator:
    """Every step's own draws, the same on every process; drop-out in the networks is each process's own."""
    drawn, *own = np.random.SeedSequence((seed, step)).generate_state(1 + rank, np.uint64).tolist()
    torch.manual_seed((own[-1] if own else drawn) >> 1)
    return torch.Generator().manual_seed(drawn >> 1)
