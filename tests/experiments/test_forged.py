"""Truths about what the experiments on forged stores share, on a store of flat grey squares."""

import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest

from barefaced.config.media import CropSettings, PrepareSettings
from barefaced.config.pictures import PixelSettings
from barefaced.datasets.groups import make_groups
from barefaced.datasets.store import Store
from barefaced.metrics.score_rows import score_table
from barefaced.values.dataset import Clip
from barefaced.values.media import ClipCrops, CropQuality, FaceCrop, Video

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments"))

import forged
import verdict
from paired import paired, spread

PEOPLE, METHODS, MOMENTS, SIDE = 5, ("real", "swap", "blend"), 3, 16
STILL = PixelSettings(chance=0.0)


def grey(person: int, method: str, moment: int) -> int:
    return 10 + 45 * person + 15 * METHODS.index(method) + 3 * moment


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forged") / "store"
    made = Store.create(folder, PrepareSettings(frames=MOMENTS, crop=CropSettings(size=SIDE)))
    for person in range(PEOPLE):
        for method in METHODS:
            if (person, method) == (2, "blend"):
                continue  # a hole
            clip = Clip(
                clip=f"toy//{method}/{person}",
                dataset="toy",
                compression="",
                method=method,
                origin=f"toy/{person}",
                identity=f"toy/{person}",
                source="",
                split="train",
                path=Path(f"{person}.png"),
            )
            crops = tuple(
                FaceCrop(
                    rgb=np.full((SIDE, SIDE, 3), grey(person, method, moment), np.uint8),
                    to_crop=np.eye(2, 3, dtype=np.float32),
                    track=0,
                    frame=moment,
                    seconds=float(moment),
                    moment=moment,
                    quality=CropQuality(16.0, 1.0, 1.0),
                    frame_size=(SIDE, SIDE),
                )
                for moment in range(MOMENTS)
            )
            video = Video(clip.path, hashlib.sha256(clip.clip.encode()).hexdigest(), 1.0, 3, SIDE, SIDE, "png", 3.0)
            made.write(clip, "prepared", ClipCrops(video, crops, 0, MOMENTS, 0))
    return folder


def test_a_decoded_crop_is_the_stored_one(store, tmp_path):
    pictures = forged.open_pictures([store], tmp_path)
    for crop, picture in zip(pictures.crops, pictures.pixels, strict=True):
        clip = pictures.clips[crop.clip]
        assert (picture == grey(int(clip.path.stem), clip.method, crop.moment)).all()


def test_the_second_opening_decodes_nothing(store, tmp_path, monkeypatch):
    forged.open_pictures([store], tmp_path)
    monkeypatch.setattr(Store, "load", None)
    forged.open_pictures([store], tmp_path)


def test_a_cap_takes_whole_origins_and_moments_are_spaced(store, tmp_path):
    capped = forged.open_pictures([store], tmp_path, moments=2, most=7)
    assert {crop.moment for crop in capped.crops} == {0, 2}
    origins = [capped.clips[crop.clip].origin for crop in capped.crops]
    assert len(set(origins)) == 2
    whole = forged.open_pictures([store], tmp_path, moments=2)
    assert {crop.file for crop in capped.crops} == {
        crop.file for crop in whole.crops if whole.clips[crop.clip].origin in origins
    }


def test_batches_hold_each_group_once_an_epoch_in_one_order_with_its_holes(store, tmp_path):
    pictures = forged.open_pictures([store], tmp_path)
    groups = make_groups(pictures.clips.values(), pictures.crops, METHODS[1:], "present")

    def seen(seed):
        found = list(forged.batches(groups, pictures, STILL, size=5, steps=3, seed=seed))
        assert all(not batch.images[~batch.present].any() for batch in found)
        greys = [level for batch in found for level in batch.images[:, :, 0, 0, 0].tolist()]
        return list(zip(greys, [here for batch in found for here in batch.present.tolist()], strict=True))

    first = seen(0)
    assert len(first) == PEOPLE * MOMENTS == len(groups.groups)
    reals = [grey(person, "real", moment) for person in range(PEOPLE) for moment in range(MOMENTS)]
    assert sorted(image[0] for image, _ in first) == sorted(reals)
    assert sum(not here[2] for _, here in first) == MOMENTS
    assert first == seen(0)
    assert first != seen(1)


def test_own_originals_leave_out_the_reals_that_nobody_altered(store, tmp_path):
    pictures = forged.open_pictures([store], tmp_path)
    # The one real without a blend scores over everything.
    fakeness = np.array(
        [
            1.0
            if (clip := pictures.clips[crop.clip]).method == "real" and clip.origin == "toy/2"
            else 0.1 + 0.8 * clip.label
            for crop in pictures.crops
        ]
    )
    found = forged.by_method(score_table(pictures.clips.values(), pictures.crops, fakeness), draws=0)
    assert found["blend"]["own"]["frame"] == [1.0, None, None]
    assert found["blend"]["every"]["video"] == [0.8, None, None]
    assert found["swap"]["own"] == found["swap"]["every"]


def _line(preset, seed, value, held_out="-"):
    numbers = {"every": {"frame": [value] * 3, "video": [None] * 3}, "own": verdict._NONE}
    return {
        "preset": preset,
        "seed": seed,
        "held_out": held_out,
        "trained_on": ["swap"],
        "sets": {"test": {"all": numbers, "swap": numbers, "blend": numbers}},
    }


def test_the_report_pairs_by_seed_and_rotation():
    rows = [_line("plain", 0, 0.6), _line("plain", 1, 0.7), _line("paper", 0, 0.65), _line("paper", 2, 0.9)]
    text = verdict.report(rows)
    assert "| test seen | 0.650 ± 0.071 | 0.775 ± 0.177 | +0.050 |" in text
    assert "paper - plain (1)" in text
    held = verdict.report([row | {"held_out": "blend"} for row in rows])
    assert "| test held out | 0.650 ± 0.071 | 0.775 ± 0.177 | +0.050 |" in held


def test_a_paired_interval_is_students():
    assert paired([0.0, 0.2]) == "+0.100 ± 0.141 [-1.171, +1.371]"
    assert spread([0.5]) == "0.500"
