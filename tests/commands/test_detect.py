"""Detection: one answer a file, typed where there is none, and the same number through every door."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import barefaced
from barefaced.commands.main import main
from barefaced.config.media import DetectSettings
from barefaced.faces.video_writer import write_clip
from barefaced.metrics.score_rows import read_scores
from barefaced.model.card import card_of
from barefaced.pipelines.detect.caveats import of_model
from barefaced.reports.detection.report import from_json


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
    names = ("good.mp4", "wall.mp4", "sound.mp4", "cut.mp4", "empty.mp4", "text.mp4", "nowhere.mp4")
    return {name: folder / name for name in names}


def answers(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[dict]]:
    code = main(["detect", *words, "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_input_gets_one_typed_line_and_the_others_are_done(files, model, capsys) -> None:
    code, told = answers(capsys, *map(str, files.values()), "--model", str(model))
    assert code == 2
    assert sorted(Path(one["path"]).name for one in told) == sorted(files)
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


def test_python_the_command_line_and_json_give_the_same_answer_and_twice_the_same(files, model, capsys) -> None:
    _, [told] = answers(capsys, str(files["good.mp4"]), "--model", str(model))
    _, [again] = answers(capsys, str(files["good.mp4"]), "--model", str(model))
    with barefaced.load(model) as detector:
        report = detector.detect(files["good.mp4"])
        in_company = list(detector.detect_many([*list(files.values())[1:], files["good.mp4"]], jobs=2))
    beside = next(one for one in in_company if one.path == report.path)
    assert without_time(json.loads(report.to_json())) == without_time(told) == without_time(again)
    assert without_time(json.loads(beside.to_json())) == without_time(told)
    assert from_json(told).of(report.path) == replace(report, created=told["created"])


def without_time(told: dict) -> dict:
    return {name: value for name, value in told.items() if name != "created"}


def test_a_second_run_skips_what_is_done_and_a_copy_gets_a_line_of_its_own(files, model, tmp_path, capsys) -> None:
    out = tmp_path / "out"
    words = ["--model", str(model), "--out", str(out), "--evidence", "0"]
    assert answers(capsys, str(files["good.mp4"]), str(files["wall.mp4"]), *words)[0] == 0
    lines = (out / "results.jsonl").read_bytes()
    assert answers(capsys, str(files["good.mp4"]), str(files["wall.mp4"]), *words) == (0, [])
    assert (out / "results.jsonl").read_bytes() == lines
    # Killed in the middle of a line: that file is done again, the others are not.
    (out / "results.jsonl").write_bytes(lines[:-40])
    cut = json.loads(lines.splitlines()[1])["path"]
    assert [one["path"] for one in answers(capsys, str(files["good.mp4"]), str(files["wall.mp4"]), *words)[1]] == [cut]
    copy = tmp_path / "copy.mp4"
    shutil.copy(files["good.mp4"], copy)
    assert answers(capsys, str(copy), *words) == (0, [])
    last = json.loads((out / "results.jsonl").read_text().splitlines()[-1])
    assert last["path"] == str(copy)
    # Other settings are other results.
    assert len(answers(capsys, str(copy), *words, "--aggregation", "max")[1]) == 1
    assert {path.suffix for path in (out / "reports").iterdir()} == {".json", ".csv", ".html"}


def test_a_report_can_be_verified_and_a_forged_one_does_not_hold(files, model, tmp_path, capsys) -> None:
    out = tmp_path / "out"
    assert main(["detect", str(files["good.mp4"]), "--model", str(model), "--out", str(out)]) == 0
    [report] = (out / "reports").glob("*.json")
    assert main(["verify", str(report)]) == 0
    assert "holds" in capsys.readouterr().out
    told = json.loads(report.read_text())
    told["tracks"][0]["moments"][1]["fakeness"] += 1e-3
    report.write_text(json.dumps(told))
    assert main(["verify", str(report)]) == 3
    assert "tracks[0].moments[1].fakeness" in capsys.readouterr().out
    assert main(["verify", str(report), "--file", str(files["wall.mp4"])]) == 3
    assert "sha256" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "none.json")]) == 2


def test_evidence_has_its_pictures_and_a_tested_map_for_the_most_suspicious_moments(files, model) -> None:
    with barefaced.load(model) as detector:
        report = detector.detect(files["good.mp4"], DetectSettings(evidence=2))
    [track] = report.tracks
    assert [one.fakeness for one in report.evidence] == [
        moment.fakeness for moment in track.moments if moment.frame in {one.frame for one in report.evidence}
    ]
    assert max(moment.fakeness for moment in track.moments) in {one.fakeness for one in report.evidence}
    assert len(report.pictures.explained) == len(report.evidence) == 2
    for one, shown in zip(report.evidence, report.pictures.explained, strict=True):
        assert 0 <= one.deletion.beats <= 1
        frame = cv2.imdecode(np.frombuffer(shown.frame, np.uint8), cv2.IMREAD_COLOR)
        assert frame.shape[:2] == (report.media.height, report.media.width)
        assert all(-60 < x < 284 and -60 < y < 284 for x, y in one.corners)
    assert report.to_html().count("data:image/jpeg") == 3 * 2 + len(track.moments)


def test_moments_are_summed_up_as_asked_and_nobody_is_judged_on_too_little(files, model) -> None:
    with barefaced.load(model) as detector:
        scores = [moment.fakeness for moment in detector.detect(files["good.mp4"]).tracks[0].moments]
        for name, expected in (("mean", np.mean(scores)), ("max", max(scores)), ("median", np.median(scores))):
            report = detector.detect(files["good.mp4"], DetectSettings(aggregation=name, evidence=0))
            assert report.fakeness == pytest.approx(expected, abs=1e-12)
            assert report.model.aggregation == name
        for settings, reason in (
            (DetectSettings(least_face=1000.0, evidence=0), "face_too_small"),
            (DetectSettings(least_sharpness=1e9, evidence=0), "too_blurry"),
        ):
            report = detector.detect(files["good.mp4"], settings)
            assert (report.verdict, report.reason, report.fakeness) == ("not_assessable", reason, None)
            assert len(report.tracks) == 1


def test_training_evaluation_and_detection_cannot_drift_apart(clips, store, model, tmp_path) -> None:
    assert main(["evaluate", str(model), str(store), "--out", str(tmp_path), "--draws", "0", "--include-seen"]) == 0
    table = read_scores(tmp_path / "scores.parquet")
    with barefaced.load(model) as detector:
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
    with barefaced.load(model) as detector:
        report = detector.detect(tmp_path / "picture.png")
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
    assert "test_efficientnet" in told
    assert main(["info", str(model), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "toy"


def test_a_model_of_imported_crops_says_that_another_found_its_faces(model: Path) -> None:
    card = card_of(model)
    assert not any("dlib" in line for line in of_model(card, card.thresholds))
    assert any("dlib" in line for line in of_model(replace(card, finder="dlib"), card.thresholds))
