"""Verify: the published numbers, files that do not open, files and people in two places; the exit code says it."""

import json
import os
import shutil
from pathlib import Path

import av
import numpy as np
import pytest

from barefaced.commands.main import main
from barefaced.datasets.layouts import read
from barefaced.datasets.published_counts import PUBLISHED, Cell, Published, compare
from barefaced.pipelines.verify_dataset import Task, _look, _lost
from barefaced.runtime.progress import Work
from barefaced.runtime.workers import pooled


def unique(source: Path, target: Path) -> Path:
    """The film once more, as another file: a box that players pass over."""
    target.parent.mkdir(parents=True, exist_ok=True)
    name = target.as_posix().encode()
    target.write_bytes(source.read_bytes() + (8 + len(name)).to_bytes(4, "big") + b"free" + name)
    return target


@pytest.fixture
def root(clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A whole UADFV of two videos and their forgeries."""
    film = clips / "real/p0.mp4"
    for name in ("real/0000", "real/0001", "fake/0000_fake", "fake/0001_fake"):
        unique(film, tmp_path / f"set/{name}.mp4")
    small = Published(source="the test", clips={"real": 2, "fake": 2}, part=PUBLISHED["uadfv"].part, splits={})
    monkeypatch.setitem(PUBLISHED, "uadfv", small)
    return tmp_path / "set"


def verify(root: Path, *words: str) -> int:
    return main(["data", "verify", str(root), "--workers", "1", *words])


def found(root: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, dict]:
    """Findings by kind, of the JSON."""
    capsys.readouterr()
    code = verify(root, "--json", *words)
    answer = json.loads(capsys.readouterr().out)
    assert code == (3 if answer["wrong"] else 0)
    return {finding["kind"]: finding for finding in answer["findings"]}


def test_a_whole_and_sound_data_set_passes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(root) == 0
    told = capsys.readouterr()
    assert "uadfv: 4 clips, nothing wrong" in told.out
    assert "published: the test" in told.out
    assert "layout uadfv" in told.err
    assert found(root, capsys) == {}


def test_too_few_is_wrong_unless_a_part_was_meant_and_too_many_always(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "real/0001.mp4").unlink()
    (root / "fake/0001_fake.mp4").unlink()
    assert found(root, capsys)["count"]["what"] in ("real: 1 of 2 clips", "fake: 1 of 2 clips")
    assert verify(root, "--partial") == 0
    for number in range(5, 8):
        unique(root / "real/0000.mp4", root / f"real/000{number}.mp4")
    assert verify(root, "--partial") == 3
    assert "wrong: real: 4 of 2 clips" in capsys.readouterr().out


def test_files_that_do_not_open_and_files_that_are_the_same_are_named(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (root / "real/0000.mp4").read_bytes()
    (root / "real/0001.mp4").write_bytes(whole[:500])
    shutil.copy(root / "real/0000.mp4", root / "fake/0000_fake.mp4")
    at = found(root, capsys)
    assert at["unreadable"]["named"] == [f"real/0001.mp4: {at['unreadable']['named'][0].partition(': ')[2]}"]
    assert "truncated" in at["unreadable"]["named"][0]
    assert at["duplicate"]["named"] == ["fake/0000_fake.mp4", "real/0000.mp4"]
    assert "one is called real, another forged" in at["duplicate"]["what"]
    assert found(root, capsys, "--quick") == {}


def test_a_file_with_fewer_frames_than_it_declares_is_cut_short(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "real/0001.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25, options={"threads": "1"})
        stream.height, stream.width, stream.pix_fmt = 64, 64, "yuv420p"
        for noise in np.random.default_rng(0).integers(0, 256, (40, 64, 64, 3), dtype=np.uint8):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")))
        container.mux(stream.encode(None))
    (root / "real/0001.mp4").unlink()
    assert found(root, capsys) == {}
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (named,) = found(root, capsys)["cut_short"]["named"]
    assert named.startswith("real/0001.avi: ")
    assert named.endswith("of 40 frames")


def test_an_origin_and_a_person_in_two_splits_are_leaks(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ["path,label,method,origin,identity,split"]
    for number, (label, origin, person, split) in enumerate(
        (
            ("real", "s0", "ann", "train"),
            ("fake", "s0", "ann", "test"),
            ("real", "s1", "bob", "train"),
            ("real", "s2", "bob", "val"),
            ("real", "s3", "eve", "test"),
        )
    ):
        unique(clips / "real/p0.mp4", tmp_path / f"set/{number}.mp4")
        rows.append(f"{number}.mp4,{label},,{origin},{person},{split}")
    (tmp_path / "set/clips.csv").write_text("\n".join(rows))
    at = found(tmp_path / "set", capsys)
    assert at["origin_leak"]["named"] == ["set/s0"]
    assert [line.split(":")[0] for line in at["person_leak"]["named"]] == ["set/bob in train and val"]
    assert at["origin_leak"]["wrong"]
    assert at["person_leak"]["wrong"]


def test_a_leak_that_the_data_set_itself_published_is_told_and_not_wrong(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("Celeb-real/id0_0000", "Celeb-synthesis/id0_id1_0000", "Celeb-synthesis/id0_id2_0000"):
        unique(clips / "real/p0.mp4", tmp_path / f"Celeb-DF-v1/{name}.mp4")
    (tmp_path / "Celeb-DF-v1/List_of_testing_videos.txt").write_text("0 Celeb-synthesis/id0_id1_0000.mp4\n")
    at = found(tmp_path / "Celeb-DF-v1", capsys, "--partial", "--quick")
    assert at["origin_leak"]["named"] == ["celeb_df_v1/id0_0000"]
    assert not at["origin_leak"]["wrong"]
    assert "published so" in at["origin_leak"]["what"]


def test_missing_clips_are_counted_and_the_first_ten_named(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unique(clips / "real/p0.mp4", tmp_path / "dfdc_train_part_0/aaaaaaaaaa.mp4")
    names = ["aaaaaaaaaa", *(f"bbbbbbbbb{letter}" for letter in "abcdefghijkl")]
    table = {f"{name}.mp4": {"label": "REAL", "split": "train"} for name in names}
    (tmp_path / "dfdc_train_part_0/metadata.json").write_text(json.dumps(table))
    assert verify(tmp_path, "--quick") == 3
    told = capsys.readouterr().out
    assert "wrong: 12 clips that its own lists name are not there: dfdc_train_part_0/bbbbbbbbba.mp4" in told
    assert "and 2 more" in told
    assert verify(tmp_path, "--quick", "--partial") == 0
    assert (
        main(
            ["prepare", str(tmp_path), str(tmp_path / "store"), "--frames", "2", "--crop.size", "48", "--workers", "1"]
        )
        == 0
    )
    assert "12 clips that the data set's own lists name are not there" in capsys.readouterr().err


class _Deadly(Task):
    """Kills the process that unpacks it, as a decoder's crash would."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (11,)


def test_a_crash_of_the_decoder_is_a_finding(root: Path, tmp_path: Path) -> None:
    tasks = [
        (_Deadly if number == 0 else Task)(path, tmp_path / f"{number}.json")
        for number, path in enumerate(sorted(root.rglob("*.mp4"))[:2])
    ]
    pooled(_look, tasks, 2, Work("verify", 2, "files", None), _lost)
    bad = [json.loads(task.answer.read_bytes())["bad"] for task in tasks]
    assert bad == ["the decoder crashes on it", ""]


def test_the_published_numbers_add_up() -> None:
    for name, known in PUBLISHED.items():
        for part, splits in known.splits.items():
            assert sum(splits.values()) == known.clips[part], (name, part)
    assert sum(PUBLISHED["celeb_df_v2"].splits[part]["test"] for part in PUBLISHED["celeb_df_v2"].clips) == 518
    assert sum(PUBLISHED["celeb_df_v1"].clips[part] for part in ("Celeb-real", "YouTube-real")) == 408
    assert sum(count for part, count in PUBLISHED["deeperforensics"].clips.items() if part != "real") == 11_000


def test_splits_are_compared_by_level_method_and_split(clips: Path, tmp_path: Path) -> None:
    for name in ("original/youtube/c23/071", "manipulated/Deepfakes/c23/071_054", "original/actors/c40/01__x"):
        unique(clips / "real/p0.mp4", tmp_path / f"{name}.mp4")
    (tmp_path / "val.json").write_text('[["071", "054"]]')
    cells = compare("faceforensics", read("faceforensics", tmp_path).clips)
    assert Cell("c23 Deepfakes", "", 1, 1000) in cells
    assert Cell("c23 Deepfakes", "val", 1, 140) in cells
    assert Cell("c40 actors", "", 1, 363) in cells
    assert Cell("c23 FaceShifter", "", 0, 1000) in cells
    assert [cell.agrees for cell in cells if cell.part == "c23 FaceShifter"] == [True]
