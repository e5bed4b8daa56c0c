"""What a file says of itself is read, cut to size, and taken for a claim."""

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from toys_vision import made_clip, numbered

from barefaced.faces.media_file import MediaFile
from barefaced.faces.provenance import LONGEST, provenance


def test_a_videos_container_rate_and_tags_are_read(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as out:
        out.metadata["title"] = "a\x1b[31mb" + "x" * 1000
        out.metadata["comment"] = "<script>"
        stream = out.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        for rgb in numbered(25):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        out.mux(stream.encode(None))
    found = provenance(MediaFile(path))
    assert found.size == path.stat().st_size
    assert "mp4" in found.container
    assert found.tags["comment"] == "<script>"
    assert found.tags["title"].startswith("a [31mb")
    assert len(found.tags["title"]) <= LONGEST
    # One second of 64 x 48 at 25 frames a second: the stream is a part of the file.
    assert 0 < found.bits_per_pixel < 8 * found.size / (64 * 48 * 25)


def test_less_quality_is_fewer_bits(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(10)]
    bits = []
    for crf in ("18", "40"):
        path = made_clip(tmp_path / f"{crf}.mp4", frames, options={"crf": crf})
        bits.append(provenance(MediaFile(path)).bits_per_pixel)
    assert bits[0] > 3 * bits[1]


def test_a_pictures_camera_is_read(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0131] = "Maker", "Editor 1.0"
    exif.get_ifd(0x8769)[0x9003] = "2024:01:02 03:04:05"
    path = tmp_path / "face.jpg"
    Image.effect_noise((40, 30), 50).convert("RGB").save(path, exif=exif)
    found = provenance(MediaFile(path))
    assert found.tags == {"DateTimeOriginal": "2024:01:02 03:04:05", "Make": "Maker", "Software": "Editor 1.0"}
    assert (found.container, found.bits_per_pixel) == ("jpeg", pytest.approx(8 * found.size / 1200))


def test_without_the_library_no_manifest_is_looked_for_and_with_it_absent_is_said(tmp_path: Path) -> None:
    path = tmp_path / "face.jpg"
    Image.effect_noise((40, 30), 50).convert("RGB").save(path)
    found = provenance(MediaFile(path))
    try:
        import c2pa  # noqa: F401
    except ImportError:
        assert found.c2pa == "not_read"
    else:
        assert found.c2pa == "absent"
    assert found.c2pa_manifest == {}
