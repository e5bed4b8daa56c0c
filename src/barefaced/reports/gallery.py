"""A page to look at forgeries by: real, forged, where, and what changed; one HTML file without remote parts.

Alphabet: S crop side; RGB uint8, masks in [0, 1].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.reports.pages import document, picture

GAIN = 4
"""The difference is shown this many times as large, about mid grey."""

STYLE = """
.rows { display: grid; grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); gap: .8rem; }
.refused img { outline: 3px solid #D55E00; }
"""


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
    """The page, methods in the order of the examples.

    Args:
        title: what was forged.
        examples: each shown as real, forged, mask, difference.
        lines: the counts, shown as they are.
    """
    parts = [
        "<p>From left to right: real, forged, mask (white: replaced), difference "
        f"({GAIN} times, grey: unchanged). Framed: refused by the checks, not used.</p>",
        f"<pre>{escape(chr(10).join(lines))}</pre>",
    ]
    for method in dict.fromkeys(example.method for example in examples):
        parts.append(f"<h2>{escape(method)}</h2><div class='rows'>")
        for example in examples:
            if example.method == method:
                caption = escape(example.name + (f": refused, {example.refused}" if example.refused else ""))
                kind = " class='refused'" if example.refused else ""
                alt = f"{escape(method)} of {escape(example.name)}: real, forged, mask, difference"
                image = f"<img alt='{alt}' src='{_strip(example)}'>"
                parts.append(f"<figure{kind}>{image}<figcaption>{caption}</figcaption></figure>")
        parts.append("</div>")
    return document(title, parts, STYLE)


def _strip(example: Example) -> str:
    difference = example.forged.astype(np.int16) - example.real
    grey = np.repeat(np.rint(example.mask * 255).astype(np.uint8)[..., None], 3, axis=2)
    shown = np.clip(128 + GAIN * difference, 0, 255).astype(np.uint8)
    sheet = np.concatenate([example.real, example.forged, grey, shown], axis=1)
    return picture(sheet)
