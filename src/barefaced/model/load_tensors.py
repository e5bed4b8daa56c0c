"""Tensors by name from a file, and into a network: every key and shape must fit, and nothing is unpickled unasked."""

import pickle
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn

from barefaced.errors import CheckpointError, MissingWeights
from barefaced.model.header import PICKLES, read_header, refuse_pickle


def read_tensors(path: Path, *, trust_pickle: bool = False) -> dict[str, Tensor]:
    """Every tensor of a file, on the CPU.

    Args:
        trust_pickle: also read `.pth` and its like, through torch's restricted unpickler (`weights_only`).

    Raises:
        MissingWeights: there is no such file.
        UntrustedWeights: a pickle that was not trusted, or one that holds more than tensors.
        CheckpointError: not a whole safetensors file.
    """
    if not (trust_pickle and path.suffix.lower() in PICKLES):
        read_header(path)
        return safetensors.torch.load_file(path)
    if not path.is_file():
        raise MissingWeights(expected=f"a weights file at {path}", got="no file", fix="Check the path.")
    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        refuse_pickle(path)
    except (RuntimeError, EOFError) as e:
        raise CheckpointError(
            expected=f"{path} to be a whole torch file", got=str(e).splitlines()[0], fix="Fetch the file again."
        ) from e
    if not isinstance(tensors, dict) or not all(isinstance(value, Tensor) for value in tensors.values()):
        raise CheckpointError(
            expected=f"{path} to hold a dictionary of tensors",
            got=type(tensors).__name__,
            fix="Save the network's state_dict alone.",
        )
    return dict(tensors)


def fill(network: nn.Module, tensors: Mapping[str, Tensor], source: str) -> None:
    """Copy `tensors` into `network`; names and shapes must be those of its state_dict, no more and no fewer.

    Raises:
        CheckpointError: they are not; the message names the first of them.
    """
    check_shapes(network, {name: tuple(tensor.shape) for name, tensor in tensors.items()}, source)
    network.load_state_dict(tensors)


def check_shapes(network: nn.Module, shapes: Mapping[str, tuple[int, ...]], source: str) -> None:
    """Check whether tensors of these names and shapes are those of `network`.

    Raises:
        CheckpointError: they are not.
    """
    own = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    faults = (
        [f"no {name}" for name in own if name not in shapes]
        + [f"an unknown {name}" for name in shapes if name not in own]
        + [
            f"{name} {list(shapes[name])} for {list(own[name])}"
            for name in own
            if shapes.get(name, own[name]) != own[name]
        ]
    )
    if faults:
        raise CheckpointError(
            expected=f"{source} to hold the {len(own)} tensors of {type(network).__name__}",
            got=f"{', '.join(faults[:4])}{f' and {len(faults) - 4} more faults' if len(faults) > 4 else ''}",
            fix="Use the weights of this very architecture.",
        )
