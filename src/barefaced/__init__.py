"""How likely is it that this face is not its own?

    import barefaced

    detector = barefaced.load()
    report = detector.detect("clip.mp4", frames=8)
    print(report.verdict, report.fakeness)

`prepare`, `forge`, `train`, `evaluate` and `calibrate` are the commands of these names: a command's options are the
function's keywords. What is not named in `__all__` may change without notice. Nothing heavy is imported before it is
used.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from barefaced.commands.calibrate import calibrate
    from barefaced.commands.evaluate import evaluate
    from barefaced.commands.forge import forge
    from barefaced.commands.prepare import prepare
    from barefaced.commands.train import train
    from barefaced.config.media import DetectSettings, PrepareSettings
    from barefaced.config.pictures import ForgeSettings
    from barefaced.config.recipe import Recipe
    from barefaced.errors import BarefacedError
    from barefaced.pipelines.detect.detector import Detector, load
    from barefaced.reports.detection.report import Report
    from barefaced.values.card import ModelCard
    from barefaced.values.scores import MomentScore, Segment, TrackScore

    __version__: str

_HOMES = {
    "BarefacedError": "barefaced.errors",
    "DetectSettings": "barefaced.config.media",
    "Detector": "barefaced.pipelines.detect.detector",
    "ForgeSettings": "barefaced.config.pictures",
    "ModelCard": "barefaced.values.card",
    "MomentScore": "barefaced.values.scores",
    "PrepareSettings": "barefaced.config.media",
    "Recipe": "barefaced.config.recipe",
    "Report": "barefaced.reports.detection.report",
    "Segment": "barefaced.values.scores",
    "TrackScore": "barefaced.values.scores",
    "calibrate": "barefaced.commands.calibrate",
    "evaluate": "barefaced.commands.evaluate",
    "forge": "barefaced.commands.forge",
    "load": "barefaced.pipelines.detect.detector",
    "prepare": "barefaced.commands.prepare",
    "train": "barefaced.commands.train",
}

__all__ = [
    "BarefacedError",
    "DetectSettings",
    "Detector",
    "ForgeSettings",
    "ModelCard",
    "MomentScore",
    "PrepareSettings",
    "Recipe",
    "Report",
    "Segment",
    "TrackScore",
    "__version__",
    "calibrate",
    "evaluate",
    "forge",
    "load",
    "prepare",
    "train",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("barefaced")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'barefaced' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
