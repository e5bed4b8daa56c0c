"""A video stream's packets, counted once: when each frame is shown, which ones stand alone, how many bytes they take.

Alphabet: N frames of the clip in presentation order. Times are seconds after the stream's first frame.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from jaxtyping import Bool, Float64, Int64

from barefaced.faces.limits import check_length
from barefaced.faces.opening import codec_of, opened, unreadable

SEEKABLE = ("mov", "matroska")
"""Formats whose index leads to a key frame exactly; elsewhere everything is decoded in sequence."""
STAMPLESS = ("avi",)
"""Formats that store no presentation times; the reader's guess at them is wrong wherever there are B-frames."""
USUAL_RATE = Fraction(25)
"""Frames a second, where neither stamps nor header tell."""


@dataclass(frozen=True)
class Packets:
    """A stream's packets in presentation order, and what its header and first frame say."""

    index: int
    """Of the stream in its file."""
    stamps: Int64[np.ndarray, " N"]
    """In ticks of the time base, ascending, none twice."""
    keys: Bool[np.ndarray, " N"]
    tick: float
    """Seconds."""
    stamped: bool
    """Whether frames are known by their presentation time; else they are counted."""
    seekable: bool
    stored: int
    """Packets in the file."""
    listed: int
    """Packets that the header or index promises; 0 where it does not say."""
    size: int
    """Bytes of all of them."""
    codec: str
    fps: float
    frames: int
    """As the container declares; 0 where it does not say."""
    seconds: float
    """As the container declares."""
    end: float
    """When the last frame begins, in seconds of the file's own clock."""
    aspect: Fraction
    """Width of a pixel over its height."""
    first: VideoFrame | None
    """The first one that decodes."""
    form: str
    """The container's name."""
    tags: dict[str, str]

    @property
    def times(self) -> Float64[np.ndarray, " N"]:
        """When each frame is shown: seconds after the first, ascending."""
        return (self.stamps - self.stamps[0]) * self.tick


@dataclass
class _Count:
    """What is known of a stream while its packets go by."""

    stream: VideoStream
    stamps: list[tuple[int, bool]] = field(default_factory=list)
    stored: int = 0
    size: int = 0
    first: VideoFrame | None = None

    def add(self, path: Path, packet: Packet | None, stamped: bool) -> None:
        if self.first is None:
            with contextlib.suppress(FFmpegError):
                self.first = next(iter(self.stream.decode(packet)), None)
        if packet is None or packet.size == 0 or packet.is_corrupt:
            return
        self.stored += 1
        self.size += packet.size
        stamp = packet.pts if stamped else packet.dts
        # Discarded packets (before an edit list's start) are decoded for others but never shown.
        if stamp is not None and not packet.is_discard:
            self.stamps.append((stamp, packet.is_keyframe))
            # The header may have said less.
            check_length(path, 0.0, len(self.stamps), self.stream.width * self.stream.height)


def read_packets(path: Path) -> tuple[Packets, int]:
    """Count the packets of the file's main stream: of those of more than one frame the one marked as the default, else
    the largest.

    Returns:
        them, and how many other streams there are.

    Raises:
        UnreadableMedia, TooLarge: see `opening.opened`; or a stream without frames.
    """
    with opened(path) as (container, streams):
        form = container.format.name.split(",")[0]
        counts = {stream.index: _Count(stream) for stream in streams}
        for packet in demuxed(container, streams):
            for count in counts.values() if packet is None else [counts[packet.stream.index]]:
                count.add(path, packet, form not in STAMPLESS)
        main = max(
            counts.values(),
            key=lambda count: (
                len(count.stamps) > 1,
                bool(count.stream.disposition & Disposition.default),
                count.stream.width * count.stream.height,
            ),
        )
        return _ordered(path, container, main, form), len(streams) - 1


def _ordered(path: Path, container: InputContainer, count: _Count, form: str) -> Packets:
    stream = count.stream
    if not count.stamps or stream.time_base is None:
        raise unreadable(path, "a video stream without frames")
    ordered = sorted(count.stamps)
    stamps = np.array([stamp for stamp, _ in ordered], np.int64)
    keys = np.array([key for _, key in ordered])
    tick, stamped, frames = float(stream.time_base), form not in STAMPLESS, len(stamps)
    check_length(path, (ordered[-1][0] - ordered[0][0]) * tick, frames, 0)
    end = float(stamps[-1]) * tick
    rate = stream.average_rate or stream.guessed_rate
    distinct, place = np.unique(stamps, return_index=True)
    if 2 * len(distinct) <= frames or (not stamped and len(distinct) < frames):
        # The stamps do not tell the frames apart: they are counted, and shown at the declared rate.
        stamps, stamped, tick = np.arange(frames, dtype=np.int64), False, float(1 / (rate or USUAL_RATE))
    else:
        stamps, keys = distinct, np.logical_or.reduceat(keys, place)
    if stream.duration is not None:
        seconds = float(stream.duration * stream.time_base)
    else:
        seconds = (container.duration or 0) / av.time_base
    return Packets(
        index=stream.index,
        stamps=stamps,
        keys=keys,
        tick=tick,
        stamped=stamped,
        seekable=stamped and form in SEEKABLE,
        stored=count.stored,
        # An edit list leaves out of the index what is before its start.
        listed=min(stream.frames, len(stream.index_entries)) if form == "mov" else stream.frames,
        size=count.size,
        codec=codec_of(stream),
        fps=float(rate or 0),
        frames=stream.frames,
        seconds=seconds,
        end=end,
        aspect=stream.sample_aspect_ratio or Fraction(1),
        first=count.first,
        form=container.format.name,
        tags={**container.metadata, **{f"video.{key}": value for key, value in stream.metadata.items()}},
    )


def furthest(path: Path) -> float:
    """When the last packet of all streams begins, in seconds of the file's own clock.

    Raises:
        UnreadableMedia, TooLarge: see `opening.opened`.
    """
    last = 0.0
    with opened(path) as (container, _):
        for packet in demuxed(container, list(container.streams)):
            if packet is not None and packet.pts is not None and packet.time_base is not None:
                last = max(last, float(packet.pts * packet.time_base))
    return last


def demuxed(container: InputContainer, streams: Sequence[Stream]) -> Iterator[Packet | None]:
    """The streams' packets up to where the file ends or can no longer be read, then None, which empties the decoder."""
    packets = container.demux(*streams)
    while True:
        try:
            yield next(packets)
        except StopIteration:
            return
        except FFmpegError:
            yield None
            return
