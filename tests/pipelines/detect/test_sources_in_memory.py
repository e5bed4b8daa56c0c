"""What Python hands in becomes a file of the same pixels, or is refused with what is taken."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from barefaced.config.media import DetectSettings
from barefaced.errors import BadConfig, InputError
from barefaced.pipelines.detect.detector import load, with_fields
from barefaced.pipelines.detect.sources_in_memory import list_sources, write_source


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (7, 5, 3), np.uint8)


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("kind", ["array", "picture", "bytes", "file"])
def test_every_kind_of_source_holds_the_same_pixels(kind: str, pixels: np.ndarray, tmp_path: Path) -> None:
    source = {
        "array": pixels,
        "picture": Image.fromarray(pixels),
        "bytes": png(pixels),
        "file": io.BytesIO(png(pixels)),
    }[kind]
    path, name = write_source(source, 3, tmp_path)
    assert name == f"{kind} 3"
    with Image.open(path) as read:
        np.testing.assert_array_equal(np.asarray(read), pixels)


def test_a_path_stays_where_it_is_and_an_open_file_keeps_its_name(pixels: np.ndarray, tmp_path: Path) -> None:
    there = tmp_path / "there.png"
    there.write_bytes(png(pixels))
    folder = tmp_path / "folder"
    folder.mkdir()
    assert write_source(str(there), 0, folder) == (there, "")
    with there.open("rb") as file:
        assert write_source(file, 0, folder)[1] == str(there)


def test_a_picture_is_turned_as_its_camera_says_and_cmyk_is_taken(pixels: np.ndarray, tmp_path: Path) -> None:
    lying = Image.fromarray(pixels)
    lying.getexif()[0x0112] = 6  # to be turned by 90 degrees
    with Image.open(write_source(lying, 0, tmp_path)[0]) as read:
        assert read.size == (7, 5)
    with Image.open(write_source(Image.fromarray(pixels).convert("CMYK"), 1, tmp_path)[0]) as read:
        assert read.mode == "RGB"


@pytest.mark.parametrize("wrong", [3, None, ["a.jpg"], {"path": "a.jpg"}, io.StringIO("text")])
def test_another_kind_is_refused_with_what_is_taken(wrong: object, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="bytes"):
        write_source(wrong, 0, tmp_path)


@pytest.mark.parametrize("wrong", [np.zeros((4, 4, 3)), np.zeros((4, 4), np.uint8), np.zeros((2, 4, 4, 3), np.uint8)])
def test_an_array_of_another_shape_or_type_is_refused(wrong: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="RGB uint8"):
        write_source(wrong, 0, tmp_path)


def test_a_single_source_is_a_list_of_one(pixels: np.ndarray) -> None:
    for lone in ("a.jpg", Path("a.jpg"), b"bytes", pixels, Image.fromarray(pixels), io.BytesIO(b"")):
        [same] = list_sources(lone)
        assert same is lone
    with pytest.raises(InputError, match="list or generator"):
        list_sources(3)


def test_settings_by_name() -> None:
    assert with_fields(with_fields(DetectSettings(), {"frames": 4}), {"evidence": 0}) == DetectSettings(
        frames=4, evidence=0
    )
    with pytest.raises(BadConfig, match="Did you mean frames"):
        with_fields(DetectSettings(), {"frmes": 4})
    with pytest.raises(BadConfig, match="by name"):
        with_fields(8, {})


@pytest.mark.parametrize("device", ["gpu", "cuda:99"])
def test_what_is_no_device_is_refused(device: str) -> None:
    with pytest.raises(BadConfig, match=device):
        load(device=device)
