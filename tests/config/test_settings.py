"""Settings: every one is read, and every misspelling is answered with what was meant."""

import dataclasses
import math
import re
from pathlib import Path

import pytest

import barefaced
from barefaced.config import media, pictures, training
from barefaced.config import recipe as recipes
from barefaced.config.parsing import recipe
from barefaced.config.presets import PRESETS
from barefaced.config.recipe import (
    AugmentSettings,
    DataSettings,
    LossSettings,
    Recipe,
    StudentSettings,
    TeacherSettings,
)
from barefaced.config.training import OptimSettings
from barefaced.errors import BadConfig

PACKAGE = Path(barefaced.__file__).parent
TREES = [
    kind
    for module in (media, pictures, recipes, training)
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


def build(kind: type, values: dict) -> None:
    """Build `kind` past the type check of the test run, which nobody else has."""
    settings = kind()
    for name, value in values.items():
        object.__setattr__(settings, name, value)
    settings.__post_init__()


IMPOSSIBLE = [
    (media.CropSettings, {"size": 0}, {"margin": 0.0}, {"margin": math.inf}, {"margin": math.nan}),
    (media.FinderSettings, {"name": "mtcnn"}, {"side": 0}, {"confidence": 1.5}),
    (media.PrepareSettings, {"frames": 0}, {"image": "gif"}, {"least_face": -1.0}, {"crop": 256}),
    (media.DetectSettings, {"frames": -1}, {"frames": "8"}, {"people": "all"}, {"least_sharpness": math.nan}),
    (pictures.ForgeSettings, {"jpeg": (90, 50)}, {"downscale": (0.0, 1.0)}, {"tries": 0}, {"masks": ()}, {"each": -1}),
    (pictures.PixelSettings, {"resize": (0.0, 1.0)}, {"h264": (40, 60)}, {"noise": (3.0, 1.0)}, {"jpeg": (0, 9)}),
    (pictures.PixelSettings, {"colour": 2.0}, {"blur": (1.0,)}, {"downscale": 2}, {"flip": 1}),
    (DataSettings, {"val_share": 1.0}, {"holes": "fill"}, {"shares": (0.5, 0.6)}, {"shares": (1.5, -0.5)}),
    (DataSettings, {"stores": "one"}, {"window": -2}, {"stored": -1}, {"epoch_groups": -1}),
    (StudentSettings, {"input_size": 10**6}, {"channels": 0}, {"std": 0.0}, {"mean": math.inf}, {"locate": -1}),
    (TeacherSettings, {"real_side": 113}, {"real_weights": "face.safetensors"}),
    (AugmentSettings, {"direct": -1.0}, {"beta": (1.0, 0.0)}, {"degrees": -1.0}, {"mixture": (0.5, 0.5)}),
    (AugmentSettings, {"mixture": (0.5, 0.3, 0.3)}, {"mixture": (), "sigmas": ()}, {"sigmas": (0.1, -0.1, 0.5)}),
    (AugmentSettings, {"momentum": 1.0}, {"bank": 0}, {"a": (0.0, 1.0)}, {"a": (2.0, 1.0)}),
    (
        AugmentSettings,
        {"a": (1.5, 2.0), "alpha": "fixed"},
        dict.fromkeys(("direct", "indirect", "affine", "additive"), 0.0),
    ),
    (LossSettings, {"distill": -1.0}, {"binary": 0.0}, {"temperature": 0.0}, {"domain": 0.0}, {"distance": "l1"}),
    (OptimSettings, {"epochs": 0}, {"ema": 1.0}, {"accumulate": 0}, {"sam": -1.0}, {"lr": 0.0}, {"epochs": 1.5}),
    (training.EngineSettings, {"threads": -1}, {"nodes": 0}, {"watch": ("tensorboard",)}, {"precision": "8"}),
    (Recipe, {"seed": -1}, {"preset": "papr"}),
]


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [(kind, wrong) for kind, *more in IMPOSSIBLE for wrong in more],
    ids=lambda value: value.__name__ if isinstance(value, type) else "+".join(value),
)
def test_an_impossible_setting_is_refused_by_name_where_it_is_built(kind: type, wrong: dict) -> None:
    with pytest.raises(BadConfig, match=next(iter(wrong))):
        build(kind, wrong)


def test_every_number_and_every_choice_is_checked() -> None:
    """No field takes a text that is none of its choices, nor a number that is none."""
    for kind in TREES:
        for field in dataclasses.fields(kind):
            value = getattr(kind(), field.name)
            if isinstance(value, float):
                with pytest.raises(BadConfig, match=field.name):
                    build(kind, {field.name: math.nan})
            if isinstance(value, int | float):
                with pytest.raises(BadConfig, match=field.name):
                    build(kind, {field.name: "much"})


@pytest.mark.parametrize(
    ("kind", "off"),
    [
        (pictures.PixelSettings, {"h264": (0, 0), "blur": (0.0, 0.0), "resize": (1.0, 1.0), "downscale": ()}),
        (pictures.ForgeSettings, {"methods": (), "each": 0, "jpeg": (100, 100), "downscale": (1.0, 1.0)}),
        (OptimSettings, {"clip": 0.0, "ema": 0.0, "sam": 0.0, "patience": 0, "groups": 0, "save_every": math.inf}),
        (AugmentSettings, {"direct": 0.0, "indirect": 0.0, "affine": 0.0, "additive": 0.0, "inputs": "cd"}),
        (media.DetectSettings, {"frames": 0, "evidence": 0, "least_face": 0.0, "least_sharpness": 1e9}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_switches_something_off_stays_legal(kind: type, off: dict) -> None:
    kind(**off)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_a_recipe(preset: str) -> None:
    assert recipe(None, ["--preset", preset]).preset == preset


@pytest.mark.parametrize("file", sorted(Path(__file__).parents[2].glob("recipes/*.yaml")), ids=lambda file: file.stem)
def test_every_recipe_that_comes_along_is_one(file: Path) -> None:
    recipe(file)


def test_settings_that_cannot_work_together_are_refused_in_python_too() -> None:
    with pytest.raises(BadConfig, match="real_frozen"):
        Recipe(loss=LossSettings(real=1.0))
    with pytest.raises(BadConfig, match=r"student\.locate and loss"):
        Recipe(loss=LossSettings(locate=0.5))
    with pytest.raises(BadConfig, match=r"augment\.inputs"):
        Recipe(loss=LossSettings(domain=0.0, distill=0.0))
    with pytest.raises(BadConfig, match=r"optim\.sam"):
        Recipe(optim=OptimSettings(sam=0.1), engine=training.EngineSettings(precision="16-mixed"))
