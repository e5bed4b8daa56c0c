"""From gradients to weights: Adam, its rate at every step, the student's moving average, and the step uphill of SAM."""

import contextlib
import math
from collections.abc import Iterable, Iterator

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from barefaced.config.training import OptimSettings

FIRST_STEPS_SHARE = 0.1
"""Weight of the first step's student in the average, at the end of a run, over which a run is told."""


def adam(module: nn.Module, settings: OptimSettings, *, fused: bool) -> torch.optim.Adam:
    """Make Adam over the parameters that learn. Fused: on a CPU, too, a fraction of the time (docs/training.md)."""
    learning = [parameter for parameter in module.parameters() if parameter.requires_grad]
    return torch.optim.Adam(learning, lr=settings.lr, weight_decay=settings.weight_decay, fused=fused)


def learning_rate(settings: OptimSettings, step: int, total: int) -> float:
    """Give the rate of a step: a linear warm-up, then constant or a half cosine to zero."""
    if step < settings.warmup:
        return settings.lr * (step + 1) / settings.warmup
    if settings.schedule == "constant":
        return settings.lr
    share = (step - settings.warmup) / max(total - settings.warmup, 1)
    return settings.lr * 0.5 * (1 + math.cos(math.pi * share))


def make_average(student: nn.Module, decay: float) -> AveragedModel:
    """Make an exponential moving average of the student, batch-norm statistics included."""
    return AveragedModel(student, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)


def looks_back_too_far(decay: float, steps: int) -> str:
    """Say what is wrong with an average that a run is too short for; empty where nothing is.

    The student after its first step has the weight decay ** (steps - 1) in it at the end.
    """
    after = steps - 1
    if after < 1 or decay**after <= FIRST_STEPS_SHARE:
        return ""
    first, fitting = decay**after, FIRST_STEPS_SHARE ** (1 / after)
    return (
        f"optim.ema {decay:g} is for longer runs than one of {steps} steps: {first:.0%} of the averaged student will "
        f"still be the first step's; take {math.floor(1000 * fitting) / 1000:g} or less, or more steps"
    )


@contextlib.contextmanager
def uphill(module: nn.Module, radius: float) -> Iterator[None]:
    """Move the parameters, within it, `radius` further along their gradient: where SAM takes the gradient that counts
    (Foret, Kleiner, Mobahi, Neyshabur, "Sharpness-aware minimization", ICLR 2021, equation 3).

    Afterwards they stand where they stood, to the bit, and so do the buffers: statistics are of the first pass alone.
    """
    moved = [parameter for parameter in module.parameters() if parameter.grad is not None]
    parameters, buffers = [p.detach().clone() for p in moved], [b.clone() for b in module.buffers()]
    _climb(moved, radius)
    try:
        yield
    finally:
        with torch.no_grad():
            for parameter, kept in zip(moved, parameters, strict=True):
                parameter.copy_(kept)
            for buffer, kept in zip(module.buffers(), buffers, strict=True):
                buffer.copy_(kept)


@torch.no_grad()
def _climb(parameters: Iterable[nn.Parameter], radius: float) -> None:
    moved = list(parameters)
    gradients = [parameter.grad for parameter in moved if parameter.grad is not None]
    scale = float(radius / (torch.nn.utils.get_total_norm(gradients) + 1e-12))
    for parameter, gradient in zip(moved, gradients, strict=True):
        parameter.add_(gradient, alpha=scale)
