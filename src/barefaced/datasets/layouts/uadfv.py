"""UADFV (Yang, Li and Lyu, ICASSP 2019): 49 videos and a forgery of each. No split, and nothing says whose face it is.

real/0000.mp4       fake/0000_fake.mp4
"""

import re
from pathlib import Path

from barefaced.datasets.file_listing import as_text, join_id, media_files, mismatch, no_levels
from barefaced.datasets.layouts.layout import Reading, Who, reading
from barefaced.errors import LayoutMismatch
from barefaced.imaging.suffixes import VIDEOS
from barefaced.values.dataset import REAL, Clip

_NAMES = {REAL: re.compile(r"(\d{4})"), "fake": re.compile(r"(\d{4})_fake")}


def read(root: Path, compression: str) -> Reading:
    """`nnnn_fake` is the video `nnnn` with another face."""
    no_levels("uadfv", compression)
    files = [
        (path, method) for method in _NAMES if (root / method).is_dir() for path in media_files(root / method, VIDEOS)
    ]
    if not files:
        raise mismatch(root, "videos in real/ and fake/")
    clips = []
    for path, method in files:
        name = as_text(path.stem)
        seen = who(name, method)
        if seen is None:
            raise LayoutMismatch(
                expected="names such as real/0000.mp4 and fake/0000_fake.mp4",
                got=f"{method}/{path.name}",
                fix="If these are your own files, choose the layout `folder`.",
            )
        clips.append(
            Clip(
                clip=join_id("uadfv", "", method, name),
                dataset="uadfv",
                compression="",
                method=method,
                origin=seen.origin,
                identity=seen.identity,
                source=seen.source,
                split="",
                path=path,
            )
        )
    return reading(clips)


def who(name: str, method: str) -> Who | None:
    """Whose scene the video `name` is of; None where the name is not a published one."""
    match = _NAMES["fake" if method != REAL else REAL].fullmatch(name)
    return Who(f"uadfv/{match[1]}", f"uadfv/{match[1]}") if match else None
