"""A detector on clips: scores.parquet, report.json and report.html. What training saw is left out.

The detector is a weights file, a function in Python, or a file of scores that it gave.
"""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from barefaced.metrics.comparison import compare
from barefaced.metrics.evaluation import evaluate_file
from barefaced.metrics.score_files import read_score_file, with_attributes, write_score_file
from barefaced.metrics.score_rows import by_video
from barefaced.pipelines.score import ClipSelection, portraits, score_clips, select_clips
from barefaced.pipelines.scorer import Scorer
from barefaced.reports.evaluation import text, to_json
from barefaced.reports.evaluation_page import html
from barefaced.runtime.files import sole_writer, write_bytes, write_json
from barefaced.values.evaluation import EvaluationReport, ScoreFile


@dataclass(frozen=True)
class Wanted:
    """What is to be measured beside the tables that are always made."""

    by: tuple[str, ...] = ()
    """Columns whose values are measured apart."""
    attributes: Path | None = None
    """A csv with more columns."""
    against: tuple[Path, ...] = ()
    """Scores of other detectors."""


def evaluate_scorer(
    scorer: Scorer, stores: Sequence[Path], out: Path, seed: int, draws: int, wanted: Wanted, *, include_seen: bool
) -> EvaluationReport:
    """Score every clip that the detector has not seen, and measure.

    Raises:
        CropMismatch: a store's crops are not the model's.
        StoreDamaged: a folder is no store.
        DataError: a clip in two stores, or none left to score.
        BadConfig, InputError: a column or a file that is select_clips for cannot be used.
    """
    others = [read_score_file(path) for path in wanted.against]
    clips = select_clips(stores, scorer, include_seen=include_seen)
    with sole_writer(out):
        keep = out / "parts" if scorer.card is not None else None
        file = score_clips(scorer, clips, keep)
        write_score_file(out / "scores.parquet", file)
        report = _measured(file, clips, out, seed, draws, wanted, others)
        shutil.rmtree(out / "parts", ignore_errors=True)
    _tell(report, out)
    return report


def evaluate_scores(
    scores: Path, stores: Sequence[Path], out: Path, seed: int, draws: int, wanted: Wanted
) -> EvaluationReport:
    """Measure scores that are there already; `stores`, where given, lend the pictures of the worst cases.

    Raises:
        InputError, DataError: the file cannot be used.
    """
    file = read_score_file(scores)
    others = [read_score_file(path) for path in wanted.against]
    clips = select_clips(stores, None, include_seen=True)
    with sole_writer(out):
        report = _measured(file, clips, out, seed, draws, wanted, others)
    _tell(report, out)
    return report


def _measured(
    file: ScoreFile, clips: ClipSelection, out: Path, seed: int, draws: int, wanted: Wanted, others: Sequence[ScoreFile]
) -> EvaluationReport:
    if wanted.attributes is not None:
        file = with_attributes(file, wanted.attributes)
    comparisons = [compare(file, other, seed, draws) for other in others]
    report = evaluate_file(file, seed, draws, wanted.by, comparisons)
    pictures = {
        **portraits(clips, file, [case.clip for case in report.false_alarms], lowest=False),
        **portraits(clips, file, [case.clip for case in report.misses], lowest=True),
    }
    write_json(out / "report.json", to_json(report))
    write_bytes(out / "report.html", html(report, by_video(file.table), pictures).encode())
    return report


def _tell(report: EvaluationReport, out: Path) -> None:
    Console(width=max(Console().width, 132)).print(text(report))
    auc = report.pooled.video.auc
    print(  # noqa: T201
        f"{out}: {report.coverage.assessed} of {report.coverage.given} clips assessed, "
        f"{len(report.excluded)} left out as seen; "
        f"pooled video AUC {auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}]; {out / 'report.html'}",
        file=sys.stderr,
    )
