"""Made material: clips written with PyAV."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from barefaced.faces.media_file import MediaFile
from barefaced.values.media import Face, Frame, Video


def probe(path: Path) -> Video:
    """What the file says of itself."""
    return MediaFile(path).video


def timeline(path: Path) -> np.ndarray:
    """When its frames are shown."""
    return MediaFile(path).times


def frames_at(path: Path, seconds: np.ndarray) -> Iterator[tuple[int, Frame]]:
    """The frames at these times."""
    return MediaFile(path).frames_at(seconds)


def made_clip(
    path: Path,
    frames: Sequence[np.ndarray],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rate: int = 25,
    ticks: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    rotation: int | None = None,
    matrix: Sequence[int] | None = None,
) -> Path:
    """RGB frames into a file; `ticks` are presentation times in thousandths of a second."""
    with av.open(str(path), "w", options=container or {}) as out:
        stream = out.add_stream(codec, rate=rate, options={"threads": "1", **(options or {})})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        if ticks is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if rotation is not None:
            stream.set_display_rotation(rotation)
        if matrix is not None:
            stream.set_display_matrix(matrix)
        for n, rgb in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
            if ticks is None:
                frame.pts, frame.time_base = n, Fraction(1, rate)
            else:
                frame.pts, frame.time_base = ticks[n], Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def numbered(count: int, height: int = 48, width: int = 64) -> list[np.ndarray]:
    """Frames that say which they are: two grey halves that code the number in steps of 16."""
    frames = []
    for n in range(count):
        rgb = np.empty((height, width, 3), np.uint8)
        rgb[:, : width // 2] = 16 + 16 * (n % 14)
        rgb[:, width // 2 :] = 16 + 16 * (n // 14)
        frames.append(rgb)
    return frames


def number_of(rgb: np.ndarray) -> int:
    """What `numbered` wrote into a frame."""
    half = rgb.shape[1] // 2
    low, high = float(rgb[4:-4, 4 : half - 4].mean()), float(rgb[4:-4, half + 4 : -4].mean())
    return round((low - 16) / 16) + 14 * round((high - 16) / 16)


def made_sound(path: Path) -> Path:
    """Half a second of silence and nothing else."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=16000, layout="mono")
        for n in range(8):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 16000, n * 1024, Fraction(1, 16000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def toy_face(x: float, y: float, side: float, confidence: float = 0.9) -> Face:
    """A square face around (x, y)."""
    marks = np.array([[-0.2, -0.15], [0.2, -0.15], [0, 0.05], [-0.15, 0.25], [0.15, 0.25]]) * side + [x, y]
    box = np.array([x - side / 2, y - side / 2, x + side / 2, y + side / 2])
    return Face(box=box.astype(np.float32), landmarks=marks.astype(np.float32), confidence=confidence)


def made_streams(path: Path, streams: Sequence[tuple[Sequence[np.ndarray], str, bool]]) -> Path:
    """Several video streams in a file: (frames, codec, whether it is marked as the default)."""
    with av.open(str(path), "w") as out:
        added = []
        for frames, codec, default in streams:
            stream = out.add_stream(codec, rate=25)
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.disposition = av.stream.Disposition.default if default else av.stream.Disposition(0)
            added.append(stream)
        for stream, (frames, _, _) in zip(added, streams, strict=True):
            for n, rgb in enumerate(frames):
                frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
                frame.pts, frame.time_base = n, Fraction(1, 25)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    return path


def remuxed(source: Path, path: Path, stamp: Callable[[int], int], sound: float = 0.0) -> Path:
    """The packets of `source` at other times (`stamp` maps milliseconds), beside so many seconds of silence."""
    with av.open(str(source)) as old, av.open(str(path), "w", options={"avoid_negative_ts": "disabled"}) as out:
        have = old.streams.video[0]
        stream = out.add_stream_from_template(have)
        voice = out.add_stream("aac", rate=16000, layout="mono") if sound else None
        for packet in old.demux(have):
            if packet.dts is not None and packet.pts is not None and packet.time_base is not None:
                ticks = 1000 * packet.time_base
                packet.pts, packet.dts = stamp(round(packet.pts * ticks)), stamp(round(packet.dts * ticks))
                packet.time_base, packet.stream = Fraction(1, 1000), stream
                out.mux(packet)
        if voice is not None:
            for n in range(round(sound * 16000 / 1024)):
                frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = 16000, n * 1024, Fraction(1, 16000)
                out.mux(voice.encode(frame))
            out.mux(voice.encode(None))
    return path
