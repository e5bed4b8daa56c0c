"""The mean of several runs' weights, in a weights file of its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from barefaced.config.options import SEVERAL, AnyPath, command, list_paths


@command
def average(
    runs: AnyPath | Sequence[AnyPath],
    *,
    out: AnyPath,
    stores: Annotated[AnyPath | Sequence[AnyPath], SEVERAL] = (),
) -> int:
    """Average several runs' weights; the mean is validated, calibrated and measured as the end of a run is.

    Args:
        runs: folders of finished runs, or weights files, of one network
        out: the weights file to write
        stores: instead of those of the runs' recipes

    Returns:
        0.

    Raises:
        BadConfig: fewer than two models, another network, or people who choose for one and train another.
        CheckpointError, DataError: weights or stores that cannot be used.
    """
    from barefaced.config.training import EngineSettings
    from barefaced.pipelines.train import average_weights, engine

    here, models = engine.start(EngineSettings()), list_paths(runs)
    with engine.translate_errors():
        card, lines = average_weights.average(models, Path(out), list_paths(stores), here)
    print("\n".join([*lines, f"{out}: the mean of {len(models)}, sha256 of its tensors {card.sha256[:12]}"]))  # noqa: T201
    return 0
