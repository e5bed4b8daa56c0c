"""How good a student is on the validation people: never on a test set, which training does not open."""

from collections.abc import Sequence

import numpy as np

from barefaced.datasets.data_loader import score_batches
from barefaced.datasets.selection import Selection
from barefaced.datasets.store import Store
from barefaced.metrics.evaluation import evaluate
from barefaced.metrics.score_rows import score_table
from barefaced.model.student import Student
from barefaced.pipelines.train.engine import Engine
from barefaced.values.dataset import StoredCrop
from barefaced.values.scores import ScoreTable

BATCH = 64
"""Crops scored at once."""


def score_validation(data: Selection, student: Student, engine: Engine, *, raw: bool = False) -> ScoreTable | None:
    """Score every validation crop, each process its share; give all scores to every process.

    Args:
        raw: logit differences, as a calibration is fitted to, and not fakeness.

    Returns:
        None where nobody validates.

    Raises:
        StoreDamaged: a crop cannot be read.
    """
    wanted = [(store, crop) for store, crops in data.val for crop in crops]
    if not wanted:
        return None
    share = len(wanted) / engine.world
    start, stop = round(engine.rank * share), round((engine.rank + 1) * share)
    score = student.differences if raw else student.score
    mine: list[np.ndarray] = [np.zeros(0, np.float32)]
    for store, crops in _by_store(wanted[start:stop]):
        for batch in score_batches(store, crops, BATCH, data.crop.size):
            for _, error in batch.damaged:
                raise error
            mine.append(score(batch.pictures))
    fakeness = np.concatenate(engine.all_gather(np.concatenate(mine)))
    return score_table(data.val_clips, [crop for _, crop in wanted], fakeness)


def _by_store(wanted: Sequence[tuple[Store, StoredCrop]]) -> list[tuple[Store, list[StoredCrop]]]:
    parts: list[tuple[Store, list[StoredCrop]]] = []
    for store, crop in wanted:
        if not parts or parts[-1][0] is not store:
            parts.append((store, []))
        parts[-1][1].append(crop)
    return parts


def quality(table: ScoreTable | None) -> tuple[tuple[float, float], dict[str, float]] | None:
    """Measure what students are chosen by, and what it is the mean of.

    Returns:
        video and frame AUC, each the mean over the methods of every data set that has reals; and each method's video
        AUC. None where nothing can be ranked.
    """
    if table is None:
        return None
    report = evaluate(table, seed=0, draws=0)
    parts = {f"{name}/{method}": part for name, data in report.sets.items() for method, part in data.methods.items()}
    video, frame = ([getattr(part, level).auc.value for part in parts.values()] for level in ("video", "frame"))
    if not np.isfinite(video).any():
        return None
    known = {name: value for name, value in zip(parts, video, strict=True) if np.isfinite(value)}
    return (float(np.nanmean(video)), float(np.nanmean(frame))), known
