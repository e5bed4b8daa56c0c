"""The full state of a training run in one file that is never unpickled: every tensor by name, the rest as JSON.

`model.*` are the module's parameters and buffers, `optimizer.<parameter>.<name>` the optimiser's; the header holds the
optimiser's settings and the caller's own notes, under a checksum of the tensors.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from barefaced.durable import write_bytes
from barefaced.errors import CheckpointError

KEY = "barefaced_state"


def save_state(path: Path, module: nn.Module, optimizer: torch.optim.Optimizer, notes: dict[str, object]) -> None:
    """Write everything a run goes on from, whole or not at all.

    Raises:
        OSError: no space or no right; the older state is untouched.
    """
    tensors = {f"model.{name}": value for name, value in module.state_dict().items()}
    inner = optimizer.state_dict()
    for index, values in inner["state"].items():
        tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in values.items()}
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    head = {"groups": inner["param_groups"], "notes": notes, "sha256": _digest(tensors)}
    write_bytes(path, safetensors.torch.save(tensors, metadata={KEY: json.dumps(head)}))


def load_state(path: Path, module: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Put the state back; gives the notes.

    Raises:
        CheckpointError: no state file, damaged, or of another network.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            head = json.loads(file.metadata()[KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        if head["sha256"] != _digest(tensors):
            raise CheckpointError(
                expected=f"the tensors that were written to {path}",
                got="others, by their checksum",
                fix="Delete the file to begin the run anew.",
            )
        module.load_state_dict(
            {name.removeprefix("model."): value for name, value in tensors.items() if name.startswith("model.")}
        )
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith("optimizer."):
                _, index, key = name.split(".")
                state.setdefault(int(index), {})[key] = value
        optimizer.load_state_dict({"state": state, "param_groups": head["groups"]})
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as e:
        raise CheckpointError(
            expected=f"the state of this run in {path}",
            got=f"{type(e).__name__}: {str(e).splitlines()[0]}",
            fix="Delete the file to begin the run anew, or choose another folder.",
        ) from e
    return head["notes"]


def _digest(tensors: dict[str, Tensor]) -> str:
    found = hashlib.sha256()
    for name in sorted(tensors):
        found.update(name.encode())
        found.update(tensors[name].reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()
