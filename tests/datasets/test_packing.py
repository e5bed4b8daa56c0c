"""Packed stores: the same crops, read from tar files that anybody can open."""

import json
import tarfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from toys_datasets import SETTINGS, toy_clip, toy_crops, toy_media

from barefaced.config.pictures import PixelSettings
from barefaced.config.recipe import DataSettings
from barefaced.datasets.data_loader import load_batches
from barefaced.datasets.groups import GroupSampler, domains_of, make_groups
from barefaced.datasets.landmark_files import POINTS
from barefaced.datasets.packing import pack
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig, StoreDamaged
from barefaced.runtime.progress import Work


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store.create(tmp_path / "store", SETTINGS)
    clips = [toy_clip(name, method) for name in ("001", "002", "003") for method in ("real", "swap")]
    for clip in toy_media(tmp_path / "set", clips):
        found = toy_crops(clip)
        if clip.label:
            mask = np.full(found.crops[0].rgb.shape[:2], 255, np.uint8)
            found = replace(found, crops=tuple(replace(crop, mask=mask) for crop in found.crops))
        made.write(clip, "prepared", found)
    nobody = toy_media(tmp_path / "set", [toy_clip("004")])[0]
    made.write(nobody, "no_face", None, "no face at any moment")
    made.collate()
    points = np.random.default_rng(0).normal(size=(4, *POINTS)).astype(np.float32)
    made.write_landmarks(made.clips()[0], points)
    return made


def packed(store: Store, out: Path, size: int = 2**30, address: str = "") -> Store:
    pack(store, out, size, Work("pack", 7, "clips", None), address)
    return Store.open(out)


def test_a_packed_store_gives_the_same_clips_crops_masks_and_landmarks(store: Store, tmp_path: Path) -> None:
    opened = packed(store, tmp_path / "packed")
    assert opened.clips() == store.clips()
    assert [(record.outcome, record.reason) for record in opened.records()] == [
        (record.outcome, record.reason) for record in store.records()
    ]
    for ours, theirs in zip(opened.crops(), store.crops(), strict=True):
        assert replace(ours, file=theirs.file, mask=theirs.mask) == theirs
        np.testing.assert_array_equal(opened.load(ours, verify=True), store.load(theirs))
        np.testing.assert_array_equal(opened.load_mask(ours), store.load_mask(theirs))
    first = store.clips()[0]
    np.testing.assert_array_equal(opened.landmarks(first), store.landmarks(first))


def test_training_reads_the_same_batches_from_it(store: Store, tmp_path: Path) -> None:
    seen = []
    for source in (store, packed(store, tmp_path / "packed", size=4096)):
        groups = make_groups(source.clips(), source.crops(), domains_of(source.clips(), DataSettings()), "present")
        sampler = GroupSampler(len(groups.groups), 4, seed=0)
        seen.append([batch.images for batch in load_batches(groups, [source], sampler, PixelSettings(), 0, 0)])
    assert len(seen[0]) == len(seen[1]) > 1
    assert all((one == other).all() for one, other in zip(*seen, strict=True))


def test_the_tar_files_hold_whole_samples_of_one_key_each(store: Store, tmp_path: Path) -> None:
    """As WebDataset wants them: members of a sample side by side, the key up to the first dot."""
    opened = packed(store, tmp_path / "packed", size=4096)
    files = sorted((tmp_path / "packed/shards").iterdir())
    assert len(files) > 1
    samples = {}
    for file in files:
        with tarfile.open(file) as tar:
            keys = [member.name.partition(".")[0] for member in tar]
            assert keys == sorted(keys, key=keys.index)
            for member in tar:
                key, _, suffix = member.name.partition(".")
                data = tar.extractfile(member)
                assert data is not None
                samples.setdefault((file.name, key), {})[suffix] = data.read()
    assert len(samples) == len(opened.crops()) == 24
    for (_, key), sample in samples.items():
        about = json.loads(sample["json"])
        assert set(sample) == {"png", "json"} | ({"mask.png"} if about["label"] else set())
        assert cv2.imdecode(np.frombuffer(sample["png"], np.uint8), 1).shape == (16, 16, 3)
        assert key.startswith(about["clip"].replace("/", "-"))


def test_equal_stores_give_equal_tar_files(store: Store, tmp_path: Path) -> None:
    for name in ("a", "b"):
        packed(store, tmp_path / name)
    assert (tmp_path / "a/shards/00000.tar").read_bytes() == (tmp_path / "b/shards/00000.tar").read_bytes()


def test_shards_may_lie_at_an_address(store: Store, tmp_path: Path) -> None:
    elsewhere = tmp_path / "bucket"
    opened = packed(store, tmp_path / "packed", address=f"file://{elsewhere}")
    elsewhere.mkdir()
    with pytest.raises(StoreDamaged, match="Fetch that file again"):
        opened.load(opened.crops()[0])
    (tmp_path / "packed/shards").rename(elsewhere / "shards")
    for ours, theirs in zip(opened.crops(), store.crops(), strict=True):
        np.testing.assert_array_equal(opened.load(ours, verify=True), store.load(theirs))


def test_a_packed_store_is_not_written_to(store: Store, tmp_path: Path) -> None:
    packed(store, tmp_path / "packed")
    with pytest.raises(BadConfig, match="packed store"):
        Store.create(tmp_path / "packed", SETTINGS)
    with pytest.raises(BadConfig, match="new folder"):
        packed(store, tmp_path / "packed")


def test_a_tar_file_cut_short_is_damage_that_is_told(store: Store, tmp_path: Path) -> None:
    opened = packed(store, tmp_path / "packed")
    file = tmp_path / "packed/shards/00000.tar"
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(StoreDamaged):
        opened.load(opened.crops()[-1], verify=True)
