"""Landmarks of a store of one real face and one grey wall."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

from barefaced.config.media import CropSettings, FinderSettings, PrepareSettings
from barefaced.datasets.store import Store
from barefaced.faces.align import crop, to_crop
from barefaced.faces.face_finder import load_finder
from barefaced.pipelines import landmarks
from barefaced.pipelines.landmarks import mesh_store
from barefaced.values.dataset import Clip
from barefaced.values.media import ClipCrops, CropQuality, FaceCrop, Video

SIZE = 96


@pytest.fixture
def store(tmp_path: Path) -> Store:
    picture = np.ascontiguousarray(astronaut()[:240, 110:350])
    (face,) = load_finder(FinderSettings(side=256), threads=1).find(picture)
    matrix = to_crop(face.landmarks, CropSettings(size=SIZE))
    pixels = [crop(picture, matrix, SIZE), np.full((SIZE, SIZE, 3), 120, np.uint8)]
    store = Store.create(tmp_path / "store", PrepareSettings(crop=CropSettings(size=SIZE)))
    crops = tuple(
        FaceCrop(rgb, matrix, 0, moment, 0.0, moment, CropQuality(60.0, 10.0, 0.9), (240, 240))
        for moment, rgb in enumerate(pixels)
    )
    path = tmp_path / "a.mp4"
    path.touch()
    clip = Clip("toy/real/a", "toy", "", "real", "toy/a", "toy/a", "", "", path)
    seen = ClipCrops(Video(path, "", 25.0, 2, 240, 240, "h264", 0.1), crops, 0, 2, 0)
    for name in ("a", "b"):
        store.write(replace(clip, clip=f"toy/real/{name}"), "prepared", seen)
    store.write(replace(clip, clip="toy/real/c"), "no_face", None)
    return store


def test_a_face_has_landmarks_and_a_wall_has_none(store: Store) -> None:
    assert mesh_store(store, 1) == 2
    points = [store.landmarks(clip) for clip in store.clips()]
    assert points[2] is None
    assert points[0] is not None
    assert np.isfinite(points[0][0]).all()
    assert np.isnan(points[0][1]).all()
    assert 0.3 * SIZE < points[0][0, 1, 0] < 0.7 * SIZE


def test_a_second_run_computes_what_is_missing_only(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    mesh_store(store, 1)
    next((store.path / "landmarks").iterdir()).unlink()
    assert mesh_store(store, 1) == 1
    monkeypatch.setattr(landmarks, "FaceMesh", None)
    assert mesh_store(store, 1) == 0


def test_two_processes_find_what_one_finds(store: Store) -> None:
    mesh_store(store, 1)
    files = sorted((store.path / "landmarks").iterdir())
    one = [file.read_bytes() for file in files]
    for file in files:
        file.unlink()
    assert mesh_store(store, 2) == 2
    assert [file.read_bytes() for file in files] == one
