"""Opening a media file safely, and saying in a line why one cannot be.

Only local files of the container formats in `CONTAINERS` are opened: a playlist would make the reader open other files.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from barefaced.errors import UnreadableMedia
from barefaced.faces.file_kinds import foreign_kind, not_taken
from barefaced.faces.limits import MAX_PIXELS, check_length, too_large
from barefaced.runtime.files import sha256_of

CONTAINERS = (
    "mov,mp4,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf,gif,"
    # Sound alone: opened only to say so.
    "wav,mp3,flac,aac"
)
CODECS = frozenset(
    [
        "h264",
        "hevc",
        "av1",
        "vp8",
        "vp9",
        "mpeg1video",
        "mpeg2video",
        "mpeg4",
        "mjpeg",
        "prores",
        "h263",
        "flv1",
        "gif",
        "png",
        "theora",
        "wmv1",
        "wmv2",
        "wmv3",
        "vc1",
        "msmpeg4v2",
        "msmpeg4v3",
        "dvvideo",
        "dnxhd",
        "ffv1",
        "huffyuv",
        "ffvhuff",
        "rawvideo",
    ]
)
"""Videos that people have. A library of hundreds of decoders holds some that hardly anybody looks after."""
_DECODERS = ",".join(sorted({*CODECS, "libdav1d", "libaom-av1", "libvpx", "libvpx-vp9", "msmpeg4"}))
"""Their names in the library, which looks at some frames when it opens a file."""
_NOT_FILM = Disposition.attached_pic | Disposition.timed_thumbnails


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, list[VideoStream]]]:
    """The container and its video streams (a sound file's cover is none), ready to decode.

    Raises:
        UnreadableMedia: no video stream, sound alone, truncated, not media, or a codec that is not taken.
        TooLarge: more than `limits` allow, by what the header says.
    """
    try:
        container = av.open(
            f"file:{path.absolute()}",
            options={"protocol_whitelist": "file", "format_whitelist": CONTAINERS, "codec_whitelist": _DECODERS},
            metadata_errors="replace",
        )
    except (FFmpegError, OSError, ValueError) as e:
        raise _refusal(path) from e
    with container:
        streams = [stream for stream in container.streams.video if not stream.disposition & _NOT_FILM]
        if not streams:
            raise unreadable(path, "no video stream (sound alone)" if container.streams.audio else "no video stream")
        taken = [stream for stream in streams if codec_of(stream) in CODECS]
        if not taken:
            names = ", ".join(sorted({codec_of(stream) or "a codec that is not known here" for stream in streams}))
            raise not_taken(path, f"a video of {names}", "Convert it to H.264 first.")
        for stream in taken:
            if stream.width * stream.height > MAX_PIXELS:
                raise too_large(path, f"{stream.width} x {stream.height}")
            length = max(stream.duration or 0, 0) * float(stream.time_base or 0)
            check_length(
                path,
                max(length, (container.duration or 0) / av.time_base),
                stream.frames,
                stream.width * stream.height,
            )
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            stream.thread_type = "FRAME"
        yield container, taken


def codec_of(stream: VideoStream) -> str:
    """The codec's name; empty where it is not known."""
    return stream.codec_context.codec.canonical_name if stream.codec_context is not None else ""


def check(path: Path) -> None:
    """Raises UnreadableMedia where `path` is no file with something in it that may be read."""
    try:
        if path.is_dir():
            raise unreadable(path, "a folder")
        size = path.stat().st_size
        if not path.is_file():
            raise unreadable(path, "neither a file nor a folder")
        with path.open("rb"):
            pass
    except FileNotFoundError as e:
        raise unreadable(path, "no such file") from e
    except (OSError, ValueError) as e:
        raise unreadable(path, f"a file that cannot be read ({e})") from e
    if size == 0:
        raise unreadable(path, "an empty file (0 bytes)")


def _refusal(path: Path) -> UnreadableMedia:
    if foreign := foreign_kind(path):
        return not_taken(path, *foreign)
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp":
        return unreadable(path, "an MP4 whose index (moov) is missing or damaged: truncated, or never finished")
    return unreadable(path, "not a picture or video (by its content, whatever its name says)")


def digest(path: Path) -> str:
    """The file's sha256.

    Raises:
        UnreadableMedia: the file is gone.
    """
    try:
        return sha256_of(path)
    except OSError as e:
        raise unreadable(path, f"a file that cannot be read ({e})") from e


def unreadable(path: Path, got: str) -> UnreadableMedia:
    """The refusal of `path`, which is `got`."""
    return UnreadableMedia(
        expected=f"a picture or video that decodes at {path}", got=got, fix="Check the path, or get the file again."
    )
