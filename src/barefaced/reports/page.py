"""What every HTML report shares: one file, no remote part, no script, text that stays text, light and dark.

Templates lie in `templates`, each extending `page.html`. Everything put into one is escaped unless it is `Markup`, and
only `drawing` makes that. The page's content-security policy allows inline styles and pictures in the page itself:
whatever slipped through could neither run nor call home. Alphabet: H W height and width of a picture, RGB uint8.
"""

import base64
import io
import re

import matplotlib
import numpy as np
from jaxtyping import UInt8
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from barefaced.imaging.encoding import encode_jpeg

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""A drawing carries style attributes, which no hash can allow; hence 'unsafe-inline', of styles alone."""

THEMED = {
    "#000000": "currentColor",
    "#ffffff": "var(--paper)",
    "#e4e4e4": "var(--line)",
    "#6e6e6e": "var(--quiet)",
    "#0072b2": "var(--blue)",
    "#d55e00": "var(--vermilion)",
}
"""Colours of `figures` that the stylesheet knows, so that a drawing follows the page into the dark."""

_environment = Environment(
    loader=PackageLoader("barefaced.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, **values: object) -> str:
    """Render the page that a template makes of `values`.

    Args:
        template: a file in `templates`.
        values: what it names; text is escaped, whoever wrote it.

    Raises:
        jinja2.UndefinedError: the template names something that was not given.
    """
    return _environment.get_template(template).render(policy=POLICY, **values)


def drawing(figure: Figure, name: str, alt: str) -> Markup:
    """Draw a figure as SVG inside the page, in the page's own colours and letters.

    The text of a figure is escaped by matplotlib.

    Args:
        figure: any figure; black, white, the grid's grey and `THEMED` colours follow the page.
        name: of the figure on its page: letters, digits and `-`. It tells the parts of two drawings apart.
        alt: what it shows, for who cannot see it.
    """
    stream = io.StringIO()
    # Text as text: it can be found, copied and read aloud, and takes a tenth of the room.
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(stream, format="svg", metadata={"Date": None}, transparent=True)
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"#[0-9a-f]{6}\b(?![^<]*</text>)", lambda colour: THEMED.get(colour[0], colour[0]), svg)
    label = Markup('<svg role="img" aria-label="{}"').format(alt)
    return Markup(re.sub(r"^<svg", lambda _: str(label), svg))


def picture(rgb: UInt8[np.ndarray, "H W 3"], quality: int = 85) -> str:
    """A picture as the source of an `img` that lies in the page: a data address of a JPEG."""
    return "data:image/jpeg;base64," + base64.b64encode(encode_jpeg(rgb, quality)).decode()
