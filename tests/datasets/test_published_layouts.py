"""Every published layout: label, method, origin, person and split of every clip; and which layout a folder has."""

import pytest
from toys_layouts import TREES, celeb, dfd, dfdc, dfdc_preview, faceforensics, films, text

from barefaced.datasets.layouts import LAYOUTS, detect_layout, read
from barefaced.errors import LayoutMismatch

FF = "faceforensics"
FF_CLIP = (FF, f"{FF}/071", f"{FF}/071", f"{FF}/054", "train")
DFD_AT = f"{FF}/01__walking outside"

# Clip to method, origin, identity, source, split; names as in the toy trees.
EXPECTED = {
    "faceforensics": {
        **{
            f"faceforensics/{level}/real/{name}": ("real", f"{FF}/{name}", f"{FF}/{name}", "", "train")
            for level in ("raw", "c23")
            for name in ("071", "054")
        },
        **{
            f"faceforensics/c23/{method}/071_054": (method, *FF_CLIP[1:])
            for method in ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter")
        },
    },
    "dfd": {
        "dfd/c23/real/01__walking outside": ("real", DFD_AT, f"{FF}/01", "", "test"),
        "dfd/c23/DeepFakeDetection/01_02__walking outside__YVGY8LOK": (
            "DeepFakeDetection",
            DFD_AT,
            f"{FF}/01",
            f"{FF}/02",
            "test",
        ),
    },
    "celeb_df_v2": {
        "celeb_df_v2/real/id0_0000": ("real", "celeb_df_v2/id0_0000", "celeb_df_v2/id0", "", "test"),
        "celeb_df_v2/real/id1_0003": ("real", "celeb_df_v2/id1_0003", "celeb_df_v2/id1", "", "train"),
        "celeb_df_v2/real/00000": ("real", "celeb_df_v2/00000", "celeb_df_v2/00000", "", "train"),
        "celeb_df_v2/Celeb-synthesis/id0_id1_0000": (
            "Celeb-synthesis",
            "celeb_df_v2/id0_0000",
            "celeb_df_v2/id0",
            "celeb_df_v2/id1",
            "test",
        ),
        "celeb_df_v2/Celeb-synthesis/id1_id0_0003": (
            "Celeb-synthesis",
            "celeb_df_v2/id1_0003",
            "celeb_df_v2/id1",
            "celeb_df_v2/id0",
            "train",
        ),
    },
    "dfdc": {
        "dfdc/fake/aaaaaaaaaa": ("fake", "dfdc/bbbbbbbbbb", "dfdc/bbbbbbbbbb", "", "train"),
        "dfdc/real/bbbbbbbbbb": ("real", "dfdc/bbbbbbbbbb", "dfdc/bbbbbbbbbb", "", "train"),
        "dfdc/fake/cccccccccc": ("fake", "dfdc/cccccccccc", "dfdc/cccccccccc", "", "test"),
        "dfdc/real/dddddddddd": ("real", "dfdc/dddddddddd", "dfdc/dddddddddd", "", "test"),
    },
    "dfdc_preview": {
        "dfdc_preview/real/643049_A_001": ("real", "dfdc_preview/643049_A_001", "dfdc_preview/643049", "", "train"),
        "dfdc_preview/method_A/2059066_643049_A_001": (
            "method_A",
            "dfdc_preview/643049_A_001",
            "dfdc_preview/643049",
            "dfdc_preview/2059066",
            "train",
        ),
        "dfdc_preview/method_B/2059066_643049_C_004": (
            "method_B",
            "dfdc_preview/643049_C",
            "dfdc_preview/643049",
            "dfdc_preview/2059066",
            "test",
        ),
    },
    "uadfv": {
        "uadfv/real/0000": ("real", "uadfv/0000", "uadfv/0000", "", ""),
        "uadfv/real/0001": ("real", "uadfv/0001", "uadfv/0001", "", ""),
        "uadfv/fake/0000_fake": ("fake", "uadfv/0000", "uadfv/0000", "", ""),
    },
    "deeperforensics": {
        **{
            f"deeperforensics/{variant}/{name}": (
                variant,
                f"{FF}/{name[:3]}",
                f"{FF}/{name[:3]}",
                f"deeperforensics/{name[4:]}",
                split,
            )
            for variant in ("end_to_end", "end_to_end_level_3")
            for name, split in (("000_W026", "train"), ("001_M101", "test"))
        },
        "deeperforensics/real/000": ("real", f"{FF}/000", f"{FF}/000", "", "train"),
    },
    "df40": {
        "df40/simswap/ff/000_003": ("simswap", f"{FF}/000", f"{FF}/000", f"{FF}/003", ""),
        "df40/simswap/cdf/id0_id1_0000": (
            "simswap",
            "celeb_df_v2/id0_0000",
            "celeb_df_v2/id0",
            "celeb_df_v2/id1",
            "",
        ),
        "df40/ddim/ff/000/001": ("ddim", f"{FF}/000", f"{FF}/000", "", ""),
        "df40/heygen/speech": ("heygen", "df40/heygen/speech", "df40/heygen/speech", "", ""),
        "df40/real/heygen/speech": ("real", "df40/heygen/speech", "df40/heygen/speech", "", ""),
        "df40/e4s/ff/003_000": ("e4s", f"{FF}/003", f"{FF}/003", f"{FF}/000", "test"),
    },
    "folder": {
        "set/real/a": ("real", "set/real/a", "set/real/a", "", ""),
        "set/swap/a": ("swap", "set/real/a", "set/real/a", "", ""),
        "set/fake/b c лицо": ("fake", "set/fake/b c лицо", "set/fake/b c лицо", "", ""),
    },
}


@pytest.mark.parametrize("name", TREES)
def test_a_layout_is_recognised_and_every_clip_of_it_is_read_right(tmp_path, name):
    root = TREES[name](tmp_path / ("celeb_df_v2" if name == "celeb_df_v2" else "set"))
    found = read("auto", root)
    assert found.layout == name
    assert found.why
    got = {clip.clip: (clip.method, clip.origin, clip.identity, clip.source, clip.split) for clip in found.clips}
    if name == "folder":
        assert got.keys() == EXPECTED[name].keys()
        assert got["set/swap/a"][1] == got["set/real/a"][1]
        return
    assert got == EXPECTED[name]
    assert all(clip.path.is_file() and clip.label == (clip.method != "real") for clip in found.clips)
    assert {clip.dataset for clip in found.clips} == {name}
    assert read(name, root).clips == found.clips


def test_every_layout_has_a_tree():
    assert set(TREES) | {"celeb_df_v1", "reals"} == set(LAYOUTS)


def test_masks_go_with_their_forgeries_at_every_level(tmp_path):
    masks = {
        clip.clip: clip.mask for clip in (*read(FF, faceforensics(tmp_path)).clips, *read("dfd", dfd(tmp_path)).clips)
    }
    named = {clip: mask.parts[-4] for clip, mask in masks.items() if mask}
    assert named == {
        "faceforensics/c23/Deepfakes/071_054": "Deepfakes",
        "dfd/c23/DeepFakeDetection/01_02__walking outside__YVGY8LOK": "DeepFakeDetection",
    }


def test_dfd_inside_faceforensics_is_read_with_it_and_can_be_read_alone(tmp_path):
    whole = read("auto", dfd(faceforensics(tmp_path)))
    alone = read("dfd", tmp_path)
    assert whole.layout == FF
    assert "2 clips are of DeepFakeDetection" in " ".join(whole.warnings)
    inside = [clip for clip in whole.clips if "__" in clip.origin]
    assert [clip.origin for clip in inside] == [clip.origin for clip in alone.clips]
    assert {clip.dataset for clip in alone.clips} == {"dfd"}


def test_what_the_splits_name_and_is_not_there_is_counted_of_the_parts_that_are(tmp_path):
    found = read(FF, faceforensics(tmp_path))
    real = {f"faceforensics/{level}/real/{name}" for level in ("raw", "c23") for name in ("953", "974")}
    forged = {name for name in found.missing if "/real/" not in name}
    assert set(found.missing) - forged == real
    assert "faceforensics/c23/Deepfakes/054_071" in forged
    assert len(forged) == 5 * 3
    assert not any("/raw/Deepfakes" in name for name in forged)
    (told,) = [line for line in found.lines() if "not there" in line]
    assert told.startswith("19 clips")
    assert told.endswith("and 9 more")


def test_the_lists_of_the_other_sets_name_what_is_missing(tmp_path):
    assert read("dfdc", dfdc(tmp_path / "a")).missing == ("dfdc_train_part_7/eeeeeeeeee.mp4",)
    assert read("dfdc_preview", dfdc_preview(tmp_path / "b")).missing == ("method_B/2_1_A_001.mp4",)
    text(
        celeb(tmp_path / "c") / "List_of_testing_videos.txt", "1 YouTube-real/00007.mp4\r\n0 Celeb-synthesis\\x.mp4\r\n"
    )
    assert read("celeb_df_v2", tmp_path / "c").missing == ("Celeb-synthesis/x", "YouTube-real/00007")


def test_one_means_fake_in_dfdc_and_real_in_celeb_df(tmp_path):
    text(dfdc(tmp_path / "dfdc") / "test/labels.csv", "filename,label\ncccccccccc.mp4,1\n")
    labels = {clip.path.stem: clip.label for clip in read("dfdc", tmp_path / "dfdc").clips}
    assert labels["cccccccccc"] == 1
    text(celeb(tmp_path / "celeb") / "List_of_testing_videos.txt", "1 Celeb-synthesis/id0_id1_0000.mp4\n")
    with pytest.raises(LayoutMismatch, match="1 real, 0 fake"):
        read("celeb_df_v2", tmp_path / "celeb")


def test_a_video_that_no_table_names_is_left_out_and_told(tmp_path):
    films(dfdc(tmp_path / "a"), "test_videos/ffffffffff.mp4")
    (told,) = read("dfdc", tmp_path / "a").warnings
    assert "2 videos" in told
    assert "unnamedone" in told
    assert "ffffffffff" in told
    films(dfdc_preview(tmp_path / "b"), "method_A/x/y.mp4")
    assert "method_A/y.mp4" in " ".join(read("dfdc_preview", tmp_path / "b").warnings)


def test_one_part_of_dfdc_alone_is_a_data_set_too(tmp_path):
    found = read("auto", dfdc(tmp_path) / "dfdc_train_part_7")
    assert [clip.clip for clip in found.clips] == ["dfdc/fake/aaaaaaaaaa", "dfdc/real/bbbbbbbbbb"]


def test_test_labels_as_json_are_read_like_those_in_the_csv(tmp_path):
    before = read("dfdc", dfdc(tmp_path)).clips
    (tmp_path / "test/labels.csv").unlink()
    text(tmp_path / "test/metadata.json", {"cccccccccc.mp4": {"is_fake": 1}, "dddddddddd.mp4": {"is_fake": 0}})
    assert read("dfdc", tmp_path).clips == before


def test_the_preview_without_its_table_is_read_by_its_folders(tmp_path):
    (dfdc_preview(tmp_path) / "dataset.json").unlink()
    found = read("auto", tmp_path)
    assert {(clip.method, clip.split) for clip in found.clips} == {("real", ""), ("method_A", ""), ("method_B", "")}
    assert found.clips[0].source == "dfdc_preview/2059066"
    assert "no split is known" in found.warnings[0]


def test_the_studio_is_not_the_real_part_of_deeperforensics(tmp_path):
    found = read("deeperforensics", TREES["deeperforensics"](tmp_path))
    assert not any("source_videos" in clip.path.parts for clip in found.clips)
    assert "1 studio videos" in " ".join(found.warnings)
    assert found.missing == ("end_to_end/002_M101", "end_to_end_level_3/002_M101")


@pytest.mark.parametrize(
    ("layout", "file", "content"),
    [
        ("dfdc", "dfdc_train_part_7/metadata.json", {"a.mp4": {"label": "MAYBE"}}),
        ("dfdc", "dfdc_train_part_7/metadata.json", "not json"),
        ("dfdc", "test/labels.csv", "file,label\na.mp4,1\n"),
        ("dfdc_preview", "dataset.json", {"method_A/a.mp4": {"label": "maybe", "set": "train"}}),
        ("dfdc_preview", "dataset.json", {"elsewhere/a.mp4": {"label": "fake", "set": "train"}}),
        ("deeperforensics", "lists/splits/train.txt", "hello\n"),
        ("faceforensics", "splits/train.json", "[[1]]"),
    ],
)
def test_a_table_that_is_not_understood_is_refused_by_name(tmp_path, layout, file, content):
    TREES[layout](tmp_path)
    text(tmp_path / file, content)
    with pytest.raises(LayoutMismatch, match=file.split("/")[-2] if "/" in file else "dataset"):
        read(layout, tmp_path)


@pytest.mark.parametrize(
    ("layout", "file"),
    [
        ("uadfv", "fake/0007.mp4"),
        ("deeperforensics", "manipulated_videos/end_to_end/007.mp4"),
        ("celeb_df_v1", "Celeb-real/x.mp4"),
    ],
)
def test_a_name_that_was_not_published_is_refused(tmp_path, layout, file):
    TREES.get(layout, celeb)(tmp_path)
    films(tmp_path, file)
    with pytest.raises(LayoutMismatch, match=file.rpartition("/")[2].replace(".", r"\.")):
        read(layout, tmp_path)


def test_celeb_df_says_its_version_by_name_list_or_number_and_else_is_asked_for(tmp_path, monkeypatch):
    root = celeb(tmp_path / "celeb")
    with pytest.raises(LayoutMismatch, match="--layout celeb_df_v1 or --layout celeb_df_v2"):
        read("auto", root)
    monkeypatch.setitem(detect_layout._V1, "Celeb-real", 1)
    assert read("auto", root).layout == "celeb_df_v2"
    for name, layout in (("Celeb-DF", "celeb_df_v2"), ("Celeb-DF-v1", "celeb_df_v1"), ("Celeb-DF-v2", "celeb_df_v2")):
        root = root.rename(tmp_path / name)
        assert read("auto", root).layout == layout
    assert {clip.dataset for clip in read("celeb_df_v1", root).clips} == {"celeb_df_v1"}


def test_two_data_sets_in_one_folder_are_both_named(tmp_path):
    with pytest.raises(LayoutMismatch, match=r"faceforensics \(.*\); dfdc_preview \("):
        read("auto", dfdc_preview(faceforensics(tmp_path)))


def test_a_folder_of_no_layout_is_told_what_there_is_and_where_one_lies(tmp_path):
    with pytest.raises(LayoutMismatch, match=r"got notes\.txt.*--layout reals"):
        read("auto", text(tmp_path / "a/notes.txt", "x").parent)
    with pytest.raises(LayoutMismatch, match=r"Give .*b/inner"):
        read("auto", faceforensics(tmp_path / "b/inner").parent)


def test_deepfakebenchs_json_is_told_to_be_imported(tmp_path):
    text(tmp_path / "dataset_json/UADFV.json", {"UADFV": {"UADFV_Real": {"train": {}, "test": {}}}})
    with pytest.raises(LayoutMismatch, match="barefaced data import"):
        read("auto", tmp_path)


def test_folders_of_a_split_give_it(tmp_path):
    films(tmp_path / "set", "train/real/a.mp4", "train/fake/swap/a.mp4", "test/real/a.mp4", "fake_test/b.mp4")
    clips = {clip.clip: (clip.method, clip.split) for clip in read("auto", tmp_path / "set").clips}
    assert clips == {
        "set/real/train/a": ("real", "train"),
        "set/swap/train/a": ("swap", "train"),
        "set/real/test/a": ("real", "test"),
        "set/fake/fake_test/b": ("fake", "test"),
    }
