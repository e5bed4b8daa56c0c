"""One HTML file to look at: no script and no remote part; light and dark, wide and narrow, on paper.

Alphabet: H W height and width of a picture; RGB uint8.
"""

import base64
from collections.abc import Iterable
from html import escape

import cv2
import numpy as np
from jaxtyping import UInt8

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.15rem; }
figure { margin: 0; }
figure img { width: 100%; display: block; image-rendering: auto; border-radius: 4px; }
figcaption { font-size: .85rem; opacity: .85; overflow-wrap: anywhere; }
pre { overflow-x: auto; font-size: .85rem; }
@media print { figure { break-inside: avoid; } }
"""


def document(title: str, parts: Iterable[str], style: str = "") -> str:
    """The page.

    Args:
        title: as text.
        parts: as HTML, escaped already.
        style: what this page needs besides.
    """
    return "\n".join(
        [
            "<!doctype html><html lang='en'><meta charset='utf-8'>",
            "<meta http-equiv='Content-Security-Policy' "
            "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">",
            "<meta name='viewport' content='width=device-width, initial-scale=1'>",
            f"<title>{escape(title)}</title><style>{STYLE}{style}</style><h1>{escape(title)}</h1>",
            *parts,
            "</html>",
            "",
        ]
    )


def picture(image: UInt8[np.ndarray, "H W 3"], quality: int = 90) -> str:
    """An address that holds the picture itself, as JPEG."""
    data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()
