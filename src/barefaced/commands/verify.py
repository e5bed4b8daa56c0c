"""Whether a data set on disk is the one that was published, whole and sound."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from barefaced.datasets import layouts
from barefaced.datasets.layouts.layout import first_few
from barefaced.errors import DataError
from barefaced.pipelines.verify_dataset import Verified, by_weight, verify


def run(root: Path, layout: str, compression: str, workers: int, *, partial: bool, quick: bool, as_json: bool) -> int:
    """Print what is there beside what was published, and what is wrong.

    Args:
        workers: processes; 0 is one a core.
        partial, quick: see `verifying.verify`.

    Returns:
        0, or 3 where something is wrong.

    Raises:
        LayoutMismatch: the folders are not those of the layout.
        BadConfig: a compression level that the layout does not have.
    """
    found = layouts.read(layout, root, compression)
    if found.why:
        print(f"layout {found.layout}: {found.why}", file=sys.stderr)  # noqa: T201
    made = verify(found, root, workers, partial=partial, quick=quick)
    if as_json:
        sys.stdout.write(json.dumps({**asdict(made), "wrong": made.wrong}, indent=2, ensure_ascii=False) + "\n")
    else:
        _print(made)
    return DataError.exit_code if made.wrong else 0


def _print(made: Verified) -> None:
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
