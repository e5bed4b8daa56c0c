"""How good a student is on the people who only choose: never on a test set, which training does not open."""

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


def scores(data: Selection, student: Student, engine: Engine, *, raw: bool = False) -> ScoreTable | None:
    """Of every validation crop, on every process; each has scored its share. None where nobody validates.

    Args:
        raw: logit differences, as a calibration is fitted to, and not fakeness.

    Raises:
        StoreDamaged: a crop cannot be read.
    """
    wanted = [(store, crop) for store, some in data.val for crop in some]
    if not wanted:
        return None
    share = len(wanted) / engine.world
    start, stop = round(engine.rank * share), round((engine.rank + 1) * share)
    score = student.differences if raw else student.score
    mine: list[np.ndarray] = [np.zeros(0, np.float32)]
    for store, some in _by_store(wanted[start:stop]):
        for batch in score_batches(store, some, BATCH, data.crop.size):
            for _, error in batch.damaged:
                raise error
            mine.append(score(batch.pictures))
    fakeness = np.concatenate(engine.gathered(np.concatenate(mine)))
    return score_table(data.val_clips, [crop for _, crop in wanted], fakeness)


def _by_store(wanted: Sequence[tuple[Store, StoredCrop]]) -> list[tuple[Store, list[StoredCrop]]]:
    found: list[tuple[Store, list[StoredCrop]]] = []
    for store, crop in wanted:
        if not found or found[-1][0] is not store:
            found.append((store, []))
        found[-1][1].append(crop)
    return found


def quality(table: ScoreTable | None) -> tuple[tuple[float, float], dict[str, float]] | None:
    """What students are chosen by, and what it is the mean of.

    Returns:
        video and frame AUC, each the mean over the methods of every data set that has reals; and each method's video
        AUC. None where nothing can be ranked.
    """
    if table is None:
        return None
    report = evaluate(table, seed=0, draws=0)
    parts = {f"{name}/{method}": part for name, one in report.sets.items() for method, part in one.methods.items()}
    video, frame = ([getattr(part, level).auc.value for part in parts.values()] for level in ("video", "frame"))
    if not np.isfinite(video).any():
        return None
    known = {name: value for name, value in zip(parts, video, strict=True) if np.isfinite(value)}
    return (float(np.nanmean(video)), float(np.nanmean(frame))), known
