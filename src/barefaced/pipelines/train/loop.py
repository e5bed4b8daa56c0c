"""The training loop, from top to bottom.

Every draw depends on the seed and the step alone, so no generator has a state to lose: a run that was killed and
resumed equals one that was not, bit for bit on a CPU. A step is of the same groups for any number of processes.
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from barefaced.datasets.data_loader import load_batches
from barefaced.datasets.groups import GroupSampler
from barefaced.model import checkpoint
from barefaced.model.lsda import LSDA
from barefaced.model.student import Student
from barefaced.pipelines.train import optimization, resume
from barefaced.pipelines.train.finish import make_card
from barefaced.pipelines.train.loggers import Log
from barefaced.pipelines.train.resume import Position
from barefaced.pipelines.train.step import Learner
from barefaced.pipelines.train.training_run import TrainingRun
from barefaced.pipelines.train.validation import quality, score_validation
from barefaced.runtime.progress import work
from barefaced.values.tensors import LossTerms


def train(run: TrainingRun, model: LSDA, start: Sequence[Path] = ()) -> None:
    """Train to the last epoch, or until validation no longer gets better.

    Args:
        start: states to resume from, the best first; the next one is taken where one is damaged.

    Raises:
        NonFiniteLoss: a loss term is not a number; the last states and the best student stay.
        CheckpointError: not one of the states can be used.
        StoreDamaged: a crop is not what was stored.
    """
    # The networks, their optimiser, and where the run stands.
    recipe, settings, engine = run.recipe, run.recipe.optim, run.engine
    learner = Learner(recipe, model, engine)
    position = resume.restore_newest(start, learner, engine) if start else Position()

    # The data: the same groups in a step for any number of processes.
    sampler = GroupSampler(len(run.data.groups), run.groups, recipe.seed, rank=engine.rank, world=engine.world)
    batches = load_batches(
        run.data.groups,
        run.data.stores,
        sampler,
        recipe.pixels,
        recipe.seed,
        settings.workers,
        run.maker,
        window=recipe.data.window,
        pinned=engine.device.type == "cuda",
        masks=recipe.loss.locate > 0,
    )
    total = settings.epochs * sampler.batches
    if warning := optimization.looks_back_too_far(settings.ema, total):
        engine.say(f"warning: {warning}")

    log = Log(recipe, run.out, position.step, position.epoch) if engine.leads else None
    started = saved = time.monotonic()
    with (
        contextlib.closing(log) if log is not None else contextlib.nullcontext(),
        work("train", total, "steps", position.step, parts="images", shown=engine.leads) as progress,
    ):
        for epoch in range(position.epoch, settings.epochs):
            # Early stopping.
            if settings.patience and position.best_epoch >= 0 and epoch - position.best_epoch >= settings.patience:
                engine.say(f"no better validation for {settings.patience} epochs: stopped after {epoch}")
                break
            model.train()
            sampler.seek(epoch, position.batch)
            for batch in batches:
                # One step.
                batch = batch.to(engine.device)
                rate = optimization.learning_rate(settings, position.step, total)
                pieces = min(settings.accumulate, -(-sampler.size(position.batch) // engine.world))
                terms, norm = learner.take_step(batch, position.step, pieces, rate)

                # Its line in the log.
                values = {name: float(value) for name, value in terms.items()}
                images = int(batch.present.sum()) * engine.world  # of other processes: about as many
                if log is not None:
                    whole = float(LossTerms(terms).total(model.weights))
                    seconds, started = time.monotonic() - started, time.monotonic()
                    line = {"total": whole} | values | {"lr": rate, "norm": float(norm)}
                    log.step(position.step, epoch, line, images / max(seconds, 1e-9))
                position = replace(position, step=position.step + 1, batch=position.batch + 1)
                progress.step(note=" ".join(f"{name} {value:.3f}" for name, value in values.items()), parts=images)

                # A state to resume from.
                if time.monotonic() - saved > settings.save_every:
                    _save(run, learner, position, log)
                    saved = time.monotonic()

            # The end of an epoch: validation, the best student, a state.
            position = _validate(run, learner.student, replace(position, epoch=epoch + 1, batch=0), log)
            _save(run, learner, position, log)
            saved = started = time.monotonic()


def _save(run: TrainingRun, learner: Learner, position: Position, log: Log | None) -> None:
    """Write the state of `position`, on the process that writes."""
    if log is not None:
        log.flush()
        scaler = learner.scaler.state_dict()
        resume.save(run.out, learner.modules, learner.optimizer, position, scaler)


def _validate(run: TrainingRun, student: Student, position: Position, log: Log | None) -> Position:
    """Score the validation clips, and keep the student where it is the best so far; give `position` with that best."""
    measured = quality(score_validation(run.data, student, run.engine))
    if measured is not None:
        (video, frame), methods = measured
        run.engine.say(f"epoch {position.epoch}: validation AUC video {video:.3f}, frame {frame:.3f}")
        if log is not None:
            log.epoch(position.step, position.epoch, {"video_auc": video, "frame_auc": frame, "methods": methods})
    elif position.epoch < run.recipe.optim.epochs:
        return position  # nothing to choose by: the last epoch is the answer
    reached = measured[0] if measured is not None else (0.0, 0.0)
    if reached <= position.best:
        return position
    run.engine.first(lambda: _keep(run, student))
    return replace(position, best=reached, best_epoch=position.epoch)


def _keep(run: TrainingRun, student: Student) -> None:
    checkpoint.save(run.out / "best.safetensors", student, make_card(run.recipe, run.data, {}))
