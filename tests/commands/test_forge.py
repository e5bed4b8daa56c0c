"""Training on real faces alone: the forgeries are made while it trains."""

import json
import random
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from toys_commands import SMALL, kill_when, same

from barefaced.commands.main import main
from barefaced.config.pictures import ForgeSettings
from barefaced.datasets.store import Store
from barefaced.forgery.chain import chained
from barefaced.model.card import card_of
from barefaced.pipelines.forge.subjects import number_of

RECIPE = """\
name: online
data: {{stores: [{store}], val_share: 0.3, held_out: [frequency]}}
forge: {{methods: [self_blend, cross_blend, frequency]}}
student: {{backbone: test_efficientnet, weights: random, input_size: 32, channels: 8}}
optim: {{epochs: 1, groups: 3, workers: {workers}}}
"""


@pytest.fixture(scope="module")
def reals(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reals") / "store"
    assert main(["prepare", str(clips / "real"), str(out), "--layout", "reals", *SMALL, "--workers", "1"]) == 0
    return out


def test_real_faces_alone_are_enough_to_train_and_workers_change_nothing(reals: Path, tmp_path: Path) -> None:
    runs = []
    for workers in (0, 1):
        recipe = tmp_path / f"{workers}.yaml"
        recipe.write_text(RECIPE.format(store=reals, workers=workers))
        runs.append(tmp_path / f"run{workers}")
        assert main(["train", str(recipe), "--out", str(runs[-1])]) == 0
    card = card_of(runs[0] / "model.safetensors")
    assert card.methods == ("real", "self_blend", "cross_blend")
    assert set(card.metrics) == {
        "validation frame AUC",
        "validation video AUC",
        "validation calibration error, frames, real and fake weighed alike",
    }
    assert same(*runs)
    kept = Store.open(runs[0] / "validation_0")
    [seen] = card.trained_on
    assert {clip.origin for clip in kept.clips()} == set(seen.val_origins)
    assert json.loads((runs[0] / "log.jsonl").read_text().splitlines()[0])["step"] == 0


def test_the_preset_sbi_trains_on_a_folder_of_real_faces_and_its_card_says_so(clips: Path, tmp_path: Path) -> None:
    out, folder = tmp_path / "run", tmp_path / "faces"
    for film in sorted((clips / "real").iterdir())[:4]:
        (folder / "real").mkdir(parents=True, exist_ok=True)
        shutil.copy(film, folder / "real")
    words = [str(folder), "--preset", "sbi", "--data.val_share", "0.3", "--out", str(out)]
    words += ["--student.backbone", "test_efficientnet", "--student.weights", "random"]
    words += ["--student.input_size", "32", "--student.channels", "8"]
    assert main(["train", *words, "--optim.epochs", "1", "--optim.groups", "8", "--optim.workers", "0"]) == 0
    card = card_of(out / "model.safetensors")
    assert (card.preset, card.methods, card.real_encoder) == ("sbi", ("real", "sbi"), "none")
    assert len((out / "log.jsonl").read_text().splitlines()) == 2
    kept = Store.open(out / "validation_0")
    assert {clip.method for clip in kept.clips()} == {"real", "sbi"}


def test_a_method_that_only_chooses_is_forged_for_those_who_choose_alone(reals: Path, tmp_path: Path) -> None:
    recipe, out = tmp_path / "choosing.yaml", tmp_path / "run"
    recipe.write_text(RECIPE.format(store=reals, workers=0))
    assert (
        main(["train", str(recipe), "--out", str(out), "--data.val_methods", "[cross_blend]", "--preset", "plain"]) == 0
    )
    assert card_of(out / "model.safetensors").methods == ("real", "self_blend")
    assert {clip.method for clip in Store.open(out / "validation_0").clips()} == {"real", "self_blend", "cross_blend"}
    last = json.loads((out / "validation.jsonl").read_text().splitlines()[-1])
    assert "cross_blend" in json.dumps(last)


def test_stored_forgeries_choose_through_the_chain_of_their_real_faces(store: Path, tmp_path: Path) -> None:
    recipe, out = tmp_path / "both.yaml", tmp_path / "run"
    recipe.write_text(
        RECIPE.format(store=store, workers=0).replace("[self_blend, cross_blend, frequency]", "[cross_blend]")
    )
    assert main(["train", str(recipe), "--out", str(out)]) == 0
    raw, kept = Store.open(store), Store.open(out / "validation_0")
    seen = {record.clip.clip: record for record in raw.records()}
    methods = {record.clip.method for record in kept.records()}
    assert methods == {"real", "self_blend", "cross_blend"}
    for record in kept.records():
        if record.clip.clip in seen:
            [real] = [one.clip for one in seen.values() if one.clip.origin == record.clip.origin and not one.clip.label]
            for was, now in zip(seen[record.clip.clip].crops, record.crops, strict=True):
                draws = np.random.default_rng((0, number_of(real.clip), 2))
                np.testing.assert_array_equal(kept.load(now), chained(raw.load(was)[None], ForgeSettings(), draws)[0])


def test_a_method_made_and_stored_alike_is_refused(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--data.stores", f"[{store}]", "--forge.methods", "[self_blend]", "--out", str(tmp_path / "run")]
    assert main(words) == 2
    assert "self_blend" in capsys.readouterr().err


def test_killed_at_random_moments_and_gone_on_is_the_same_as_never_killed(reals: Path, tmp_path: Path) -> None:
    words = ["--methods", "[self_blend, cross_blend]", "--val_share", "0", "--test_share", "0", "--workers", "1"]
    whole, out, moments = tmp_path / "whole", tmp_path / "killed", random.Random(3)
    assert main(["forge", str(reals), str(whole), *words]) == 0
    for files in (3, 12, 25):
        wait = moments.uniform(0, 0.02)

        def reached(files: int = files, wait: float = wait) -> bool:
            if sum(1 for _ in out.rglob("*.*")) < files:
                return False
            time.sleep(wait)
            return True

        assert kill_when(reached, "forge", str(reals), str(out), *words)
    assert main(["forge", str(reals), str(out), *words]) == 0
    assert (out / "manifest.parquet").read_bytes() == (whole / "manifest.parquet").read_bytes()
