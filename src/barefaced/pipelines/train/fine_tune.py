"""Fine-tuning: a run that starts from a detector takes its weights, and remembers what it has seen."""

import math
from dataclasses import replace

from barefaced.config.recipe import Recipe
from barefaced.datasets.selection import Selection
from barefaced.errors import BadConfig
from barefaced.model import checkpoint
from barefaced.model.backbones import takes_other_sides
from barefaced.model.card import card_of
from barefaced.model.lsda import LSDA
from barefaced.runtime.model_packages import weights_file
from barefaced.values.card import TrainedOn


def check_start(recipe: Recipe) -> None:
    """Refuse a student that is not the network of `recipe.start`; before anything is prepared. A convolutional network
    may look at pictures of another side.

    Raises:
        BadConfig: another network.
        MissingWeights, UntrustedWeights, MissingCard, CheckpointError: as `card.card_of`.
    """
    card, student = card_of(weights_file(recipe.start)), recipe.student
    _same(
        recipe.start,
        ("student.backbone", card.backbone, student.backbone),
        ("student.channels", card.channels, student.channels),
        ("student.mean", card.mean[0], student.mean),
        ("student.std", card.std[0], student.std),
    )
    if card.input_size != student.input_size and not takes_other_sides(card.backbone, card.input_size):
        _same(recipe.start, ("student.input_size", card.input_size, student.input_size))


def _same(start: str, *settings: tuple[str, object, object]) -> None:
    for name, theirs, ours in settings:
        if not is_same(theirs, ours):
            raise BadConfig(
                expected=f"{name} = {theirs}, as {start} has", got=str(ours), fix="Change it, or leave out start."
            )


def is_same(value: object, other: object) -> bool:
    """Tell whether two settings are the same; floats as near as their last digits: 1.0499999999999998 is 1.05."""
    if isinstance(value, float) and isinstance(other, float):
        return math.isclose(value, other)
    return value == other


def with_start_history(recipe: Recipe, data: Selection) -> Selection:
    """Give the data of a run that fine-tunes `recipe.start`: what that saw has been seen here, too.

    Raises:
        BadConfig: a network or crops other than the detector's, or people it was trained on among those who choose.
        MissingWeights, UntrustedWeights, MissingCard, CheckpointError: as `card.card_of`.
    """
    check_start(recipe)
    card = card_of(weights_file(recipe.start))
    _same(recipe.start, ("the crops' margin", card.crop_margin, data.crop.margin))
    learnt = {origin for seen in card.trained_on for origin in seen.train_origins}
    if both := sorted(origin for origin, part in data.parts.items() if part == "val" and origin in learnt):
        raise BadConfig(
            expected=f"nobody to choose by that {recipe.start} was trained on",
            got=f"{len(both)} such origins, {', '.join(both[:3])} among them",
            fix="Keep its seed and data.val_share, or name other people in data.val_origins.",
        )
    return replace(data, seen=join_seen(card.trained_on, data.seen))


def join_seen(first: tuple[TrainedOn, ...], second: tuple[TrainedOn, ...]) -> tuple[TrainedOn, ...]:
    """Join what two models saw, a line for each data set; who trains for one of them no longer only chooses. How many
    clips is the larger of the two: they may be the same."""
    old, new = ({seen.dataset: seen for seen in model} for model in (first, second))
    lines = []
    for dataset in sorted(old.keys() | new.keys()):
        both = [seen[dataset] for seen in (old, new) if dataset in seen]
        train = {origin for seen in both for origin in seen.train_origins}
        val = {origin for seen in both for origin in seen.val_origins} - train
        methods = tuple(dict.fromkeys(name for seen in both for name in seen.methods))
        lines.append(
            TrainedOn(dataset, methods, max(seen.clips for seen in both), tuple(sorted(train)), tuple(sorted(val)))
        )
    return tuple(lines)


def student_words(start: str) -> list[str]:
    """Give the student's settings on the detector's card as words of a command.

    Raises:
        MissingWeights, UntrustedWeights, MissingCard, CheckpointError: as `card.card_of`.
    """
    card = card_of(weights_file(start))
    settings = {
        "backbone": card.backbone,
        "input_size": card.input_size,
        "channels": card.channels,
        "mean": card.mean[0],
        "std": card.std[0],
    }
    return [f"--student.{name}={value}" for name, value in settings.items()]


def load_start_weights(model: LSDA, start: str) -> tuple[str, ...]:
    """Give the student and every forgery encoder the weights of the detector `start`.

    Returns:
        lines that say what is not as it was in the detector.

    Raises:
        MissingWeights, UntrustedWeights, MissingCard, CheckpointError: as `checkpoint.load`.
    """
    student, card = checkpoint.load(weights_file(start))
    mine, lines = model.student, []
    mine.encoder.load_state_dict(student.encoder.state_dict())
    mine.head.load_state_dict(student.head.state_dict())
    kind = model.settings.loss.locate_target
    if mine.locator is None and student.locator is not None:
        lines.append(f"start: {start} has a head for where a face was altered, which is left out (student.locate 0)")
    if mine.locator is not None:
        if student.locator is not None and (card.locate, card.locate_target) == (mine.settings.locate, kind):
            mine.locator.load_state_dict(student.locator.state_dict())
        else:
            lines.append(f"start: {start} has no head for the altered {kind} at that stride: it begins at random")
    if model.teaches:
        for encoder in model.forgery.encoders:
            encoder.load_state_dict(student.encoder.state_dict())
    side = mine.settings.input_size
    if side != card.input_size:
        lines.append(f"start: {start} looked at pictures of {card.input_size} px, its weights go on at {side} px")
    return tuple(lines)
