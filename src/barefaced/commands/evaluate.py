"""A model on stores: scores.parquet and report.json, clips that training saw left out."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from barefaced.datasets.loading import owners, score_batches
from barefaced.datasets.record import ClipRecord
from barefaced.datasets.store import PREPARED, Store
from barefaced.durable import sole_writer, write_json
from barefaced.errors import CropMismatch, DataError
from barefaced.metrics.evaluation import evaluate
from barefaced.metrics.tables import score_table, write_scores
from barefaced.model.checkpoint import load
from barefaced.progress import work
from barefaced.reports.evaluation import text, to_json
from barefaced.types import ModelCard, StoredCrop

BATCH = 64


def run(model: Path, stores: tuple[Path, ...], out: Path, seed: int, draws: int, *, include_seen: bool) -> int:
    """Score every clip that the model has not seen, and measure.

    Raises:
        CropMismatch: a store's crops are not the model's.
        StoreDamaged: a folder is no store.
        DataError: a clip in two stores, or none left to score.
    """
    student, card = load(model)
    opened = [Store.open(path) for path in stores]
    for store in opened:
        _same_crops(store, card)
    owners(opened)
    excluded = {} if include_seen else _seen(opened, card)
    not_assessed, scored, fakeness = {}, [], []
    with sole_writer(out):
        records = [(store, record) for store in opened for record in store.records()]
        wanted = [(store, record) for store, record in records if record.clip.clip not in excluded]
        with work("evaluate", len(wanted), "clips") as progress:
            for store in opened:
                mine = [record for of, record in wanted if of is store]
                not_assessed |= {
                    record.clip.clip: record.reason or record.outcome for record in mine if record.outcome != PREPARED
                }
                subjects = _subjects(mine)
                for batch in score_batches(store, subjects, BATCH):
                    not_assessed |= {crop.clip: str(error) for crop, error in batch.damaged}
                    scored += batch.crops
                    fakeness.append(student.score(batch.pictures))
                progress.step(len(mine))
        kept = [crop.clip not in not_assessed for crop in scored]
        if not any(kept):
            raise DataError(
                expected="clips to score",
                got=f"{len(excluded)} that the model was trained or validated on, {len(not_assessed)} not assessable",
                fix="Give other stores, or --include-seen to measure on what it has seen.",
            )
        table = score_table(
            [record.clip for _, record in wanted],
            [crop for crop, keep in zip(scored, kept, strict=True) if keep],
            np.concatenate(fakeness)[kept],
        )
        write_scores(out / "scores.parquet", table)
        report = evaluate(table, seed, draws, not_assessed, excluded, _protocol(card, stores))
        write_json(out / "report.json", to_json(report))
    Console(width=max(Console().width, 132)).print(text(report))
    auc = report.pooled.video.auc
    print(  # noqa: T201
        f"{out}: {report.coverage.assessed} of {report.coverage.given} clips assessed, "
        f"{len(excluded)} left out as seen; "
        f"pooled video AUC {auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}]",
        file=sys.stderr,
    )
    return 0


def _subjects(records: Sequence[ClipRecord]) -> list[StoredCrop]:
    return [crop for record in records for crop in record.crops if crop.subject]


def _seen(stores: Sequence[Store], card: ModelCard) -> dict[str, str]:
    part = {}
    for seen in card.trained_on:
        part |= dict.fromkeys(seen.train_origins, "the model was trained on its origin")
        part |= dict.fromkeys(seen.val_origins, "the model was validated on its origin")
    clips = [clip for store in stores for clip in store.clips()]
    return {clip.clip: part[clip.origin] for clip in clips if clip.origin in part}


def _same_crops(store: Store, card: ModelCard) -> None:
    made = store.settings
    of_store = (made.crop.size, made.crop.margin, made.finder.name, made.finder.side)
    of_model = (card.crop_size, card.crop_margin, card.finder, card.finder_side)
    if of_store != of_model:
        raise CropMismatch(
            expected=f"the model's crops: {of_model[0]} px, margin {of_model[1]}, {of_model[2]} at {of_model[3]} px",
            got=f"{of_store[0]} px, margin {of_store[1]}, {of_store[2]} at {of_store[3]} px in {store.path}",
            fix=f"Prepare a store with --crop.size {of_model[0]} --crop.margin {of_model[1]} "
            f"--finder.side {of_model[3]}.",
        )


def _protocol(card: ModelCard, stores: Sequence[Path]) -> dict[str, str]:
    return {
        "model": f"{card.name} {card.sha256[:12]}, preset {card.preset}, {card.backbone} at {card.input_size} px",
        "trained on": "; ".join(
            f"{seen.dataset}: {len(seen.train_origins)} origins ({', '.join(seen.methods)})" for seen in card.trained_on
        ),
        "chosen on": card.thresholds.chosen_on,
        "stores": ", ".join(path.name for path in stores),
    }
