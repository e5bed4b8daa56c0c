"""Training: killed and gone on equals never killed, and what cannot work is refused before it starts."""

import json
import random
import time
from pathlib import Path

import pytest
from safetensors.torch import save_file
from toys_commands import kill_when, same

from barefaced.commands.main import main
from barefaced.model.card import card_of
from barefaced.model.mobilefacenet import MobileFaceNet
from barefaced.runtime.files import sole_writer


def test_a_run_leaves_a_model_that_says_what_it_is(trained: Path) -> None:
    card = card_of(trained / "model.safetensors")
    assert card.methods == ("real", "frequency", "self_blend")
    assert (card.crop_size, card.frames, card.input_size) == (48, 3, 32)
    [seen] = card.trained_on
    assert seen.train_origins == tuple(f"clips/p{n}" for n in range(4))
    assert seen.val_origins == ("clips/p4",)
    assert seen.clips == 12
    assert set(card.metrics) == {
        "validation frame AUC",
        "validation video AUC",
        "validation calibration error, frames, real and fake weighed alike",
    }
    assert card.thresholds.eer <= card.thresholds.fpr_1
    assert (trained / "curves.png").is_file()


def test_the_log_has_every_step_once_with_every_term(trained: Path) -> None:
    lines = [json.loads(line) for line in (trained / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(8))
    assert all(set(line) == {"step", "epoch", "total", "binary", "domain", "distill", "lr", "norm"} for line in lines)
    first = lines[0]
    assert first["total"] == pytest.approx(0.5 * first["binary"] + first["domain"] + first["distill"], rel=1e-5)


def test_killed_at_random_moments_and_gone_on_is_the_same_as_never_killed(
    recipe_file: Path, trained: Path, tmp_path: Path
) -> None:
    words, moments = ["train", str(recipe_file), "--out", str(tmp_path / "killed")], random.Random(1)
    words += ["--optim.save_every", "0"]
    log = tmp_path / "killed" / "log.jsonl"
    # Steps, not seconds: the run reaches them at any speed of the machine.
    for steps in (1, 3, 6):
        wait = moments.uniform(0, 0.1)

        def reached(steps: int = steps, wait: float = wait) -> bool:
            if not log.is_file() or log.read_bytes().count(b"\n") < steps:
                return False
            time.sleep(wait)
            return True

        assert kill_when(reached, *words)
    assert main(words) == 0
    assert same(tmp_path / "killed", trained)
    assert (tmp_path / "killed" / "log.jsonl").read_text() == (trained / "log.jsonl").read_text()


def test_a_worker_that_reads_ahead_changes_nothing(recipe_file: Path, trained: Path, tmp_path: Path) -> None:
    # The number of workers is part of the recipe, so of the run's identity, but not of its draws.
    assert main(["train", str(recipe_file), "--out", str(tmp_path / "one"), "--optim.workers", "1"]) == 0
    assert same(tmp_path / "one", trained)


def test_a_finished_run_started_again_leaves_its_answer(recipe_file: Path, tmp_path: Path) -> None:
    words = ["train", str(recipe_file), "--out", str(tmp_path)]
    assert main(words) == 0
    answer = tmp_path / "model.safetensors"
    written = answer.stat().st_mtime_ns
    assert main(words) == 0
    assert answer.stat().st_mtime_ns == written
    run = json.loads((tmp_path / "run.json").read_text())
    del run["recipe"]["start"], run["recipe"]["data"]["val_methods"]  # made before there were such settings
    (tmp_path / "run.json").write_text(json.dumps(run))
    assert main(words) == 0
    assert main([*words, "--data.val_methods", "[frequency]"]) == 2
    (tmp_path / "report.html").unlink()  # as if killed in between
    assert main(words) == 0
    assert (tmp_path / "report.html").is_file()


def test_another_seed_is_another_run(recipe_file: Path, trained: Path, tmp_path: Path) -> None:
    assert main(["train", str(recipe_file), "--out", str(tmp_path / "other"), "--seed", "1"]) == 0
    assert not same(tmp_path / "other", trained)


def test_another_recipe_in_the_same_folder_is_refused(
    recipe_file: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(recipe_file), "--out", str(trained), "--optim.lr", "0.1"]) == 2
    assert "another recipe" in capsys.readouterr().err


def test_two_runs_in_one_folder_are_refused(
    recipe_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sole_writer(tmp_path / "busy"):
        assert main(["train", str(recipe_file), "--out", str(tmp_path / "busy")]) == 2
    assert "FolderInUse" in capsys.readouterr().err


def test_a_loss_that_is_no_number_stops_the_run_and_names_itself(
    recipe_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(recipe_file), "--out", str(tmp_path / "wild"), "--optim.lr", "1e30"]) == 5
    assert "finite loss term" in capsys.readouterr().err


def test_a_held_out_method_that_is_not_there_is_answered_with_the_one_meant(
    recipe_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(recipe_file), "--out", str(tmp_path), "--data.held_out", "[self_blnd]"]) == 2
    assert "self_blend" in capsys.readouterr().err


def test_without_people_to_choose_by_the_last_epoch_is_the_answer(recipe_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "alone.yaml"
    file.write_text(recipe_file.read_text().replace("val_origins: [clips/p4]", "val_share: 0.0"))
    assert main(["train", str(file), "--out", str(tmp_path / "run")]) == 0
    card = card_of(tmp_path / "run" / "model.safetensors")
    assert card.metrics == {}
    assert card.thresholds.chosen_on == ""


def test_the_card_names_the_real_encoders_file_and_no_folder(recipe_file: Path, tmp_path: Path) -> None:
    weights = tmp_path / "someones" / "face.safetensors"
    weights.parent.mkdir()
    save_file(MobileFaceNet().state_dict(), weights)
    words = ["--teacher.real_encoder", "mobilefacenet", "--teacher.real_weights", str(weights), "--optim.epochs", "1"]
    assert main(["train", str(recipe_file), *words, "--out", str(tmp_path / "run")]) == 0
    assert card_of(tmp_path / "run" / "model.safetensors").real_encoder == "mobilefacenet, frozen, face.safetensors"
