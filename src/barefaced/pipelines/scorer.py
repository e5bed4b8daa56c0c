"""A detector as something that scores crops: a weights file of ours, or anybody's function in Python.

Letters: B crops, S side. Pictures are RGB uint8.
"""

import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64, UInt8

from barefaced.errors import BadConfig, InputError
from barefaced.metrics.thresholds import rows_of
from barefaced.model.checkpoint import load
from barefaced.runtime.model_packages import weights_file
from barefaced.values.card import ModelCard, Thresholds
from barefaced.values.evaluation import UNCHOSEN, Model

Score = Callable[[np.ndarray], np.ndarray]
"""Crops [B S S 3] to B numbers."""


@dataclass(frozen=True)
class Scorer:
    """A detector: how it scores, and what is known of it."""

    model: Model
    score: Score
    thresholds: tuple[Thresholds, ...]
    """Rising by their moments."""
    protocol: dict[str, str]
    card: ModelCard | None = None
    """None: a function, of which nothing is known. Its scores are never kept: it may change under its name."""


def choose_scorer(
    model: str | Path, places: Sequence[Path], name: str, trained_on: Sequence[str]
) -> "tuple[Scorer, list[Path]]":
    """Return the detector meant, and the stores: `model`, or the first of `places` where it is empty.

    Args:
        model: a weights file, `shipped`, or a function as `module:function`.
        name, trained_on: of a function, for reports.

    Raises:
        BadConfig: no model or no store; no such function.
        CheckpointError: the weights cannot be used.
    """
    if len(places) < 1 + (not model):
        raise BadConfig(
            expected="a model and at least one store",
            got=" ".join(map(str, places)) or "nothing",
            fix="Name MODEL STORE..., or --model MODEL STORE... (a weights file or module:function).",
        )
    if ":" in str(model) and not Path(model).exists():
        return from_function(str(model), name, trained_on), list(places)
    return (from_weights(Path(model)), list(places)) if model else (from_weights(places[0]), list(places[1:]))


def from_weights(path: Path, *, raw: bool = False) -> Scorer:
    """Load our weights file as a detector.

    Args:
        path: the file, or the word for the one that comes with the package.
        raw: score logit differences, as a calibration is fitted to, and not fakeness.

    Raises:
        CheckpointError: the weights cannot be used.
    """
    student, card = load(weights_file(path))
    seed = card.settings.get("seed")
    model = Model(
        name=card.name,
        sha256=card.sha256,
        trained_on=tuple(sorted({seen.dataset for seen in card.trained_on})),
        seed=seed if isinstance(seed, int) else None,
    )
    protocol = {
        "model": f"{card.name} {card.sha256[:12]}, preset {card.preset}, {card.backbone} at {card.input_size} px",
        "trained on": "; ".join(
            f"{seen.dataset}: {len(seen.train_origins)} origins ({', '.join(seen.methods)})" for seen in card.trained_on
        ),
        "chosen on": card.thresholds.chosen_on,
        "calibration": f"{card.calibration.kind}, fitted on {card.calibration.chosen_on or 'nothing'}",
    }
    return Scorer(model, student.differences if raw else student.score, rows_of(card), protocol, card)


def from_function(named: str, name: str, trained_on: Sequence[str]) -> Scorer:
    """Import somebody else's detector: `module:function`, looked for where you stand first.

    The function takes crops [B S S 3], RGB uint8, and gives B scores, higher for more likely fake.

    Raises:
        BadConfig: no such module or function.
    """
    module, _, attribute = named.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    fix = "Give --model module:function, the module importable from where you stand."
    try:
        imported = importlib.import_module(module)
    except ModuleNotFoundError as e:
        raise BadConfig(expected=f"a Python module {module}", got=str(e), fix=fix) from e
    function = getattr(imported, attribute, None)
    if not callable(function):
        raise BadConfig(expected=f"a function {attribute!r} in {module}", got=type(function).__name__, fix=fix)

    def score(crops: UInt8[np.ndarray, "B S S 3"]) -> Float64[np.ndarray, " B"]:
        scores = np.asarray(function(crops), np.float64)
        if scores.shape != (len(crops),) or not np.isfinite(scores).all():
            raise InputError(
                expected=f"{len(crops)} finite scores from {named} for {len(crops)} crops",
                got=f"an array of shape {scores.shape}, {np.isfinite(scores).sum()} of them finite",
                fix="Give one number a crop.",
            )
        return scores

    model = Model(name or named, trained_on=tuple(trained_on))
    return Scorer(model, score, (UNCHOSEN,), {"model": f"the function {named}"})
