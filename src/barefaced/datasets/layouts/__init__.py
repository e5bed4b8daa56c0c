"""Published folder layouts, read into Clips: one function a layout, one file a data set; the dict names them.

Nothing here opens a media file: a clip that does not decode is the preparation's to report. A download of which only a
part is there gives the clips that are there, and names what the data set's own lists name besides.
"""

import itertools
from collections.abc import Callable, Sequence
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
from barefaced.errors import BadConfig, LayoutMismatch
from barefaced.runtime.text import suggest_names
from barefaced.values.dataset import Clip

AUTO = "auto"
"""In place of a layout's name: the one that the folders show."""
OWN = "folder"
"""The layout of anybody's own files."""


def read(layout: str, root: Path, compression: str = "", real: tuple[str, ...] = ()) -> Reading:
    """Read the data set at `root`; its clips sorted by id.

    Args:
        layout: a key of `LAYOUTS`, or `auto`.
        root: the data set's top folder.
        compression: one compression level only, where the layout has levels; empty: all.
        real: folders or labels that are real whatever they are called (`values.labels`): of the layout `folder`, which
            `auto` then is.

    Raises:
        LayoutMismatch: no such layout, the folders are not its folders, or (auto) those of no layout or of several; one
            file is two clips of one name, or is called real and forged.
        BadConfig: a compression level that the layout does not have; a label that says neither real nor forged.
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
    if real and layout not in (AUTO, OWN):
        raise BadConfig(
            expected=f"--real with the layout {OWN}", got=f"the layout {layout}", fix="Its folders say what is real."
        )
    name, why = (OWN, "") if real else recognise(root) if layout == AUTO else (layout, "")
    found = real_fake_folders.read(root, compression, real) if real else LAYOUTS[name](root, compression)
    clips = sorted(found.clips, key=lambda clip: clip.clip)
    for one, other in itertools.pairwise(clips):
        if one.clip == other.clip:
            raise LayoutMismatch(
                expected=f"one file for the clip {one.clip}",
                got=f"{one.path} and {other.path}",
                fix="Keep one of them, or rename one.",
            )
    _check_one_label_a_file(clips)
    return replace(found, clips=tuple(clips), layout=name, why=why)


def _check_one_label_a_file(clips: Sequence[Clip]) -> None:
    """Refuse a file, by whatever path or link, that is a real clip and a forged one."""
    seen: dict[tuple[int, int], Clip] = {}
    for clip in clips:
        if clip.path.exists():
            at = clip.path.stat()
            other = seen.setdefault((at.st_dev, at.st_ino), clip)
            if other.label != clip.label:
                raise LayoutMismatch(
                    expected="every file either real or forged",
                    got=f"{clip.path} as {other.clip} and as {clip.clip}",
                    fix="Leave out the wrong one.",
                )


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
