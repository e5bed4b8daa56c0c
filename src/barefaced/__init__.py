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
    from barefaced.commands.detect import Detector, load
    from barefaced.errors import BarefacedError
    from barefaced.types import ModelCard, MomentScore, Report, Segment, TrackScore

_HOMES = {
    "BarefacedError": "barefaced.errors",
    "Detector": "barefaced.commands.detect",
    "ModelCard": "barefaced.types",
    "MomentScore": "barefaced.types",
    "Report": "barefaced.types",
    "Segment": "barefaced.types",
    "TrackScore": "barefaced.types",
    "load": "barefaced.commands.detect",
}

__all__ = [
    "BarefacedError",
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
