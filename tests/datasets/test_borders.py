"""Crops that are largely no picture are spoken of, by store."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toys_datasets import SETTINGS, SIDE, toy_clip, toy_crops

from barefaced.datasets.borders import border_warnings, median_outside
from barefaced.datasets.store import PREPARED, Store
from barefaced.pipelines import prepare
from barefaced.pipelines.forge import summary


def store_of(folder: Path, shares: list[float]) -> Store:
    """A store with a crop a clip, of which each share lies left of its picture."""
    store = Store.create(folder, SETTINGS, root=folder)
    for number, share in enumerate(shares):
        clip = toy_clip(f"p{number}")
        moved = np.array([[1, 0, share * SIDE], [0, 1, 0]], np.float32)
        made = toy_crops(clip, (0,))
        store.write(clip, PREPARED, replace(made, crops=tuple(replace(crop, to_crop=moved) for crop in made.crops)))
    store.collate()
    return store


@pytest.mark.parametrize("shares", [[0.25], [0.0, 0.25, 0.5], [0.0, 0.0, 0.0], [0.125, 0.125, 0.75]])
def test_the_share_outside_is_the_median_crops(shares: list[float], tmp_path: Path) -> None:
    store = store_of(tmp_path / "store", shares)
    assert median_outside(store) == pytest.approx(np.median(shares), abs=0.02)


def test_a_store_that_is_largely_grey_says_so_on_both_streams_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grey, good = store_of(tmp_path / "grey", [0.5, 0.5, 0.0]), store_of(tmp_path / "good", [0.1, 0.0, 0.75])
    [said] = border_warnings(grey)
    assert "50% of the median crop" in said
    assert str(grey.path) in said
    assert "smaller margin than 1.3" in said
    for lines in (prepare.summary(grey, 0), summary(grey)):
        assert said in lines
    assert prepare.report_failures(grey) == 0
    assert said in capsys.readouterr().err
    assert border_warnings(good) == []
    assert prepare.report_failures(good) == 0
    assert not capsys.readouterr().err


def test_a_store_without_crops_has_nothing_outside(tmp_path: Path) -> None:
    assert border_warnings(Store.create(tmp_path / "empty", SETTINGS, root=tmp_path)) == []
