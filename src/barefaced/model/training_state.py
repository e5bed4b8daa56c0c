"""The full state of a training run in one file that is never unpickled: every tensor by name, the rest as JSON.

`model.*` are the module's parameters and buffers (the centre memory's among them), those of further modules stand under
their own names, `optimizer.<parameter>.<name>` are the optimiser's; the header holds the optimiser's settings and the
caller's own notes, under a checksum of tensors and header.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from barefaced.errors import CheckpointError
from barefaced.runtime.files import write_bytes

KEY = "barefaced_state"


def save_state(
    path: Path, modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer, notes: dict[str, object]
) -> None:
    """Write everything a run goes on from, whole or not at all.

    Args:
        modules: by the name that their tensors stand under.
        notes: what else is to be known; as JSON holds it.

    Raises:
        OSError: no space or no right; the older state is untouched.
    """
    tensors = {
        f"{part}.{name}": value for part, module in modules.items() for name, value in module.state_dict().items()
    }
    inner = optimizer.state_dict()
    for index, values in inner["state"].items():
        tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in values.items()}
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    head = json.dumps({"groups": inner["param_groups"], "notes": notes})
    metadata = {KEY: head, "sha256": _digest(tensors, head)}
    write_bytes(path, safetensors.torch.save(tensors, metadata=metadata))


def load_state(path: Path, modules: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Put the state back into the modules named and the optimiser; gives the notes.

    Raises:
        CheckpointError: no state file, damaged, or of another network. Nothing was changed where it is damaged.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        if metadata["sha256"] != _digest(tensors, metadata[KEY]):
            raise CheckpointError(
                expected=f"the tensors that were written to {path}",
                got="others, by their checksum",
                fix="Delete the file: the run goes on from the state before it.",
            )
        head = json.loads(metadata[KEY])
        for part, module in modules.items():
            start = f"{part}."
            module.load_state_dict(
                {name.removeprefix(start): value for name, value in tensors.items() if name.startswith(start)}
            )
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith("optimizer."):
                _, index, key = name.split(".")
                state.setdefault(int(index), {})[key] = value
        optimizer.load_state_dict({"state": state, "param_groups": head["groups"]})
        for parameter, values in optimizer.state.items():
            for name, value in values.items():
                if value.shape == parameter.shape:
                    # Fused Adam reads memory in order: the parameter's layout (channels-last), not the file's.
                    values[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as e:
        raise CheckpointError(
            expected=f"the state of this run in {path}",
            got=f"{type(e).__name__}: {str(e).splitlines()[0]}",
            fix="Delete the file: the run goes on from the state before it, or begins anew.",
        ) from e
    return head["notes"]


def _digest(tensors: dict[str, Tensor], head: str) -> str:
    digest = hashlib.sha256(head.encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
