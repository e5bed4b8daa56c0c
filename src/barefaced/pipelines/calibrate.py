"""Calibration and thresholds of a model, fitted on held-out source clips and stored in its card."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from barefaced.errors import DataError
from barefaced.metrics.aggregation import profile
from barefaced.metrics.calibration import balanced_weights, calibration_error, fit_isotonic, fit_platt, reliability
from barefaced.model import checkpoint
from barefaced.model.student import to_fakeness
from barefaced.pipelines.score import ClipSelection, score_clips, select_clips
from barefaced.pipelines.scorer import from_weights
from barefaced.reports.promises import calibration_text, threshold_lines
from barefaced.values.card import Calibration, ModelCard

Kind = Literal["platt", "isotonic"]
FITS: dict[str, Callable[..., Calibration]] = {"platt": fit_platt, "isotonic": fit_isotonic}


def calibrate_model(
    model: Path, stores: Sequence[Path], kind: Kind, split: Literal["val", "all"], out: Path
) -> ModelCard:
    """Fit on the clips of `stores` that the model was not trained on, and write card and weights to `out`.

    Real and fake weigh alike, each data set's reals alike, and each method's fakes.

    Args:
        split: `val`: clips that chose the model (its card names their origins) or that the data set's own split calls
            val. `all`: every clip that the model was not trained on: for stores held out by hand.

    Raises:
        DataError: no such clip, or one class only.
        CheckpointError: the weights cannot be used.
    """
    scorer = from_weights(model, raw=True)
    assert scorer.card is not None, "a weights file has a card"
    clips = _held_out(select_clips(stores, scorer, include_seen=True), scorer.card, split)
    file = score_clips(scorer, clips, what="calibrate")
    differences, labels = file.table.fakeness, file.table.label
    datasets = ", ".join(sorted(set(file.table.dataset)))
    count = len(set(file.table.clip))
    chosen_on = f"{'validation clips' if split == 'val' else 'held-out clips'} of {datasets} ({count})"
    student, card = checkpoint.load(model)
    before = to_fakeness(differences, card.calibration)
    weights = balanced_weights(labels, file.table.dataset, file.table.method)
    calibration = FITS[kind](differences, labels, weights, chosen_on)
    fakeness = to_fakeness(differences, calibration)
    student.calibrate(calibration)
    found = profile(replace(file.table, fakeness=fakeness), chosen_on)
    thresholds = found.choices["mean"].thresholds
    card = replace(card, calibration=calibration, thresholds=thresholds, profile=found)
    card = checkpoint.save(out, student, card, checkpoint.load_domains(model), half=checkpoint.is_half(model))
    errors = [calibration_error(labels, scores) for scores in (before, fakeness)]
    lines = [
        f"{out}: {calibration_text(calibration)}; {chosen_on}",
        f"  calibration error of crops, real and fake weighed alike: {errors[0]:.3f} -> {errors[1]:.3f} "
        f"({reliability(labels, fakeness).by_chance:.3f} by chance alone), on the very clips it was fitted to",
        *(f"  {name} {text}" for name, text in threshold_lines(card)),
    ]
    print("\n".join(lines))  # noqa: T201
    if calibration.note:
        print(f"warning: {calibration.note}", file=sys.stderr)  # noqa: T201
    return card


def _held_out(clips: ClipSelection, card: ModelCard, split: Literal["val", "all"]) -> ClipSelection:
    trained = {origin for seen in card.trained_on for origin in seen.train_origins}
    chose = {origin for seen in card.trained_on for origin in seen.val_origins}
    kept = tuple(
        (store, record)
        for store, record in clips.records
        if record.clip.origin not in trained
        and (split == "all" or record.clip.origin in chose or record.clip.split == "val")
    )
    if not kept:
        raise DataError(
            expected="clips of the source data that the model was not trained on",
            got=f"{len(clips.records)} clips, none of them {'a validation clip' if split == 'val' else 'held out'}",
            fix="Give the stores it was trained from, or a held-out store with --split all. Never a test set.",
        )
    return replace(clips, records=kept)
