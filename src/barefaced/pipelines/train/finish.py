"""The end of a run: the best student calibrated, written with its card, and a page that shows how it came about."""

import datetime
import importlib.metadata
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from barefaced.config.recipe import Recipe
from barefaced.datasets.data_loader import load_batches, score_batches
from barefaced.datasets.groups import GroupSampler
from barefaced.datasets.selection import Selection
from barefaced.metrics.aggregation import profile
from barefaced.metrics.calibration import balanced_weights, fit_platt
from barefaced.metrics.evaluation import evaluate
from barefaced.metrics.ranking import has_both
from barefaced.model import checkpoint
from barefaced.model.card import card_of
from barefaced.model.feature_domains import Domains, measure
from barefaced.model.student import Student, to_fakeness
from barefaced.pipelines.train.localization import measure_where
from barefaced.pipelines.train.loggers import read_lines
from barefaced.pipelines.train.training_run import TrainingRun
from barefaced.pipelines.train.validation import score_validation
from barefaced.reports import figures
from barefaced.reports.training import page
from barefaced.runtime.files import write_bytes
from barefaced.values.card import Calibration, ModelCard, Profile, Thresholds
from barefaced.values.geometry import BORDER
from barefaced.values.scores import Interval

DRAWS = 500
"""Bootstrap draws of the validation intervals on the card."""
MEASURED_GROUPS, MEASURED_CROPS = 4, 64
"""Groups and crops looked at together when the features are measured."""
ANSWER, PAGE = "model.safetensors", "report.html"
NOT_CURVES = ("step", "epoch")


def finish(run: TrainingRun) -> ModelCard:
    """Calibrate the best student on the validation clips and write it with its card; draw the curves and the report.

    Every process scores its share; the first one writes. An answer that stands already is left as it is.
    """
    if standing := run.engine.first(lambda: _standing(run.out)):
        run.engine.say(f"{run.out / ANSWER} stands: nothing is left to do")
        return standing
    student, _ = checkpoint.load(run.out / "best.safetensors")
    student.to(run.engine.device)
    count = sum(len(crops) for _, crops in run.data.val)
    run.engine.say(f"the best student: scored on {count} validation crops, calibrated, its features measured")
    card = measure_card(run, student)

    def write() -> ModelCard:
        written = write_weights(run.out / ANSWER, run, student, card)
        write_report(run.out, written)
        return written

    return run.engine.first(write)


def measure_card(run: TrainingRun, student: Student) -> ModelCard:
    """Calibrate `student` on the validation clips; its card, with what they say of it. Every process scores its share.

    Where nobody validates, or one class only, the student stays as it is and the card says so.
    """
    calibration, thresholds, chosen, metrics = Calibration(), Thresholds(), Profile(), {}
    data, seed = run.data, run.recipe.seed
    table = score_validation(data, student, run.engine, raw=True)
    if table is not None and has_both(table.label):
        chosen_on = f"validation clips of {', '.join(sorted({clip.dataset for clip in data.val_clips}))}"
        weights = balanced_weights(table.label, table.dataset, table.method)
        calibration = fit_platt(table.fakeness, table.label, weights, chosen_on)
        student.calibrate(calibration)
        table = replace(table, fakeness=to_fakeness(table.fakeness, calibration))
        chosen = profile(table, chosen_on, seed)
        thresholds = chosen.choices["mean"].thresholds
        pooled = evaluate(table, seed, DRAWS).pooled
        metrics = {
            "validation frame AUC": pooled.frame.auc,
            "validation video AUC": pooled.video.auc,
            "validation calibration error, frames, real and fake weighed alike": pooled.frame.ece,
        }
    return replace(make_card(run.recipe, data, metrics), calibration=calibration, thresholds=thresholds, profile=chosen)


def write_weights(file: Path, run: TrainingRun, student: Student, card: ModelCard) -> ModelCard:
    """Write the student with its card, and with what its features are like on the training crops; give the card.

    Where it has learnt to say where a face was altered, how well it does is measured first.
    """
    if student.locator is not None:
        metrics = measure_where(run.data, student, run.recipe.loss.locate_target, run.recipe.seed, DRAWS)
        card = replace(card, metrics=card.metrics | metrics)
    return checkpoint.save(file, student.cpu(), card, _measure_domains(run, student))


def _standing(out: Path) -> ModelCard | None:
    """The card of the run's answer, where it and its page were made of the best student that lies there."""
    best, answer, report = (out / name for name in ("best.safetensors", ANSWER, PAGE))
    if not all(file.is_file() for file in (best, answer, report)):
        return None
    written = best.stat().st_mtime_ns
    return card_of(answer) if min(answer.stat().st_mtime_ns, report.stat().st_mtime_ns) >= written else None


def _measure_domains(run: TrainingRun, student: Student) -> Domains | None:
    """Measure where the training crops lie in the student's features, for detection to compare with."""
    data, seed, window = run.data, run.recipe.seed, run.recipe.data.window
    sampler = GroupSampler(len(data.groups), MEASURED_GROUPS, seed)
    training = load_batches(data.groups, data.stores, sampler, run.recipe.pixels, seed, 0, run.maker, window=window)
    held_out = (
        batch.pictures for store, crops in data.val for batch in score_batches(store, crops, MEASURED_CROPS, window)
    )
    return measure(student, training, held_out, "validation")


def write_report(out: Path, written: ModelCard) -> None:
    """Write curves.png and report.html, from what lies in the run's folder."""
    steps, epochs = read_lines(out / "log.jsonl"), read_lines(out / "validation.jsonl")
    names = [name for name in steps[0] if name not in NOT_CURVES] if steps else []
    if not names:
        return
    terms = {name: np.array([[line["step"], line[name]] for line in steps], np.float64) for name in names}
    terms = {name: points for name, points in terms.items() if name != "lr" or np.ptp(points[:, 1]) > 0}
    figures.save(figures.curves(terms), out / "curves.png")
    curves = {}
    if epochs:
        for name in ("video_auc", "frame_auc"):
            curves[name] = np.array([[line["step"], line[name]] for line in epochs], np.float64)
    run = json.loads((out / "run.json").read_bytes())
    write_bytes(out / PAGE, page(written, run, terms, curves, epochs[-1:]).encode())


def make_card(recipe: Recipe, data: Selection, metrics: dict[str, Interval]) -> ModelCard:
    """Say what the weights file is: the network, its crops, its data, what was measured of it."""
    student = recipe.student
    return ModelCard(
        name=recipe.name,
        version=importlib.metadata.version("barefaced"),
        backbone=student.backbone,
        input_size=student.input_size,
        channels=student.channels,
        crop_size=data.crop.size,
        crop_margin=data.crop.margin,
        border=BORDER,
        finder=data.crop_settings.finder.name,
        finder_side=data.crop_settings.finder.side,
        frames=data.crop_settings.frames,
        mean=(student.mean, student.mean, student.mean),
        std=(student.std, student.std, student.std),
        locate=student.locate,
        locate_target=recipe.loss.locate_target if student.locate else "",
        methods=data.groups.methods,
        preset=recipe.preset,
        real_encoder=_real_encoder(recipe),
        trained_on=data.seen,
        metrics=metrics,
        licence="as the data it was trained on allows",
        settings=json.loads(json.dumps(asdict(recipe))),
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
    )


def _real_encoder(recipe: Recipe) -> str:
    loss = recipe.loss
    if not any((loss.domain, loss.distill, loss.real, loss.logit)):  # as `LSDA.teaches`
        return "none"
    teacher = recipe.teacher
    if teacher.real_encoder == "backbone":
        return f"{recipe.student.backbone} with its own pretrained weights: no face-recognition weights were given"
    weights = Path(teacher.real_weights).name or "random"
    return f"{teacher.real_encoder}, {'frozen' if teacher.real_frozen else 'trained'}, {weights}"
