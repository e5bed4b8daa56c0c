"""The mean of several runs' weights, in a weights file of its own."""

from collections.abc import Sequence
from pathlib import Path

from barefaced.config.training import EngineSettings
from barefaced.pipelines.train import average_weights, engine


def run(sources: Sequence[Path], out: Path, stores: Sequence[Path]) -> int:
    """Write `out` and say how the mean does beside the runs.

    Raises:
        BadConfig, CheckpointError, DataError: as `averaging.average`.
    """
    here = engine.start(EngineSettings())
    with engine.told_plainly():
        card, lines = average_weights.average(sources, out, stores, here)
    print("\n".join([*lines, f"{out}: the mean of {len(sources)}, sha256 of its tensors {card.sha256[:12]}"]))  # noqa: T201
    return 0
