"""A page to look at forgeries by: real, forged, where, and what changed; one HTML file without remote parts.

Alphabet: S crop side; RGB uint8, masks in [0, 1].
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

GAIN = 4
"""The difference is shown this many times as large, about mid grey."""

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.15rem; }
.rows { display: grid; grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); gap: .8rem; }
figure { margin: 0; }
figure img { width: 100%; display: block; image-rendering: auto; border-radius: 4px; }
figcaption { font-size: .85rem; opacity: .85; overflow-wrap: anywhere; }
.refused img { outline: 3px solid #D55E00; }
pre { overflow-x: auto; font-size: .85rem; }
@media print { figure { break-inside: avoid; } }
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
        "<!doctype html><html lang='en'><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>",
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
    return "\n".join([*parts, "</html>", ""])


def _strip(example: Example) -> str:
    difference = example.forged.astype(np.int16) - example.real
    grey = np.repeat(np.rint(example.mask * 255).astype(np.uint8)[..., None], 3, axis=2)
    shown = np.clip(128 + GAIN * difference, 0, 255).astype(np.uint8)
    sheet = np.concatenate([example.real, example.forged, grey, shown], axis=1)
    data = cv2.imencode(".jpg", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()
