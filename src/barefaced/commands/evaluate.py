"""A detector on clips: scores.parquet, report.json and report.html. What training saw is left out.

The detector is a weights file, a function in Python, or a file of scores that it gave.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from barefaced.config.options import AnyPath, Count, command, list_paths
from barefaced.errors import BadConfig

if TYPE_CHECKING:
    from barefaced.values.evaluation import EvaluationReport


@command
def evaluate(
    stores: AnyPath | Sequence[AnyPath] = (),
    *,
    out: AnyPath,
    model: AnyPath = "",
    scores: AnyPath | None = None,
    by: str | Sequence[str] = (),
    attributes: AnyPath | None = None,
    against: AnyPath | Sequence[AnyPath] = (),
    name: str = "",
    trained_on: str | Sequence[str] = (),
    seed: Count = 0,
    draws: Count = 2000,
    include_seen: bool = False,
) -> "EvaluationReport":
    """Measure a detector: every metric of the protocol with its interval, and a report.

    barefaced evaluate MODEL STORE... --out OUT, or --model MODULE:FUNCTION STORE..., or --scores FILE [STORE...].

    Args:
        stores: stores of crops; the first is the model where neither --model nor --scores names one
        out: folder for scores.parquet, report.json, report.html
        model: a weights file, `shipped`, or somebody else's detector as module:function, crops to scores
        scores: csv or parquet with the columns clip, label, fakeness, ...
        by: a column whose values are measured apart; repeatable
        attributes: csv with more columns; the first is clip, origin or identity
        against: another detector's scores.parquet or csv; repeatable
        name: of the function, for the report
        trained_on: a data set that the function was trained on; repeatable
        seed: of the bootstrap
        draws: of the bootstrap
        include_seen: also clips whose origin the model was trained or validated on

    Returns:
        what report.json holds.

    Raises:
        CropMismatch: a store's crops are not the model's.
        StoreDamaged: a folder is no store.
        DataError: a clip in two stores, or none left to score.
        BadConfig, InputError: a column or a file that is asked for cannot be used.
    """
    if model and scores:
        raise BadConfig(expected="a model or scores", got="--model and --scores", fix="Leave one out.")

    from barefaced.pipelines import evaluate as pipeline
    from barefaced.pipelines.scorer import choose_scorer

    wanted = pipeline.Wanted(
        (by,) if isinstance(by, str) else tuple(by),
        None if attributes is None else Path(attributes),
        tuple(list_paths(against)),
    )
    if scores:
        return pipeline.evaluate_scores(Path(scores), list_paths(stores), Path(out), seed, draws, wanted)
    trained = (trained_on,) if isinstance(trained_on, str) else trained_on
    scorer, left = choose_scorer(model, list_paths(stores), name, trained)
    return pipeline.evaluate_scorer(scorer, left, Path(out), seed, draws, wanted, include_seen=include_seen)
