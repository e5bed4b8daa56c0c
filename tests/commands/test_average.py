"""The mean of runs: of one run it is that run, of two the mean of every tensor; and what has no mean is refused."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from barefaced.commands.main import main
from barefaced.datasets.store import Store
from barefaced.model import checkpoint
from barefaced.model.card import card_of
from barefaced.pipelines.train.average_weights import mean_student
from barefaced.values.card import Calibration, Thresholds, TrainedOn


@pytest.fixture(scope="module")
def other(recipe_file: Path, trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with another seed, from the same people."""
    out = tmp_path_factory.mktemp("average") / "other"
    assert main(["train", str(recipe_file), "--out", str(out), "--seed", "1", "--name", "other"]) == 0
    return out


def averaged(out: Path, *words: str | Path) -> int:
    return main(["average", *map(str, words), "--out", str(out)])


def test_the_mean_of_one_run_twice_is_that_run_to_the_bit(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "mean.safetensors"
    assert averaged(out, trained, trained) == 0
    one, mean = card_of(trained / "model.safetensors"), card_of(out)
    assert mean.sha256 == one.sha256  # the feature statistics are among the tensors
    for name in ("metrics", "calibration", "thresholds", "profile", "domains", "trained_on"):
        assert repr(getattr(mean, name)) == repr(getattr(one, name)), name


def test_the_mean_of_two_is_the_mean_of_every_tensor_and_scores_as_in_memory(
    trained: Path, other: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mean.safetensors"
    assert averaged(out, trained, other) == 0
    told = capsys.readouterr().out
    (one, first), (two, second) = (checkpoint.load(run / "model.safetensors") for run in (trained, other))
    student, card = checkpoint.load(out)
    states = one.state_dict(), two.state_dict()
    assert not torch.equal(states[0]["head.layers.0.weight"], states[1]["head.layers.0.weight"])
    for name, value in student.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(value, (states[0][name] + states[1][name]) / 2, rtol=1e-6, atol=1e-7)
        else:
            assert torch.equal(value, states[0][name])
    held = Store.open(store)
    crops = np.stack([held.load(crop) for crop in held.crops()[:6]])
    in_memory = mean_student([one, two])
    in_memory.calibrate(card.calibration)
    assert np.array_equal(student.score(crops), in_memory.score(crops))
    assert card.calibration.chosen_on
    assert card.thresholds.real_clips == 1
    assert [run["sha256"] for run in card.settings["averaged"]] == [first.sha256, second.sha256]  # type: ignore[index]
    assert [run["seed"] for run in card.settings["averaged"]] == [0, 1]  # type: ignore[index]
    values = [run.metrics["validation video AUC"].value for run in (first, second, card)]
    for value in values:
        assert f"validation video AUC {value:.4f}" in told
    assert f"the mean is {'better' if values[2] > max(values[:2]) else 'no better'} than the best" in told


def test_of_weights_files_alone_the_mean_is_written_and_not_validated(
    trained: Path, other: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [run / "model.safetensors" for run in (trained, other)]
    assert averaged(tmp_path / "bare.safetensors", *files) == 0
    assert "not validated" in capsys.readouterr().out
    card = card_of(tmp_path / "bare.safetensors")
    assert (card.metrics, card.calibration, card.thresholds) == ({}, Calibration(), Thresholds())
    # The mean of means is one, too; stores named anew validate it.
    store = card_of(files[0]).settings["data"]["stores"][0]  # type: ignore[index]
    mean = tmp_path / "mean.safetensors"
    assert averaged(mean, tmp_path / "bare.safetensors", files[0], "--stores", str(store)) == 0
    assert card_of(mean).metrics["validation video AUC"]


def test_what_the_runs_saw_is_joined_and_stores_that_moved_are_named_anew(
    trained: Path, other: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "run"
    shutil.copytree(other, gone)
    student, card = checkpoint.load(gone / "model.safetensors")
    elsewhere = TrainedOn("elsewhere", ("real", "Deepfakes"), 7, ("elsewhere/1",), ("elsewhere/2",))
    settings = card.settings | {"data": {**card.settings["data"], "stores": (str(tmp_path / "gone"),)}}  # type: ignore[dict-item]
    changed = replace(card, trained_on=(*card.trained_on, elsewhere), settings=settings)
    checkpoint.save(gone / "model.safetensors", student, changed)
    assert averaged(tmp_path / "mean.safetensors", gone, trained) == 2
    assert "--stores" in capsys.readouterr().err
    assert averaged(tmp_path / "mean.safetensors", gone, trained, "--stores", store) == 0
    assert card_of(tmp_path / "mean.safetensors").trained_on == (*card.trained_on, elsewhere)


def test_who_chose_for_one_run_and_trained_another_is_refused(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    student, card = checkpoint.load(trained / "model.safetensors")
    [seen] = card.trained_on
    turned = replace(seen, train_origins=("clips/p4", "clips/p2"), val_origins=("clips/p0",))
    checkpoint.save(tmp_path / "one.safetensors", student, replace(card, trained_on=(turned,)))
    assert averaged(tmp_path / "mean.safetensors", trained, tmp_path / "one.safetensors") == 2
    assert "clips/p4" in capsys.readouterr().err


def test_stores_that_hold_other_people_to_choose_by_are_refused(
    trained: Path, other: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = []
    for run in (trained, other):
        student, card = checkpoint.load(run / "model.safetensors")
        # As if the split were drawn anew over other stores.
        settings = card.settings | {"data": {**card.settings["data"], "val_origins": ("clips/p1",)}}  # type: ignore[dict-item]
        files.append(tmp_path / f"{run.name}.safetensors")
        checkpoint.save(files[-1], student, replace(card, settings=settings))
    assert averaged(tmp_path / "mean.safetensors", *files, "--stores", store) == 2
    assert "clips/p1" in capsys.readouterr().err


@pytest.mark.parametrize("change", [{"input_size": 48}, {"crop_margin": 1.6}, {"methods": ("real", "swap")}])
def test_another_network_or_crop_is_refused_by_name(
    trained: Path, tmp_path: Path, change: dict, capsys: pytest.CaptureFixture[str]
) -> None:
    student, card = checkpoint.load(trained / "model.safetensors")
    student.settings = replace(student.settings, input_size=change.get("input_size", card.input_size))
    checkpoint.save(tmp_path / "one.safetensors", student, replace(card, **change))
    assert averaged(tmp_path / "mean.safetensors", trained, tmp_path / "one.safetensors") == 2
    assert next(iter(change)) in capsys.readouterr().err


def test_one_run_an_unfinished_one_and_writing_over_a_run_are_refused(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert averaged(tmp_path / "mean.safetensors", trained) == 2
    assert "at least two" in capsys.readouterr().err
    assert averaged(tmp_path / "mean.safetensors", trained, tmp_path) == 2
    assert "a finished run" in capsys.readouterr().err
    assert averaged(trained / "model.safetensors", trained, trained) == 2
    assert "another name" in capsys.readouterr().err
    assert averaged(tmp_path / "mean.safetensors", trained, tmp_path / "none.safetensors") == 4
