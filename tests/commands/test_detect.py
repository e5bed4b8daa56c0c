"""Detection: one answer a file, typed where there is none, and the same number through every door."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

import barefaced
from barefaced.cli import main
from barefaced.commands.detect import _thin
from barefaced.metrics.tables import read_scores
from barefaced.model.card import card_of
from barefaced.vision.writer import write_clip


@pytest.fixture(scope="module")
def files(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A good clip and everything that people hand over by mistake."""
    folder = tmp_path_factory.mktemp("files")
    good = folder / "good.mp4"
    shutil.copy(clips / "fake" / "frequency" / "p5.mp4", good)
    write_clip(folder / "wall.mp4", [np.full((64, 96, 3), 90, np.uint8)] * 4, 8.0)
    with av.open(str(folder / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 44100
        container.mux(stream.encode(silence))
        container.mux(stream.encode(None))
    (folder / "cut.mp4").write_bytes(good.read_bytes()[: good.stat().st_size // 3])
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("no film")
    (folder / "folder").mkdir()
    names = ("good.mp4", "wall.mp4", "sound.mp4", "cut.mp4", "empty.mp4", "text.mp4", "folder", "nowhere.mp4")
    return {name: folder / name for name in names}


def answers(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[dict]]:
    code = main(["detect", *words, "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_input_gets_one_typed_line_and_the_others_are_done(files, model, capsys) -> None:
    code, told = answers(capsys, *map(str, files.values()), "--model", str(model))
    assert code == 2
    assert [Path(one["path"]).name for one in told] == list(files)
    reasons = {Path(one["path"]).name: (one["verdict"], one["reason"]) for one in told}
    assert reasons["good.mp4"][1] == ""
    assert reasons["wall.mp4"] == ("not_assessable", "no_face")
    for name in list(files)[2:]:
        assert reasons[name] == ("not_assessable", "decode_error"), name
    for one in told:
        assert {"path", "sha256", "verdict", "reason", "fakeness", "tracks"} <= set(one)
        assert (one["fakeness"] is None) == (one["verdict"] == "not_assessable")


def test_no_face_is_an_answer_and_no_failure(files, model, capsys) -> None:
    code, [told] = answers(capsys, str(files["wall.mp4"]), "--model", str(model))
    assert code == 0
    assert told["fakeness"] is None
    assert told["tracks"] == []
    assert told["frames_seen"] == told["frames_without_face"] == 3


def test_python_and_the_command_line_give_the_same_answer(files, model, capsys) -> None:
    _, [told] = answers(capsys, str(files["good.mp4"]), "--model", str(model))
    report = barefaced.load(model).detect(files["good.mp4"])
    assert report.fakeness == told["fakeness"]
    assert report.verdict == told["verdict"]
    assert report.sha256 == told["sha256"]
    [track] = report.tracks
    assert [moment.fakeness for moment in track.moments] == [m["fakeness"] for m in told["tracks"][0]["moments"]]


def test_training_evaluation_and_detection_cannot_drift_apart(clips, store, model, tmp_path) -> None:
    assert main(["evaluate", str(model), str(store), "--out", str(tmp_path), "--draws", "0", "--include-seen"]) == 0
    table = read_scores(tmp_path / "scores.parquet")
    detector = barefaced.load(model)
    for method, folder in (("real", "real"), ("frequency", "fake/frequency"), ("self_blend", "fake/self_blend")):
        rows = (table.method == method) & (table.origin == "clips/p5")
        [track] = detector.detect(clips / folder / "p5.mp4").tracks
        assert [moment.frame for moment in track.moments] == table.frame[rows].tolist()
        np.testing.assert_allclose([moment.fakeness for moment in track.moments], table.fakeness[rows], atol=1e-6)


def test_thresholds_that_stand_on_a_handful_of_clips_are_no_secret(files, model, capsys) -> None:
    _, [told] = answers(capsys, str(files["good.mp4"]), "--model", str(model))
    assert "chosen on 1 real clips" in " ".join(told["warnings"])


def test_a_picture_is_a_clip_of_one_moment(clips, model, tmp_path) -> None:
    with av.open(str(clips / "real" / "p0.mp4")) as container:
        next(container.decode(video=0)).to_image().save(tmp_path / "picture.png")
    report = barefaced.load(model).detect(tmp_path / "picture.png")
    [track] = report.tracks
    assert len(track.moments) == report.frames_seen == 1


def test_without_json_a_person_reads_one_line_a_file(files, model, capsys) -> None:
    main(["detect", str(files["good.mp4"]), str(files["wall.mp4"]), "--model", str(model)])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert "fakeness" in lines[0]
    assert "not assessable" in lines[1]


def test_a_pickle_is_not_opened(files, tmp_path, capsys) -> None:
    (tmp_path / "model.pth").write_bytes(b"\x80\x04.")
    assert main(["detect", str(files["good.mp4"]), "--model", str(tmp_path / "model.pth")]) == 4
    assert "UntrustedWeights" in capsys.readouterr().err


def test_info_tells_what_the_file_says_of_itself(model, capsys) -> None:
    assert main(["info", str(model)]) == 0
    told = capsys.readouterr().out
    assert "frequency, self_blend" in told
    assert "mobilenetv3_small_050" in told
    assert main(["info", str(model), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "toy"


def test_a_model_of_imported_crops_says_that_another_found_its_faces(model: Path) -> None:
    card = card_of(model)
    assert not any("dlib" in line for line in _thin(card))
    assert any("dlib" in line for line in _thin(replace(card, finder="dlib")))
