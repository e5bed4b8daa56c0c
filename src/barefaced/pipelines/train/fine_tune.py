"""A run that goes on from a detector: its weights, and what it has seen."""

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


def check(recipe: Recipe) -> None:
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
    for name, there, here in settings:
        if there != here:
            raise BadConfig(
                expected=f"{name} = {there}, as {start} has", got=str(here), fix="Change it, or leave out start."
            )


def continued(recipe: Recipe, data: Selection) -> Selection:
    """The data of a run that goes on from `recipe.start`: what it saw has been seen here, too.

    Raises:
        BadConfig: a network or crops other than the detector's, or people it was trained on among those who choose.
        MissingWeights, UntrustedWeights, MissingCard, CheckpointError: as `card.card_of`.
    """
    check(recipe)
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
    old, new = ({one.dataset: one for one in some} for some in (first, second))
    lines = []
    for dataset in sorted(old.keys() | new.keys()):
        both = [some[dataset] for some in (old, new) if dataset in some]
        train = {origin for one in both for origin in one.train_origins}
        val = {origin for one in both for origin in one.val_origins} - train
        methods = tuple(dict.fromkeys(name for one in both for name in one.methods))
        lines.append(
            TrainedOn(dataset, methods, max(one.clips for one in both), tuple(sorted(train)), tuple(sorted(val)))
        )
    return tuple(lines)


def student_words(start: str) -> list[str]:
    """The student's settings on the detector's card, as words of a command.

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


def begin(model: LSDA, start: str) -> tuple[str, ...]:
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
