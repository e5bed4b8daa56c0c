"""Real data sets beside the checkout: a reading holds what a plain look at their folders and lists shows."""

import csv
import json
import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from barefaced.datasets import layouts
from barefaced.errors import LayoutMismatch
from beside import draw_pictures, find_beside


def link(files: Iterable[Path], root: Path, out: Path) -> Path:
    """Give a folder with links to a sample of a data set's files, each where it lies there."""
    for file in files:
        to = out / file.relative_to(root)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.symlink_to(file)
    return out


def test_faceforensics_has_every_video_with_the_method_and_level_of_its_folders():
    root = find_beside("data/faceforensics")
    found = layouts.read("auto", root)
    assert found.layout == "faceforensics"
    videos = {path: path.relative_to(root).parts for path in root.glob("*/*/c??/videos/*.mp4")}
    assert {clip.path for clip in found.clips} == videos.keys()
    for clip in found.clips:
        kind, folder, level, *_ = videos[clip.path]
        assert clip.label == (kind == "manipulated_sequences")
        assert (clip.method, clip.compression) == (folder if clip.label else "real", level)
        assert "__" in clip.path.name or clip.origin == f"faceforensics/{clip.path.stem[:3]}"
    assert {clip.label for clip in found.clips} == {0, 1}
    for level in {parts[2] for parts in videos.values()}:
        asked = layouts.read("faceforensics", root, level).clips
        assert {clip.path for clip in asked} == {path for path, parts in videos.items() if parts[2] == level}
    actors = sum("__" in path.name for path in videos)
    told = [warning.split(";")[0] for warning in found.warnings]
    assert told == ([f"{actors} clips are of DeepFakeDetection"] if actors else [])


def test_celeb_df_has_every_video_and_a_forgery_is_of_its_targets_scene():
    root = find_beside("data/celeb_df_v2")
    found = layouts.read("auto", root)
    assert found.layout == "celeb_df_v2"
    assert {clip.path for clip in found.clips} == set(root.glob("*/*.mp4"))
    for clip in found.clips:
        assert clip.label == (clip.path.parent.name == "Celeb-synthesis")
        if clip.label:
            target, source, number = clip.path.stem.split("_")
            assert (clip.origin, clip.source) == (f"celeb_df_v2/{target}_{number}", f"celeb_df_v2/{source}")
    assert {clip.label for clip in found.clips} == {0, 1}


def test_dfdc_has_every_video_that_its_metadata_names_and_counts_the_others():
    root = find_beside("data/dfdc")
    found = layouts.read("auto", root)
    assert found.layout == "dfdc"
    rows = {
        table.parent / file: row
        for table in root.glob("*/metadata.json")
        for file, row in json.loads(table.read_text(encoding="utf-8")).items()
    }
    assert {clip.path for clip in found.clips} == {path for path in rows if path.is_file()}
    assert set(found.missing) == {f"{path.parent.name}/{path.name}" for path in rows if not path.is_file()}
    for clip in found.clips:
        row = rows[clip.path]
        assert clip.label == (row["label"] == "FAKE")
        assert clip.origin == f"dfdc/{(row.get('original') or clip.path.name).removesuffix('.mp4')}"


def test_a_folder_with_a_list_has_its_rows_and_every_forgery_the_origin_of_an_original(tmp_path):
    root = find_beside("data/dfdc_crops")
    with (root / "clips.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    originals = sorted({row["origin"] for row in rows})
    drawn = set(random.Random(0).sample(originals, min(100, len(originals))))
    rows = [row for row in rows if row["origin"] in drawn]
    part = link([root / row["path"] for row in rows], root, tmp_path / "part")
    with (part / "clips.csv").open("w", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    clips = layouts.read("folder", part).clips
    assert all(clip.path.is_file() for clip in clips)
    assert {(clip.path, clip.label, clip.origin.split("/")[1]) for clip in clips} == {
        (part / row["path"], int(row["label"] == "fake"), row["origin"]) for row in rows
    }
    real, fake = ({clip.origin for clip in clips if clip.label == label} for label in (0, 1))
    assert fake
    assert fake <= real


def test_a_folder_of_real_and_fake_has_every_picture(tmp_path):
    root = find_beside("data/openforensics")
    part = link(draw_pictures("data/openforensics", 100), root, tmp_path / "part")
    found = layouts.read("auto", part)
    assert found.layout == "folder"
    assert {clip.path for clip in found.clips} == set(part.rglob("*.jpg"))
    assert all(clip.label == (clip.path.relative_to(part).parts[0] == "fake") for clip in found.clips)


def test_photographs_without_labels_are_refused_with_the_way_on():
    root = find_beside("data/utkface")
    with pytest.raises(LayoutMismatch, match="into a folder real/"):
        layouts.read("folder", root)
    with pytest.raises(LayoutMismatch, match="--layout reals"):
        layouts.read("auto", root)
