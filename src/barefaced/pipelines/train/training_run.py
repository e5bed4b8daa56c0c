"""What every part of a training run is given."""

from dataclasses import dataclass
from pathlib import Path

from barefaced.config.recipe import Recipe
from barefaced.datasets.data_loader import Maker
from barefaced.datasets.selection import Selection
from barefaced.pipelines.train.engine import Engine


@dataclass(frozen=True)
class TrainingRun:
    """One run: what is trained by which recipe, on which data, where, and by which process."""

    recipe: Recipe
    data: Selection
    out: Path
    """The run's folder."""
    engine: Engine
    maker: Maker | None = None
    """Forges while groups are read; None: nothing is forged in training."""
    groups: int = 0
    """In a step, over all processes: `optim.groups`, or the number found for this memory."""
