"""The end of a run: the best student calibrated, written with its card, and a page that shows how it came about."""

import datetime
import importlib.metadata
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from barefaced.config.recipe import Recipe
from barefaced.datasets.data_loader import Maker, load_batches, score_batches
from barefaced.datasets.groups import GroupSampler
from barefaced.datasets.selection import Selection
from barefaced.metrics.aggregation import profile
from barefaced.metrics.calibration import balanced_weights, fit_platt
from barefaced.metrics.evaluation import evaluate
from barefaced.metrics.ranking import has_both
from barefaced.model import checkpoint
from barefaced.model.card import card_of
from barefaced.model.feature_domains import Domains, measure
from barefaced.model.student import Student, calibrated
from barefaced.pipelines.train.engine import Engine
from barefaced.pipelines.train.localization import measure_where
from barefaced.pipelines.train.loggers import lines
from barefaced.pipelines.train.validation import scores
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


def finish(recipe: Recipe, data: Selection, maker: Maker | None, out: Path, engine: Engine) -> ModelCard:
    """Calibrate the best student on the validation clips and write it with its card; draw the curves and the report.

    Every process scores its share; the first one writes. An answer that stands already is left as it is.
    """
    if standing := engine.first(lambda: _standing(out)):
        engine.say(f"{out / ANSWER} stands: nothing is left to do")
        return standing
    student, _ = checkpoint.load(out / "best.safetensors")
    student.to(engine.device)
    crops = sum(len(some) for _, some in data.val)
    engine.say(f"the best student: scored on {crops} validation crops, calibrated, its features measured")
    made = measured_card(recipe, data, student, engine)

    def write() -> ModelCard:
        written = write_weights(out / ANSWER, recipe, data, maker, student, made)
        report(out, written)
        return written

    return engine.first(write)


def measured_card(recipe: Recipe, data: Selection, student: Student, engine: Engine) -> ModelCard:
    """Calibrate `student` on the validation clips; its card, with what they say of it. Every process scores its share.

    Where nobody validates, or one class only, the student stays as it is and the card says so.
    """
    calibration, thresholds, detecting, metrics = Calibration(), Thresholds(), Profile(), {}
    table = scores(data, student, engine, raw=True)
    if table is not None and has_both(table.label):
        chosen_on = f"validation clips of {', '.join(sorted({clip.dataset for clip in data.val_clips}))}"
        weights = balanced_weights(table.label, table.dataset, table.method)
        calibration = fit_platt(table.fakeness, table.label, weights, chosen_on)
        student.calibrate(calibration)
        table = replace(table, fakeness=calibrated(table.fakeness, calibration))
        detecting = profile(table, chosen_on, recipe.seed)
        thresholds = detecting.choices["mean"].thresholds
        pooled = evaluate(table, recipe.seed, DRAWS).pooled
        metrics = {
            "validation frame AUC": pooled.frame.auc,
            "validation video AUC": pooled.video.auc,
            "validation calibration error, frames, real and fake weighed alike": pooled.frame.ece,
        }
    return replace(card(recipe, data, metrics), calibration=calibration, thresholds=thresholds, profile=detecting)


def write_weights(
    file: Path, recipe: Recipe, data: Selection, maker: Maker | None, student: Student, made: ModelCard
) -> ModelCard:
    """Write the student with its card, and with what its features are like on the training crops; gives the card.

    Where it has learnt to say where a face was altered, how well it does is measured first.
    """
    if student.locator is not None:
        where = measure_where(data, student, recipe.loss.locate_target, recipe.seed, DRAWS)
        made = replace(made, metrics=made.metrics | where)
    known = _domains(recipe, data, student, maker)
    return checkpoint.save(file, student.cpu(), made, known)


def _standing(out: Path) -> ModelCard | None:
    """The card of the run's answer, where it and its page were made of the best student that lies there."""
    best, *made = (out / name for name in ("best.safetensors", ANSWER, PAGE))
    if not all(file.is_file() for file in (best, *made)):
        return None
    return card_of(made[0]) if all(file.stat().st_mtime_ns >= best.stat().st_mtime_ns for file in made) else None


def _domains(recipe: Recipe, data: Selection, student: Student, maker: Maker | None) -> Domains | None:
    """Where the training crops lie in the student's features, for detection to compare with."""
    sampler = GroupSampler(len(data.groups), MEASURED_GROUPS, recipe.seed)
    window = recipe.data.window
    training = load_batches(data.groups, data.stores, sampler, recipe.pixels, recipe.seed, 0, maker, window=window)
    held_out = (
        batch.pictures for store, some in data.val for batch in score_batches(store, some, MEASURED_CROPS, window)
    )
    return measure(student, training, held_out, "validation")


def report(out: Path, written: ModelCard) -> None:
    """curves.png and report.html, from what lies in the run's folder."""
    steps, epochs = lines(out / "log.jsonl"), lines(out / "validation.jsonl")
    names = [name for name in steps[0] if name not in NOT_CURVES] if steps else []
    if not names:
        return
    terms = {name: np.array([[line["step"], line[name]] for line in steps], np.float64) for name in names}
    terms = {name: points for name, points in terms.items() if name != "lr" or np.ptp(points[:, 1]) > 0}
    figures.save(figures.curves(terms), out / "curves.png")
    chosen = {}
    if epochs:
        for name in ("video_auc", "frame_auc"):
            chosen[name] = np.array([[line["step"], line[name]] for line in epochs], np.float64)
    run = json.loads((out / "run.json").read_bytes())
    write_bytes(out / PAGE, page(written, run, terms, chosen, epochs[-1:]).encode())


def card(recipe: Recipe, data: Selection, metrics: dict[str, Interval]) -> ModelCard:
    """What the weights file says of itself."""
    made, student = data.made, recipe.student
    return ModelCard(
        name=recipe.name,
        version=importlib.metadata.version("barefaced"),
        backbone=student.backbone,
        input_size=student.input_size,
        channels=student.channels,
        crop_size=data.crop.size,
        crop_margin=data.crop.margin,
        border=BORDER,
        finder=made.finder.name,
        finder_side=made.finder.side,
        frames=made.frames,
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
