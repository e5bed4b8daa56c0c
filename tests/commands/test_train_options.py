"""Training from a folder, over seeds, in two processes, with everything switched on; and what it leaves to look at."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest
from PIL import Image

from barefaced.commands.main import main
from barefaced.model.card import card_of

TINY = ["--student.backbone", "test_efficientnet", "--student.weights", "random", "--student.channels", "8"]
TINY += ["--student.input_size", "48", "--optim.workers", "0"]


def lines(run: Path, name: str = "log.jsonl") -> list[dict]:
    return [json.loads(line) for line in (run / name).read_text().splitlines()]


def test_a_folder_of_pictures_trains_with_one_command(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    for file in clips.rglob("*.mp4"):
        # Names that say nothing of what a forgery is of, as most people's do.
        part = file.relative_to(clips).parent
        name = f"{'_'.join(part.parts)}_{file.stem}.png"
        (folder / part).mkdir(parents=True, exist_ok=True)
        with av.open(str(file)) as video:
            next(video.decode(video=0)).to_image().save(folder / part / name)
    words = ["train", str(folder), "--out", str(tmp_path / "run"), *TINY, "--optim.epochs", "1"]
    assert main(words) == 0
    said = capsys.readouterr()
    assert "data.pairing any" in said.err
    card = card_of(tmp_path / "run" / "model.safetensors")
    assert card.methods == ("real", "frequency", "self_blend")
    assert card.crop_size == 48
    shutil.rmtree(folder / "fake" / "frequency")
    Image.new("RGB", (64, 64)).save(folder / "real" / "black.png")
    assert main([*words[:3], str(tmp_path / "one"), *words[4:]]) == 0
    assert "augment.inputs wd" in capsys.readouterr().err


def test_everything_switched_on_trains_and_is_the_same_after_a_kill(recipe_file: Path, tmp_path: Path) -> None:
    words = ["--optim.ema", "0.5", "--optim.sam", "0.05", "--optim.accumulate", "2", "--optim.clip", "1"]
    words += ["--optim.schedule", "cosine", "--optim.warmup", "2", "--data.balance", "domains"]
    words += ["--pixels.blur", "[0.3, 1.5]", "--pixels.noise", "[1, 6]", "--pixels.resize", "[0.5, 1]"]
    words += ["--pixels.h264", "[20, 40]", "--student.input_size", "48", "--optim.save_every", "0"]
    assert main(["train", str(recipe_file), "--out", str(tmp_path / "whole"), *words]) == 0
    shutil.copytree(tmp_path / "whole", tmp_path / "cut")
    newest, before = sorted((tmp_path / "cut" / "states").iterdir(), reverse=True)
    newest.write_bytes(newest.read_bytes()[:-7])  # as a full disk leaves it
    assert main(["train", str(recipe_file), "--out", str(tmp_path / "cut"), *words]) == 0
    assert lines(tmp_path / "cut") == lines(tmp_path / "whole")
    assert lines(tmp_path / "cut", "validation.jsonl") == lines(tmp_path / "whole", "validation.jsonl")
    digests = {card_of(tmp_path / run / "model.safetensors").sha256 for run in ("whole", "cut")}
    assert len(digests) == 1
    assert before.name < newest.name
    rates = [line["lr"] for line in lines(tmp_path / "whole")]
    assert rates[0] == pytest.approx(1e-4)
    assert rates[-1] < rates[2]


def test_a_run_leaves_its_circumstances_and_curves(trained: Path) -> None:
    run = json.loads((trained / "run.json").read_bytes())
    assert set(run) == {"recipe", "data", "start", "groups", "methods", "seen", "versions", "code", "machine"}
    table = (trained / "metrics.csv").read_text().splitlines()
    assert table[0].split(",")[:3] == ["step", "epoch", "total"]
    assert table[0].endswith("images_per_second")
    assert len(table) == 1 + len(lines(trained))
    assert list((trained / "tensorboard").iterdir())
    page = (trained / "report.html").read_text()
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    )
    assert card_of(trained / "model.safetensors").sha256 in page


def test_seeds_run_and_report_their_mean_and_spread(
    recipe_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", str(recipe_file), "--out", str(tmp_path / "s"), "--seeds", "2", "--optim.epochs", "1"]
    assert main(words) == 0
    assert "2 seeds" in capsys.readouterr().out
    kept = json.loads((tmp_path / "s" / "seeds.json").read_text())
    assert list(kept["seeds"]) == ["0", "1"]
    assert lines(tmp_path / "s" / "seed_0") != lines(tmp_path / "s" / "seed_1")


def test_show_batch_is_a_page_and_trains_nothing(recipe_file: Path, tmp_path: Path) -> None:
    assert main(["train", str(recipe_file), "--out", str(tmp_path), "--show-batch"]) == 0
    page = (tmp_path / "batch.html").read_text()
    assert page.count("<img") == 8 * 3
    assert [file.name for file in tmp_path.iterdir()] == ["batch.html"]


def test_no_better_validation_ends_the_run_early(recipe_file: Path, tmp_path: Path) -> None:
    words = ["--optim.patience", "1", "--optim.epochs", "9", "--optim.lr", "1e-12"]
    assert main(["train", str(recipe_file), "--out", str(tmp_path), *words]) == 0
    assert len(lines(tmp_path, "validation.jsonl")) < 9


def test_never_begins_anew_where_auto_refuses(recipe_file: Path, tmp_path: Path) -> None:
    words = ["train", str(recipe_file), "--out", str(tmp_path), "--optim.epochs", "1"]
    assert main(words) == 0
    assert main([*words, "--seed", "5"]) == 2
    assert main([*words, "--seed", "5", "--resume", "never"]) == 0
    assert json.loads((tmp_path / "run.json").read_bytes())["recipe"]["seed"] == 5


def test_a_batch_size_is_found_kept_and_gone_on_with(recipe_file: Path, tmp_path: Path) -> None:
    words = ["train", str(recipe_file), "--out", str(tmp_path), "--optim.epochs", "1", "--optim.groups", "0"]
    words += ["--student.input_size", "48"]
    assert main(words) == 0
    found = json.loads((tmp_path / "run.json").read_bytes())["groups_found"]
    assert found >= 1
    assert len(lines(tmp_path)) == -(-12 // found)


def test_two_processes_match_one_also_when_one_is_killed_and_gone_on(recipe_file: Path, tmp_path: Path) -> None:
    """In float64, where rounding does not hide an error: 21 steps of 5 groups, dealt out 3 and 2, then 1 and 1."""
    words = ["train", str(recipe_file), "--engine.precision", "64-true", "--optim.groups", "5", "--optim.epochs", "7"]
    # At 32 px the last map is one value: batch norm over two of them has slopes that hang on the last bit.
    words += ["--student.input_size", "48"]
    assert main([*words, "--out", str(tmp_path / "one")]) == 0
    two = [*words, "--out", str(tmp_path / "two"), "--engine.devices", "2", "--optim.save_every", "0"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "barefaced", *two], env=environment, stderr=subprocess.PIPE, text=True
    )
    log = tmp_path / "two" / "log.jsonl"
    while process.poll() is None and not (log.is_file() and log.read_bytes().count(b"\n") >= 4):
        time.sleep(0.02)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    workers = [int(child) for child in children if b"barefaced" in Path(f"/proc/{child}/cmdline").read_bytes()]
    assert len(workers) == 2
    os.kill(workers[1], signal.SIGKILL)
    _, told = process.communicate()
    assert process.returncode == 5
    assert "SIGKILL" in told
    assert "goes on from the last state" in told
    assert subprocess.run([sys.executable, "-m", "barefaced", *two], env=environment, check=False).returncode == 0
    one, both = lines(tmp_path / "one"), lines(tmp_path / "two")
    assert len(one) == 21
    for alone, together in zip(one, both, strict=True):
        assert together == pytest.approx(alone, rel=1e-6, abs=1e-8)
