"""A student and its card in one safetensors file: what detection needs, and nothing that can run.

The card lies as JSON in the header; `card.card_of` reads it without torch. The card's sha256 is that of the tensors'
bytes in the order of their sorted names.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from barefaced.config.recipe import StudentSettings
from barefaced.errors import CheckpointError, UntrustedWeights
from barefaced.model.card import KEY, card_in, to_json
from barefaced.model.feature_domains import ARRAYS, Domains
from barefaced.model.header import read_header
from barefaced.model.load_tensors import check_shapes
from barefaced.model.student import Student
from barefaced.runtime.files import write_bytes
from barefaced.values.card import DomainsCard, ModelCard
from barefaced.values.geometry import BORDER

DOMAINS = "domains."
"""Before the names of the tensors that are not the student's."""
_DTYPES = {"F32", "F16", "I64"}
"""Weights, and batch norm's counters."""


def save(
    path: Path, student: Student, card: ModelCard, domains: Domains | None = None, *, half: bool = False
) -> ModelCard:
    """Write the student and its card, whole or not at all; gives the card with the tensors' sha256 filled in.

    Args:
        domains: what is known of the training crops' features.
        half: store matrices and kernels as float16, half the size; `load` gives float32 again. Vectors (batch norm,
            biases) stay float32: a variance under 6e-8 would become 0.

    Raises:
        CheckpointError: the card is not of this student, or `path` does not end in .safetensors.
        OSError: no space or no right; an older file at `path` is untouched.
    """
    if path.suffix != ".safetensors":
        raise CheckpointError(
            expected="a path that ends in .safetensors", got=str(path), fix="Give the file that ending."
        )
    of_card = (_settings(card), card.calibration)
    of_student = (replace(student.settings, weights="random"), student.calibration)
    if of_card != of_student:
        raise CheckpointError(
            expected=f"a card of this student: {of_student[0]}, {of_student[1]}",
            got=f"{of_card[0]}, {of_card[1]}",
            fix="Make the card from the student's settings, and hand its calibration to student.calibrate.",
        )
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in student.state_dict().items()}
    tensors = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    if half:
        tensors = {name: tensor.half() if tensor.ndim > 1 else tensor for name, tensor in tensors.items()}
    if domains is not None:
        tensors |= {DOMAINS + name: torch.from_numpy(value) for name, value in domains.arrays().items()}
    # A card must not tell of what is not in its file.
    card = replace(card, domains=domains.card if domains is not None else DomainsCard())
    card = replace(card, sha256=_digest(tensors))
    write_bytes(path, safetensors.torch.save(tensors, metadata={KEY: to_json(card)}))
    return card


def load(path: Path) -> tuple[Student, ModelCard]:
    """Load the student and the card that `save` wrote; the student is calibrated and in evaluation mode, on the CPU.

    Header, card, names, shapes and element types are checked before a tensor is read or a network of that size made.

    Raises:
        MissingWeights: there is no such file.
        UntrustedWeights: a pickle, or tensors that are not those of the card's sha256.
        MissingCard: a safetensors file without a card.
        CheckpointError: cut short, of a newer format, or tensors that are not those of the card's network.
        BadConfig: the card names a backbone that this timm does not know.
    """
    header = read_header(path)
    card = card_in(header, path)
    if card.border != BORDER:
        raise CheckpointError(
            expected=f"a model of crops that are {BORDER} where the picture ends",
            got=f"{card.name} {card.sha256[:12]} in {path}, which learnt from crops with a {card.border} border",
            fix="Use a model of this version, or train it again: on today's crops its numbers mean nothing.",
        )
    settings = _settings(card)
    foreign = {tensor.dtype for tensor in header.tensors.values()} - _DTYPES
    if foreign:
        raise CheckpointError(
            expected=f"tensors of {sorted(_DTYPES)} in {path}", got=str(sorted(foreign)), fix="Save the student again."
        )
    with torch.device("meta"):
        shadow = Student(settings)
    shapes = {name: tensor.shape for name, tensor in header.tensors.items()}
    check_shapes(shadow, {name: shape for name, shape in shapes.items() if not name.startswith(DOMAINS)}, str(path))
    _check_domains(card, shapes, path)
    tensors = safetensors.torch.load_file(path)
    digest = _digest(tensors)
    if digest != card.sha256:
        raise UntrustedWeights(
            expected=f"tensors with sha256 {card.sha256} in {path}", got=digest, fix="Fetch or write the file again."
        )
    student = Student(settings)
    # load_state_dict copies into float32 parameters, whatever the file's kind.
    student.load_state_dict({name: tensor for name, tensor in tensors.items() if not name.startswith(DOMAINS)})
    student.calibrate(card.calibration)
    return student.eval(), card


def is_half(path: Path) -> bool:
    """Tell whether matrices are stored as float16."""
    return any(tensor.dtype == "F16" for tensor in read_header(path).tensors.values())


def load_domains(path: Path) -> Domains | None:
    """Load what a file that `load` has accepted knows of its training crops; None where it knows nothing.

    Raises:
        CheckpointError: as `load`, or numbers that are no covariance.
    """
    header = read_header(path)
    card = card_in(header, path)
    if not card.domains.names:
        return None
    _check_domains(card, {name: tensor.shape for name, tensor in header.tensors.items()}, path)
    with safetensors.safe_open(path, "numpy") as file:
        return Domains(card.domains, *(file.get_tensor(DOMAINS + name) for name in ARRAYS))


def _check_domains(card: ModelCard, shapes: Mapping[str, tuple[int, ...]], path: Path) -> None:
    count, side = len(card.domains.names), card.channels
    expected = {DOMAINS + "means": (count, side), DOMAINS + "covariance": (side, side)} if count else {}
    arrays = {name: shape for name, shape in shapes.items() if name.startswith(DOMAINS)}
    if arrays != expected:
        raise CheckpointError(
            expected=f"feature statistics of {expected or 'no domain'} in {path}",
            got=str(arrays or "none"),
            fix="Fetch or write the file again.",
        )


def _settings(card: ModelCard) -> StudentSettings:
    if len(set(card.mean)) != 1 or len(set(card.std)) != 1:
        raise CheckpointError(
            expected="a card with one mean and one std for all three channels",
            got=f"{card.mean} and {card.std}",
            fix="Use a file that `barefaced train` wrote.",
        )
    return StudentSettings(
        backbone=card.backbone,
        weights="random",
        input_size=card.input_size,
        channels=card.channels,
        mean=card.mean[0],
        std=card.std[0],
        locate=card.locate,
    )


def _digest(tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
