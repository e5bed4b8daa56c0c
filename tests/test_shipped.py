"""The detector that comes with the package: found by its word, the same through every door, and as its page says."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

import barefaced
from barefaced.commands.main import main
from barefaced.errors import MissingWeights
from barefaced.faces.video_writer import write_clip
from barefaced.model.card import card_of
from barefaced.runtime.model_packages import SHIPPED, weights_file

ROOT = Path(__file__).parents[1]
LARGEST = 16_000_000


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("shipped") / "clip.mp4"
    frame = np.ascontiguousarray(astronaut()[:256, 96:352])
    write_clip(file, [np.roll(frame, shift, axis=1) for shift in range(4)], 8.0)
    return file


def test_detection_without_a_model_gives_the_same_number_through_every_door(clip: Path, capsys) -> None:
    assert main(["detect", str(clip), "--json", "--evidence", "0"]) == 0
    [told] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    with barefaced.load() as detector:
        report = detector.detect(clip, barefaced.DetectSettings(evidence=0))
    assert report.fakeness == told["fakeness"]
    assert 0 <= told["fakeness"] <= 1
    assert told["model"]["path"] == SHIPPED
    assert told["model"]["sha256"] == card_of(weights_file()).sha256


def test_its_report_is_verified_by_the_word_on_any_machine(clip: Path, tmp_path: Path, capsys) -> None:
    film = Path(shutil.copy(clip, tmp_path / "film.mp4"))
    assert main(["detect", str(film), "--out", str(tmp_path / "out")]) == 0
    [report] = (tmp_path / "out" / "reports").glob("*.json")
    capsys.readouterr()
    assert main(["verify", str(report)]) == 0
    assert "holds" in capsys.readouterr().out


def test_it_is_small_knows_its_thresholds_and_nothing_of_a_machine() -> None:
    file = weights_file()
    card = card_of(file)
    assert file.stat().st_size <= LARGEST
    assert card.thresholds.real_clips >= 100
    assert card.metrics
    assert card.licence

    def texts(value: object) -> list[str]:
        if isinstance(value, dict):
            return [text for inner in value.values() for text in texts(inner)]
        return [text for inner in value for text in texts(inner)] if isinstance(value, tuple | list) else [str(value)]

    assert not [text for text in texts(card.settings) if text.startswith("/")]


def test_the_model_card_is_the_cards_own_page(capsys) -> None:
    assert main(["info", "--markdown"]) == 0
    assert (ROOT / "MODEL_CARD.md").read_text(encoding="utf-8") == capsys.readouterr().out


def test_it_is_never_calibrated_in_its_place(tmp_path: Path, capsys) -> None:
    assert main(["calibrate", SHIPPED, str(tmp_path)]) != 0
    assert "--out" in capsys.readouterr().err


def test_a_package_without_it_says_what_to_do(monkeypatch) -> None:
    monkeypatch.setattr("barefaced.runtime.model_packages._SHIPPED_FILE", "lost.safetensors")
    with pytest.raises(MissingWeights, match="--model"):
        weights_file()
