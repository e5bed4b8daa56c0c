"""Stores made apart are one store afterwards."""

from dataclasses import replace
from pathlib import Path

import pytest
from toys_datasets import SETTINGS, toy_clip, toy_crops, toy_media

from barefaced.datasets.merging import gather
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig, DataError
from barefaced.runtime.progress import Work
from barefaced.values.dataset import Clip


@pytest.fixture
def clips(tmp_path: Path) -> list[Clip]:
    return toy_media(tmp_path / "set", [toy_clip(f"{n:03}") for n in range(6)])


def stored(path: Path, clips: list[Clip]) -> Store:
    store = Store.create(path, SETTINGS)
    for clip in clips:
        store.write(clip, "prepared", toy_crops(clip))
    store.collate()
    return store


def test_gathered_parts_equal_one_run(tmp_path: Path, clips: list[Clip]) -> None:
    whole = stored(tmp_path / "whole", clips)
    parts = [stored(tmp_path / "a", clips[::2]), stored(tmp_path / "b", clips[1::2])]
    into = Store.create(tmp_path / "into", SETTINGS)
    assert gather(into, parts, Work("collate", 6, "clips", None)) == 6
    assert (into.path / "manifest.parquet").read_bytes() == (whole.path / "manifest.parquet").read_bytes()
    for crop in into.crops():
        into.load(crop, verify=True)
    assert all(into.done(clip) for clip in clips)
    assert gather(into, parts, Work("collate", 6, "clips", None)) == 0


def test_clips_that_are_in_both_are_taken_once_and_must_agree(tmp_path: Path, clips: list[Clip]) -> None:
    one, other = stored(tmp_path / "a", clips[:4]), stored(tmp_path / "b", clips[2:])
    assert gather(one, [other], Work("collate", 4, "clips", None)) == 2
    changed = Store.create(tmp_path / "c", SETTINGS)
    changed.write(clips[0], "prepared", toy_crops(clips[0], moments=(0, 1)))
    with pytest.raises(DataError, match="different crops"):
        gather(one, [changed], Work("collate", 1, "clips", None))


def test_other_settings_are_refused(tmp_path: Path, clips: list[Clip]) -> None:
    other = Store.create(tmp_path / "b", replace(SETTINGS, frames=5))
    with pytest.raises(BadConfig, match="made otherwise"):
        gather(stored(tmp_path / "a", clips), [other], Work("collate", 0, "clips", None))
