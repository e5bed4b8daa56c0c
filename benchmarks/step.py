"""What a training step costs beyond its networks: python benchmarks/step.py [--repeats 15] [--threads 2]

`step` is all of LSDA's step but the optimiser: the draws, the forward pass with its losses, the backward pass.
`networks` is the same calls of the networks that step makes (student encoder and head, forgery encoders, real encoder,
fusion, domain head on every feature it is asked about) on the tensors it makes them on, forward and backward from plain
sums. What the step takes more is drawing, preprocessing, augmentation, statistics, losses and moving features between
the flat batch and its groups. The two take turns, so that a busy machine slows both, and the ratio is the median over
the turns. Below it each part, called again alone, forward and backward, as a share of the networks.

Weights are random, for they do not change the time; 4 groups of 5 images, layout channels-last, float32.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import torch
from torch import Generator, Tensor, nn

from barefaced.config.parsing import recipe
from barefaced.model import augment, losses, lsda, published_augment
from barefaced.model.lsda import LSDA
from barefaced.values.tensors import GroupBatch

METHODS = ("real", "Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures")
GROUPS, MARGIN = 4, 1.3
CONFIGURATIONS = {
    "tf_efficientnet_lite0, 128 px, C = 512": ("tf_efficientnet_lite0", 128, 512),
    "tf_efficientnet_lite0, 96 px, C = 128": ("tf_efficientnet_lite0", 96, 128),
}


@dataclass(frozen=True)
class Call:
    """One call that a step made, to be made again."""

    part: str
    made: Callable[..., object]
    words: tuple[object, ...]
    named: dict[str, object]

    def again(self) -> None:
        """Forward, and backward from the sum of the result, with gradients where the step had them."""
        words = [_leaf(word) for word in self.words]
        result = self.made(*words, **self.named)
        if isinstance(result, Tensor) and result.requires_grad:
            result.backward(torch.ones_like(result))


def _leaf(word: object) -> object:
    return word.detach().requires_grad_(word.requires_grad) if isinstance(word, Tensor) else word


@contextmanager
def recorded(places: list[tuple[str, Any, str]]) -> Iterator[list[Call]]:
    """The calls, in order, of each (part, owner, name of the owner's function)."""
    calls: list[Call] = []

    def listening(part: str, made: Callable[..., object]) -> Callable[..., object]:
        def listen(*words: object, **named: object) -> object:
            calls.append(Call(part, made, words, named))
            return made(*words, **named)

        return listen

    with ExitStack() as stack:
        for part, owner, name in places:
            stack.enter_context(mock.patch.object(owner, name, listening(part, getattr(owner, name))))
        yield calls


def networks(model: LSDA) -> list[tuple[str, Any, str]]:
    """Every network of a step."""
    found: dict[str, list[nn.Module]] = {
        "student": [model.student.encoder, model.student.head],
        "forgery encoders": list(model.forgery.encoders),
        "real encoder": [model.real.network, model.real.project],
        "fusion": [model.fusion],
        "domain head": [model.domain_head],
    }
    return [(part, module, "forward") for part, modules in found.items() for module in modules]


def the_rest(model: LSDA) -> list[tuple[str, Any, str]]:
    """Everything else of a step that takes time."""
    return [
        ("draw", model, "draw"),
        ("preprocess", model.student.preprocess, "forward"),
        ("preprocess", model.real.prepare, "forward"),
        ("statistics", model.memory, "forward"),
        ("augmentation", augment, "within_domain"),
        ("augmentation", augment, "mixup"),
        ("augmentation", published_augment, "within_domain"),
        *(("losses", losses, name) for name in ("binary", "domain", "fused_labels", "distill", "real_identity")),
        ("scatter", lsda, "_scattered"),
    ]


def compare(words: list[str], repeats: int) -> None:
    """Print a step's time, its networks' and the shares."""
    settings = recipe(None, words)
    model = LSDA(settings, METHODS, MARGIN).train()
    model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  torch's stubs lack this overload
    side, generator = settings.student.input_size, Generator().manual_seed(0)
    shape = (GROUPS, len(METHODS))
    images = torch.randint(0, 256, (*shape, 3, side, side), generator=generator, dtype=torch.uint8)
    batch = GroupBatch(images, torch.ones(shape, dtype=torch.bool), METHODS)

    def step() -> None:
        model(batch, model.draw(batch, generator)).total(model.weights).backward()

    with recorded(networks(model)) as calls:
        step()
    with recorded(the_rest(model)) as others:
        step()

    def alone() -> None:
        for call in calls:
            call.again()

    whole, parts = [], []
    for _ in range(repeats + 2):
        whole.append(milliseconds(model, step))
        parts.append(milliseconds(model, alone))
    whole, parts = whole[2:], parts[2:]
    base = statistics.median(parts)
    ratio = statistics.median(a / b for a, b in zip(whole, parts, strict=True))
    print(f"  step {statistics.median(whole):7.1f} ms   networks {base:7.1f} ms   ratio {ratio:.3f}")
    for title, made in (("of the networks", calls), ("beyond them", others)):
        shares = dict.fromkeys((call.part for call in made), 0.0)
        for call in made:
            shares[call.part] += statistics.median(milliseconds(model, call.again) for _ in range(repeats))
        print(f"    {title}: " + ", ".join(f"{part} {took / base:.1%}" for part, took in shares.items()))


def milliseconds(model: LSDA, work: Callable[[], None]) -> float:
    model.zero_grad()
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(0)
    for name, (backbone, side, channels) in CONFIGURATIONS.items():
        words = ["--student.backbone", backbone, "--student.weights", "random"]
        words += ["--student.input_size", str(side), "--student.channels", str(channels)]
        for preset in ("paper", "official"):
            print(f"{name}, preset {preset}")
            compare([*words, "--preset", preset], chosen.repeats)


if __name__ == "__main__":
    main()
