"""A model's card as JSON in the header of its weights file. No torch: a card is read in milliseconds."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from barefaced.errors import CheckpointError, MissingCard
from barefaced.model.header import Header, read_header
from barefaced.values.card import ModelCard
from barefaced.values.json_codec import plain, record

KEY = "barefaced"
"""Of the card among the header's metadata."""
FORMAT = 3
"""Of the card's JSON. A file of a higher one is refused."""


def card_of(path: Path) -> ModelCard:
    """Read the card in a weights file; its tensors are neither read nor checked.

    Raises:
        MissingWeights, UntrustedWeights, CheckpointError: as `header.read_header`.
        MissingCard: safetensors, but without a card.
    """
    return card_in(read_header(path), path)


def card_in(header: Header, path: Path) -> ModelCard:
    """Read the card in a header already read; `path` is for the messages.

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
    """Write one line of JSON. A bound that is NaN (no interval can be given) becomes null.

    Raises:
        TypeError, ValueError: `settings` hold something JSON does not know.
    """
    return json.dumps(
        {"format": FORMAT, "card": plain(asdict(card))}, ensure_ascii=False, allow_nan=False, sort_keys=True
    )


def digest(card: ModelCard) -> str:
    """sha256 of the whole card: another calibration of the same tensors is another model."""
    return hashlib.sha256(to_json(card).encode()).hexdigest()


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
        case {"format": int(version), "card": dict(card)} if version >= 1:
            try:
                return record(ModelCard, card, "card")
            except ValueError as e:
                raise _wrong("its fields", str(e)) from e
    raise _wrong("a format and a card", text[:100])


def _wrong(expected: str, got: str) -> CheckpointError:
    return CheckpointError(
        expected=f"a model card: {expected}", got=got, fix="Use a file that `barefaced train` wrote."
    )
