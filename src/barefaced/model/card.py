"""A model's card as JSON in the header of its weights file. No torch: a card is read in milliseconds."""

import json
import math
from dataclasses import MISSING, asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from barefaced.errors import CheckpointError, MissingCard
from barefaced.model.header import Header, read_header
from barefaced.types import ModelCard

KEY = "barefaced"
"""Of the card among the header's metadata."""
FORMAT = 1
"""Of the card's JSON. A file of a higher one is refused."""


def card_of(path: Path) -> ModelCard:
    """The card in a weights file; its tensors are neither read nor checked.

    Raises:
        MissingWeights, UntrustedWeights, CheckpointError: as `header.read_header`.
        MissingCard: safetensors, but without a card.
    """
    return card_in(read_header(path), path)


def card_in(header: Header, path: Path) -> ModelCard:
    """The card in a header already read; `path` is for the messages.

    Raises:
        MissingCard: there is none.
        CheckpointError: written by a newer barefaced, or not a card.
    """
    if KEY not in header.metadata:
        raise MissingCard(
            expected=f"{path} to carry a model card (header key {KEY!r})",
            got=f"{len(header.tensors)} tensors and the keys {sorted(header.metadata)}",
            fix="Use a file that `barefaced train` wrote; a bare backbone belongs into student.weights.",
        )
    return from_json(header.metadata[KEY])


def to_json(card: ModelCard) -> str:
    """One line of JSON. A bound that is NaN (no interval can be given) becomes null.

    Raises:
        TypeError, ValueError: `settings` hold something JSON does not know.
    """
    return json.dumps(
        {"format": FORMAT, "card": _without_nan(asdict(card))}, ensure_ascii=False, allow_nan=False, sort_keys=True
    )


def from_json(text: str) -> ModelCard:
    """Inverse of `to_json`. Lists in `settings` come back as tuples, as recipes have them.

    Raises:
        CheckpointError: a newer format, or fields missing, unknown or of another type.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise _wrong("JSON", text[:100]) from e
    match value:
        case {"format": int(version)} if version > FORMAT:
            raise CheckpointError(
                expected=f"a model card of format {FORMAT} or lower", got=str(version), fix="Update barefaced."
            )
        case {"format": int(version), "card": dict(card)} if version == FORMAT:
            return _record(ModelCard, card, "card")
    raise _wrong("a format and a card", text[:100])


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _decode(kind: Any, value: Any, where: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    match value:
        case dict() if is_dataclass(kind):
            return _record(kind, value, where)
        case dict() if origin is dict:
            return {key: _decode(inner[1], item, f"{where}.{key}") for key, item in value.items()}
        case list() if origin is tuple:
            kinds = inner[:1] * len(value) if inner[1:] == (...,) else inner
            if len(kinds) == len(value):
                return tuple(_decode(each, item, where) for each, item in zip(kinds, value, strict=True))
        case None if kind is float:
            return math.nan
        case int() | float() if kind is float and not isinstance(value, bool):
            return float(value)
        case _ if kind is object:
            return _frozen(value)
        case _ if type(value) is kind or (origin is Literal and value in inner):
            return value
    raise _wrong(f"{where} to be {kind}", f"{value!r:.100}")


def _record(kind: Any, value: dict[str, Any], where: str) -> Any:
    kinds = get_type_hints(kind)
    required = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}
    odd = (required - value.keys()) | (value.keys() - kinds.keys())
    if odd:
        raise _wrong(f"the fields of {where}", f"{sorted(odd)} missing or unknown")
    return kind(**{name: _decode(kinds[name], item, f"{where}.{name}") for name, item in value.items()})


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _wrong(expected: str, got: str) -> CheckpointError:
    return CheckpointError(
        expected=f"a model card: {expected}", got=got, fix="Use a file that `barefaced train` wrote."
    )
