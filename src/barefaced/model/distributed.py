"""What several processes that train one model must agree on: counts, rows, gradients, batch norm.

Every process computes the same graph on its own groups, also where it has none: collective calls must meet. A process
alone calls nothing. Alphabet: N rows of this process, R rows of all, B images, C channels.
"""

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from barefaced.values.tensors import at_least_float32

_ALONE: ContextVar[bool] = ContextVar("alone", default=False)


@contextlib.contextmanager
def undistributed() -> Iterator[None]:
    """Let this process compute, within it, as if there were no other: for work that the others do not share."""
    token = _ALONE.set(True)
    try:
        yield
    finally:
        _ALONE.reset(token)


def is_distributed() -> bool:
    """Tell whether other processes train with this one."""
    return not _ALONE.get() and dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def all_reduce_(value: Shaped[Tensor, "*shape"]) -> Shaped[Tensor, "*shape"]:
    """Sum over the processes, into `value` itself; give it. No gradient flows through it."""
    if is_distributed():
        dist.all_reduce(value)
    return value


def all_gather_rows(value: Shaped[Tensor, "N *shape"]) -> Shaped[Tensor, "R *shape"]:
    """Gather the rows of all processes, in the order of their ranks; each may have another number of them."""
    if not is_distributed():
        return value
    sizes = [torch.zeros(1, dtype=torch.int64, device=value.device) for _ in range(dist.get_world_size())]
    dist.all_gather(sizes, torch.tensor([len(value)], device=value.device))
    counts = torch.cat(sizes).tolist()
    padded = value.new_zeros((max(counts), *value.shape[1:]))
    padded[: len(value)] = value
    rows = [torch.empty_like(padded) for _ in counts]
    dist.all_gather(rows, padded)
    return torch.cat([row[:count] for row, count in zip(rows, counts, strict=True)])


def rank_offset(count: int, device: torch.device) -> int:
    """Count how many of something the processes of lower rank have together, where this one has `count`."""
    if not is_distributed():
        return 0
    mine = torch.zeros(dist.get_world_size(), dtype=torch.int64, device=device)
    mine[dist.get_rank()] = count
    return int(all_reduce_(mine)[: dist.get_rank()].sum())


@torch.no_grad()
def sum_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Make each gradient its sum over the processes; one message a kind of number.

    Each process's loss is its share of the global mean (see `losses`), so the sum is the gradient of the global loss.
    Not DistributedDataParallel: its mean over equal shares is wrong where shares are unequal, and a parameter that no
    process used must stay without a gradient, as it does in one process.
    """
    if not is_distributed():
        return
    by_kind: dict[torch.dtype, list[Tensor]] = {}
    for parameter in parameters:
        if parameter.grad is not None:
            by_kind.setdefault(parameter.grad.dtype, []).append(parameter.grad)
    for gradients in by_kind.values():
        flat = all_reduce_(torch.cat([gradient.reshape(-1) for gradient in gradients]))
        for gradient, summed in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(summed.view_as(gradient))


@torch.no_grad()
def broadcast_state(module: nn.Module) -> None:
    """Give every process the first one's parameters and buffers."""
    if is_distributed():
        for value in module.state_dict().values():
            dist.broadcast(value, src=0)


class SharedBatchNorm(nn.Module):
    """Batch norm over the batches of all processes, with the parameters and buffers of the one it stands for.

    torch's SyncBatchNorm runs on CUDA alone; this one runs wherever its collectives do, and takes an empty batch. The
    sums are of x less the running mean, the same on all processes, so that the variance does not cancel.
    """

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def __init__(self, own: nn.modules.batchnorm._BatchNorm) -> None:
        super().__init__()
        self.eps, self.momentum = own.eps, 0.1 if own.momentum is None else own.momentum
        self.weight, self.bias = own.weight, own.bias
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            self.register_buffer(name, getattr(own, name))
        # timm's batch norms carry drop-out and activation.
        self.drop: nn.Module = getattr(own, "drop", None) or nn.Identity()
        self.act: nn.Module = getattr(own, "act", None) or nn.Identity()
        self.train(own.training)

    def forward(self, x: Float[Tensor, "B C *place"]) -> Float[Tensor, "B C *place"]:
        if not self.training:
            y = F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
            return self.act(self.drop(y))
        y, mean, var, count = _Normalised.apply(x, self.weight, self.bias, self.running_mean.clone(), self.eps)
        with torch.no_grad():
            self.num_batches_tracked += 1
            unbiased = var * (count / (count - 1).clamp(min=1))
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(unbiased, self.momentum)
        return self.act(self.drop(y))


class _Normalised(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor | None, bias: Tensor | None, shift: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        axes = _all_but_channels(x)
        away = at_least_float32(x) - _per_channel(shift, x)
        number = away.new_full((1,), x.numel() // max(x.shape[1], 1))
        sums = all_reduce_(torch.cat([away.sum(axes), away.square().sum(axes), number]))
        count = sums[-1:].clamp(min=1)
        first, second = (sums[:-1] / count).chunk(2)
        mean, var = shift + first, (second - first.square()).clamp(min=0)
        y = F.batch_norm(x, mean, var, weight, bias, eps=eps)
        ctx.save_for_backward(x, weight, mean, (var + eps).rsqrt(), count)
        ctx.mark_non_differentiable(mean, var, count)
        return y, mean, var, count

    @staticmethod
    def backward(ctx: Any, slope: Tensor, *_: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None, None, None]:  # type: ignore[override]
        x, weight, mean, scale, count = ctx.saved_tensors
        axes = _all_but_channels(x)
        gradient = at_least_float32(slope)
        normal = (at_least_float32(x) - _per_channel(mean, x)) * _per_channel(scale, x)
        own = torch.cat([gradient.sum(axes), (gradient * normal).sum(axes)])
        # Weight and bias get this process's part alone: `sum_gradients` adds the parts.
        slope_bias, slope_weight = own.clone().chunk(2)
        of_mean, of_spread = (all_reduce_(own) / count).chunk(2)
        back = gradient - _per_channel(of_mean, x) - normal * _per_channel(of_spread, x)
        back = back * _per_channel(scale if weight is None else scale * weight, x)
        if weight is None:
            return back.to(x.dtype), None, None, None, None
        return back.to(x.dtype), slope_weight.to(weight.dtype), slope_bias.to(weight.dtype), None, None


def share_batch_norm(module: nn.Module) -> None:
    """Put a `SharedBatchNorm` in the place of every batch norm that keeps statistics; state dicts keep their names."""
    for name, child in module.named_children():
        if isinstance(child, nn.modules.batchnorm._BatchNorm) and child.track_running_stats:
            setattr(module, name, SharedBatchNorm(child))
        else:
            share_batch_norm(child)


def _all_but_channels(x: Tensor) -> list[int]:
    return [axis for axis in range(x.ndim) if axis != 1]


def _per_channel(value: Tensor, x: Tensor) -> Tensor:
    return value.view(1, -1, *(1,) * (x.ndim - 2))
