"""What the latent augmentations cost: all samples at once, against two plain loops of the same operations.

Run: python benchmarks/augment.py [--repeats 15]

`per channel` has the granularity of the published code: the same few tensor operations for each group, domain and
channel. `per sample` loops over groups and domains only, and is written as its author would wish it: unbind and stack,
noise and partners drawn by torch. Draws and statistics are part of every time. Repeats are interleaved, so that a busy
machine slows all three; `per channel` has at most three. G D C H W as in `barefaced.model.augment`; 2 threads.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable

import torch
from torch import Generator, Tensor

from barefaced.config.recipe import AugmentSettings
from barefaced.model.augment import mixup, within_domain
from barefaced.model.augment_draws import draw_cross, draw_within
from barefaced.model.centre_memory import CentreMemory
from barefaced.model.warp import affine, rotation

SETTINGS = AugmentSettings()
Augment = Callable[[Tensor, Generator], tuple[Tensor, Tensor]]


def at_once(z: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """Ours."""
    present = torch.ones(z.shape[:2], dtype=torch.bool)
    _, domains, channels, height, width = z.shape
    known = CentreMemory("batch", (domains, channels, height, width))(z, present)
    within = within_domain(z, draw_within(SETTINGS, tuple(z.shape), generator), known, relative=SETTINGS.relative)
    cross = draw_cross(SETTINGS, len(z), domains, generator)
    return within, mixup(z, cross.partner, cross.alpha)


def per_sample(z: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """One group and domain at a time."""
    return _looped(z, generator, _one)


def per_channel(z: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """One channel of one group and domain at a time."""

    def every_channel(
        operation: int, f: Tensor, centre: Tensor, hard: Tensor, spread: Tensor, generator: Generator
    ) -> Tensor:
        channels = zip(f.unbind(0), centre.unbind(0), hard.unbind(0), strict=True)
        return torch.stack([_one(operation, a[None], b[None], c[None], spread, generator)[0] for a, b, c in channels])

    def every_blend(a: Tensor, b: Tensor, alpha: Tensor) -> Tensor:
        return torch.stack([alpha * x + (1 - alpha) * y for x, y in zip(a.unbind(0), b.unbind(0), strict=True)])

    return _looped(z, generator, every_channel, every_blend)


def _one(operation: int, f: Tensor, centre: Tensor, hard: Tensor, spread: Tensor, generator: Generator) -> Tensor:
    beta, turn, pick = torch.rand(3, generator=generator)
    if operation == 0:
        return f + beta * (f - centre)
    if operation == 1:
        return f + beta * (hard - f)
    if operation == 2:
        return affine(f, rotation((2 * turn - 1) * math.radians(SETTINGS.degrees), *f.shape[-2:]))
    edges = torch.tensor(SETTINGS.mixture).cumsum(0)[:-1]
    sigma = torch.tensor(SETTINGS.sigmas)[torch.bucketize(pick, edges)]
    return f + sigma * spread * torch.randn(f.shape, generator=generator)


def _blend(a: Tensor, b: Tensor, alpha: Tensor) -> Tensor:
    return alpha * a + (1 - alpha) * b


def _looped(
    z: Tensor, generator: Generator, one: Callable[..., Tensor], blend: Callable[..., Tensor] = _blend
) -> tuple[Tensor, Tensor]:
    groups, domains = z.shape[:2]
    known = []
    for d in range(domains):
        f = z[:, d].detach()
        centre = f.mean(dim=0)
        away = torch.stack([(sample - centre).norm() for sample in f])
        known.append((centre, f[away.argmax()], f.std()))
    operations = torch.randint(4, (groups, domains), generator=generator).tolist()
    within, cross = [], []
    for g, group in enumerate(z.unbind(0)):
        samples = group.unbind(0)
        partners = torch.randperm(domains, generator=generator)
        while bool((partners == torch.arange(domains)).any()):
            partners = torch.randperm(domains, generator=generator)
        alphas = torch.rand(domains, generator=generator)
        for d, sample in enumerate(samples):
            within.append(one(operations[g][d], sample, *known[d], generator))
            cross.append(blend(sample, samples[partners[d]], alphas[d]))
    return torch.stack(within).view_as(z), torch.stack(cross).view_as(z)


def milliseconds(augment: Augment, z: Tensor, seed: int, *, backward: bool) -> float:
    z = z.clone().requires_grad_(backward)
    generator = Generator().manual_seed(seed)
    start = time.perf_counter()
    within, cross = augment(z, generator)
    if backward:
        torch.autograd.backward([within, cross], [torch.ones_like(within), torch.ones_like(cross)])
    return (time.perf_counter() - start) * 1e3


def table(shape: tuple[int, ...], repeats: int) -> None:
    """Medians, and the median over the repeats of each loop's time over ours."""
    z = torch.randn(shape, generator=Generator().manual_seed(0))
    for backward in (False, True):
        rivals: dict[str, Augment] = {"at once": at_once, "per sample": per_sample, "per channel": per_channel}
        times: dict[str, list[float]] = {name: [] for name in rivals}
        for repeat in range(-1, repeats):
            for name, augment in rivals.items():
                if name == "per channel" and repeat >= 3:
                    continue
                taken = milliseconds(augment, z, repeat + 1, backward=backward)
                if repeat >= 0:
                    times[name].append(taken)
        print(f"{list(shape)} {'forward + backward' if backward else 'forward'}")
        for name, taken in times.items():
            ratio = statistics.median(t / ours for t, ours in zip(taken, times["at once"], strict=False))
            print(f"  {name:12s} {statistics.median(taken):10.2f} ms   {ratio:8.1f} x ours")


def calls(groups: int, domains: int) -> int:
    """Operator calls of one forward, as torch.profiler counts them."""
    z = torch.randn(groups, domains, 8, 4, 4)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        at_once(z, Generator().manual_seed(0))
    return sum(event.count for event in profile.key_averages())


def main() -> None:
    parser = argparse.ArgumentParser(description="What the latent augmentations cost.")
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(2)
    for groups in (4, 16):
        table((groups, 4, 512, 8, 8), repeats)
    print("operator calls of one forward, by (G, D)")
    for groups, domains in ((1, 2), (4, 4), (16, 4), (64, 4), (4, 12)):
        print(f"  ({groups}, {domains}): {calls(groups, domains)}")


if __name__ == "__main__":
    main()
