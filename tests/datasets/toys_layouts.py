"""Toy trees of the published layouts, of real tiny films: each is another file, and all play."""

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from barefaced.datasets import layouts
from barefaced.faces.video_writer import write_clip
from barefaced.values.dataset import Clip


def read(layout: str, root: Path, compression: str = "") -> tuple[Clip, ...]:
    """The clips that a layout reads."""
    return layouts.read(layout, root, compression).clips


def plant(root: Path, *files: str) -> Path:
    """Empty files at these places."""
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return root


@cache
def _film() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "film.mp4")
        frames = [np.full((32, 32, 3), 40 * n, np.uint8) for n in range(3)]
        write_clip(path, frames, 8.0)
        return path.read_bytes()


def films(root: Path, *files: str) -> Path:
    """A film at each place; a box that players pass over makes each another file."""
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        name = path.relative_to(root).as_posix().encode()
        path.write_bytes(_film() + (8 + len(name)).to_bytes(4, "big") + b"free" + name)
    return root


def text(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def faceforensics(root: Path) -> Path:
    methods = ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter")
    films(
        root,
        *(
            f"original_sequences/youtube/{level}/videos/{name}.mp4"
            for level in ("raw", "c23")
            for name in ("071", "054")
        ),
        *(f"manipulated_sequences/{method}/c23/videos/071_054.mp4" for method in methods),
        "manipulated_sequences/Deepfakes/masks/videos/071_054.mp4",
    )
    text(root / "splits/train.json", [["071", "054"]])
    text(root / "splits/test.json", [["953", "974"]])
    return root


def dfd(root: Path) -> Path:
    return films(
        root,
        "original_sequences/actors/c23/videos/01__walking outside.mp4",
        "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__walking outside__YVGY8LOK.mp4",
        "manipulated_sequences/DeepFakeDetection/masks/videos/01_02__walking outside__YVGY8LOK.mp4",
    )


def celeb(root: Path) -> Path:
    films(root, "Celeb-real/id0_0000.mp4", "Celeb-real/id1_0003.mp4", "YouTube-real/00000.mp4")
    films(root, "Celeb-synthesis/id0_id1_0000.mp4", "Celeb-synthesis/id1_id0_0003.mp4")
    text(root / "List_of_testing_videos.txt", "1 Celeb-real/id0_0000.mp4\n0 Celeb-synthesis/id0_id1_0000.mp4\n")
    return root


def dfdc(root: Path) -> Path:
    films(root, *(f"dfdc_train_part_7/{name}.mp4" for name in ("aaaaaaaaaa", "bbbbbbbbbb", "unnamedone")))
    films(root, "test/cccccccccc.mp4", "test/dddddddddd.mp4")
    part = {
        "aaaaaaaaaa.mp4": {"label": "FAKE", "split": "train", "original": "bbbbbbbbbb.mp4"},
        "bbbbbbbbbb.mp4": {"label": "REAL", "split": "train", "original": None},
        "eeeeeeeeee.mp4": {"label": "FAKE", "split": "train", "original": "bbbbbbbbbb.mp4"},
    }
    text(root / "dfdc_train_part_7/metadata.json", part)
    text(root / "test/labels.csv", "filename,label\ncccccccccc.mp4,1\ndddddddddd.mp4,0\n")
    return root


def dfdc_preview(root: Path) -> Path:
    rows = {
        "original_videos/643049/643049_A_001.mp4": {"label": "real", "set": "train"},
        "method_A/643049/643049_A/2059066_643049_A_001.mp4": {
            "label": "fake",
            "set": "train",
            "target_id": "643049",
            "swapped_id": "2059066",
        },
        "method_B/643049/643049_C/2059066_643049_C_004.mp4": {"label": "fake", "set": "test"},
    }
    films(root, *rows)
    text(root / "dataset.json", rows | {"method_B/1/1_A/2_1_A_001.mp4": {"label": "fake", "set": "test"}})
    return root


def uadfv(root: Path) -> Path:
    return films(root, "real/0000.mp4", "real/0001.mp4", "fake/0000_fake.mp4")


def deeperforensics(root: Path) -> Path:
    variants = ("end_to_end", "end_to_end_level_3")
    films(
        root, *(f"manipulated_videos/{variant}/{name}.mp4" for variant in variants for name in ("000_W026", "001_M101"))
    )
    films(
        root, "source_videos/W026/light_up/happy/camera_up/W026_light_up_happy_camera_up.mp4", "target_videos/000.mp4"
    )
    text(root / "lists/splits/train.txt", "000_W026.mp4\n002_M101.mp4\n")
    text(root / "lists/splits/test.txt", "001_M101.mp4\n")
    return root


def df40(root: Path) -> Path:
    return films(
        root,
        "simswap/ff/000_003.mp4",
        "simswap/cdf/id0_id1_0000.mp4",
        "ddim/ff/frames/000/001.png",
        "heygen/fake/speech.mp4",
        "heygen/real/speech.mp4",
        "test/e4s/ff/003_000.mp4",
    )


def folder(root: Path) -> Path:
    return films(root, "real/a.mp4", "fake/swap/a.mp4", "fake/b c лицо.mp4")


TREES = {
    "faceforensics": faceforensics,
    "dfd": dfd,
    "celeb_df_v2": celeb,
    "dfdc": dfdc,
    "dfdc_preview": dfdc_preview,
    "uadfv": uadfv,
    "deeperforensics": deeperforensics,
    "df40": df40,
    "folder": folder,
}
"""A tree of every layout that is recognised."""
