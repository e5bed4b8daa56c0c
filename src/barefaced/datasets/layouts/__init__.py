"""Published folder layouts, read into Clips: one function a layout, one file a data set; the dict names them.

Nothing here opens a media file: a clip that does not decode is the preparation's to report. A download of which only a
part is there gives the clips that are there, and names what the data set's own lists name besides.
"""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from barefaced.datasets.layouts import (
    celeb_df,
    deeperforensics,
    df40,
    dfdc,
    dfdc_preview,
    faceforensics,
    real_fake_folders,
    reals,
    uadfv,
)
from barefaced.datasets.layouts.detect_layout import recognise
from barefaced.datasets.layouts.layout import Reading
from barefaced.errors import LayoutMismatch
from barefaced.runtime.text import suggest_names

AUTO = "auto"
"""In place of a layout's name: the one that the folders show."""


def read(layout: str, root: Path, compression: str = "") -> Reading:
    """The data set at `root`; its clips sorted by id.

    Args:
        layout: a key of `LAYOUTS`, or `auto`.
        root: the data set's top folder.
        compression: one compression level only, where the layout has levels; empty: all.

    Raises:
        LayoutMismatch: no such layout, the folders are not its folders, or (auto) those of no layout or of several.
        BadConfig: a compression level that the layout does not have.
    """
    if layout != AUTO and layout not in LAYOUTS:
        raise LayoutMismatch(
            expected=f"one of the layouts {', '.join((AUTO, *LAYOUTS))}",
            got=f"{layout!r}",
            fix=suggest_names(layout, LAYOUTS, "Sort the files as the layout `folder` has them."),
        )
    if not root.is_dir():
        raise LayoutMismatch(
            expected=f"a folder at {root}",
            got="a file" if root.exists() else "nothing there",
            fix="Give the top folder of the data set.",
        )
    name, why = recognise(root) if layout == AUTO else (layout, "")
    found = LAYOUTS[name](root, compression)
    clips = sorted(found.clips, key=lambda clip: clip.clip)
    for one, other in itertools.pairwise(clips):
        if one.clip == other.clip:
            raise LayoutMismatch(
                expected=f"one file for the clip {one.clip}",
                got=f"{one.path} and {other.path}",
                fix="Keep one of them, or rename one.",
            )
    return replace(found, clips=tuple(clips), layout=name, why=why)


LAYOUTS: dict[str, Callable[[Path, str], Reading]] = {
    "faceforensics": faceforensics.read,
    "dfd": faceforensics.read_dfd,
    "celeb_df_v1": celeb_df.read_v1,
    "celeb_df_v2": celeb_df.read_v2,
    "dfdc": dfdc.read,
    "dfdc_preview": dfdc_preview.read,
    "uadfv": uadfv.read,
    "deeperforensics": deeperforensics.read,
    "df40": df40.read,
    "folder": real_fake_folders.read,
    "reals": reals.read,
}
"""Layouts by name."""
