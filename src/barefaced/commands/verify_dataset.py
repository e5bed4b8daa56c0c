"""Whether a data set on disk is the one that was published, whole and sound."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from barefaced.config.options import AnyPath, Count, command
from barefaced.errors import DataError

if TYPE_CHECKING:
    from barefaced.pipelines.verify_dataset import Verified


@command
def verify_dataset(
    root: AnyPath,
    *,
    layout: str = "auto",
    compression: str = "",
    partial: bool = False,
    quick: bool = False,
    workers: Count = 0,
    json_: bool = False,
) -> int:
    """Compare a data set with the published numbers: what is missing, unreadable, twice there or in two splits.

    Args:
        root: the data set's folder, as published
        layout: whose folders, as in prepare
        compression: raw, c23 or c40 where the data set has them
        partial: a part was meant: what is not there is not wrong
        quick: names and numbers only; no file is opened
        workers: processes; 0: one a core
        json_: print the whole answer as JSON

    Returns:
        0, or 3 where something is wrong.

    Raises:
        LayoutMismatch: the folders are not those of the layout.
        BadConfig: a compression level that the layout does not have.
    """
    from barefaced.datasets import layouts
    from barefaced.pipelines.verify_dataset import verify

    root = Path(root)
    found = layouts.read(layout, root, compression)
    if found.why:
        print(f"layout {found.layout}: {found.why}", file=sys.stderr)  # noqa: T201
    made = verify(found, root, workers, partial=partial, quick=quick)
    if json_:
        sys.stdout.write(json.dumps({**asdict(made), "wrong": made.wrong}, indent=2, ensure_ascii=False) + "\n")
    else:
        _print(made)
    return DataError.exit_code if made.wrong else 0


def _print(made: "Verified") -> None:
    from rich.console import Console
    from rich.table import Table

    from barefaced.datasets.layouts.layout import first_few
    from barefaced.pipelines.verify_dataset import by_weight

    table = Table(box=None, pad_edge=False)
    for heading in ("part", "split", "clips", "published", ""):
        table.add_column(heading, justify="right" if heading in ("clips", "published") else "left")
    for cell in made.counts:
        published = "" if cell.published is None else f"{cell.published:,}"
        differs = "" if cell.agrees else "differs"
        if cell.found:
            table.add_row(cell.part, cell.split, f"{cell.found:,}", published, differs)
    console = Console(width=max(Console().width, 120))
    console.print(table)
    if made.source:
        print(f"published: {made.source}")  # noqa: T201
    for finding in by_weight(made.findings):
        shown = f": {first_few(finding.named)}" if finding.named and finding.kind != "duplicate" else ""
        print(f"{'wrong' if finding.wrong else 'note'}: {finding.what}{shown}")  # noqa: T201
    wrong = sum(finding.wrong for finding in made.findings)
    print(f"{made.layout}: {made.clips:,} clips, {wrong or 'nothing'} wrong")  # noqa: T201
