"""What a weights file says of itself."""

import json
import sys
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

from barefaced.model.card import card_of, to_json
from barefaced.reports.model_card import localization_text, markdown, number_of
from barefaced.reports.promises import SOURCE_HEAD, calibration_text, source_rows, threshold_lines
from barefaced.runtime.model_packages import weights_file


def run(model: Path, form: Literal["table", "json", "markdown"]) -> int:
    """Print the card of `model`; the tensors are not read.

    Raises:
        CheckpointError: not a barefaced weights file.
    """
    card = card_of(weights_file(model))
    if form == "markdown":
        sys.stdout.write(markdown(card))
        return 0
    if form == "json":
        sys.stdout.write(json.dumps(json.loads(to_json(card))["card"], indent=2, ensure_ascii=False) + "\n")
        return 0
    table = Table(show_header=False, box=None, pad_edge=False)
    rows = {
        "name": f"{card.name} ({card.version}, {card.created})",
        "student": f"{card.backbone} at {card.input_size} px, {card.channels} channels",
        **({"says where": localization_text(card)} if card.locate else {}),
        "crops": f"{card.crop_size} px, margin {card.crop_margin}, {card.frames} moments a clip, {card.finder}; "
        f"{card.border} outside the picture",
        "preset": card.preset,
        "real encoder": card.real_encoder,
        "forgeries": ", ".join(card.methods[1:]),
        "calibration": f"{calibration_text(card.calibration)}; chosen on {card.calibration.chosen_on or 'nothing'}"
        + (f"; {card.calibration.note}" if card.calibration.note else ""),
        **dict(threshold_lines(card)),
        "licence": card.licence,
        "sha256": card.sha256,
    }
    for name, value in rows.items():
        table.add_row(name, value)
    for seen in card.trained_on:
        table.add_row(
            "trained on",
            f"{seen.dataset}: {seen.clips} clips of {len(seen.train_origins)} origins, "
            f"validated on {len(seen.val_origins)} others",
        )
    for name, value in card.metrics.items():
        table.add_row(name, number_of(value))
    console = Console(width=max(Console().width, 120))
    console.print(table)
    if found := source_rows(card):
        sources = Table(*SOURCE_HEAD, box=None, pad_edge=False)
        for row in found:
            sources.add_row(*row)
        console.print()
        console.print(sources)
    return 0
