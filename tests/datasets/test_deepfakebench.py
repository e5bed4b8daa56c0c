"""DeepfakeBench's JSON and crops into a store and out again. Toy crops are PNGs of noise, each another."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from toys_datasets import SIDE, toy_clip, toy_crops, toy_store

from barefaced.commands.main import main
from barefaced.datasets.deepfakebench.exporting import export
from barefaced.datasets.deepfakebench.importing import find
from barefaced.datasets.store import Store
from barefaced.errors import LayoutMismatch

TOPS = {
    "FF-real": "FaceForensics++/original_sequences/youtube/c23",
    "FF-DF": "FaceForensics++/manipulated_sequences/Deepfakes/c23",
    "CelebDFv2_real": "Celeb-DF-v2/Celeb-real",
    "CelebDFv2_fake": "Celeb-DF-v2/Celeb-synthesis",
    "DFD_fake": "FaceForensics++/manipulated_sequences/DeepFakeDetection/c23",
    "UADFV_Real": "UADFV/real",
    "DFDCP_FakeA": "DFDCP/method_A",
    "DF_fake": "DeeperForensics-1.0/manipulated_videos/end_to_end_level_2",
}
FRAMES = (0, 9, 18)


def crop(path: Path, side: int = SIDE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([*path.as_posix().encode()])
    Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(path)


def video(root: Path, label: str, name: str, *, masks: bool = False) -> dict:
    """Crops, landmarks and masks of one video, and its row of the JSON, as DeepfakeBench lays them out."""
    row: dict = {"label": label, "frames": []}
    for number in FRAMES:
        file = f"{TOPS[label]}/frames/{name}/{number:03d}.png"
        crop(root / file)
        row["frames"].append(file)
        landmarks = root / file.replace("/frames/", "/landmarks/").replace(".png", ".npy")
        landmarks.parent.mkdir(parents=True, exist_ok=True)
        np.save(landmarks, np.full((81, 2), number))
        if masks:
            mask = file.replace("/frames/", "/masks/")
            crop(root / mask)
            row.setdefault("masks", []).append(mask)
    return row


def write(root: Path, name: str, labels: dict) -> Path:
    path = root / "dataset_json" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        label: {split: splits.get(split, {}) for split in ("train", "val", "test")} for label, splits in labels.items()
    }
    path.write_text(json.dumps({name: whole}))
    return path


def faceforensics(root: Path) -> Path:
    at = {
        "FF-real": {
            "train": {"c23": {"071": video(root, "FF-real", "071")}},
            "test": {"c23": {"000": video(root, "FF-real", "000")}},
        },
        "FF-DF": {"train": {"c23": {"071_054": video(root, "FF-DF", "071_054", masks=True)}}},
    }
    for splits in at.values():
        for split in ("train", "val", "test"):
            splits.setdefault(split, {"c23": {}})
    return write(root, "FaceForensics++", at)


def taken(*words: object) -> int:
    return main(["data", "import", *map(str, words), "--workers", "1"])


def bare(table: Path) -> dict:
    """A JSON without what only our own export adds."""
    said = json.loads(table.read_text())
    text = json.dumps(said, sort_keys=True)
    return json.loads(
        text, object_hook=lambda row: {key: row[key] for key in row if key not in ("origin", "identity", "source")}
    )


def test_json_and_crops_come_back_as_they_were(tmp_path):
    table = faceforensics(tmp_path / "bench")
    assert taken(table, tmp_path / "bench", tmp_path / "store") == 0
    assert main(["data", "export", str(tmp_path / "store"), str(tmp_path / "again")]) == 0
    assert bare(tmp_path / "again/dataset_json/FaceForensics++.json") == bare(table)
    files = [
        path.relative_to(tmp_path / "bench") for path in sorted((tmp_path / "bench").rglob("*.*")) if path != table
    ]
    assert len([file for file in files if file.suffix in (".png", ".npy")]) == len(FRAMES) * (3 + 3 + 1)
    for file in files:
        if file.suffix in (".png", ".npy"):
            assert (tmp_path / "again" / file).read_bytes() == (tmp_path / "bench" / file).read_bytes()


def test_a_store_comes_back_as_it_was(tmp_path):
    clips = [
        toy_clip("001", split="train"),
        toy_clip("001", "swap", name="001_002", source="002", split="val"),
        toy_clip("009", name="a b/лицо"),
    ]
    store = toy_store(tmp_path / "store", clips)
    export(store, tmp_path / "bench")
    assert taken(tmp_path / "bench/dataset_json/toy.json", tmp_path / "bench", tmp_path / "again") == 0
    again = Store.open(tmp_path / "again")

    def known(of: Store) -> list:
        return [replace(clip, path=Path()) for clip in of.clips()]

    assert known(again) == known(store)
    for one, other in zip(store.crops(), again.crops(), strict=True):
        assert (one.clip, one.frame, one.sha256) == (other.clip, other.frame, other.sha256)
        np.testing.assert_array_equal(store.load(one), again.load(other, verify=True))


def test_what_is_imported_is_what_the_layout_would_have_called_it(tmp_path):
    assert taken(faceforensics(tmp_path), tmp_path, tmp_path / "store") == 0
    clips = {clip.clip: clip for clip in Store.open(tmp_path / "store").clips()}
    assert set(clips) == {
        "faceforensics/c23/real/071",
        "faceforensics/c23/real/000",
        "faceforensics/c23/Deepfakes/071_054",
    }
    fake = clips["faceforensics/c23/Deepfakes/071_054"]
    assert (fake.origin, fake.source, fake.split) == ("faceforensics/071", "faceforensics/054", "train")
    crops = Store.open(tmp_path / "store").crops()
    assert {crop.moment for crop in crops} == {crop.frame for crop in crops} == set(FRAMES)
    made = Store.open(tmp_path / "store").settings
    assert (made.crop.size, made.crop.margin, made.finder.name) == (SIDE, 1.3, "dlib")


def test_crops_are_linked_and_a_second_run_takes_nothing(tmp_path, capsys):
    table = faceforensics(tmp_path)
    assert taken(table, tmp_path, tmp_path / "store") == 0
    one = Store.open(tmp_path / "store").crops()[0]
    assert (tmp_path / "store" / one.file).stat().st_nlink == 2
    assert taken(table, tmp_path, tmp_path / "store", "--by-order") == 0
    assert "0 clips taken now" in capsys.readouterr().out
    assert taken(table, tmp_path, tmp_path / "ordered", "--by-order") == 0
    assert {crop.moment for crop in Store.open(tmp_path / "ordered").crops()} == {0, 1, 2}


def test_lists_in_any_order_back_slashes_and_another_machines_paths_are_read(tmp_path):
    row = video(tmp_path, "FF-real", "071")
    row["frames"] = ["C:\\data\\.\\" + file.replace("/", "\\") for file in reversed(row["frames"])]
    table = write(tmp_path, "FF-DF", {"FF-real": {"train": {"c23": {"071": row}}}})
    (found,) = find([table], tmp_path).videos
    assert list(found.frames) == list(FRAMES)
    assert list(found.landmarks) == list(FRAMES)
    row["frames"] = [f"../{tmp_path.name}/{file}" for file in video(tmp_path, "FF-real", "071")["frames"]]
    with_dots = find([write(tmp_path, "FF-DF", {"FF-real": {"train": {"c23": {"071": row}}}})], tmp_path)
    assert with_dots.videos == ()
    assert len(with_dots.missing) == len(FRAMES)


def splits_of(root: Path, name: str, label: str, splits: dict[str, list[str]], *, level: str = "") -> tuple[dict, str]:
    rows = {one: video(root, label, one) for names in splits.values() for one in names}
    at = {split: {one: rows[one] for one in names} for split, names in splits.items()}
    table = write(root, name, {label: {split: {level: of} for split, of in at.items()} if level else at})
    found = find([table], root)
    return {video.clip.clip.rpartition("/")[2]: video.clip.split for video in found.videos}, " ".join(found.warnings)


def test_val_that_is_test_and_train_that_contains_test_are_said_and_read_as_test(tmp_path):
    got, told = splits_of(
        tmp_path / "a", "DFDCP", "DFDCP_FakeA", {"train": ["2_1_A_001"], "val": ["2_1_B_001"], "test": ["2_1_B_001"]}
    )
    assert got == {"2_1_A_001": "train", "2_1_B_001": "test"}
    assert "val is test: the 1 clips" in told
    got, told = splits_of(
        tmp_path / "b",
        "Celeb-DF-v2",
        "CelebDFv2_fake",
        {"train": ["id0_id1_0000", "id0_id2_0000"], "test": ["id0_id1_0000"]},
    )
    assert got == {"id0_id1_0000": "test", "id0_id2_0000": "train"}
    assert "train contains 1 clips of test" in told


def test_a_clip_in_every_split_has_none_and_of_dfd_is_test(tmp_path):
    everywhere = {split: ["0000"] for split in ("train", "val", "test")}
    got, told = splits_of(tmp_path / "a", "UADFV", "UADFV_Real", everywhere)
    assert got == {"0000": ""}
    assert "every split" in told
    name = "01_02__kitchen_pan__ABCDEFGH"
    got, _ = splits_of(
        tmp_path / "b", "DeepFakeDetection", "DFD_fake", {split: [name] for split in everywhere}, level="c23"
    )
    assert got == {name: "test"}


def test_names_of_every_family_give_their_origin(tmp_path):
    tables = [
        write(
            tmp_path,
            "Celeb-DF-v2",
            {
                label: {"test": {name: video(tmp_path, label, name)}}
                for label, name in (("CelebDFv2_real", "id0_0000"), ("CelebDFv2_fake", "id0_id1_0000"))
            },
        ),
        write(tmp_path, "DFDCP", {"DFDCP_FakeA": {"test": {"2_1_A_001": video(tmp_path, "DFDCP_FakeA", "2_1_A_001")}}}),
        write(
            tmp_path, "DeeperForensics-1.0", {"DF_fake": {"test": {"000_W026": video(tmp_path, "DF_fake", "000_W026")}}}
        ),
        write(tmp_path, "simswap_ff", {"simswap_Fake": {"test": {"000_003": video(tmp_path, "FF-DF", "000_003")}}}),
    ]
    got = {video.clip.clip: (video.clip.origin, video.clip.source) for video in find(tables, tmp_path).videos}
    assert got == {
        "celeb_df_v2/Celeb-synthesis/id0_id1_0000": ("celeb_df_v2/id0_0000", "celeb_df_v2/id1"),
        "celeb_df_v2/real/id0_0000": ("celeb_df_v2/id0_0000", ""),
        "deeperforensics/end_to_end_level_2/000_W026": ("faceforensics/000", "deeperforensics/W026"),
        "df40/simswap/ff/000_003": ("faceforensics/000", "faceforensics/003"),
        "dfdc_preview/method_A/2_1_A_001": ("dfdc_preview/1_A", "dfdc_preview/2"),
    }


@pytest.mark.parametrize("real", ["original", "pristine", "authentic", "0", "real_videos", "real-0", "Youtube", "mine"])
def test_every_word_for_real_is_real_and_the_counts_are_told_first(tmp_path, capsys, real):
    TOPS.update({real: "own/a", "swap_Fake": "own/b"})
    table = write(
        tmp_path,
        "own",
        {
            real: {"train": {"v": video(tmp_path, real, "v")}, "test": {"w": video(tmp_path, real, "w")}},
            "swap_Fake": {"train": {"v": video(tmp_path, "swap_Fake", "v")}},
        },
    )
    if real == "mine":
        assert taken(table, tmp_path, tmp_path / "store") == 2
        assert "'mine' (2)" in capsys.readouterr().err
        assert not (tmp_path / "store").exists()
    assert taken(table, tmp_path, tmp_path / "store", *(("--real", "mine") if real == "mine" else ())) == 0
    assert f"{real}: 2 real, swap_Fake: 1 forged by swap" in capsys.readouterr().err
    assert [clip.method for clip in Store.open(tmp_path / "store").clips()] == ["real", "real", "swap"]


def test_crops_that_are_real_and_forged_are_named(tmp_path, capsys):
    TOPS.update({"original": "own/a", "swap_Fake": "own/b"})
    table = write(
        tmp_path,
        "own",
        {
            "original": {"train": {"v": video(tmp_path, "original", "v")}},
            "swap_Fake": {"train": {"x": video(tmp_path, "original", "v") | {"label": "swap_Fake"}}},
        },
    )
    assert taken(table, tmp_path, tmp_path / "store") == 0
    assert "the same file is real and forged: own/real/v, own/swap/x" in capsys.readouterr().err


def test_damaged_crops_are_left_out_and_a_video_without_any_is_named(tmp_path, capsys):
    table = faceforensics(tmp_path)
    (tmp_path / TOPS["FF-real"] / "frames/071/009.png").write_bytes(b"no picture")
    crop(tmp_path / TOPS["FF-real"] / "frames/071/018.png", SIDE * 2)
    (tmp_path / TOPS["FF-real"] / "frames/071/000.png").unlink()
    (tmp_path / TOPS["FF-DF"] / "frames/071_054/009.png").unlink()
    assert taken(table, tmp_path, tmp_path / "store") == 2
    told = capsys.readouterr().err
    assert "2 frames that the JSON names are not there" in told
    assert "faceforensics/c23/real/071: unreadable: 2 crops left out" in told
    assert Store.open(tmp_path / "store").outcomes() == {"prepared": 2, "unreadable": 1}


def test_a_video_without_a_name_is_left_out_and_what_is_no_json_of_theirs_is_refused(tmp_path):
    row = video(tmp_path, "UADFV_Real", "0000")
    table = write(tmp_path, "DFDC", {"DFDC_Real": {"test": {"0000": row}, "val": row}})
    found = find([table], tmp_path)
    assert len(found.videos) == 1
    assert "one video without a name" in found.warnings[0]
    for content in ("[]", "{", '{"A": {"B": {"exam": {}}}}', '{"A": {"B": {"test": {"v": {"frames": 3}}}}}'):
        table.write_text(content)
        with pytest.raises(LayoutMismatch, match=r"DFDC\.json"):
            find([table], tmp_path)


def test_a_wrong_root_is_answered_with_what_is_looked_for(tmp_path, capsys):
    assert taken(faceforensics(tmp_path / "bench"), tmp_path / "dataset_json", tmp_path / "store") == 3
    assert "Give the folder that holds them" in capsys.readouterr().err


def test_only_the_subject_is_exported_and_a_level_is_needed_for_faceforensics(tmp_path, capsys):
    clip = toy_clip("001", split="test")
    store = toy_store(tmp_path / "store", [])
    store.write(clip, "prepared", toy_crops(clip, tracks=(1, 0)))
    assert main(["data", "export", str(store.path), str(tmp_path / "out")]) == 0
    assert "4 crops of other people" in capsys.readouterr().err
    assert len(list((tmp_path / "out").rglob("*.png"))) == 4
    bare = replace(clip, dataset="faceforensics", compression="", clip="faceforensics/real/001")
    store.write(bare, "prepared", toy_crops(bare))
    assert main(["data", "export", str(store.path), str(tmp_path / "other")]) == 2
    assert "--compression" in capsys.readouterr().err


def test_crops_of_another_finder_cannot_be_searched_for_with_it(tmp_path, capsys):
    crop(tmp_path / "a.png")
    assert main(["prepare", str(tmp_path), str(tmp_path / "out"), "--layout", "reals", "--finder.name", "dlib"]) == 2
    assert "data import" in capsys.readouterr().err
