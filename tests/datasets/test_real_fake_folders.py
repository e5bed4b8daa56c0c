"""Anybody's own files: folders whose names say real or forged, a csv, or a folder of reals."""

import os
from pathlib import Path

import pytest
from toys_layouts import plant, read

from barefaced.datasets import layouts
from barefaced.errors import BadConfig, LayoutMismatch


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
