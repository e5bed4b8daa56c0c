"""The doctor names what is missing and what to do about it."""

from pathlib import Path

import pytest

from barefaced.commands.main import main
from barefaced.runtime import model_packages


def test_all_is_well_with_a_line_for_each_thing(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--model", str(model), "--out", str(tmp_path / "not" / "there")]) == 0
    lines = capsys.readouterr().out.splitlines()
    for what in ("barefaced", "video", "pictures", "face finder", "decoding", "GPU", "model", "writing", "disk"):
        assert any(what in line for line in lines), what
    assert not any(line.startswith("wrong") for line in lines)


def test_what_is_wrong_comes_with_its_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(model_packages.PACKAGED, "centerface", model_packages.PackagedFile("no-such", "1", "f", "", ""))
    model_packages.locate.cache_clear()
    try:
        assert main(["doctor", "--model", str(tmp_path / "no.safetensors")]) == 1
    finally:
        model_packages.locate.cache_clear()
    wrong = [line for line in capsys.readouterr().out.splitlines() if line.startswith("wrong")]
    assert any("face finder" in line and "pip install" in line for line in wrong)
    assert any("model" in line and "Check the path" in line for line in wrong)
