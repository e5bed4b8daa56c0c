"""The wheel holds all that an installation needs, and runs where nothing of the checkout is seen."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the source, which keeps the checkout clean, without a network."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in NEEDED:
        shutil.copy(ROOT / name, source / name)
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    words = [
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--wheel-dir",
        str(out),
        str(source),
    ]
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *words], check=True)
    [file] = out.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_every_file_of_the_package_is_in_it(unpacked: Path) -> None:
    def files(folder: Path) -> set[str]:
        there = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return {path.as_posix() for path in there if "__pycache__" not in path.parts}

    package = files(ROOT / "src" / "barefaced")
    assert {"py.typed", "reports/detection.schema.json", "reports/templates/page.html"} <= package
    assert any(name.startswith("weights/") for name in package)
    assert files(unpacked / "barefaced") == package


def test_it_says_what_it_is_and_under_which_licence(unpacked: Path) -> None:
    [folder] = unpacked.glob("*.dist-info")
    facts = message_from_string((folder / "METADATA").read_text(encoding="utf-8"))
    assert (facts["Name"], facts["Version"]) == (PROJECT["name"], PROJECT["version"])
    assert f"version: {PROJECT['version']}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert set(facts.get_all("License-File", [])) == {"LICENSE", "NOTICE"}
    assert "barefaced = barefaced.commands" in (folder / "entry_points.txt").read_text(encoding="utf-8")


def test_it_shows_its_detector_without_the_checkout(unpacked: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import barefaced; "
        "assert Path(barefaced.__file__).is_relative_to(sys.argv.pop(1)); "
        "from importlib.metadata import entry_points; "
        "[command] = entry_points(group='console_scripts', name='barefaced'); sys.exit(command.load()())"
    )
    # -S leaves out site-packages, and with it an editable installation; what is depended on comes after the wheel.
    paths = os.pathsep.join([str(unpacked), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(unpacked), "info", "--json"],
        env=os.environ | {"PYTHONPATH": paths},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert '"sha256"' in done.stdout
