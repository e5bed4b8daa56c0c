"""Pictures, which are clips of one frame."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from toys_vision import frames_at, number_of, numbered, probe, timeline

from barefaced.errors import UnreadableMedia
from barefaced.faces import pictures
from barefaced.faces.media_file import MediaFile


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


def shown(path: Path) -> np.ndarray:
    """The one frame of a still picture."""
    ((_, frame),) = frames_at(path, np.zeros(1))
    return frame.rgb


def warnings_of(path: Path) -> list[str]:
    """What is said after all frames were given out."""
    media = MediaFile(path)
    assert list(media.frames_at(media.times))
    return list(media.warnings())


@pytest.mark.parametrize(("name", "still"), [("moving.webp", False), ("moving.png", False), ("poster.png", True)])
def test_every_frame_of_an_animation_is_seen_at_its_time(tmp_path: Path, name: str, still: bool) -> None:
    """`poster`: an animated PNG whose first picture is for those who show no animations."""
    pictures = [Image.fromarray(rgb) for rgb in numbered(6)]
    first = Image.new("RGB", pictures[0].size, "red")
    more = {"lossless": True} if name.endswith("webp") else {"default_image": still}
    frames = [first, *pictures] if still else pictures
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], duration=[40, 80, 40, 200, 40, 40], **more)
    told = probe(tmp_path / name)
    assert (told.frames, told.height, told.width) == (6, 48, 64)
    assert told.seconds == pytest.approx(0.44)
    np.testing.assert_allclose(timeline(tmp_path / name), np.cumsum([0, 0.04, 0.08, 0.04, 0.2, 0.04]))
    came = [(n, number_of(frame.rgb)) for n, frame in frames_at(tmp_path / name, timeline(tmp_path / name)[1::2])]
    assert came == [(0, 1), (1, 3), (2, 5)]


def tiff(
    path: Path, pages: list[np.ndarray], *, reduced: tuple[int, ...] = (), tags: dict[int, int] | None = None
) -> None:
    """A TIFF file written by hand: grey pages [H W] one behind the other, those of `reduced` marked as copies."""
    data = b"II*\0" + struct.pack("<I", 0)
    link = 4
    for number, grey in enumerate(pages):
        strip, data = len(data), data + grey.tobytes() + b"\0" * (grey.nbytes % 2)
        given = {254: int(number in reduced), 256: grey.shape[1], 257: grey.shape[0], 258: 8 * grey.itemsize, 259: 1}
        given |= {262: 1, 273: strip, 277: 1, 278: grey.shape[0], 279: grey.nbytes} | (tags or {})
        data = data[:link] + struct.pack("<I", len(data)) + data[link + 4 :]
        data += struct.pack("<H", len(given))
        data += b"".join(struct.pack("<HHII", tag, 4, 1, given[tag]) for tag in sorted(given))
        link, data = len(data), data + struct.pack("<I", 0)
    path.write_bytes(data)


def test_of_several_pages_the_largest_that_is_no_copy_is_shown(tmp_path: Path) -> None:
    small, large = np.full((10, 12), 60, np.uint8), np.full((30, 40), 200, np.uint8)
    for name, pages, reduced in (("a.tif", [small, large], (0,)), ("b.tif", [large, small], ())):
        tiff(tmp_path / name, pages, reduced=reduced)
        assert (shown(tmp_path / name) == 200).all()
        assert shown(tmp_path / name).shape == (30, 40, 3)
        assert warnings_of(tmp_path / name) == ["2 pictures in the file: the largest one was looked at"]
    tiff(tmp_path / "copy.tif", [large, small], reduced=(0,))
    assert (shown(tmp_path / "copy.tif") == 60).all()


@pytest.mark.parametrize("tags", [{50706: 0x00000401}, {262: 32803}], ids=["DNG", "colour filters"])
def test_a_cameras_raw_picture_is_refused_as_one(tmp_path: Path, tags: dict[int, int]) -> None:
    tiff(tmp_path / "raw.tif", [np.full((8, 9), 60, np.uint8)], tags=tags)
    with pytest.raises(UnreadableMedia, match="raw picture"):
        shown(tmp_path / "raw.tif")


def test_a_raw_picture_beneath_its_preview_is_not_passed_over(tmp_path: Path) -> None:
    """As cameras write it: the first page is a preview, and the picture itself is a directory of that page."""
    path = tmp_path / "nested.tif"
    tiff(path, [np.full((8, 9), 60, np.uint8), np.full((80, 90), 60, np.uint8)])
    data = bytearray(path.read_bytes())
    [first] = struct.unpack_from("<I", data, 4)
    [count] = struct.unpack_from("<H", data, first)
    after = first + 2 + 12 * count
    [second] = struct.unpack_from("<I", data, after)
    # The last tag of the first page becomes SubIFDs, and the chain of pages ends there.
    struct.pack_into("<HHII", data, after - 12, 330, 4, 1, second)
    struct.pack_into("<I", data, after, 0)
    path.write_bytes(bytes(data))
    with pytest.raises(UnreadableMedia, match="raw picture"):
        shown(path)


def test_levels_of_other_kinds_are_as_those_of_8_bits_or_refused(tmp_path: Path) -> None:
    grey = np.linspace(0, 255, 600).astype(np.uint8).reshape(20, 30)
    tiff(tmp_path / "8.tif", [grey])
    tiff(tmp_path / "16.tif", [grey.astype(np.uint16) * 257])
    for name in ("8.tif", "16.tif"):
        np.testing.assert_array_equal(shown(tmp_path / name), np.repeat(grey[..., None], 3, axis=-1))
    tiff(tmp_path / "12 in 16.tif", [grey.astype(np.uint16) * 16])
    tiff(tmp_path / "white is zero.tif", [255 - grey], tags={262: 0})
    tiff(tmp_path / "32.tif", [grey.astype(np.uint32)])
    tiff(tmp_path / "float.tif", [grey.astype(np.float32) / 255], tags={339: 3})
    for name in ("12 in 16", "white is zero", "32", "float"):
        with pytest.raises(UnreadableMedia, match="not taken"):
            shown(tmp_path / f"{name}.tif")


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("ending", ["png", "webp"])
def test_what_nobody_sees_is_grey_and_told(tmp_path: Path, mode: str, ending: str) -> None:
    picture = Image.new("RGBA", (40, 30), (250, 250, 250, 255))
    picture.paste((250, 250, 250, 0), (0, 0, 20, 30))
    path = tmp_path / f"clear.{ending}"
    picture.convert(mode).save(path, **({"lossless": True, "exact": True} if ending == "webp" else {}))
    assert (shown(path)[:, :20] == 128).all()
    assert (shown(path)[:, 20:] >= 245).all()
    assert warnings_of(path)[0].startswith("transparent: 1 of 1 frames")


def test_a_phones_picture_of_several_is_a_jpeg(tmp_path: Path) -> None:
    picture = Image.effect_noise((80, 60), 90).convert("RGB")
    picture.save(tmp_path / "one.jpg", quality=12)
    picture.save(tmp_path / "many.jpg", "MPO", quality=12, save_all=True, append_images=[picture.resize((40, 30))])
    one, many = (MediaFile(tmp_path / name) for name in ("one.jpg", "many.jpg"))
    assert many.video.codec == "jpeg"
    np.testing.assert_array_equal(shown(tmp_path / "one.jpg"), shown(tmp_path / "many.jpg"))
    # But for the index of the pictures and a few bytes of padding.
    assert one.bits_per_pixel <= many.bits_per_pixel < 1.2 * one.bits_per_pixel


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "bmp", "tif", "gif"])
def test_a_picture_cut_off_is_called_truncated_whatever_it_is(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"cut.{ending}"
    Image.effect_noise((200, 200), 90).convert("RGB").save(path)
    assert shown(path).shape == (200, 200, 3)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 7 // 10])
    with pytest.raises(UnreadableMedia, match="truncated"):
        shown(path)


@pytest.mark.parametrize(
    ("ending", "name"),
    [
        ("jp2", "JPEG 2000"),
        ("ppm", "PNM"),
        ("tga", "TGA"),
        ("ico", "icon"),
        ("dds", "DDS"),
        ("pcx", "PCX"),
        ("sgi", "SGI"),
        ("eps", "EPS"),
    ],
)
def test_a_kind_that_is_not_taken_is_named(tmp_path: Path, ending: str, name: str) -> None:
    path = tmp_path / f"a.{ending}"
    Image.effect_noise((40, 40), 90).convert("RGB").save(path)
    with pytest.raises(UnreadableMedia, match=f"{name}.*not taken") as caught:
        probe(path)
    assert "Convert" in caught.value.fix
