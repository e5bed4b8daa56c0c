"""What a safetensors file says of itself, checked before one byte of a tensor is read. numpy and torch stay unloaded.

A safetensors file is: 8 bytes, the little-endian length N; N bytes of JSON, {name: {dtype, shape, data_offsets}} and
under `__metadata__` names and texts; then the tensors' bytes, without gaps.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from barefaced.errors import CheckpointError, MissingWeights, UntrustedWeights

PICKLES = (".pth", ".pt", ".ckpt", ".bin", ".pkl", ".pickle")
"""Endings of files that can run code when they are opened."""

_PREFIX = 8
_LONGEST = 16 << 20
"""Bytes of JSON: a card that names a hundred thousand clips takes some five million."""
_ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
"""The element types read here, and their sizes."""


@dataclass(frozen=True)
class StoredTensor:
    """One tensor's place; `start` and `end` count from the end of the header."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Header:
    """A checked header: the tensors fill the rest of the file exactly."""

    tensors: dict[str, StoredTensor]
    metadata: dict[str, str]
    offset: int
    """Where the tensors' bytes begin in the file."""


def refuse_pickle(path: Path) -> NoReturn:
    """Raise the answer to a file that can run code: how to turn it into one that cannot."""
    raise UntrustedWeights(
        expected="a safetensors file",
        got=f"{path}, a pickle: opening it can run code",
        fix="Convert it once: safetensors.torch.save_file(torch.load(SOURCE, weights_only=True), TARGET).",
    )


def read_header(path: Path) -> Header:
    """Read and check the header of a safetensors file.

    Raises:
        MissingWeights: there is no such file.
        UntrustedWeights: a pickle, by its name or by its first bytes.
        CheckpointError: not a safetensors file, cut short, or one that contradicts itself.
    """
    if path.suffix.lower() in PICKLES:
        refuse_pickle(path)
    if not path.is_file():
        raise MissingWeights(expected=f"a weights file at {path}", got="no file", fix="Check the path.")
    size = path.stat().st_size
    with path.open("rb") as stream:
        prefix = stream.read(_PREFIX)
        length = int.from_bytes(prefix, "little")
        if len(prefix) < _PREFIX or not 2 <= length <= min(_LONGEST, size - _PREFIX):
            if prefix.startswith((b"PK\x03\x04", b"\x80")):
                refuse_pickle(path)
            raise _damage(path, f"{size} bytes that announce a header of {length}")
        text = stream.read(length)
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise _damage(path, "a header that is not JSON") from e
    if not isinstance(entries, dict):
        raise _damage(path, "a header that is not a JSON object")
    metadata = entries.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise _damage(path, "metadata that are not names and texts")
    tensors = {name: _stored(path, name, entry) for name, entry in entries.items()}
    end = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: (item[1].start, item[1].end)):
        if tensor.start != end:
            raise _damage(path, f"tensor {name!r} at byte {tensor.start} where {end} was due")
        end = tensor.end
    if _PREFIX + length + end != size:
        raise _damage(path, f"{size} bytes where the header counts {_PREFIX + length + end}")
    return Header(tensors, metadata, _PREFIX + length)


def _stored(path: Path, name: str, entry: object) -> StoredTensor:
    match entry:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [int(start), int(end)]} if (
            dtype in _ITEM_BYTES
            and all(type(side) is int and side >= 0 for side in shape)
            and end - start == _ITEM_BYTES[dtype] * math.prod(shape)
        ):
            return StoredTensor(dtype, tuple(shape), start, end)
        case _:
            raise _damage(path, f"an entry for {name!r} that does not add up: {str(entry)[:100]}")


def _damage(path: Path, got: str) -> CheckpointError:
    return CheckpointError(
        expected=f"{path} to be a whole safetensors file", got=got, fix="Fetch or write the file again."
    )
