"""Whether everything that detection needs is here: one line each, and what to do about what is wrong."""

import importlib.metadata
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from barefaced.config.media import FinderSettings, PrepareSettings
from barefaced.config.options import AnyPath, command
from barefaced.errors import BarefacedError
from barefaced.runtime.model_packages import SHIPPED, weights_file

PACKAGES = ("torch", "timm", "av", "openvino", "opencv-python-headless", "pillow", "captum", "safetensors")
CODECS = ("h264", "hevc", "vp9", "av1", "mpeg4", "mjpeg", "prores")
PICTURES = {"jpg": "JPEG", "zlib": "PNG", "webp": "WebP", "libtiff": "TIFF"}
ROOM = 1 << 30
"""Bytes of free disk under which a run is likely to end early."""


@dataclass(frozen=True)
class Finding:
    """One line."""

    state: Literal["ok", "note", "wrong"]
    what: str
    found: str
    fix: str = ""


@command
def doctor(*, model: AnyPath = SHIPPED, out: AnyPath = ".") -> int:
    """Check whether everything that detection needs is here: a line each, and what to do about what is wrong.

    Args:
        model: a weights file to look at; `shipped` is the one that comes with barefaced
        out: where results are to be written

    Returns:
        0 where nothing is wrong, else 1.
    """
    findings = [one for look in (_versions, _codecs, _finder, _sandbox, _c2pa, _gpu) for one in look()]
    findings += [*_model(Path(model)), *_room(Path(out))]
    for one in findings:
        print(f"{one.state:5}  {one.what:12}  {one.found}{f'; {one.fix}' if one.fix else ''}")  # noqa: T201
    return BarefacedError.exit_code if any(one.state == "wrong" for one in findings) else 0


def _versions() -> Iterator[Finding]:
    yield Finding("ok", "barefaced", f"{importlib.metadata.version('barefaced')}, Python {platform.python_version()}")
    there = {name: _version(name) for name in PACKAGES}
    yield Finding("ok", "packages", ", ".join(f"{name} {version}" for name, version in there.items() if version))
    for name, version in there.items():
        if version is None:
            yield Finding("wrong", "packages", f"no {name}", f"run `pip install {name}`")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _codecs() -> Iterator[Finding]:
    import av
    from PIL import features

    known = {name for name in av.codecs_available if name in CODECS}
    missing = [name for name in CODECS if name not in known]
    yield Finding(
        "note" if missing else "ok",
        "video",
        ", ".join(name for name in CODECS if name in known),
        f"no {', '.join(missing)}: install PyAV's own wheels (`pip install av`)" if missing else "",
    )
    absent = [name for feature, name in PICTURES.items() if not features.check(feature)]
    yield Finding(
        "wrong" if absent else "ok",
        "pictures",
        ", ".join(name for name in PICTURES.values() if name not in absent),
        f"no {', '.join(absent)}: install Pillow's own wheels (`pip install pillow`)" if absent else "",
    )


def _finder() -> Iterator[Finding]:
    import numpy as np

    from barefaced.faces.face_finder import load_finder

    try:
        finder = load_finder(FinderSettings(), threads=1)
        finder.find(np.zeros((64, 64, 3), np.uint8))
    except BarefacedError as e:
        yield Finding("wrong", "face finder", e.got, e.fix)
    else:
        yield Finding("ok", "face finder", "CenterFace loads and runs")


def _sandbox() -> Iterator[Finding]:
    from barefaced.faces.sandbox.reading import Reader

    reader = Reader(PrepareSettings())
    try:
        rules = reader.rules_in_force()
    except BarefacedError as e:
        yield Finding("wrong", "decoding", e.got, e.fix)
        return
    finally:
        reader.close()
    lacking = [name for name, held in rules.items() if not held]
    yield Finding(
        "note" if lacking else "ok",
        "decoding",
        "in a process of its own, without " + ", ".join(name for name, held in rules.items() if held),
        f"not held back here: {', '.join(lacking)}; look at strangers' files in a container" if lacking else "",
    )


def _c2pa() -> Iterator[Finding]:
    there = find_spec("c2pa") is not None
    fix = "" if there else "run `pip install c2pa-python` to have manifests read"
    yield Finding("ok" if there else "note", "C2PA", "library installed" if there else "no library", fix)


def _gpu() -> Iterator[Finding]:
    import torch

    cores = os.cpu_count() or 1
    if torch.cuda.is_available():
        yield Finding("ok", "GPU", f"{torch.cuda.get_device_name(0)}; {cores} cores")
    else:
        yield Finding(
            "note", "GPU", f"none that torch {torch.__version__} can use; {cores} cores", "detection runs without"
        )


def _model(model: Path) -> Iterator[Finding]:
    from barefaced.model.checkpoint import load

    try:
        _, card = load(weights_file(model))
    except BarefacedError as e:
        yield Finding("wrong", "model", e.got, e.fix)
        return
    yield Finding("ok", "model", f"{card.name}, {card.backbone} at {card.input_size} px, sha256 {card.sha256[:12]}")
    if not card.thresholds.real_clips:
        yield Finding("note", "model", "no thresholds were chosen", "train with validation clips of both classes")


def _room(out: Path) -> Iterator[Finding]:
    folder = next(place for place in (out.absolute(), *out.absolute().parents) if place.is_dir())
    yield _writable(folder)
    yield _free(folder)


def _writable(folder: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Finding("ok", "writing", f"{folder} can be written to")
    except OSError as e:
        return Finding("wrong", "writing", f"{folder}: {e.strerror}", "choose another --out")


def _free(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        return Finding(
            "wrong", "disk", f"{free / (1 << 30):.1f} GiB free in {folder}", "make room, or choose another --out"
        )
    return Finding("ok", "disk", f"{free / (1 << 30):.1f} GiB free in {folder}")
