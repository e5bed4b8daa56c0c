"""Where a face was altered, from the recipe to the card and to the evidence of a file."""

import json
from pathlib import Path

import jsonschema
import pytest
import torch

import barefaced
import barefaced.reports
from barefaced.commands.main import main
from barefaced.model import checkpoint
from barefaced.model.card import card_of
from barefaced.reports.detection.report import read_report

SCHEMA_FILE = Path(barefaced.reports.__file__).parent / "detection.schema.json"
LOCATE = ["--student.locate", "8", "--loss.locate", "0.5"]


@pytest.fixture(scope="module")
def run(recipe_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that learns it from forgeries made while it trains, beside stored ones without masks."""
    out = tmp_path_factory.mktemp("locate") / "run"
    words = ["--preset", "plain", "--forge.methods", "[reenact]", "--optim.accumulate", "2", "--optim.ema", "0.5"]
    assert main(["train", str(recipe_file), "--out", str(out), *words, *LOCATE]) == 0
    return out


def test_a_run_learns_it_and_its_card_says_how_well(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert all(line["locate"] > 0 for line in lines)
    assert lines[0]["total"] == pytest.approx(lines[0]["binary"] + 0.5 * lines[0]["locate"], rel=1e-5)
    student, card = checkpoint.load(run / "model.safetensors")
    assert student.locator is not None
    assert (card.locate, card.locate_target) == (8, "region")
    measured = card.metrics["validation pixel AUC, altered region"]
    alike = card.metrics["validation pixel AUC, one map for all"]
    assert 0 <= measured.value <= 1
    shares = [card.metrics[f"validation share held for altered, {of}"].value for of in ("real faces", "forgeries")]
    assert all(0 <= share <= 1 for share in shares)
    assert alike.value > 0.9  # three crops of one face
    for form in ([], ["--markdown"]):
        assert main(["info", str(run / "model.safetensors"), *form]) == 0
        told = capsys.readouterr().out
        assert "the altered region, in cells of 8 px" in told
        assert "validation pixel AUC, altered region" in told


def test_stores_without_a_mask_and_nothing_forged_are_refused(
    recipe_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(recipe_file), "--out", str(tmp_path / "run"), *LOCATE]) == 2
    assert "crops without a mask" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_run_goes_on_from_it_with_the_head_and_without(
    run: Path, recipe_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    still = ["--optim.lr", "1e-20", "--optim.weight_decay", "0", "--optim.epochs", "1", "--preset", "plain"]
    words = ["train", str(recipe_file), "--start", str(run / "model.safetensors"), *still]
    assert main([*words, "--out", str(tmp_path / "without")]) == 0
    assert "has a head" in capsys.readouterr().err
    assert card_of(tmp_path / "without" / "model.safetensors").locate == 0
    forged = ["--forge.methods", "[reenact]", *LOCATE]
    assert main([*words, "--out", str(tmp_path / "with"), *forged]) == 0
    assert "begins at random" not in capsys.readouterr().err
    heads = [checkpoint.load(where / "model.safetensors")[0].locator for where in (run, tmp_path / "with")]
    torch.testing.assert_close(heads[0].layer.weight, heads[1].layer.weight, rtol=0, atol=1e-12)  # type: ignore[union-attr]
    boundary = ["--loss.locate_target", "boundary"]
    assert main([*words, "--out", str(tmp_path / "other"), *forged, *boundary]) == 0
    assert "begins at random" in capsys.readouterr().err


def test_the_mean_of_such_runs_has_the_head_and_its_measure(run: Path, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "mean.safetensors"
    assert main(["average", str(run), str(run), "--out", str(out)]) == 0
    assert card_of(out).sha256 == card_of(run / "model.safetensors").sha256
    assert repr(card_of(out).metrics) == repr(card_of(run / "model.safetensors").metrics)
    assert main(["average", str(run), str(trained), "--out", str(out)]) == 2


def test_the_evidence_of_a_file_shows_it_beside_the_gradient_map(
    run: Path, trained: Path, clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = clips / "fake" / "frequency" / "p5.mp4"
    words = ["detect", str(clip), "--out", str(tmp_path), "--evidence", "1", "--model"]
    assert main([*words, str(run / "model.safetensors")]) == 0
    [report] = (tmp_path / "reports").glob("*.json")
    told = read_report(report)
    [shown] = told.evidence
    assert shown.altered is not None
    assert shown.altered.target == "region"
    assert 0 <= shown.altered.share <= 1
    usual = card_of(run / "model.safetensors").metrics["validation share held for altered, real faces"]
    assert shown.altered.share_of_reals == usual.value
    assert (shown.altered.share > 0) == (shown.altered.highest > 0.5)
    assert shown.altered.deletion.share == pytest.approx(0.2, abs=0.02)
    jsonschema.validate(json.loads(report.read_text()), json.loads(SCHEMA_FILE.read_text()))
    assert "Where it may be altered" in report.with_suffix(".html").read_text()
    assert main(["verify", str(report)]) == 0
    with barefaced.load(trained / "model.safetensors") as detector:
        assert [one.altered for one in detector.detect(clip).evidence] == [None, None]
