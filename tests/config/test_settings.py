"""Settings: every one is read, and every misspelling is answered with what was meant."""

import dataclasses
import re
from pathlib import Path

import pytest

import barefaced
from barefaced.config import media, pictures
from barefaced.config import recipe as training
from barefaced.config.parsing import recipe
from barefaced.config.recipe import AugmentSettings, OptimSettings, Recipe
from barefaced.errors import BadConfig

PACKAGE = Path(barefaced.__file__).parent
TREES = [
    kind
    for module in (media, pictures, training)
    for kind in vars(module).values()
    if dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__
]


@pytest.mark.parametrize("kind", TREES, ids=lambda kind: kind.__name__)
def test_a_setting_that_nothing_reads_does_not_exist(kind: type) -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE / "config"
    )
    for field in dataclasses.fields(kind):
        assert re.search(rf"\.{field.name}\b", sources), f"{kind.__name__}.{field.name} is read nowhere"


@pytest.mark.parametrize("kind", TREES, ids=lambda kind: kind.__name__)
def test_every_settings_class_is_frozen_and_has_defaults(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    kind()


def test_a_file_the_command_line_and_python_build_the_same_object(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text("seed: 3\noptim:\n  lr: 0.01\naugment:\n  beta: [0.1, 0.9]\n")
    words = ["--seed", "3", "--optim.lr", "0.01", "--augment.beta", "[0.1, 0.9]"]
    python = dataclasses.replace(
        Recipe(),
        seed=3,
        optim=OptimSettings(lr=0.01),
        augment=AugmentSettings(beta=(0.1, 0.9)),
    )
    assert recipe(file) == recipe(None, words) == python


def test_the_command_line_wins_over_the_file_which_wins_over_the_preset(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text("preset: official\nloss:\n  real: 0.5\n")
    made = recipe(file, ["--loss.targets", "detached"])
    assert made.augment.arithmetic == "official"
    assert made.loss.real == 0.5
    assert made.loss.targets == "detached"


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["--optim.lrr", "1"], "optim.lr"),
        (["--optm.lr", "1"], "optim.lr"),
        (["--degrees", "1"], "augment.degrees"),
        (["--augment.momentun", "1"], "augment.momentum"),
    ],
)
def test_a_misspelt_setting_is_refused_with_what_was_meant(words: list[str], meant: str) -> None:
    with pytest.raises(BadConfig, match=re.escape(meant)):
        recipe(None, words)


def test_a_misspelt_setting_in_a_file_is_refused_with_what_was_meant(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text("optim:\n  epoch: 3\n")
    with pytest.raises(BadConfig, match=r"optim\.epochs"):
        recipe(file)


@pytest.mark.parametrize("words", [["--optim.lr", "fast"], ["--preset", "papr"], ["--optim.epochs", "1.5"]])
def test_a_value_of_the_wrong_kind_is_refused(words: list[str]) -> None:
    with pytest.raises(BadConfig):
        recipe(None, words)


def test_stores_are_looked_for_beside_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    file = tmp_path / "r.yaml"
    file.write_text("data:\n  stores: [store, elsewhere]\n")
    assert recipe(file).data.stores == (str((tmp_path / "store").resolve()), "elsewhere")
