"""Published folders as toy trees of empty files: a layout reads names and folders and opens no media."""

import json
from pathlib import Path

import pytest
from toys_layouts import plant, read

from barefaced.errors import BadConfig, LayoutMismatch


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
