"""Makes `import timm` work beside a torchvision whose compiled operators do not load."""

import importlib
import importlib.util
import sys

import torch

_OPERATORS = ("nms", "qnms")
_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_libraries: list[torch.library.Library] = []


def declare_operators() -> tuple[str, ...]:
    """Declare the operators without which torchvision dies at import; gives the names declared, mostly none.

    timm imports torchvision for its transforms. The package index's torchvision is compiled for CUDA: beside a CPU-only
    torch its operators do not load, and `import torchvision` ends in "operator torchvision::nms does not exist",
    because it registers shape rules for `nms` and `qnms` without looking whether they are there. Nothing here calls
    either operator, so their names are enough. Where torchvision imports, or is not installed, this does nothing.

    Raises:
        RuntimeError: torchvision fails for another reason.
    """
    if "torchvision" in sys.modules or importlib.util.find_spec("torchvision") is None:
        return ()
    try:
        importlib.import_module("torchvision")
    except RuntimeError as e:
        if "operator torchvision::" not in str(e):
            raise
    else:
        return ()
    # The declarations live as long as this object does.
    library = torch.library.Library("torchvision", "FRAGMENT")
    _libraries.append(library)
    missing = tuple(name for name in _OPERATORS if not hasattr(torch.ops.torchvision, name))
    for name in missing:
        library.define(name + _SCHEMA)
    importlib.import_module("torchvision")
    return missing
