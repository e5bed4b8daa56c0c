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
    from barefaced.config import DetectSettings
    from barefaced.detecting.detector import Detector, load
    from barefaced.errors import BarefacedError
    from barefaced.reports.report import Report
    from barefaced.types import ModelCard, MomentScore, Segment, TrackScore

_HOMES = {
    "BarefacedError": "barefaced.errors",
    "DetectSettings": "barefaced.config",
    "Detector": "barefaced.detecting.detector",
    "ModelCard": "barefaced.types",
    "MomentScore": "barefaced.types",
    "Report": "barefaced.reports.report",
    "Segment": "barefaced.types",
    "TrackScore": "barefaced.types",
    "load": "barefaced.detecting.detector",
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
