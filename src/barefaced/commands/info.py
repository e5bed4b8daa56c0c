"""What a weights file says of itself."""

import json
import sys

from barefaced.config.options import AnyPath, command
from barefaced.errors import BadConfig
from barefaced.runtime.model_packages import SHIPPED, weights_file


@command
def info(model: AnyPath = SHIPPED, *, json_: bool = False, markdown: bool = False) -> int:
    """Show what a weights file says of itself; the tensors are not read.

    Args:
        model: a weights file; `shipped`, where none is named, is the one that comes with barefaced
        json_: print the whole card as JSON
        markdown: print a page for readers

    Returns:
        0.

    Raises:
        CheckpointError: not a barefaced weights file.
    """
    if json_ and markdown:
        raise BadConfig(expected="one form", got="--json and --markdown", fix="Leave one out.")

    from rich.console import Console
    from rich.table import Table

    from barefaced.model.card import card_of, to_json
    from barefaced.reports.model_card import localization_text, number_of
    from barefaced.reports.model_card import markdown as card_page
    from barefaced.reports.promises import SOURCE_HEAD, calibration_text, source_rows, threshold_lines

    card = card_of(weights_file(model))
    if markdown:
        sys.stdout.write(card_page(card))
        return 0
    if json_:
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
