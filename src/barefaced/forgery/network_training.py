"""How the learned methods' networks are trained, and read back (torch; loaded only where it computes).

Alphabet: B batch, C h w a map. Pictures inside a network are RGB in [0, 1], channels first.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from barefaced.errors import NonFiniteLoss
from barefaced.forgery.learned import Step

BATCH = 32
RATE, LAST_RATE = 1e-3, 2e-5
"""Adam's first and last rate, a half cosine between."""

Network = TypeVar("Network", bound=nn.Module)


def likeness(made: Float[Tensor, "B C h w"], wanted: Float[Tensor, "B C h w"]) -> Float[Tensor, ""]:
    """L1 at three scales and of the differences between neighbours: L1 alone leaves a face without edges."""
    off = made - wanted
    scales = [off, F.avg_pool2d(off, 2), F.avg_pool2d(off, 4)]
    edges = [off.diff(dim=2), off.diff(dim=3)]
    return torch.stack([part.abs().mean() for part in scales]).mean() + sum(edge.abs().mean() for edge in edges)


def trained(
    make: Callable[[], Network],
    loss_of: Callable[[Network, np.random.Generator], Tensor],
    seed: int,
    steps: int,
    step: Step,
    name: str,
    rate: float = RATE,
) -> dict[str, np.ndarray]:
    """A network's weights after `steps` of Adam. The generator that `loss_of` draws its batch and the batch's
    alterations from depends on (seed, step) alone; the first weights on the seed.

    Raises:
        NonFiniteLoss: the loss is not a number.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # nn's layers take no generator
        network = make()
    adam = torch.optim.Adam(network.parameters(), lr=rate, betas=(0.5, 0.99))
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(adam, max(steps, 1), eta_min=LAST_RATE)
    for number in range(steps):
        loss = loss_of(network, np.random.default_rng((seed, number)))
        if not torch.isfinite(loss):
            raise NonFiniteLoss(
                expected=f"a finite {name} loss", got=f"{loss.item()} at step {number}", fix="Try another seed."
            )
        adam.zero_grad()
        loss.backward()
        adam.step()
        falling.step()
        step(f"{name} loss {loss.item():.4f}")
    return {key: value.detach().numpy().copy() for key, value in network.state_dict().items()}


def restored(make: Callable[[], Network], tensors: Mapping[str, np.ndarray]) -> Network:
    """A network ready to forge, from checked tensors."""
    with torch.random.fork_rng(devices=[]):
        network = make()
    network.load_state_dict({name: torch.from_numpy(value) for name, value in tensors.items()})
    return network.eval()


def shapes(make: Callable[[], nn.Module]) -> dict[str, tuple[int, ...]]:
    """Of the network's tensors."""
    with torch.device("meta"):
        return {name: tuple(value.shape) for name, value in make().state_dict().items()}


def planes(pictures: np.ndarray) -> Tensor:
    """uint8 pictures, channels last, as the network's numbers."""
    return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), np.float32) / 255)
