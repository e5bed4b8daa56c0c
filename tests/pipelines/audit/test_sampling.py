"""What is looked at: whole origins, the same moments, and no class alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toys_auditing import METHOD, SETTINGS, add, pairs_store, photograph

from barefaced.config.media import CropSettings
from barefaced.datasets.store import Store
from barefaced.errors import DataError
from barefaced.pipelines.audit.sampling import MOMENTS, counts_of, draw_samples
from barefaced.values.dataset import REAL, Clip
from barefaced.values.media import ClipCrops, CropQuality, FaceCrop, Video


def filmed(path: Path, moments: dict[str, range]) -> Store:
    """One origin, a clip a method, a crop a moment."""
    store = Store.create(path, SETTINGS)
    for method, of in moments.items():
        clip = Clip(f"toy/{method}/a", "toy", "", method, "toy/a", "toy/a", "", "", Path(f"{method}.mp4"))
        rgb = photograph(np.random.default_rng(0))
        crop = FaceCrop(rgb, np.eye(2, 3, dtype=np.float32), 0, 0, 0.0, 0, CropQuality(50.0, 10.0, 0.9), (64, 64))
        crops = tuple(replace(crop, moment=moment, frame=moment) for moment in of)
        video = Video(clip.path, method, 25.0, 50, 64, 64, "h264", 2.0)
        store.write(clip, "prepared", ClipCrops(video, crops, 0, len(of), 0))
    store.collate()
    return store


def test_a_real_clip_and_its_forgery_are_looked_at_at_the_same_moments(tmp_path: Path) -> None:
    store = filmed(tmp_path / "store", {REAL: range(30), METHOD: range(3, 40)})
    [sample], _ = draw_samples([store], 0)
    assert [picture.crop.moment for picture in sample.of(REAL)] == [0, 9, 19, 29]
    assert [picture.crop.moment for picture in sample.of(METHOD)] == [9, 19, 29]
    scenes = sample.scenes()
    assert len(scenes) == MOMENTS - 1
    assert all(scene.real.crop.moment == scene.forged[0].crop.moment for scene in scenes)


def test_fewer_clips_are_whole_origins_and_always_the_same(tmp_path: Path) -> None:
    store = pairs_store(tmp_path / "store", 20)
    [few], _ = draw_samples([store], 5)
    assert counts_of([few]) == {"toy": {REAL: 5, METHOD: 5}}
    assert len(few.scenes()) == 5
    [again], _ = draw_samples([Store.open(store.path)], 5)
    assert [one.crop for one in again.pictures] == [one.crop for one in few.pictures]
    [more], _ = draw_samples([store], 9)
    assert {one.crop.clip for one in few.pictures} <= {one.crop.clip for one in more.pictures}


def test_sets_of_one_class_are_compared_with_each_other_and_that_is_said(tmp_path: Path) -> None:
    stores = []
    for dataset, method in (("x", REAL), ("y", METHOD)):
        store = Store.create(tmp_path / dataset, SETTINGS)
        for number in range(3):
            add(store, f"p{number}", method, photograph(np.random.default_rng(number)), dataset=dataset)
        store.collate()
        stores.append(store)
    [sample], notes = draw_samples(stores, 0)
    assert sample.name == "x + y"
    assert "one class each" in notes[0]
    [mixed], notes = draw_samples([stores[0], pairs_store(tmp_path / "pairs", 3)], 0)
    assert mixed.name == "toy"
    assert notes == ("not looked at, for all its faces are of one class: x",)
    with pytest.raises(DataError, match="3 forged crops"):
        draw_samples([stores[1]], 0)


def test_one_set_in_crops_of_two_sizes_is_refused(tmp_path: Path) -> None:
    one = pairs_store(tmp_path / "one", 3)
    other = Store.create(tmp_path / "other", replace(SETTINGS, crop=CropSettings(size=32)))
    add(other, "q", REAL, photograph(np.random.default_rng(0), 32))
    other.collate()
    with pytest.raises(DataError, match="32 px and 64 px"):
        draw_samples([one, other], 0)
