"""DF40-style folders (Yan et al., NeurIPS 2024): a folder a method, in it the data sets that it was applied to.

    [train|test/]METHOD/{ff,cdf}/000_003.mp4, .png          forgeries of FaceForensics++ and of Celeb-DF-v2
    [train|test/]METHOD/{fake,real}/...                     methods with reals of their own
    .../frames/000_003/012.png                              a video as face crops

Origins are those of the data sets underneath, so that a model that saw them there is not tested on them here. The crops
of whole videos are better taken with `barefaced data import` and DF40's own JSON: there a video stays one clip.
"""

from collections.abc import Iterator
from pathlib import Path

from barefaced.datasets.file_listing import as_text, folders, join_id, media_files, mismatch, no_levels
from barefaced.datasets.layouts import celeb_df, faceforensics
from barefaced.datasets.layouts.layout import Reading, Who, reading
from barefaced.imaging.suffixes import MEDIA_SUFFIXES
from barefaced.values.dataset import REAL, Clip

DOMAINS = ("ff", "cdf")
_SPLITS = {"train": "train", "val": "val", "test": "test"}


def read(root: Path, compression: str) -> Reading:
    """A video or a picture is a clip; the picture of a video's frames keeps the video's origin."""
    no_levels("df40", compression)
    clips, frames = [], set()
    for top, split in methods(root):
        for path in media_files(top, MEDIA_SUFFIXES):
            inside = path.relative_to(top).parts[:-1]
            lower = [part.lower() for part in inside]
            method = REAL if REAL in lower else as_text(top.name)
            domain = next((part for part in lower if part in DOMAINS), "")
            kept = [
                as_text(part)
                for part in inside
                if part.lower() not in (*DOMAINS, *_SPLITS, REAL, "fake", "frames", "videos")
            ]
            of_video = "frames" in lower and lower[-1] != "frames"
            video = as_text(inside[-1] if of_video else path.stem)
            seen = who(video, domain) or Who(
                *[f"df40/{top.name}/{'/'.join((*kept, *(() if of_video else (video,))))}"] * 2
            )
            if of_video:
                frames.add(path.parent)
            name = join_id(as_text(top.name) if method == REAL else "", domain, *kept, as_text(path.stem))
            clips.append(
                Clip(
                    clip=join_id("df40", "", method, name),
                    dataset="df40",
                    compression="",
                    method=method,
                    origin=seen.origin,
                    identity=seen.identity,
                    source=seen.source if method != REAL else "",
                    split=split or next((_SPLITS[part] for part in lower if part in _SPLITS), ""),
                    path=path,
                )
            )
    if not clips:
        raise mismatch(root, "files in METHOD/ff, METHOD/cdf or METHOD/fake and METHOD/real")
    pictures = sum(clip.path.parent in frames for clip in clips)
    told = [
        f"{pictures} pictures are frames of {len(frames)} videos: "
        "`barefaced data import` with DF40's JSON keeps a video whole"
    ]
    return reading(clips, (), told if frames else ())


def who(name: str, domain: str) -> Who | None:
    """Whose scene the video `name` is of; None where the name says nothing."""
    if domain == "ff":
        return faceforensics.who(name, "fake") or faceforensics.who(name, REAL)
    seen = celeb_df.who("celeb_df_v2", name)
    return seen if domain == "cdf" and seen.origin != seen.identity else None


def methods(root: Path) -> Iterator[tuple[Path, str]]:
    """The folders of methods, and the split that they lie under."""
    for top in folders(root, 1):
        if top.name.lower() in _SPLITS:
            yield from ((inner, _SPLITS[top.name.lower()]) for inner in folders(top, 1) if _is_method(inner))
        elif _is_method(top):
            yield top, ""


def _is_method(top: Path) -> bool:
    return any(inner.name.lower() in (*DOMAINS, REAL, "fake") for inner in folders(top, 1))
