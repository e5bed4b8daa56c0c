"""DeeperForensics-1.0 (Jiang et al., CVPR 2020): faces of paid actors on FaceForensics++'s thousand videos.

    manipulated_videos/{end_to_end, end_to_end_level_1, ..., reenact_postprocess}/000_W026.mp4      <target>_<actor>
    source_videos/W026/...                      the actors in a studio
    lists/splits/{train,val,test}.txt           lines such as 000_W026.mp4
    target_videos/000.mp4                       not shipped: FaceForensics++'s c23 originals, if you put them there

The actors' studio videos are not the real part of this data set (its README says so) and are left out: a detector would
learn studios. The real part is the targets, whose origins are FaceForensics++'s.
"""

import re
from pathlib import Path

from barefaced.datasets.file_listing import as_text, join_id, media_files, mismatch, no_levels
from barefaced.datasets.layouts.layout import Reading, Who, reading
from barefaced.errors import LayoutMismatch
from barefaced.imaging.suffixes import VIDEOS
from barefaced.values.dataset import REAL, Clip

_FAKE = re.compile(r"(?P<target>\d{3})_(?P<actor>[MW]\d{3})")
_REAL = re.compile(r"\d{3}")


def read(root: Path, compression: str) -> Reading:
    """A variant (the forging, or a perturbation of it) is a method. A target has the split of its forgeries."""
    no_levels("deeperforensics", compression)
    forged = root / "manipulated_videos"
    if not forged.is_dir():
        raise mismatch(root, "the folder manipulated_videos")
    files = [(path, path.relative_to(forged).parts[0]) for path in media_files(forged, VIDEOS)]
    files += [(path, REAL) for path in media_files(root / "target_videos", VIDEOS)]
    splits = _splits(root / "lists" / "splits")
    by_target = {name.partition("_")[0]: split for name, split in splits.items()}
    clips = []
    for path, method in files:
        name = as_text(path.stem)
        seen = who(name, method)
        if seen is None or (method != REAL and path.parent == forged):
            raise LayoutMismatch(
                expected="names such as manipulated_videos/end_to_end/000_W026.mp4 and target_videos/000.mp4",
                got=path.relative_to(root).as_posix(),
                fix="Give it the published name, or move it out of the data set.",
            )
        clips.append(
            Clip(
                clip=join_id("deeperforensics", "", method, name),
                dataset="deeperforensics",
                compression="",
                method=method,
                origin=seen.origin,
                identity=seen.identity,
                source=seen.source,
                split=by_target.get(name, "") if method == REAL else splits.get(name, ""),
                path=path,
            )
        )
    there = {(clip.method, clip.path.stem) for clip in clips}
    variants = sorted({method for _, method in files} - {REAL})
    missing = [f"{method}/{name}" for method in variants for name in splits if (method, name) not in there]
    told = [] if splits else ["no lists/splits: no split is known"]
    if studio := sum(1 for _ in media_files(root / "source_videos", VIDEOS)):
        told.append(f"{studio} studio videos of the actors in source_videos are left out: they are not the real part")
    if not any(clip.method == REAL for clip in clips):
        told.append(
            "no real part: put FaceForensics++'s c23 originals into target_videos, or use its store beside this"
        )
    return reading(clips, missing, told)


def who(name: str, method: str) -> Who | None:
    """Whose scene the video `name` is of; None where the name is not a published one."""
    match = (_REAL if method == REAL else _FAKE).fullmatch(name)
    if match is None:
        return None
    target = f"faceforensics/{name[:3]}"
    return Who(target, target, f"deeperforensics/{match['actor']}" if method != REAL else "")


def _splits(folder: Path) -> dict[str, str]:
    splits: dict[str, str] = {}
    for split in ("train", "val", "test"):
        if not (folder / f"{split}.txt").is_file():
            continue
        for line in (folder / f"{split}.txt").read_text(encoding="utf-8-sig").splitlines():
            name = line.strip().replace("\\", "/").rpartition("/")[2].removesuffix(".mp4")
            if name and _FAKE.fullmatch(name) is None:
                raise LayoutMismatch(
                    expected=f"lines such as 000_W026.mp4 in {folder / split}.txt",
                    got=repr(line),
                    fix="Unpack the lists again.",
                )
            if name:
                splits[name] = split
    return splits
