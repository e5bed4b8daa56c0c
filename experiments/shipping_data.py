"""The folders that experiments/ship.py prepares: links to the pictures that train and to those that test.

Whoever trains is never among those who test: the test part of OpenForensics is what is left behind the first pictures
by the sha256 of their names, and FaceForensics++ is tested at c40 on other targets than those of the c23 frames.
"""

import csv
import hashlib
from pathlib import Path

import av
import numpy as np
from PIL import Image

NEEDED = (
    "ffpp_c23/frames",
    "ffpp_c23/clips",
    "dfdc_train",
    "dfdc_crops",
    "openforensics/real",
    "openforensics/fake",
    "faceforensics",
    "celeb_df_v2",
    "utkface",
)
"""Folders of DATA."""
OPENFORENSICS = {"real": 1200, "fake": 600}
"""Pictures that train; the others test."""
GAN_SWAP = "gan_swap"
"""What OpenForensics' forgeries are: faces that a GAN made, blended in."""
ORIGINALS = "youtube"


def link_pictures(data: Path, out: Path) -> None:
    """Write the folders of `out`: links to pictures, a csv of origins, and frames joined into lossless clips."""
    for kind, count in OPENFORENSICS.items():
        pictures = sorted((data / "openforensics" / kind).glob("*.jpg"), key=_by_hash)
        for number, picture in enumerate(pictures):
            folder = out / ("openforensics_train" if number < count else "openforensics") / kind
            _link(picture, (folder if kind == "real" else folder / GAN_SWAP) / picture.name)
    _name_origins(data / "ffpp_c23" / "frames", out / "ffpp_frames")
    for method in sorted(path.name for path in (data / "ffpp_c23" / "clips").iterdir() if path.is_dir()):
        top = "original_sequences" if method == ORIGINALS else "manipulated_sequences"
        for clip in sorted((data / "ffpp_c23" / "clips" / method).iterdir()):
            _join_frames(clip, out / "faceforensics_c23" / top / method / "c23" / "videos" / f"{clip.name}.mkv")


def _by_hash(picture: Path) -> bytes:
    return hashlib.sha256(picture.name.encode()).digest()


def _link(picture: Path, link: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.exists():
        link.symlink_to(picture)


def _name_origins(frames: Path, out: Path) -> None:
    """Links to the frames, and a csv that gives every forgery an origin of its own: equal names are not pairs there."""
    out.mkdir(parents=True, exist_ok=True)
    for kind in ("real", "fake"):
        _link(frames / kind, out / kind)
    with (frames / "clips.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with (out / "clips.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, ("path", "label", "method", "origin"), lineterminator="\n")
        table.writeheader()
        for row in rows:
            origin = row["path"] if row["label"] == "fake" else ""
            table.writerow({"path": row["path"], "label": row["label"], "method": row["method"], "origin": origin})


def _join_frames(folder: Path, out: Path) -> None:
    """The pictures of a folder as one clip, a picture a second, without loss (FFV1)."""
    if out.is_file():
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part")
    frames = [np.asarray(Image.open(file).convert("RGB")) for file in sorted(folder.glob("*.jpg"))]
    with av.open(str(part), "w", format="matroska") as container:
        coder = container.add_stream("ffv1", rate=1)
        coder.height, coder.width = frames[0].shape[:2]
        coder.pix_fmt = "bgr0"
        for frame in frames:
            container.mux(coder.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(coder.encode())
    part.rename(out)
