"""Each domain's centre from step to step, and the same on every process.

Alphabet: G groups of this process, D forgery domains, C H W feature map, M samples in a bank.
Statistics are at least float32 and detached. Where torch.distributed is initialised, every process gets what one
process with all the groups would: the groups of process 0 first.
"""

from typing import Literal

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from barefaced.model.augment import DomainStatistics, centroid, hardest, spread
from barefaced.model.distributed import all_gather_rows, all_reduce_
from barefaced.values.tensors import at_least_float32


class CentreMemory(nn.Module):
    """Where the within-domain augmentations get centre, challenging example and spread of each domain.

    `batch`: this step's samples alone. `ema`: the centre is an exponential moving average; the first samples of a
    domain start it, so it never leans toward zero, and a domain without samples keeps its own. The challenging example
    is this step's. `bank`: the last M samples of each domain, this step's among them, give centre and challenging
    example both. The memory is brought up to date first, then the challenging example is looked for. A domain of which
    nothing is known has a centre of zeros, which is also its challenging example. The spread is always this step's.

    The buffers have their full shape from the start, so a state dict restores a run exactly.
    """

    mean: Float[Tensor, "D C H W"]
    started: Bool[Tensor, " D"]
    samples: Float[Tensor, "M D C H W"]
    written: Int64[Tensor, " D"]
    """Samples a domain's bank was ever given; the next one lies at this number modulo M."""

    def __init__(
        self,
        source: Literal["batch", "ema", "bank"],
        shape: tuple[int, int, int, int],
        *,
        momentum: float = 0.9,
        bank: int = 64,
    ) -> None:
        """For features of `shape` (D, C, H, W)."""
        super().__init__()
        self.source = source
        self.momentum = momentum
        if source == "ema":
            self.register_buffer("mean", torch.zeros(shape))
            self.register_buffer("started", torch.zeros(shape[0], dtype=torch.bool))
        elif source == "bank":
            self.register_buffer("samples", torch.zeros(bank, *shape))
            self.register_buffer("written", torch.zeros(shape[0], dtype=torch.int64))

    @torch.no_grad()
    def forward(self, z: Float[Tensor, "G D C H W"], present: Bool[Tensor, "G D"]) -> DomainStatistics:
        """Take in one step's features and give the statistics that its augmentation uses."""
        z = at_least_float32(z)
        if not len(z):  # a process without a group in this step: one that is all holes
            z, present = z.new_zeros(1, *z.shape[1:]), present.new_zeros(1, z.shape[1])
        values = spread(z, present, all_reduce_)
        if self.source == "bank":
            self._store(all_gather_rows(z), all_gather_rows(present))
            stored = torch.arange(len(self.samples), device=z.device)[:, None] < self.written
            centre = centroid(self.samples, stored)
            return DomainStatistics(centre, hardest(self.samples, centre, stored), values)
        centre = centroid(z, present, all_reduce_)
        if self.source == "ema":
            centre = self._average(centre, all_reduce_(present.sum(dim=0)) > 0)
        return DomainStatistics(centre, hardest(z, centre, present, all_gather_rows), values)

    def _average(self, batch: Float[Tensor, "D C H W"], seen: Bool[Tensor, " D"]) -> Float[Tensor, "D C H W"]:
        kept = torch.where(self.started, self.momentum, 0.0)
        kept = torch.where(seen, kept, 1.0)[:, None, None, None]
        self.mean.copy_(kept * self.mean + (1 - kept) * batch)
        self.started |= seen
        return self.mean.clone()

    def _store(self, z: Float[Tensor, "N D C H W"], here: Bool[Tensor, "N D"]) -> None:
        """Write each domain's present samples in order over its oldest ones."""
        size = len(self.samples)
        number = here.long().cumsum(dim=0) - 1
        fresh = here & (number >= here.sum(dim=0) - size)
        sample, domain = fresh.nonzero(as_tuple=True)
        place = (self.written[domain] + number[sample, domain]) % size
        self.samples[place, domain] = z[sample, domain]
        self.written += here.sum(dim=0)
