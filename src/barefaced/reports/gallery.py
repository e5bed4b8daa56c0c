"""A page to look at forgeries by: real, forged, where, and what changed; one HTML file without remote parts.

Alphabet: S crop side; RGB uint8, masks in [0, 1].
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.reports.page import picture, render

GAIN = 4
"""The difference is shown this many times as large, about mid grey."""


@dataclass(frozen=True)
class Example:
    """One forgery."""

    method: str
    name: str
    real: UInt8[np.ndarray, "S S 3"]
    forged: UInt8[np.ndarray, "S S 3"]
    mask: Float32[np.ndarray, "S S"]
    refused: str
    """Why it is not used; empty: it is."""


def page(title: str, examples: Sequence[Example], lines: Sequence[str]) -> str:
    """Write the page, methods in the order of the examples.

    Args:
        title: what was forged.
        examples: each shown as real, forged, mask, difference.
        lines: the counts, shown as they are.
    """
    methods: dict[str, list[tuple[Example, str]]] = {}
    for example in examples:
        methods.setdefault(example.method, []).append((example, _strip(example)))
    return render("gallery.html", title=title, lines=lines, gain=GAIN, methods=methods)


def _strip(example: Example) -> str:
    difference = example.forged.astype(np.int16) - example.real
    grey = np.repeat(np.rint(example.mask * 255).astype(np.uint8)[..., None], 3, axis=2)
    shown = np.clip(128 + GAIN * difference, 0, 255).astype(np.uint8)
    sheet = np.concatenate([example.real, example.forged, grey, shown], axis=1)
    return picture(sheet)
