"""What people hand over by mistake or in malice: every input of the list that must get a typed answer, made here."""

import contextlib
import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image
from skimage.data import astronaut

Picture = UInt8[np.ndarray, "H W 3"]

FACE: Picture = np.ascontiguousarray(astronaut()[:240, 110:350])
WALL: Picture = np.full((64, 96, 3), 90, np.uint8)
FRAMES = 6


def film(
    path: Path,
    frames: list[Picture],
    codec: str = "libx264",
    pixels: str = "yuv420p",
    ticks: list[int] | None = None,
    turned: int = 0,
    options: dict[str, str] | None = None,
) -> Path:
    """Frames into a video; `ticks` in thousandths of a second instead of 8 frames a second."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=8, options={"threads": "1", **(options or {})})
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], pixels
        if ticks is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if turned:
            stream.set_display_rotation(turned)
        for n, rgb in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
            frame.pts, frame.time_base = (n, Fraction(1, 8)) if ticks is None else (ticks[n], Fraction(1, 1000))
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def faces(count: int = FRAMES) -> list[Picture]:
    return [np.roll(FACE, 2 * n, axis=1) for n in range(count)]


def _picture(path: Path, picture: Image.Image, **options: object) -> Path:
    picture.save(path, **options)  # type: ignore[arg-type]
    return path


def zero_bytes(folder: Path) -> Path:
    path = folder / "zero.mp4"
    path.touch()
    return path


def truncated(folder: Path) -> Path:
    path = film(folder / "truncated.mp4", faces())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    return path


def audio_only(folder: Path) -> Path:
    path = folder / "sound.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=44100)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 44100
        out.mux(stream.encode(silence))
        out.mux(stream.encode(None))
    return path


def picture_named_mp4(folder: Path) -> Path:
    return _picture(folder / "picture.mp4", Image.fromarray(FACE), format="PNG")


def rotated(folder: Path) -> Path:
    return film(folder / "rotated.mp4", [np.rot90(rgb) for rgb in faces()], turned=90)


def variable_rate(folder: Path) -> Path:
    return film(folder / "variable.mkv", faces(), ticks=[0, 40, 400, 433, 2000, 2001])


def odd_sizes(folder: Path) -> Path:
    return film(folder / "odd.mkv", [rgb[:239, :237] for rgb in faces()], codec="ffv1", pixels="yuv444p")


def ten_bit(folder: Path) -> Path:
    return film(folder / "ten.mkv", faces(), codec="ffv1", pixels="yuv420p10le")


def alpha(folder: Path) -> Path:
    return _picture(folder / "alpha.png", Image.fromarray(np.dstack([FACE, np.full(FACE.shape[:2], 128, np.uint8)])))


def grey(folder: Path) -> Path:
    return _picture(folder / "grey.png", Image.fromarray(FACE).convert("L"))


def cmyk(folder: Path) -> Path:
    return _picture(folder / "cmyk.jpg", Image.fromarray(FACE).convert("CMYK"))


def exif_rotated(folder: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 6
    return _picture(folder / "exif.jpg", Image.fromarray(np.ascontiguousarray(np.rot90(FACE))), exif=exif, quality=95)


def animated_gif(folder: Path) -> Path:
    first, *others = (Image.fromarray(rgb) for rgb in faces())
    return _picture(folder / "animated.gif", first, save_all=True, append_images=others, duration=100)


def one_pixel(folder: Path) -> Path:
    return _picture(folder / "one.png", Image.new("RGB", (1, 1)))


def huge(folder: Path) -> Path:
    return _picture(folder / "huge.png", Image.new("1", (20_000, 20_000)))


def thousand_tiny_frames(folder: Path) -> Path:
    return film(folder / "tiny.mp4", [np.full((16, 16, 3), n % 250, np.uint8) for n in range(1000)])


def no_face(folder: Path) -> Path:
    return film(folder / "wall.mp4", [WALL] * FRAMES)


def many_faces(folder: Path) -> Path:
    small = np.asarray(cv2.resize(FACE, (120, 120), interpolation=cv2.INTER_AREA))
    return _picture(folder / "many.png", Image.fromarray(np.tile(small, (4, 4, 1))))


def not_utf8(folder: Path) -> Path:
    path = folder / os.fsdecode(b"f\xffce.png")
    return _picture(path, Image.fromarray(FACE), format="PNG")


def link_loop(folder: Path) -> Path:
    path = folder / "loop.mp4"
    path.symlink_to(path)
    return path


def no_right(folder: Path) -> Path:
    path = film(folder / "secret.mp4", faces())
    path.chmod(0)
    return path


def a_folder(folder: Path) -> Path:
    path = folder / "folder.mp4"
    path.mkdir()
    return path


MADE: dict[Callable[[Path], Path], str] = {
    zero_bytes: "0 bytes",
    truncated: "truncated",
    audio_only: "sound alone",
    picture_named_mp4: "",
    rotated: "",
    variable_rate: "",
    odd_sizes: "",
    ten_bit: "",
    alpha: "",
    grey: "",
    cmyk: "",
    exif_rotated: "",
    animated_gif: "",
    one_pixel: "no_face",
    huge: "at most 64 million pixels",
    thousand_tiny_frames: "no_face",
    no_face: "no_face",
    many_faces: "",
    not_utf8: "",
    link_loop: "cannot be read",
    no_right: "cannot be read",
    a_folder: "a folder",
}
"""Maker to what is to be answered: empty where the face is judged, `no_face`, or words of the refusal."""


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Without root's rights, where the tests have them: root may read everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
