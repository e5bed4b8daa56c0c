"""Celeb-DF-v1 and -v2 (Li et al., CVPR 2020): two sizes of one data set, in the same folders.

Celeb-real/id0_0000.mp4     YouTube-real/00000.mp4     Celeb-synthesis/id0_id1_0000.mp4
List_of_testing_videos.txt  lines such as `1 Celeb-real/id0_0000.mp4`: here, unlike anywhere else, 1 means real
"""

import re
from pathlib import Path, PurePosixPath

from barefaced.datasets.file_listing import as_text, join_id, media_files, mismatch, no_levels
from barefaced.datasets.layouts.layout import Reading, Who, reading
from barefaced.errors import LayoutMismatch
from barefaced.imaging.suffixes import VIDEOS
from barefaced.values.dataset import REAL, Clip

FOLDERS = {"Celeb-real": REAL, "YouTube-real": REAL, "Celeb-synthesis": "Celeb-synthesis"}
LIST = "List_of_testing_videos.txt"
_NAME = re.compile(r"(?P<target>id\d+)_((?P<source>id\d+)_)?(?P<number>\d+)")


def read_v1(root: Path, compression: str) -> Reading:
    """As `read_v2`."""
    return _read("celeb_df_v1", root, compression)


def read_v2(root: Path, compression: str) -> Reading:
    """Clips in the list of testing videos are test, the others train; without the list no split is known.

    `id0_id1_0000` is the clip `id0_0000` with the face of id1.
    """
    return _read("celeb_df_v2", root, compression)


def who(dataset: str, name: str) -> Who:
    """Whose scene the video `name` is of; a name without an id is a person of its own."""
    match = _NAME.fullmatch(name)
    if match is None:
        return Who(f"{dataset}/{name}", f"{dataset}/{name}")
    target, source = match["target"], match["source"]
    return Who(f"{dataset}/{target}_{match['number']}", f"{dataset}/{target}", f"{dataset}/{source}" if source else "")


def parts(root: Path) -> dict[str, Path]:
    """The published folders that are there, by their published names; some copies write Youtube-real."""
    there = {path.name.lower(): path for path in root.iterdir() if path.is_dir()}
    return {part: there[part.lower()] for part in FOLDERS if part.lower() in there}


def _read(dataset: str, root: Path, compression: str) -> Reading:
    no_levels(dataset, compression)
    folders = parts(root)
    if not folders:
        raise mismatch(root, f"the folders {', '.join(FOLDERS)}")
    listed = testing(root)
    clips, named = [], set()
    for part, top in folders.items():
        method = FOLDERS[part]
        for path in media_files(top, VIDEOS):
            name = as_text(path.stem)
            seen = who(dataset, name)
            if part != "YouTube-real" and (_NAME.fullmatch(name) is None or bool(seen.source) == (method == REAL)):
                raise LayoutMismatch(
                    expected="names such as id0_0000.mp4 in Celeb-real and id0_id1_0000.mp4 in Celeb-synthesis",
                    got=f"{part}/{path.name}",
                    fix="Give it the published name, or move it out of the data set.",
                )
            named.add(f"{part}/{name}")
            split = ("test" if f"{part}/{name}" in listed else "train") if listed is not None else ""
            clips.append(
                Clip(
                    clip=join_id(dataset, "", method, name),
                    dataset=dataset,
                    compression="",
                    method=method,
                    origin=seen.origin,
                    identity=seen.identity,
                    source=seen.source,
                    split=split,
                    path=path,
                )
            )
    told = () if listed is not None else (f"no {LIST}: no split is known",)
    return reading(clips, (listed or frozenset()) - named, told)


def testing(root: Path) -> frozenset[str] | None:
    """`folder/name` of the testing videos; None without a list.

    Raises:
        LayoutMismatch: a line of it is not understood, or has the label turned round.
    """
    path = root / LIST
    if not path.is_file():
        return None
    published = {part.lower(): part for part in FOLDERS}
    listed = set()
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        label, _, file = line.strip().partition(" ")
        where = PurePosixPath(file.strip().replace("\\", "/"))
        part = published.get(where.parent.as_posix().lower(), "")
        if not part or label != str(int(FOLDERS[part] == REAL)):
            raise LayoutMismatch(
                expected=f"lines such as `1 Celeb-real/id0_0000.mp4` (1 real, 0 fake) in {path}",
                got=f"line {number}: {line.strip()!r}",
                fix="Fetch the list again from the data set.",
            )
        listed.add(f"{part}/{where.stem}")
    return frozenset(listed)
