"""Mean and spread over seeds, against numpy."""

import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from barefaced.config.recipe import Recipe
from barefaced.pipelines.train.multi_seed import mean_and_spread, train_seeds


def test_the_spread_is_numpys_and_leaves_out_what_a_seed_does_not_know() -> None:
    values = {0: {"auc": 0.7, "odd": math.nan}, 1: {"auc": 0.9}, 2: {"auc": 0.65}}
    known = [of["auc"] for of in values.values()]
    found = mean_and_spread(values)
    assert set(found) == {"auc"}
    assert found["auc"] == (pytest.approx(np.mean(known)), pytest.approx(np.std(known, ddof=1)))


def test_a_series_has_a_folder_a_seed_and_one_answer(tmp_path: Path) -> None:
    def run(recipe: Recipe, out: Path) -> SimpleNamespace:
        assert out == tmp_path / f"seed_{recipe.seed}"
        return SimpleNamespace(metrics={"auc": SimpleNamespace(value=recipe.seed / 10)})

    lines = train_seeds(Recipe(seed=3), tmp_path, 3, run, leads=True)
    assert lines[-1] == "auc: mean 0.400, sd 0.100, 3 seeds"
    kept = json.loads((tmp_path / "seeds.json").read_text())
    assert list(kept["seeds"]) == ["3", "4", "5"]
    assert kept["over_seeds"]["auc"]["sd"] == pytest.approx(0.1)
