"""An LSDA student from stores, by a recipe. The loop reads from top to bottom in `_train`.

The run's folder: run.json (settings, split, versions), log.jsonl (a line a step), state.safetensors (what a killed run
goes on from), best.safetensors (the best student so far), model.safetensors (the answer), curves.png.
Every draw depends on the seed and the step alone, so killed and gone on equals never killed, bit for bit on a CPU.
"""

import datetime
import importlib.metadata
import json
import math
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from barefaced.config import OptimSettings, Recipe
from barefaced.datasets.groups import GroupSampler
from barefaced.datasets.loading import load_batches, score_batches
from barefaced.datasets.selection import Selection, select
from barefaced.datasets.store import Store
from barefaced.durable import sole_writer, write_bytes, write_json
from barefaced.errors import BadConfig
from barefaced.forging import OnlineForger, chosen_methods, forge_store, networks, ready, sitters
from barefaced.meshing import mesh_store
from barefaced.metrics.calibration import choose_thresholds, fit_temperature
from barefaced.metrics.evaluation import evaluate
from barefaced.metrics.ranking import has_both
from barefaced.metrics.tables import by_video, score_table
from barefaced.model import checkpoint
from barefaced.model.losses import check_finite
from barefaced.model.lsda import LSDA
from barefaced.model.state import load_state, save_state
from barefaced.model.student import Student
from barefaced.progress import work
from barefaced.reports import figures
from barefaced.types import Calibration, Interval, ModelCard, ScoreTable, Thresholds

BATCH = 64
"""Crops scored at once in validation."""
DRAWS = 500
"""Bootstrap draws of the validation intervals on the card."""


@dataclass(frozen=True)
class Place:
    """Where a run stands: after `step` steps in all, `batch` of them in `epoch`; the best validation so far."""

    step: int = 0
    epoch: int = 0
    batch: int = 0
    best: tuple[float, float] = (-1.0, -1.0)
    """Mean video AUC over the methods, then mean frame AUC."""
    best_epoch: int = -1


def run(recipe: Recipe, out: Path) -> int:
    """Train, or go on training, in the folder `out`.

    Raises:
        BadConfig: settings that cannot work together, or another run's folder.
        FolderInUse: another process trains there.
        NonFiniteLoss: a loss term is not a number; the last state stays.
        DataError, CheckpointError: stores or weights that cannot be used.
    """
    data = select(recipe.data, recipe.seed, chosen_methods(recipe.forge) if recipe.forge.methods else ())
    torch.manual_seed(recipe.seed)  # of the weights that start at random
    model = LSDA(recipe, data.groups.methods, data.made.crop.margin)
    with sole_writer(out):
        _claim(out, recipe, data)
        for line in (*model.describe(), *data.describe()):
            print(line, file=sys.stderr)  # noqa: T201
        maker = None
        if data.made_online:
            data, maker = _forged(recipe, data, out)
        model = model.to(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
        model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        _train(recipe, data, model, maker, out)
        card = _finish(recipe, data, out)
    found = ", ".join(f"{name} {value.value:.3f}" for name, value in card.metrics.items()) or "no validation clips"
    print(f"{out / 'model.safetensors'}: {card.backbone}, preset {card.preset}, {found}")  # noqa: T201
    return 0


def _forged(recipe: Recipe, data: Selection, out: Path) -> tuple[Selection, OnlineForger]:
    """What forges while training, and the validation people's forgeries, made once and kept in the run's folder."""
    settings, methods, made = recipe.forge, data.made_online, []
    val, val_clips = [*data.val], [*data.val_clips]
    for number, store in enumerate(data.stores):
        mesh_store(store, recipe.optim.workers)
        people = sitters(store, data.parts)
        able = ready(methods, networks(store, people, methods, settings, recipe.seed), settings)
        made.append((store, tuple(sitter for sitter in people if sitter.part == "train"), able))
        chosen = [sitter for sitter in people if sitter.part == "val"]
        if chosen:
            kept = Store.create(out / f"validation_{number}", store.settings, root=store.path)
            forge_store(store, kept, chosen, able, settings, recipe.seed, recipe.optim.workers)
            # Its real ones, too: they went through the chain with their forgeries.
            val[number] = (
                store,
                tuple(crop for crop in data.val[number][1] if crop.clip not in {s.clip.clip for s in chosen}),
            )
            val.append((kept, kept.crops()))
            val_clips += [clip for clip in kept.clips() if clip.label]
    maker = OnlineForger([(store, people) for store, people, _ in made], [able for *_, able in made], settings)
    return replace(data, val=tuple(val), val_clips=tuple(val_clips)), maker


def _train(recipe: Recipe, data: Selection, model: LSDA, maker: OnlineForger | None, out: Path) -> None:
    settings, state = recipe.optim, out / "state.safetensors"
    optimizer = torch.optim.Adam(
        [parameter for parameter in model.parameters() if parameter.requires_grad],
        lr=settings.lr,
        weight_decay=settings.weight_decay,
    )
    device = next(model.parameters()).device
    sampler = GroupSampler(len(data.groups.groups), settings.groups, recipe.seed)
    batches = load_batches(data.groups, data.stores, sampler, recipe.pixels, recipe.seed, settings.workers, maker)
    total = settings.epochs * sampler.batches
    place = _restored(state, model, optimizer)
    _cut(out / "log.jsonl", place.step)
    images = settings.groups * len(data.groups.methods)
    saved = time.monotonic()
    with work("train", total, "steps", place.step) as progress, (out / "log.jsonl").open("a") as log:
        for epoch in range(place.epoch, settings.epochs):
            model.train()
            sampler.seek(epoch, place.batch)
            for batch in batches:
                for group in optimizer.param_groups:
                    group["lr"] = learning_rate(settings, place.step, total)
                draws = model.draw(batch, _generator(recipe.seed, place.step))
                batch = replace(batch, images=batch.images.to(device), present=batch.present.to(device))
                terms = model(batch, draws)
                check_finite(terms, place.step)
                loss = terms.total(model.weights)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                values = {name: float(value.detach()) for name, value in terms.terms.items()}
                log.write(
                    json.dumps({"step": place.step, "epoch": epoch, "total": float(loss.detach())} | values) + "\n"
                )
                place = replace(place, step=place.step + 1, batch=place.batch + 1)
                shown = " ".join(f"{name} {value:.3f}" for name, value in values.items())
                progress.step(note=f"{images} images a step  {shown}")
                if time.monotonic() - saved > settings.save_every:
                    log.flush()
                    save_state(state, model, optimizer, asdict(place))
                    saved = time.monotonic()
            place = _validated(recipe, data, model.student, replace(place, epoch=epoch + 1, batch=0), out)
            log.flush()
            save_state(state, model, optimizer, asdict(place))
            saved = time.monotonic()


def learning_rate(settings: OptimSettings, step: int, total: int) -> float:
    """The rate of a step: a linear warm-up, then constant or a half cosine to zero."""
    if step < settings.warmup:
        return settings.lr * (step + 1) / settings.warmup
    if settings.schedule == "constant":
        return settings.lr
    share = (step - settings.warmup) / max(total - settings.warmup, 1)
    return settings.lr * 0.5 * (1 + math.cos(math.pi * share))


def _generator(seed: int, step: int) -> torch.Generator:
    """Every step's own draws: there is no generator state to lose. The network's own (drop-out) are seeded alike."""
    drawn = int(np.random.SeedSequence((seed, step)).generate_state(1, np.uint64)[0] >> 1)
    torch.manual_seed(drawn)
    return torch.Generator().manual_seed(drawn)


def _claim(out: Path, recipe: Recipe, data: Selection) -> None:
    """Write run.json, or compare with the one that is there."""
    file = out / "run.json"
    mine = {"recipe": json.loads(json.dumps(asdict(recipe))), "data": data.digest}
    if not file.is_file():
        packages = ("barefaced", "torch", "timm", "numpy", "opencv-python-headless")
        write_json(
            file,
            mine
            | {
                "methods": data.groups.methods,
                "seen": [asdict(seen) for seen in data.seen],
                "versions": {name: importlib.metadata.version(name) for name in packages},
            },
        )
        return
    there = json.loads(file.read_bytes())
    changed = [name for name in mine if there.get(name) != mine[name]]
    if changed:
        raise BadConfig(
            expected=f"the recipe and data that the run in {out} began with",
            got=f"another {' and '.join(changed)}",
            fix="Give --out a new folder, or delete the old one.",
        )


def _restored(state: Path, model: LSDA, optimizer: torch.optim.Optimizer) -> Place:
    if not state.is_file():
        return Place()
    notes = load_state(state, model, optimizer)
    notes["best"] = tuple(notes["best"])
    place = Place(**notes)
    print(f"going on after step {place.step} (epoch {place.epoch})", file=sys.stderr)  # noqa: T201
    return place


def _cut(log: Path, steps: int) -> None:
    """Drop the lines of steps that will be made again, and a line cut short by a kill."""
    if log.is_file():
        lines = log.read_text().splitlines(keepends=True)[:steps]
        write_bytes(log, "".join(lines).encode())


def _validated(recipe: Recipe, data: Selection, student: Student, place: Place, out: Path) -> Place:
    quality = _quality(_scores(data, student))
    if quality is not None:
        print(f"epoch {place.epoch}: validation AUC video {quality[0]:.3f}, frame {quality[1]:.3f}", file=sys.stderr)  # noqa: T201
    elif place.epoch < recipe.optim.epochs:
        return place  # nothing to choose by: the last epoch is the answer
    else:
        quality = (0.0, 0.0)
    if quality > place.best:
        checkpoint.save(out / "best.safetensors", student, _card(recipe, data, {}))
        return replace(place, best=quality, best_epoch=place.epoch)
    return place


def _quality(table: ScoreTable | None) -> tuple[float, float] | None:
    """Video and frame AUC, each the mean over the methods that a data set has reals for; None where there is none."""
    if table is None:
        return None
    report = evaluate(table, seed=0, draws=0)
    methods = [part for one in report.sets.values() for part in one.methods.values()]
    video, frame = ([getattr(part, level).auc.value for part in methods] for level in ("video", "frame"))
    if not np.isfinite(video).any():
        return None
    return float(np.nanmean(video)), float(np.nanmean(frame))


def _scores(data: Selection, student: Student) -> ScoreTable | None:
    crops, fakeness = [], []
    for store, some in data.val:
        for batch in score_batches(store, some, BATCH):
            for _, error in batch.damaged:
                raise error
            crops += batch.crops
            fakeness.append(student.score(batch.pictures))
    return score_table(data.val_clips, crops, np.concatenate(fakeness)) if crops else None


def _finish(recipe: Recipe, data: Selection, out: Path) -> ModelCard:
    """Calibrate the best student on the validation clips and write it with its card."""
    student, _ = checkpoint.load(out / "best.safetensors")
    calibration, thresholds, metrics = Calibration(), Thresholds(), {}
    table = _scores(data, student)
    if table is not None and has_both(table.label):
        chosen_on = f"validation clips of {', '.join(sorted({clip.dataset for clip in data.val_clips}))}"
        sure = np.clip(table.fakeness.astype(np.float64), 1e-7, 1 - 1e-7)
        calibration = fit_temperature(np.log(sure / (1 - sure)), table.label, chosen_on)
        student.calibrate(calibration)
        table = _scores(data, student)
        assert table is not None
        videos = by_video(table)
        thresholds = choose_thresholds(videos.fakeness, videos.label, chosen_on)
        pooled = evaluate(table, recipe.seed, DRAWS).pooled
        metrics = {"validation frame AUC": pooled.frame.auc, "validation video AUC": pooled.video.auc}
    card = replace(_card(recipe, data, metrics), calibration=calibration, thresholds=thresholds)
    card = checkpoint.save(out / "model.safetensors", student, card)
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    names = [name for name in lines[0] if name not in ("step", "epoch")] if lines else []
    if names:
        terms = {name: np.array([[line["step"], line[name]] for line in lines]) for name in names}
        figures.save(figures.curves(terms), out / "curves.png")
    return card


def _card(recipe: Recipe, data: Selection, metrics: dict[str, Interval]) -> ModelCard:
    made, student = data.made, recipe.student
    return ModelCard(
        name=recipe.name,
        version=importlib.metadata.version("barefaced"),
        backbone=student.backbone,
        input_size=student.input_size,
        channels=student.channels,
        crop_size=made.crop.size,
        crop_margin=made.crop.margin,
        finder=made.finder.name,
        finder_side=made.finder.side,
        frames=made.frames,
        mean=(student.mean, student.mean, student.mean),
        std=(student.std, student.std, student.std),
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
    if recipe.preset == "plain":
        return "none"
    teacher = recipe.teacher
    if teacher.real_encoder == "backbone":
        return f"{recipe.student.backbone} with its own pretrained weights: no face-recognition weights were given"
    return (
        f"{teacher.real_encoder}, {'frozen' if teacher.real_frozen else 'trained'}, {teacher.real_weights or 'random'}"
    )
