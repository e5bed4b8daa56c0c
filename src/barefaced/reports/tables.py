"""A `Matrix` as tables.json, a page and a table for the terminal.

schema    "barefaced-tables/1"
what      the level and metric
columns   [data set tested on], then `mean` of the sets where there are several
rows      [{name, trained_on, seeds, cells: {<column>: {values, mean, sd, interval: {value, low, high} | null}}}]
"""

import math
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from barefaced.metrics.matrix import Cell, Matrix, Row
from barefaced.reports import page
from barefaced.reports.evaluation import bounds, interval_text, share_text

SCHEMA = "barefaced-tables/1"


def to_json(matrix: Matrix) -> dict[str, Any]:
    """See the module for the fields."""
    rows = [
        {
            "name": row.name,
            "trained_on": list(row.trained_on),
            "seeds": list(row.seeds),
            "cells": {name: _cell(cell) for name, cell in row.cells.items()},
        }
        for row in matrix.rows
    ]
    return {"schema": SCHEMA, "what": matrix.what, "columns": list(matrix.columns), "rows": rows}


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "values": list(cell.values),
        "mean": cell.mean,
        "sd": None if math.isnan(cell.sd) else cell.sd,
        "interval": None if cell.interval is None else bounds(cell.interval),
    }


def cell_text(row: Row, column: str) -> str:
    """Write a cell for people: mean ± sd over runs, or one run's value with its interval over clips; * where the column
    was trained on.
    """
    cell = row.cells.get(column)
    if cell is None:
        return "-"
    star = "*" if column in row.trained_on else ""
    if cell.interval is not None:
        return interval_text(cell.interval) + star
    spread = "" if math.isnan(cell.sd) else f" ± {share_text(cell.sd)}"
    return f"{share_text(cell.mean)}{spread}{star}"


def text(matrix: Matrix) -> Table:
    """For a rich console."""
    caption = "mean ± sd over runs, or one run (95 % interval over clips); * trained on other clips of that set"
    table = Table(title=Text(matrix.what), caption=caption, box=box.SIMPLE_HEAD, title_justify="left")
    for name in ("model", "trained on", "runs", *matrix.columns):
        table.add_column(Text(name), no_wrap=True)
    for row in matrix.rows:
        cells = [cell_text(row, column) for column in matrix.columns]
        table.add_row(Text(row.name), Text(", ".join(row.trained_on) or "?"), str(len(row.seeds)), *cells)
    return table


def html(matrix: Matrix) -> str:
    """Write the page."""
    title = matrix.what[:1].upper() + matrix.what[1:]
    return page.render("tables.html", matrix=matrix, cell_text=cell_text, title=title.replace("auc", "AUC"))
