"""What the encoders cost on this machine: python benchmarks/encoders.py [--repeats N] [--threads N]

Forgery encoders, forward and backward, G groups x D domains: the loop that `ForgeryEncoders` is, against one network of
stacked parameters (torch.func.vmap, which turns D convolutions into one grouped convolution), contiguous and
channels-last. Student: `score` in crops a second, contiguous and channels-last.
"""

import argparse
import time
from collections.abc import Callable
from copy import deepcopy
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state

from barefaced.config.recipe import StudentSettings
from barefaced.model.student import Student
from barefaced.model.teacher import ForgeryEncoders

GROUPS, DOMAINS, CROPS = 4, 4, 32
Network = TypeVar("Network", bound=nn.Module)


def fastest(steps: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Seconds of the best of `repeats` runs of each step, in turns: whatever else the machine does only adds."""
    found = dict.fromkeys(steps, float("inf"))
    for _ in range(repeats + 1):
        for name, step in steps.items():
            begin = time.perf_counter()
            step()
            found[name] = min(found[name], time.perf_counter() - begin)
    return found


def laid(network: Network, layout: torch.memory_format) -> Network:
    """The network with its convolutions' weights in this layout."""
    network.to(memory_format=layout)  # pyright: ignore[reportCallIssue]  torch's stubs lack this overload
    return network.train()


def loop(settings: StudentSettings, layout: torch.memory_format) -> Callable[[], object]:
    """One forward and backward of `ForgeryEncoders`."""
    encoders = laid(ForgeryEncoders(settings, DOMAINS), layout)
    images = torch.randn(GROUPS, DOMAINS, 3, settings.input_size, settings.input_size)
    present = torch.ones(GROUPS, DOMAINS, dtype=torch.bool)
    return lambda: encoders(images, present).square().mean().backward()


def stacked(settings: StudentSettings, layout: torch.memory_format) -> Callable[[], object]:
    """The same sums with the D networks' parameters stacked."""
    encoders = laid(ForgeryEncoders(settings, DOMAINS), layout)
    networks = list(encoders.encoders)
    parameters, buffers = stack_module_state(networks)
    base = deepcopy(networks[0]).to("meta")
    images = torch.randn(DOMAINS, GROUPS, 3, settings.input_size, settings.input_size)

    def one(own: dict[str, Tensor], state: dict[str, Tensor], seen: Tensor) -> Tensor:
        return functional_call(base, (own, state), (seen,))

    several = torch.vmap(one, randomness="different")
    return lambda: several(parameters, buffers, images).square().mean().backward()


def scoring(settings: StudentSettings, layout: torch.memory_format) -> Callable[[], object]:
    """CROPS crops through `score`."""
    student = laid(Student(settings), layout)
    crops = np.random.default_rng(0).integers(0, 256, (CROPS, settings.input_size, settings.input_size, 3), np.uint8)
    return lambda: student.score(crops)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", default="tf_efficientnet_lite0")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(chosen.threads)
    layouts = {"contiguous": torch.contiguous_format, "channels-last": torch.channels_last}
    small = StudentSettings(backbone=chosen.backbone, weights="random", input_size=128)
    steps = {
        f"{name} {layout}": make(small, form)
        for name, make in (("loop", loop), ("stacked", stacked))
        for layout, form in layouts.items()
    }
    print(f"forgery encoders, {GROUPS} groups x {DOMAINS} domains, 128 px, forward and backward")
    for name, taken in fastest(steps, chosen.repeats).items():
        print(f"  {name:24}{taken * 1e3:8.0f} ms")
    for side in (128, 256):
        settings = StudentSettings(backbone=chosen.backbone, weights="random", input_size=side)
        steps = {layout: scoring(settings, form) for layout, form in layouts.items()}
        print(f"student, {side} px, batches of {CROPS}")
        for name, taken in fastest(steps, chosen.repeats).items():
            print(f"  {name:24}{CROPS / taken:8.0f} crops a second")


if __name__ == "__main__":
    main()
