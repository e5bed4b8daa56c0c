"""A detector under corruptions: the curve of AUC against strength."""

from collections.abc import Sequence
from pathlib import Path

from barefaced.config.options import AnyPath, Count, command, list_paths


@command
def robustness(
    stores: AnyPath | Sequence[AnyPath] = (),
    *,
    out: AnyPath,
    model: AnyPath = "",
    only: str | Sequence[str] = (),
    most: Count = 0,
    seed: Count = 0,
    draws: Count = 1000,
    include_seen: bool = False,
) -> int:
    """Measure a model under eleven corruptions at five strengths: curves of AUC with intervals.

    barefaced robustness MODEL STORE... --out OUT, or --model MODULE:FUNCTION STORE...; a killed run goes on from what
    it
    had scored.

    Args:
        stores: stores of crops; the first is the model where --model names none
        out: folder for robustness.json and robustness.html
        model: a weights file, `shipped`, or somebody else's detector as module:function, crops to scores
        only: a corruption, instead of all; repeatable
        most: clips of a data set, whole origins in an order that is always the same; 0: all
        seed: of the corruptions and the bootstrap
        draws: of the bootstrap
        include_seen: also clips whose origin the model was trained or validated on

    Returns:
        0.

    Raises:
        BadConfig: a corruption that there is not.
        CropMismatch, StoreDamaged, DataError: as `evaluate`.
    """
    from barefaced.pipelines.robustness import measure_robustness
    from barefaced.pipelines.scorer import choose_scorer

    scorer, left = choose_scorer(model, list_paths(stores), "", ())
    names = (only,) if isinstance(only, str) else only
    measure_robustness(scorer, left, Path(out), names, most, seed, draws, include_seen=include_seen)
    return 0
