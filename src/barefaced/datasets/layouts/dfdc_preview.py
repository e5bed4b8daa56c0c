"""The preview of the DeepFake Detection Challenge (Dolhansky et al., 2019).

original_videos/643049/643049_A_001.mp4                     <actor>_<scene>_<number>
method_A/1795659/1795659_B/2059066_1795659_B_001.mp4        <lender>_<actor>_<scene>_<number>; method_B likewise
dataset.json        {"method_A/...mp4": {"label": "fake", "set": "train", "target_id": ..., "swapped_id": ...}}
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from barefaced.datasets.file_listing import as_text, join_id, media_files, mismatch, no_levels
from barefaced.datasets.layouts.layout import Reading, Who, first_few, reading
from barefaced.errors import LayoutMismatch
from barefaced.imaging.suffixes import VIDEOS
from barefaced.runtime.text import reason_of
from barefaced.values.dataset import REAL, Clip

FOLDERS = {"original_videos": REAL, "method_A": "method_A", "method_B": "method_B"}
TABLE = "dataset.json"
_NAME = re.compile(r"((?P<lender>\d+)_)?(?P<actor>\d+)_(?P<scene>[A-Za-z]+)_(?P<number>\d+)")


def read(root: Path, compression: str) -> Reading:
    """Labels and splits by dataset.json; without it the folders say what is real, and no split is known."""
    no_levels("dfdc_preview", compression)
    there = {
        (top, as_text(path.name)): path
        for top in FOLDERS
        if (root / top).is_dir()
        for path in media_files(root / top, VIDEOS)
    }
    if not there:
        raise mismatch(root, f"videos in {', '.join(FOLDERS)}")
    table = _table(root / TABLE)
    told = [] if table else [f"no {TABLE}: the folders say what is real, and no split is known"]
    named = table or {"/".join(place): {"label": "real" if FOLDERS[place[0]] == REAL else "fake"} for place in there}
    rows = {(PurePosixPath(file).parts[0], PurePosixPath(file).name): row for file, row in named.items()}
    reals = {PurePosixPath(name).stem for (_, name), row in rows.items() if row["label"] == "real"}
    clips, missing = [], []
    for (top, file), row in rows.items():
        path = there.pop((top, as_text(file)), None)
        if path is None:
            missing.append(f"{top}/{file}")
            continue
        method, name = REAL if row["label"] == "real" else top, as_text(path.stem)
        seen = who(name, method, reals, str(row.get("target_id") or ""), str(row.get("swapped_id") or ""))
        clips.append(
            Clip(
                clip=join_id("dfdc_preview", "", method, name),
                dataset="dfdc_preview",
                compression="",
                method=method,
                origin=seen.origin,
                identity=seen.identity,
                source=seen.source,
                split=row.get("set", ""),
                path=path,
            )
        )
    if there:
        names = sorted("/".join(place) for place in there)
        told.append(f"{len(names)} videos that {TABLE} does not name are left out: {first_few(names, 3)}")
    return reading(clips, missing, told)


def who(name: str, method: str, reals: set[str] | frozenset[str], actor: str = "", lender: str = "") -> Who:
    """Whose scene the video `name` is of.

    Args:
        reals: names of real videos: a forgery's origin is the one of its own actor, scene and number, else the scene.
        actor: who is seen, where dataset.json says; else the name does.
        lender: whose face was put in, likewise.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        origin = f"dfdc_preview/{name}"
        person, other = (f"dfdc_preview/{one}" if one else "" for one in (actor, lender if method != REAL else ""))
        return Who(origin, person or origin, other)
    scene = f"{match['actor']}_{match['scene']}"
    whole = f"{scene}_{match['number']}"
    origin = name if method == REAL else whole if whole in reals else scene
    lender = (lender or match["lender"] or "") if method != REAL else ""
    return Who(
        f"dfdc_preview/{origin}", f"dfdc_preview/{actor or match['actor']}", f"dfdc_preview/{lender}" if lender else ""
    )


def _table(path: Path) -> dict[str, Mapping[str, Any]] | None:
    if not path.is_file():
        return None
    try:
        table = {
            str(file).replace("\\", "/"): row for file, row in json.loads(path.read_text(encoding="utf-8")).items()
        }
        for file, row in table.items():
            if row["label"] not in ("real", "fake") or row.get("set", "") not in ("train", "val", "test", ""):
                raise ValueError(f"{file}: {row}")
            if PurePosixPath(file).parts[0] not in FOLDERS:
                raise ValueError(f"{file} is in none of {', '.join(FOLDERS)}")
    except (ValueError, KeyError, AttributeError, TypeError, IndexError) as e:
        raise LayoutMismatch(
            expected=f'rows such as "method_A/...mp4": {{"label": "fake", "set": "train"}} in {path}',
            got=reason_of(e),
            fix="Unpack the data set again.",
        ) from e
    return table
