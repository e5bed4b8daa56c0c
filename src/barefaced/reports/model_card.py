"""A model's card as a page for readers (Mitchell et al., Model Cards for Model Reporting, FAT* 2019), in Markdown."""

import math
import re
from collections.abc import Iterator

from barefaced.reports.promises import SELECTED, SOURCE_HEAD, calibration_text, source_rows, threshold_lines
from barefaced.values.card import ModelCard
from barefaced.values.scores import Interval

USES = (
    "Research on forged faces, and a first look by people who then look themselves: which files, whose face, which "
    "seconds."
)

NO_USES = (
    "As evidence alone, or for a decision about a person without a human who can say no.",
    "To say who forged something or why, or that something is authentic: `likely_real` means that this detector saw "
    "nothing.",
    "On whole pictures made by a generator, on voices or texts: it looks at faces that were altered.",
    "On data unlike that below, without measuring it there first: `barefaced evaluate` and `barefaced calibrate` do.",
)


def markdown(card: ModelCard) -> str:
    """Write the whole page."""
    return "\n".join(_lines(card)) + "\n"


def localization_text(card: ModelCard) -> str:
    """Say what the head for where a face was altered says, in a few words."""
    return f"the altered {card.locate_target}, in cells of {card.locate} px"


def _lines(card: ModelCard) -> Iterator[str]:
    yield f"# Model card: {card.name}"
    yield ""
    yield "Made by `barefaced info --markdown` from the card inside the weights file."
    yield ""
    yield from _table(
        ("", ""),
        [
            ("trained", f"{card.created}, barefaced {card.version}, preset `{card.preset}`"),
            ("network", f"{card.backbone} at {card.input_size} px, {card.channels} channels, two logits"),
            *([("says where", localization_text(card))] if card.locate else []),
            ("real encoder in training", card.real_encoder or "none"),
            (
                "crop",
                f"{card.crop_size} px, margin {card.crop_margin}, {card.border} outside the picture; "
                f"{card.finder} at {card.finder_side} px",
            ),
            ("normalisation", f"(x / 255 - {_alike(card.mean)}) / {_alike(card.std)}, RGB"),
            ("moments of a clip", f"{card.frames}, summed up by {card.profile.aggregation}"),
            ("sha256 of its tensors", f"`{card.sha256}`"),
            ("terms", card.licence or "none given"),
        ],
    )
    yield from ("", "## For", "", USES, "", "## Not for", "")
    yield from (f"* {line}" for line in NO_USES)
    yield from ("", "## Trained on", "")
    rows = [
        (
            one.dataset,
            str(one.clips),
            str(len(one.train_origins)),
            str(len(one.val_origins)),
            ", ".join(one.methods[1:]),
        )
        for one in card.trained_on
    ]
    yield from _table(("data set", "clips", "people who train", "people who choose", "forgery domains"), rows)
    yield from ("", "## Calibration and thresholds", "")
    chosen = card.calibration
    calibration = f"{calibration_text(chosen)}; fitted on {chosen.chosen_on or 'nothing'}"
    told = [(re.sub(r"^likely_\w+", r"`\g<0>`", name), text) for name, text in threshold_lines(card)]
    yield from _table(("", ""), [("calibration", calibration), *told])
    if rows := source_rows(card):
        yield from ("", f"The highest threshold of all sources is the one used. {SELECTED}", "")
        yield from _table(SOURCE_HEAD, rows)
    if card.metrics:
        yield from ("", "## Measured", "", "Value and 95 % interval (bootstrap over originals).", "")
        yield from _table(("", ""), [(name, number_of(value)) for name, value in card.metrics.items()])


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _alike(values: tuple[float, float, float]) -> str:
    return str(values[0]) if len(set(values)) == 1 else str(values)


def number_of(interval: Interval) -> str:
    """Write a number and its interval, where one can be given."""
    return f"{interval.value:.3f}" + ("" if math.isnan(interval.low) else f" [{interval.low:.3f}, {interval.high:.3f}]")
