"""Evaluations side by side: who shares a row, and what its cells say."""

import math

import numpy as np
import pytest

from barefaced.errors import DataError
from barefaced.metrics.matrix import Run, matrix
from barefaced.reports.tables import cell_text, html, to_json
from barefaced.values.evaluation import Model
from barefaced.values.scores import Interval


def run(name: str, seed: int, trained_on: tuple[str, ...] = ("ff",), **sets: float) -> Run:
    return Run(
        Model(name, f"{name}{seed}{trained_on}", trained_on, seed),
        {n: Interval(v, v - 0.1, v + 0.1) for n, v in sets.items()},
    )


RUNS = [run("lsda", 1, ff=0.9, celeb=0.7), run("lsda", 0, ff=0.8, celeb=0.6), run("plain", 0, ff=0.7, mean=0.7)]


def test_runs_that_differ_in_their_seed_are_one_row_with_mean_and_spread():
    made = matrix(RUNS, "video auc")
    assert [(row.name, row.seeds) for row in made.rows] == [("lsda", (0, 1)), ("plain", (0,))]
    assert made.columns == ("celeb", "ff", "mean")
    cell = made.rows[0].cells["ff"]
    assert cell.values == (0.8, 0.9)
    assert (cell.mean, cell.sd) == pytest.approx((np.mean([0.8, 0.9]), np.std([0.8, 0.9], ddof=1)))
    assert cell_text(made.rows[0], "ff") == ".850 ± .071*"
    assert cell_text(made.rows[0], "celeb") == ".650 ± .071"


def test_one_run_has_the_interval_over_clips_and_a_set_it_was_not_tested_on_a_dash():
    made = matrix(RUNS, "video auc")
    assert cell_text(made.rows[1], "ff") == ".700 (.600–.800)*"  # noqa: RUF001
    assert cell_text(made.rows[1], "celeb") == "-"
    assert math.isnan(made.rows[1].cells["ff"].sd)
    assert to_json(made)["rows"][1]["cells"]["ff"]["sd"] is None


def test_what_it_was_trained_on_parts_rows():
    assert len(matrix([run("a", 0, ("x",), x=0.5), run("a", 1, ("y",), x=0.5)], "auc").rows) == 2


def test_one_model_twice_is_refused():
    with pytest.raises(DataError, match="the same weights"):
        matrix([RUNS[0], RUNS[0]], "auc")


def test_a_name_on_the_page_is_data():
    assert "<b>" not in html(matrix([run("<b>", 0, ff=0.5)], "auc"))
