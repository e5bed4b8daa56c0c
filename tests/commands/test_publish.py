"""A weights file for others: the same scores, what was measured of these very weights, and nothing of this machine."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from barefaced.commands.main import main
from barefaced.datasets.store import Store
from barefaced.model import checkpoint
from barefaced.model.card import card_of
from barefaced.model.checkpoint import load


def test_what_others_get_says_what_was_measured_and_nothing_of_this_machine(
    model: Path, store: Path, tmp_path: Path, capsys
) -> None:
    out, measured = tmp_path / "out.safetensors", tmp_path / "measured"
    assert main(["publish", str(model), str(out), "--half", "--terms", "research only"]) == 0
    assert main(["evaluate", str(out), str(store), "--out", str(measured), "--draws", "100"]) == 0
    before = card_of(out)
    words = ["--evaluation", str(measured), "--name", "toy for others"]
    assert main(["publish", str(out), str(out), *words]) == 0
    card = card_of(out)
    assert (card.sha256, card.licence, card.name) == (before.sha256, "research only", "toy for others")
    auc = json.loads((measured / "report.json").read_bytes())["sets"]["clips"]["methods"]["self_blend"]["video"]["auc"]
    assert card.metrics["clips, self_blend, video AUC"].value == auc["value"]
    assert str(store.parent) not in out.read_bytes().decode("latin-1")
    opened = Store.open(store)
    crops = np.stack([opened.load(crop) for crop in opened.crops()[:8]])
    np.testing.assert_allclose(load(out)[0].score(crops), load(model)[0].score(crops), atol=1e-3)

    capsys.readouterr()
    assert main(["info", str(out), "--markdown"]) == 0
    page = capsys.readouterr().out
    for line in ("# Model card: toy for others", "research only", "self_blend", "likely_fake", f"`{card.sha256}`"):
        assert line in page


def test_the_detector_a_run_went_on_from_is_named_without_its_folder(model: Path, tmp_path: Path) -> None:
    student, card = checkpoint.load(model)
    settings = card.settings | {"start": str(tmp_path / "before.safetensors")}
    card = replace(card, settings=settings)
    checkpoint.save(tmp_path / "run.safetensors", student, card, checkpoint.load_domains(model))
    assert main(["publish", str(tmp_path / "run.safetensors"), str(tmp_path / "out.safetensors")]) == 0
    assert card_of(tmp_path / "out.safetensors").settings["start"] == "before.safetensors"


def test_numbers_of_other_weights_are_refused(model: Path, store: Path, tmp_path: Path, capsys) -> None:
    out, measured = tmp_path / "out.safetensors", tmp_path / "measured"
    assert main(["evaluate", str(model), str(store), "--out", str(measured), "--draws", "100"]) == 0
    assert main(["publish", str(model), str(out), "--half"]) == 0  # other tensors: rounded
    capsys.readouterr()
    assert main(["publish", str(out), str(out), "--evaluation", str(measured)]) != 0
    assert "BadConfig" in capsys.readouterr().err
    assert main(["publish", str(out), str(out), "--evaluation", str(tmp_path)]) != 0
    assert "InputError" in capsys.readouterr().err
