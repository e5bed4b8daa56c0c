"""Calibration and thresholds of a model, fitted on held-out source clips and stored in its card."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from barefaced.config.options import AnyPath, command, list_paths
from barefaced.errors import BadConfig
from barefaced.runtime.model_packages import SHIPPED, weights_file

if TYPE_CHECKING:
    from barefaced.values.card import ModelCard


@command
def calibrate(
    model: AnyPath,
    stores: AnyPath | Sequence[AnyPath],
    *,
    kind: Literal["platt", "isotonic"] = "platt",
    split: Literal["val", "all"] = "val",
    out: AnyPath | None = None,
) -> "ModelCard":
    """Fit a model's calibration and thresholds on held-out source clips, and store them in its weights file.

    Real and fake weigh alike, each data set's reals alike, and each method's fakes.

    Args:
        model: a weights file, or `shipped` with --out
        stores: stores of the source data: what it was trained from
        kind: of calibration
        split: `val`: clips that chose the model, or that the data set's own split calls val; `all`: every clip that it
            was not trained on, for stores held out by hand
        out: the weights file to write; MODEL itself where none is named

    Returns:
        the card that was written.

    Raises:
        DataError: no such clip, or one class only.
        CheckpointError: the weights cannot be used.
    """
    if str(model) == SHIPPED and out is None:
        raise BadConfig(
            expected=f"--out with `{SHIPPED}`, which is never written over",
            got="no --out",
            fix="Name a file for the model with its new calibration.",
        )

    from barefaced.pipelines.calibrate import calibrate_model

    return calibrate_model(weights_file(model), list_paths(stores), kind, split, Path(out or model))
