"""Toy trees of empty files: a layout reads names and folders and opens no media."""

import json
import os
from pathlib import Path

import pytest

from barefaced.datasets import layouts
from barefaced.errors import BadConfig, LayoutMismatch
from barefaced.values.dataset import Clip


def read(layout: str, root: Path, compression: str = "") -> tuple[Clip, ...]:
    return layouts.read(layout, root, compression).clips


def plant(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return root


def ff(root: Path) -> Path:
    return plant(
        root,
        "original_sequences/youtube/c23/videos/183.mp4",
        "original_sequences/youtube/c40/videos/183.mp4",
        "original_sequences/actors/c23/videos/01__kitchen_pan.mp4",
        "manipulated_sequences/Deepfakes/c23/videos/183_253.mp4",
        "manipulated_sequences/Deepfakes/masks/videos/183_253.mp4",
        "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__kitchen_pan__ABCD1234.mp4",
    )


def test_a_forgery_and_its_target_share_the_origin_at_every_compression(tmp_path):
    clips = {clip.clip: clip for clip in read("faceforensics", ff(tmp_path))}
    fake = clips["faceforensics/c23/Deepfakes/183_253"]
    assert fake.origin == clips["faceforensics/c23/real/183"].origin == clips["faceforensics/c40/real/183"].origin
    assert (fake.identity, fake.source) == ("faceforensics/183", "faceforensics/253")
    assert (fake.label, clips["faceforensics/c23/real/183"].label) == (1, 0)
    assert fake.mask == tmp_path / "manipulated_sequences/Deepfakes/masks/videos/183_253.mp4"


def test_an_actor_is_swapped_within_one_scene(tmp_path):
    clips = {clip.clip: clip for clip in read("faceforensics", ff(tmp_path))}
    fake = clips["faceforensics/c23/DeepFakeDetection/01_02__kitchen_pan__ABCD1234"]
    real = clips["faceforensics/c23/real/01__kitchen_pan"]
    assert fake.origin == real.origin == "faceforensics/01__kitchen_pan"
    assert (fake.identity, fake.source) == ("faceforensics/01", "faceforensics/02")
    assert fake.split == real.split == "test"


def test_one_compression_can_be_asked_for(tmp_path):
    ff(tmp_path)
    assert {clip.compression for clip in read("faceforensics", tmp_path)} == {"c23", "c40"}
    assert [clip.clip for clip in read("faceforensics", tmp_path, "c40")] == ["faceforensics/c40/real/183"]
    with pytest.raises(LayoutMismatch, match="c23, c40 only"):
        read("faceforensics", tmp_path, "raw")
    with pytest.raises(BadConfig, match="c24"):
        read("faceforensics", tmp_path, "c24")


@pytest.mark.parametrize(
    ("real", "fake"),
    [
        ("original/youtube/c23/videos/183.mp4", "manipulate/Deepfakes/c23/videos/183_253.mp4"),
        ("original/c23/183.mp4", "Deepfakes/c23/183_253.mp4"),
        ("original/183.MP4", "deepfakes/183_253.MP4"),
        ("c23/original_sequences/183.mp4", "c23/Deepfakes/183_253.mp4"),
    ],
)
def test_variants_that_drop_a_level_give_the_same_ids(tmp_path, real, fake):
    clips = read("faceforensics", plant(tmp_path, real, fake), "c23")
    assert [clip.clip for clip in clips] == ["faceforensics/c23/Deepfakes/183_253", "faceforensics/c23/real/183"]


def test_a_published_pair_puts_both_targets_and_both_forgeries_in_its_split(tmp_path):
    ff(tmp_path)
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits/val.json").write_text(json.dumps([["253", "183"]]))
    splits = {clip.clip: clip.split for clip in read("faceforensics", tmp_path, "c23")}
    assert splits["faceforensics/c23/real/183"] == splits["faceforensics/c23/Deepfakes/183_253"] == "val"
    (tmp_path / "splits/test.json").write_text("[[1]]")
    with pytest.raises(LayoutMismatch, match=r"test\.json"):
        read("faceforensics", tmp_path)


def test_left_overs_of_a_download_are_no_clips(tmp_path):
    ff(tmp_path)
    folder = "manipulated_sequences/Deepfakes/c23/videos"
    before = read("faceforensics", tmp_path)
    plant(tmp_path, f"{folder}/253_183.mp4.part", f"{folder}/._253_183.mp4", f"{folder}/.x/253_183.mp4", "x/a.mp4")
    assert read("faceforensics", tmp_path) == before
    plant(tmp_path, f"{folder}/253_183 (1).mp4")
    with pytest.raises(LayoutMismatch, match=r"253_183 \(1\)"):
        read("faceforensics", tmp_path)


def test_one_clip_in_two_folders_is_refused_and_both_are_named(tmp_path):
    plant(tmp_path, "a/Deepfakes/c23/183_253.mp4", "b/Deepfakes/c23/183_253.mp4")
    with pytest.raises(LayoutMismatch, match="one file for the clip"):
        read("faceforensics", tmp_path)


def test_a_link_to_another_disk_is_followed_and_a_loop_is_left(tmp_path):
    plant(tmp_path, "disk/c23/183_253.mp4", "ff/original/c23/183.mp4")
    (tmp_path / "ff/Deepfakes").symlink_to(tmp_path / "disk")
    (tmp_path / "ff/original/again").symlink_to(tmp_path / "ff")
    assert len(read("faceforensics", tmp_path / "ff")) == 2


def celeb(root: Path) -> Path:
    return plant(
        root,
        "Celeb-real/id0_0000.mp4",
        "Celeb-real/id0_0001.mp4",
        "YouTube-real/00000.mp4",
        "Celeb-synthesis/id0_id1_0000.mp4",
    )


def test_in_the_celeb_list_one_means_real_and_listed_clips_are_test(tmp_path):
    listing = celeb(tmp_path) / "List_of_testing_videos.txt"
    assert {clip.split for clip in read("celeb_df_v2", tmp_path)} == {""}
    listing.write_text("1 Celeb-real/id0_0000.mp4\n0 Celeb-synthesis/id0_id1_0000.mp4\n1 Celeb-real/id7_0000.mp4\n")
    clips = {clip.path.stem: clip for clip in read("celeb_df_v2", tmp_path)}
    assert {name: clip.split for name, clip in clips.items()} == {
        "id0_0000": "test",
        "id0_id1_0000": "test",
        "id0_0001": "train",
        "00000": "train",
    }
    assert [clips[name].label for name in ("id0_0000", "id0_id1_0000")] == [0, 1]
    listing.write_text("0 Celeb-real/id0_0000.mp4\n")
    with pytest.raises(LayoutMismatch, match="line 1"):
        read("celeb_df_v2", tmp_path)


def test_a_celeb_forgery_is_of_its_target_and_has_the_face_of_its_source(tmp_path):
    clips = {clip.path.stem: clip for clip in read("celeb_df_v2", celeb(tmp_path))}
    fake = clips["id0_id1_0000"]
    assert (fake.identity, fake.source) == ("celeb_df_v2/id0", "celeb_df_v2/id1")
    assert fake.origin == clips["id0_0000"].origin == "celeb_df_v2/id0_0000"


def test_in_plain_folders_a_fake_belongs_to_the_only_real_file_of_its_name(tmp_path):
    root = plant(
        tmp_path / "my set",
        "real/a.png",
        "real/b.png",
        "real/x/b.png",
        "fake/swap/a.JPG",
        "fake/swap/b.jpg",
        "fake/c.jpg",
    )
    clips = {clip.clip: clip for clip in read("folder", root)}
    assert set(clips) == {
        "my set/real/a",
        "my set/real/b",
        "my set/real/x/b",
        "my set/swap/a",
        "my set/swap/b",
        "my set/fake/c",
    }
    assert clips["my set/swap/a"].origin == clips["my set/real/a"].origin
    assert len({clip.origin for clip in clips.values()}) == 5


def test_names_keep_blanks_and_other_alphabets_and_two_files_of_one_name_stay_two(tmp_path):
    root = plant(tmp_path / "set", "real/été 1.png", "real/лицо.png", "real/a.png", "real/a.jpg", "fake/été 1.png")
    clips = {clip.clip: clip for clip in read("folder", root)}
    assert set(clips) == {"set/real/été 1", "set/real/лицо", "set/real/a.png", "set/real/a.jpg", "set/fake/été 1"}
    assert clips["set/fake/été 1"].origin == clips["set/real/été 1"].origin


def test_a_name_that_is_not_text_still_has_an_id_that_is(tmp_path):
    root = plant(tmp_path / "set", "real/a.png")
    Path(os.fsdecode(os.fsencode(root / "real") + b"/\xff.png")).touch()
    clips = read("folder", root)
    assert [clip.clip.encode() for clip in clips] == [b"set/real/\\xff", b"set/real/a"]
    assert all(clip.path.is_file() for clip in clips)


def listing(root: Path, text: str) -> Path:
    (root / "clips.csv").write_text(text, encoding="utf-8")
    return root


def test_a_csv_says_method_origin_person_and_split(tmp_path):
    root = plant(tmp_path / "set", "real/a.png", "sub/b.png", "sub/c.png")
    listing(
        root,
        "path,label,method,origin,identity,split,note\n"
        "real\\a.png,real,,,ann,val,x\nsub/b.png,Fake,swap,real/a.png,,val,\nsub/c.png,fake,,gone,,,\nsub/d.png,fake,,,,,\n",
    )
    found = layouts.read("folder", root)
    clips = {clip.path.name: clip for clip in found.clips}
    assert clips["b.png"].origin == clips["a.png"].origin == "set/a"
    assert clips["b.png"].identity == clips["a.png"].identity == "set/ann"
    assert (clips["b.png"].method, clips["b.png"].split) == ("swap", "val")
    assert (clips["c.png"].method, clips["c.png"].origin) == ("fake", "set/gone")
    assert found.missing == ("sub/d.png",)
    assert [line for line in found.warnings if "note" in line]


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("real/a.png,,,", "row 2, label: ''"),
        ("real/a.png,real,swap,", "row 2, method"),
        ("real/a.png,fake,real,", "row 2, method"),
        ("../a.png,real,,", "row 2, path"),
        ("/a.png,real,,", "row 2, path"),
        ("real/a.png,real,,dev", "row 2, split"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, row, named):
    listing(plant(tmp_path, "real/a.png"), f"path,label,method,split\n{row}\n")
    with pytest.raises(LayoutMismatch, match=named):
        read("folder", tmp_path)


@pytest.mark.parametrize(
    "real", ["original", "pristine", "authentic", "0", "real_videos", "real-0", "Youtube", "False"]
)
@pytest.mark.parametrize("forged", ["forged", "1", "manipulated", "fake_videos"])
def test_every_word_for_real_and_forged_is_read_alike_in_folders_and_in_a_csv(tmp_path, real, forged):
    root = plant(tmp_path / "set", f"{real}/a.png", f"{forged}/b.png")
    for layout in ("folder", *(("auto",) if real != "Youtube" else ())):  # that folder is FaceForensics++'s, too
        found = layouts.read(layout, root)
        assert {clip.path.name: clip.method for clip in found.clips} == {"a.png": "real", "b.png": "fake"}
        assert f"{real}: 1 real" in " ".join(found.lines())
    listing(root, f"path,label\n{real}/a.png,{real}\n{forged}/b.png,{forged}\n")
    found = layouts.read("folder", root)
    assert {clip.path.name: clip.method for clip in found.clips} == {"a.png": "real", "b.png": "fake"}
    assert f"{real}: 1 real" in " ".join(found.lines())


def test_folders_of_methods_and_of_splits_are_read_by_name(tmp_path):
    root = plant(
        tmp_path / "set",
        "train_original/a.png",
        "test/YouTube-real/b.png",
        "Deepfakes/c.png",
        "manipulated_sequences/FaceSwap/d.png",
        "masks/e.png",
        "notes/readme.txt",
    )
    clips = {clip.path.name: (clip.method, clip.split) for clip in read("folder", root)}
    assert clips == {
        "a.png": ("real", "train"),
        "b.png": ("real", "test"),
        "c.png": ("Deepfakes", ""),
        "d.png": ("FaceSwap", ""),
    }


@pytest.mark.parametrize("table", [False, True])
def test_a_label_that_says_nothing_is_asked_for_and_real_settles_it(tmp_path, table):
    root = plant(tmp_path / "set", "mine/a.png", "mine/b.png", "swap/c.png", "real/d.png")
    if table:
        rows = "".join(
            f"{file},{file.split('/')[0]}\n" for file in ("mine/a.png", "mine/b.png", "swap/c.png", "real/d.png")
        )
        listing(root, f"path,label\n{rows}")
    with pytest.raises(BadConfig, match=r"'mine' \(2\), 'swap' \(1\).*--real"):
        read("folder", root)
    for layout in ("folder", "auto"):
        clips = layouts.read(layout, root, real=("mine",)).clips
        assert {clip.path.name: clip.method for clip in clips} == {
            "a.png": "real",
            "b.png": "real",
            "c.png": "swap",
            "d.png": "real",
        }
    with pytest.raises(BadConfig, match="Did you mean mine"):
        layouts.read("folder", root, real=("mime",))
    with pytest.raises(BadConfig, match="layout faceforensics"):
        layouts.read("faceforensics", root, real=("mine",))


def test_one_file_called_real_and_forged_is_refused_by_name(tmp_path):
    root = listing(plant(tmp_path / "set", "a.png", "b.png"), "path,label\na.png,real\nb.png,fake\na.png,fake\n")
    with pytest.raises(LayoutMismatch, match=r"a\.png as set/\w+/a and as set/\w+/a"):
        read("folder", root)
    linked = plant(tmp_path / "linked", "real/a.png", "fake/b.png")
    (linked / "fake/c.png").symlink_to(linked / "real/a.png")
    with pytest.raises(LayoutMismatch, match="linked/real/a"):
        read("folder", linked)
    (linked / "fake/c.png").unlink()
    (linked / "fake/more").symlink_to(linked / "real")
    with pytest.raises(LayoutMismatch, match="linked/more/a"):
        read("folder", linked)


def test_a_csv_without_its_columns_is_refused(tmp_path):
    with pytest.raises(LayoutMismatch, match="Add label"):
        read("folder", listing(tmp_path, "path,kind\na,real\n"))


def test_a_flat_folder_of_pictures_is_answered_with_what_to_do(tmp_path):
    with pytest.raises(LayoutMismatch, match=r"2 files .* into a folder real/, or write a clips\.csv"):
        read("folder", plant(tmp_path, "1.jpg", "2.jpg"))


def test_wrong_folders_are_answered_with_what_was_found(tmp_path):
    plant(tmp_path, "one/a.mp4", "two/b.mp4")
    for layout in ("faceforensics", "celeb_df_v2"):
        with pytest.raises(LayoutMismatch, match="one, two"):
            read(layout, tmp_path)
    with pytest.raises(LayoutMismatch, match="Did you mean celeb_df_v2"):
        read("celeb-df-v2", tmp_path)
    with pytest.raises(LayoutMismatch, match="nothing there"):
        read("folder", tmp_path / "three")


def test_a_folder_of_reals_is_one_person_a_file(tmp_path):
    root = plant(tmp_path / "faces", "a.jpg", "b.mp4", "x/a.png", "x/a.jpg", "notes.txt")
    clips = read("reals", root)
    assert [clip.clip for clip in clips] == [f"faces/real/{name}" for name in ("a", "b", "x/a.jpg", "x/a.png")]
    assert all(clip.label == 0 and clip.dataset == "faces" and clip.identity == clip.origin for clip in clips)
    assert len({clip.identity for clip in clips}) == 4


def test_a_csv_says_who_is_in_several_reals_and_needs_no_label(tmp_path):
    root = listing(
        plant(tmp_path / "faces", "1.jpg", "2.jpg", "3.jpg"), "path,identity\n1.jpg,ann\n2.jpg,ann\n3.jpg,\n"
    )
    clips = {clip.path.name: clip for clip in read("reals", root)}
    assert clips["1.jpg"].identity == clips["2.jpg"].identity == "faces/ann"
    assert clips["1.jpg"].origin != clips["2.jpg"].origin
    assert clips["3.jpg"].identity == "faces/3"


def test_forgeries_among_reals_are_refused(tmp_path):
    with pytest.raises(LayoutMismatch, match="folder of forgeries"):
        read("reals", plant(tmp_path / "one", "real/a.jpg", "Fake/a.jpg"))
    two = listing(plant(tmp_path / "two", "a.jpg", "b.jpg"), "path,label\na.jpg,real\nb.jpg,fake\n")
    with pytest.raises(LayoutMismatch, match=r"1 forged, such as b\.jpg"):
        read("reals", two)
    with pytest.raises(LayoutMismatch, match="pictures or videos"):
        read("reals", plant(tmp_path / "three", "notes.txt"))
    with pytest.raises(BadConfig):
        read("reals", plant(tmp_path / "four", "a.jpg"), "c23")
