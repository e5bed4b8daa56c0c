"""Audit: the exit code, what is allowed, the three forms of the answer, and what is refused."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from toys_auditing import METHOD, SETTINGS, add, pairs_store, photograph

from barefaced.commands.main import main
from barefaced.datasets.store import Store
from barefaced.values.dataset import REAL

FEW = ["--draws", "100"]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pairs_store(tmp_path_factory.mktemp("clean") / "store", 24).path


@pytest.fixture(scope="module")
def soft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose forged pictures are softer everywhere."""

    def softened(rgb: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        return cv2.GaussianBlur(rgb, (0, 0), 1.5)

    return pairs_store(tmp_path_factory.mktemp("soft") / "store", 40, after=softened).path


def test_a_clean_store_exits_with_0_and_says_so_on_the_page(clean: Path, tmp_path: Path, capsys) -> None:
    assert main(["data", "audit", str(clean), "--out", str(tmp_path / "out"), *FEW]) == 0
    said = capsys.readouterr()
    assert "No leak found" in said.out
    assert "24 painted, 24 real clips" in said.err
    assert "--most" in said.err
    report = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert report["schema"] == "barefaced-audit/1"
    assert report["leaks"] == []
    assert report["clips"] == {"toy": {"real": 24, METHOD: 24}}
    assert report["pixels"]["jpeg"] == [40, 100]
    page = (tmp_path / "out" / "audit.html").read_text()
    assert "No leak found" in page
    assert "<script" not in page


def test_a_leak_exits_with_3_unless_all_that_tells_is_allowed(soft: Path, tmp_path: Path, capsys) -> None:
    words = ["data", "audit", str(soft), "--out", str(tmp_path / "out"), *FEW]
    assert main([*words, "--json"]) == 3
    report = json.loads(capsys.readouterr().out)
    assert report == json.loads((tmp_path / "out" / "audit.json").read_text())
    found = {leak["by"] for leak in report["leaks"]}
    assert {"outside", "sharpness", "file_bytes"} <= found
    assert main([*words, "--allow", "sharpness"]) == 3
    left = json.loads((tmp_path / "out" / "audit.json").read_text())["leaks"]
    assert {leak["by"] for leak in left} == found - {"sharpness"}
    assert main([*words, "--allow", f"toy/{METHOD}"]) == 0
    assert "leak (allowed)" in capsys.readouterr().out
    assert f"Allowed to tell: toy/{METHOD}" in (tmp_path / "out" / "audit.html").read_text()


def test_a_recipe_says_what_training_does_to_pictures(soft: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("pixels: {chance: 1.0, downscale: [4], jpeg: [50, 60]}\ndata: {window: 48}\n")
    words = ["data", "audit", str(soft), "--out", str(tmp_path / "out"), *FEW]
    main([*words, "--recipe", str(recipe)])
    report = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert (report["pixels"]["downscale"], report["window"]) == ([4], 48)
    recipe.write_text("data: {window: 63}\n")
    assert main([*words, "--recipe", str(recipe)]) == 2


def test_wrong_input_is_refused_with_the_next_step(clean: Path, soft: Path, tmp_path: Path, capsys) -> None:
    def refused(*words: str) -> tuple[int, str]:
        code = main(["data", "audit", *words, "--out", str(tmp_path / "out")])
        return code, capsys.readouterr().err

    code, said = refused(str(tmp_path / "nowhere"))
    assert (code, "StoreDamaged" in said) == (3, True)
    code, said = refused(str(clean), "--allow", "sharpnes")
    assert (code, "Did you mean sharpness" in said) == (2, True)
    code, said = refused(str(clean), str(soft))
    assert (code, "each clip in one store" in said) == (3, True)
    reals = Store.create(tmp_path / "reals", SETTINGS)
    add(reals, "p", REAL, photograph(np.random.default_rng(0)))
    reals.collate()
    code, said = refused(str(reals.path))
    assert (code, "real and forged faces" in said) == (3, True)
    assert not (tmp_path / "out").exists()
