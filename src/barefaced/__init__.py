"""How likely is it that this face is not its own?

    import barefaced

    detector = barefaced.load("model.safetensors")
    report = detector.detect("clip.mp4")
    print(report.verdict, report.fakeness)

What is not named in `__all__` may change without notice. Nothing heavy is imported before it is used.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from barefaced.config.media import DetectSettings
    from barefaced.errors import BarefacedError
    from barefaced.pipelines.detect.detector import Detector, load
    from barefaced.reports.detection.report import Report
    from barefaced.values.card import ModelCard
    from barefaced.values.scores import MomentScore, Segment, TrackScore

_HOMES = {
    "BarefacedError": "barefaced.errors",
    "DetectSettings": "barefaced.config.media",
    "Detector": "barefaced.pipelines.detect.detector",
    "ModelCard": "barefaced.values.card",
    "MomentScore": "barefaced.values.scores",
    "Report": "barefaced.reports.detection.report",
    "Segment": "barefaced.values.scores",
    "TrackScore": "barefaced.values.scores",
    "load": "barefaced.pipelines.detect.detector",
}

__all__ = [
    "BarefacedError",
    "DetectSettings",
    "Detector",
    "ModelCard",
    "MomentScore",
    "Report",
    "Segment",
    "TrackScore",
    "load",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'barefaced' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
