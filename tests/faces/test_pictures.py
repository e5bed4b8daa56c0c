"""Pictures, which are clips of one frame."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from barefaced.errors import UnreadableMedia
from barefaced.faces import pictures
from barefaced.faces.video import frames_at, probe, timeline


@pytest.mark.parametrize("name", ["a picture with spaces.jpg", "лицо 顔.png", "face.webp", "face.bmp", "face.tiff"])
def test_a_picture_is_a_clip_of_one_frame(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Image.fromarray(np.full((30, 40, 3), 99, np.uint8)).save(path)
    told = probe(path)
    assert (told.height, told.width, told.fps, told.seconds, told.frames) == (30, 40, 0, 0, 1)
    assert told.codec in {"jpeg", "png", "webp", "bmp", "tiff"}
    np.testing.assert_array_equal(timeline(path), [0.0])
    ((position, frame),) = frames_at(path, np.array([0.0, 5.0]))
    assert (position, frame.index, frame.seconds, frame.rgb.shape) == (0, 0, 0.0, (30, 40, 3))
    assert np.abs(frame.rgb.astype(int) - 99).max() <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_is_shown_as_its_exif_says(tmp_path: Path, orientation: int) -> None:
    rgb = np.zeros((32, 48, 3), np.uint8)
    rgb[:16, :24] = 200
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = orientation
    Image.fromarray(rgb).save(tmp_path / "exif.jpg", exif=exif, quality=95)
    # EXIF 2.3, 4.6.4: where the stored first row and first column are to be seen.
    shown = {
        1: rgb,
        2: np.fliplr(rgb),
        3: np.rot90(rgb, 2),
        4: np.flipud(rgb),
        5: rgb.transpose(1, 0, 2),
        6: np.rot90(rgb, -1),
        7: np.rot90(rgb, 2).transpose(1, 0, 2),
        8: np.rot90(rgb, 1),
    }[orientation]
    told = probe(tmp_path / "exif.jpg")
    ((_, frame),) = frames_at(tmp_path / "exif.jpg", np.zeros(1))
    assert (told.height, told.width) == shown.shape[:2] == frame.rgb.shape[:2]
    assert np.abs(frame.rgb.astype(int) - shown).mean() < 3


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_every_mode_of_picture_ends_as_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("face.jpg" if mode == "CMYK" else "face.png")
    if mode == "I;16":
        Image.fromarray(np.full((8, 9), 255 * 257, np.uint16)).save(path)
    else:
        Image.new("RGB", (9, 8), "white").convert(mode).save(path)
    ((_, frame),) = frames_at(path, np.zeros(1))
    assert frame.rgb.shape == (8, 9, 3)
    assert frame.rgb.min() >= 253


def test_a_damaged_picture_is_unreadable_where_its_pixels_are_wanted(tmp_path: Path) -> None:
    path = tmp_path / "half.jpg"
    Image.effect_noise((200, 200), 90).save(path)
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(UnreadableMedia, match="truncated"):
        list(frames_at(path, np.zeros(1)))
