"""Going on from a detector: it begins as that, remembers what that saw, and nobody it learnt by chooses."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from barefaced.commands.main import main
from barefaced.config.parsing import recipe
from barefaced.config.recipe import DataSettings, StudentSettings
from barefaced.datasets.selection import select
from barefaced.errors import BadConfig
from barefaced.model import checkpoint
from barefaced.model.card import card_of
from barefaced.model.lsda import LSDA
from barefaced.model.student import Student
from barefaced.pipelines.train.fine_tune import check_start, load_start_weights, student_words, with_start_history
from barefaced.values.card import ModelCard, TrainedOn

STILL = ["--optim.lr", "1e-20", "--optim.weight_decay", "0", "--optim.epochs", "1"]
"""Steps that change no weight."""


def test_it_begins_as_the_detector_and_so_does_every_forgery_encoder(recipe_file: Path, model: Path) -> None:
    made = LSDA(recipe(recipe_file), ("real", "frequency", "self_blend"), 1.3)
    load_start_weights(made, str(model))
    student, _ = checkpoint.load(model)
    for name, value in student.state_dict().items():
        assert torch.equal(made.student.state_dict()[name], value)
    for encoder in made.forgery.encoders:
        assert all(torch.equal(encoder.state_dict()[name], v) for name, v in student.encoder.state_dict().items())


def test_steps_that_change_nothing_leave_the_detector(recipe_file: Path, model: Path, tmp_path: Path) -> None:
    assert main(["train", str(recipe_file), "--start", str(model), "--out", str(tmp_path / "run"), *STILL]) == 0
    (before, _), (after, card) = checkpoint.load(model), checkpoint.load(tmp_path / "run" / "model.safetensors")
    for (name, was), now in zip(before.named_parameters(), after.parameters(), strict=True):
        torch.testing.assert_close(now, was, rtol=0, atol=1e-12, msg=name)
    assert card.settings["start"] == str(model)


def test_what_the_detector_saw_stays_on_the_card(recipe_file: Path, model: Path, tmp_path: Path) -> None:
    student, card = checkpoint.load(model)
    elsewhere = TrainedOn("elsewhere", ("real", "Deepfakes"), 7, ("elsewhere/1",), ("elsewhere/2",))
    here = replace(card.trained_on[0], train_origins=(*card.trained_on[0].train_origins, "clips/gone"))
    checkpoint.save(tmp_path / "old.safetensors", student, replace(card, trained_on=(here, elsewhere)))
    settings = replace(recipe(recipe_file), start=str(tmp_path / "old.safetensors"))
    seen = with_start_history(settings, select(settings.data, settings.seed)).seen
    assert [one.dataset for one in seen] == ["clips", "elsewhere"]
    assert seen[1] == elsewhere
    assert set(seen[0].train_origins) == {"clips/gone", *card.trained_on[0].train_origins}
    assert seen[0].val_origins == card.trained_on[0].val_origins


def test_a_margin_that_differs_in_its_last_digit_is_the_same(recipe_file: Path, model: Path, tmp_path: Path) -> None:
    student, card = checkpoint.load(model)
    settings = replace(recipe(recipe_file), start=str(tmp_path / "old.safetensors"))
    data = select(settings.data, settings.seed)
    for margin, crop in ((1.0499999999999998, 1.05), (1.05, 1.0499999999999998)):
        checkpoint.save(tmp_path / "old.safetensors", student, replace(card, crop_margin=margin))
        with_start_history(settings, replace(data, crop=replace(data.crop, margin=crop)))
    with pytest.raises(BadConfig, match="margin"):
        with_start_history(settings, replace(data, crop=replace(data.crop, margin=1.06)))


def test_nobody_it_was_trained_on_chooses(
    recipe_file: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--start", str(model), "--out", str(tmp_path / "run"), "--data.val_origins", "[clips/p0]"]
    assert main(["train", str(recipe_file), *words]) == 2
    assert "clips/p0" in capsys.readouterr().err


def test_other_weights_under_the_same_name_and_weights_in_the_runs_own_folder_are_refused(
    recipe_file: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start, out = tmp_path / "start.safetensors", tmp_path / "run"
    start.write_bytes(model.read_bytes())
    words = ["train", str(recipe_file), "--optim.epochs", "1", "--out", str(out), "--start"]
    assert main([*words, str(start)]) == 0
    student, card = checkpoint.load(model)
    with torch.no_grad():
        next(student.parameters()).add_(1)
    checkpoint.save(start, student, card)
    assert main([*words, str(start)]) == 2
    assert "start's weights" in capsys.readouterr().err
    assert main([*words, str(out / "model.safetensors")]) == 2
    assert "another folder" in capsys.readouterr().err


def test_seeds_whose_people_would_choose_wrongly_are_refused_before_the_first_run(
    recipe_file: Path, model: Path, tmp_path: Path
) -> None:
    drawn = ["--data.val_origins", "[]", "--data.val_share", "0.4"]
    assert main(["train", str(recipe_file), "--start", str(model), "--out", str(tmp_path), "--seeds", "3", *drawn]) == 2
    assert not list(tmp_path.iterdir())


def test_a_folder_of_pictures_takes_the_detectors_network(model: Path) -> None:
    assert recipe(None, student_words(str(model))).student == replace(
        recipe(None, []).student, backbone="test_efficientnet", input_size=32, channels=8
    )


def test_another_network_is_refused_before_a_folder_is_prepared(clips: Path, model: Path, tmp_path: Path) -> None:
    words = ["--start", str(model), "--student.channels", "16", "--out", str(tmp_path / "run")]
    assert main(["train", str(clips), *words]) == 2
    assert not (tmp_path / "run").exists()


def test_a_convolutional_network_goes_on_at_another_side_and_says_so(
    recipe_file: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--start", str(model), "--student.input_size", "48", "--out", str(tmp_path / "run"), *STILL]
    assert main(["train", str(recipe_file), *words]) == 0
    assert "looked at pictures of 32 px, its weights go on at 48 px" in capsys.readouterr().err
    (before, _), (after, card) = checkpoint.load(model), checkpoint.load(tmp_path / "run" / "model.safetensors")
    assert card.input_size == after.settings.input_size == 48
    for (name, was), now in zip(before.named_parameters(), after.parameters(), strict=True):
        torch.testing.assert_close(now, was, rtol=0, atol=1e-12, msg=name)


def test_a_transformer_is_refused_at_another_side_and_taken_at_its_own(recipe_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "transformer.safetensors"
    of = replace(recipe(recipe_file), start=str(file))
    of = replace(of, student=replace(of.student, backbone="vit_tiny_patch16_224", input_size=64))
    card = replace(card_of_student(of.student), methods=("real", "frequency", "self_blend"))
    checkpoint.save(file, Student(of.student), card)
    check_start(of)
    with pytest.raises(BadConfig, match=r"student\.input_size = 64"):
        check_start(replace(of, student=replace(of.student, input_size=96)))


def card_of_student(student: StudentSettings) -> ModelCard:
    return ModelCard(
        name="toy",
        version="1",
        backbone=student.backbone,
        input_size=student.input_size,
        channels=student.channels,
        crop_size=48,
        crop_margin=1.3,
        finder="centerface",
        finder_side=480,
        frames=3,
        mean=(student.mean,) * 3,
        std=(student.std,) * 3,
    )


@pytest.mark.parametrize("setting", [("student", "channels", 9), ("student", "backbone", "resnet18")])
def test_another_network_than_the_detectors_is_refused(recipe_file: Path, model: Path, setting: tuple) -> None:
    section, name, value = setting
    settings = replace(recipe(recipe_file), start=str(model))
    settings = replace(settings, **{section: replace(getattr(settings, section), **{name: value})})
    with pytest.raises(BadConfig, match=f"{section}.{name} = {getattr(card_of(model), name)}"):
        with_start_history(settings, select(DataSettings(stores=settings.data.stores), 0))
