"""Media files in, single frames out, each by its own timestamp.

Alphabet: N frames of the clip in presentation order, T moments asked for, H W height and width as shown.
Times are seconds after the stream's first frame. A picture is a clip of one frame at 0 seconds. Frames are RGB uint8,
turned and mirrored as the stream's display matrix says; non-square pixels stay as they are stored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from jaxtyping import Bool, Float64, Int64, UInt8

from barefaced.faces.limits import MAX_PIXELS, MAX_VOLUME, check_length, too_large
from barefaced.faces.opening import check, digest, opened, unreadable
from barefaced.faces.pictures import read_header, read_pixels
from barefaced.values.media import Frame, Video

SEEKABLE = ("mov", "matroska")
"""Formats whose index leads to a key frame exactly; elsewhere everything is decoded in sequence."""
STAMPLESS = ("avi",)
"""Formats that store no presentation times; the reader's guess at them is wrong wherever there are B-frames."""
SEEK_GAP = 96
"""Frames that a seek must spare. Opening a clip anew takes as long as decoding about 7 frames (measured at 500p and
1080p), and the decoder's threads have to fill again."""


@dataclass(frozen=True)
class _Stream:
    """A stream's packets, decoded by nobody, in presentation order."""

    stamps: Int64[np.ndarray, " N"]
    """In ticks of the time base."""
    keys: Bool[np.ndarray, " N"]
    tick: float
    """Seconds."""
    stamped: bool
    """Whether packets carry presentation times; else `stamps` are the decoding times, and frames are counted."""
    seekable: bool

    @property
    def seconds(self) -> Float64[np.ndarray, " N"]:
        return (self.stamps - self.stamps[0]) * self.tick


def probe(path: Path) -> Video:
    """What the file says of itself; its first frame is decoded to know how it is shown.

    Raises:
        UnreadableMedia: no file, a folder, empty, sound alone, no media at all, truncated, or no frame decodes.
        TooLarge: more than `MAX_PIXELS` a frame.
    """
    check(path)
    picture = read_header(path)
    if picture is not None:
        return Video(
            path=path,
            sha256=digest(path),
            fps=0.0,
            frames=1,
            height=picture.height,
            width=picture.width,
            codec=picture.codec,
            seconds=0.0,
        )
    with opened(path) as (container, stream):
        first = next(_decoded(path, container, stream), None)
        if first is None:
            raise unreadable(path, "a video of which no frame decodes")
        rate = stream.average_rate or stream.guessed_rate
        if stream.duration is not None and stream.time_base is not None:
            seconds = float(stream.duration * stream.time_base)
        else:
            seconds = (container.duration or 0) / av.time_base
        height, width = _as_shown(first, np.zeros((first.height, first.width, 0), np.uint8)).shape[:2]
        return Video(
            path=path,
            sha256=digest(path),
            fps=float(rate or 0),
            frames=stream.frames,
            height=height,
            width=width,
            codec=stream.codec_context.codec.canonical_name,
            seconds=seconds,
        )


def timeline(path: Path) -> Float64[np.ndarray, " N"]:
    """When each frame is shown: seconds after the first, ascending, read from the packets without decoding.

    Raises:
        UnreadableMedia, TooLarge: as `probe`.
    """
    check(path)
    return np.zeros(1) if read_header(path) else _packets(path).seconds


def spaced(timeline: Float64[np.ndarray, " N"], count: int) -> Float64[np.ndarray, " T"]:
    """`count` moments over the whole clip: the frames in the middle of `count` stretches of equally many frames.

    A clip of fewer frames gives every frame once.
    """
    frames = len(timeline)
    if frames <= count:
        return timeline
    return timeline[[(2 * n + 1) * frames // (2 * count) for n in range(count)]]


def frames_at(path: Path, seconds: Float64[np.ndarray, " T"]) -> Iterator[tuple[int, Frame]]:
    """The frames nearest to the times asked for, in order of time, each with its position in `seconds`.

    A time farther from every frame than half the distance to that frame's neighbour, and a frame that does not decode
    or decodes with damage, give nothing: the caller counts the holes. Long gaps are skipped from key frame to key
    frame where the format's index is exact; each frame is known by its timestamp, never by counting from a seek.

    Raises:
        UnreadableMedia: as `probe`, or nothing decodes where frames were asked for.
        TooLarge: as `probe`.
    """
    check(path)
    if read_header(path):
        all_of_it = positions(np.zeros(1), seconds).get(0)
        if all_of_it:
            rgb = read_pixels(path)
            yield from ((position, Frame(index=0, seconds=0.0, rgb=rgb)) for position in all_of_it)
        return
    packets = _packets(path)
    times = packets.seconds
    wanted = positions(times, seconds)
    convert = VideoReformatter()
    decoded = False
    for start, targets in _runs(sorted(wanted), packets):
        for index, frame in _run(path, packets, start, targets[-1]):
            decoded = True
            if index in targets and not frame.is_corrupt:
                try:
                    stored = convert.reformat(frame, format="rgb24").to_ndarray()
                except (FFmpegError, ValueError) as e:
                    raise unreadable(path, f"pixels that cannot be made RGB ({frame.format.name})") from e
                rgb = _as_shown(frame, stored)
                for position in wanted[index]:
                    yield position, Frame(index=index, seconds=float(times[index]), rgb=rgb)
    if wanted and not decoded:
        raise unreadable(path, "a video of which no frame decodes")


def positions(times: Float64[np.ndarray, " N"], asked: Float64[np.ndarray, " T"]) -> dict[int, list[int]]:
    """Positions in `asked` by the index of the frame nearest to them; a time beside every frame has none."""
    right = np.clip(np.searchsorted(times, asked), 0, len(times) - 1)
    left = np.maximum(right - 1, 0)
    index = np.where(np.abs(times[left] - asked) <= np.abs(times[right] - asked), left, right)
    interval = np.diff(times)
    # Between two frames the nearer one is within half their distance; before the first and past the last the
    # outermost interval tells. A clip of one frame has none, and only its own time is near.
    if len(interval) == 0:
        reach = np.zeros(len(asked))
    else:
        reach = np.where(asked > times[-1], interval[-1], interval[np.clip(right - 1, 0, None)]) / 2
    near = np.abs(times[index] - asked) <= reach + 1e-6
    found: dict[int, list[int]] = {}
    for position in np.flatnonzero(near).tolist():
        found.setdefault(int(index[position]), []).append(position)
    return found


def _runs(targets: Sequence[int], packets: _Stream) -> list[tuple[int, list[int]]]:
    """(frame to start decoding at, frames wanted from there on): a new run where a key frame spares `SEEK_GAP`."""
    keys = np.flatnonzero(packets.keys)
    runs: list[tuple[int, list[int]]] = []
    reached = 0
    for target in targets:
        before = keys[keys <= target]
        key = int(before[-1]) if packets.seekable and len(before) else 0
        if key - reached >= SEEK_GAP:
            runs.append((key, [target]))
        elif runs:
            runs[-1][1].append(target)
        else:
            runs.append((0, [target]))
        reached = target
    return runs


def _run(path: Path, packets: _Stream, start: int, last: int) -> Iterator[tuple[int, VideoFrame]]:
    """Frames with their index, decoded from the key frame `start` (0: from the file's beginning) until `last`."""
    with opened(path) as (container, stream):
        exact = start == 0
        frames = (
            _decoded(path, container, stream)
            if exact
            else _decoded_from(path, container, stream, int(packets.stamps[start]))
        )
        for count, frame in enumerate(frames):
            index = _index(frame, packets) if packets.stamped else count
            if index is None or index < start:
                continue
            if not exact:
                if index != start or frame.pict_type != PictureType.I:
                    break
                exact = True
            yield index, frame
            if index >= last:
                return
        if exact:
            return
    # The seek did not lead to a frame that stands alone (refreshed bit by bit, or a wrong index): from the start then.
    yield from _run(path, packets, 0, last)


def _index(frame: VideoFrame, packets: _Stream) -> int | None:
    """The frame's place in presentation order; None for one whose packet was to be discarded."""
    if frame.pts is None:
        return None
    index = int(np.searchsorted(packets.stamps, frame.pts))
    return index if index < len(packets.stamps) and packets.stamps[index] == frame.pts else None


def _decoded(path: Path, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Every frame that decodes, in presentation order; damaged packets are passed over.

    Raises:
        TooLarge: a frame larger than the header said and than is allowed, or too many pixels in all.
    """
    volume = 0
    for packet in _demuxed(container, stream):
        try:
            frames = stream.decode(packet)
        except FFmpegError:
            continue
        for frame in frames:
            volume += frame.width * frame.height
            if frame.width * frame.height > MAX_PIXELS:
                raise too_large(path, f"a frame of {frame.width} x {frame.height}")
            if volume > MAX_VOLUME:
                raise too_large(path, "more to decode", f"{MAX_VOLUME:g} pixels in all")
            yield frame


def _decoded_from(path: Path, container: InputContainer, stream: VideoStream, stamp: int) -> Iterator[VideoFrame]:
    """The same from the key frame at or before `stamp` on; nothing where the file cannot be sought in."""
    try:
        container.seek(stamp, stream=stream)
    except FFmpegError:
        return
    yield from _decoded(path, container, stream)


def _demuxed(container: InputContainer, stream: VideoStream) -> Iterator[Packet | None]:
    """The stream's packets up to where the file ends or can no longer be read, then None, which empties the decoder."""
    packets = container.demux(stream)
    while True:
        try:
            yield next(packets)
        except StopIteration:
            return
        except FFmpegError:
            yield None
            return


def _packets(path: Path) -> _Stream:
    stamps: list[tuple[int, bool]] = []
    with opened(path) as (container, stream):
        form = container.format.name.split(",")[0]
        stamped = form not in STAMPLESS
        for packet in _demuxed(container, stream):
            # Discarded packets (before an edit list's start) are decoded for others but never shown.
            if packet is None or packet.size == 0 or packet.is_discard or packet.is_corrupt:
                continue
            stamp = packet.pts if stamped else packet.dts
            if stamp is not None:
                stamps.append((stamp, packet.is_keyframe))
                # The header may have said less.
                check_length(path, 0.0, len(stamps), stream.width * stream.height)
        if not stamps or stream.time_base is None:
            raise unreadable(path, "a video stream without frames")
        ordered = sorted(stamps)
        check_length(path, (ordered[-1][0] - ordered[0][0]) * float(stream.time_base), len(ordered), 0)
        return _Stream(
            stamps=np.array([stamp for stamp, _ in ordered], np.int64),
            keys=np.array([key for _, key in ordered]),
            tick=float(stream.time_base),
            stamped=stamped,
            seekable=form in SEEKABLE,
        )


def _as_shown(frame: VideoFrame, stored: UInt8[np.ndarray, "_ _ C"]) -> UInt8[np.ndarray, "_ _ C"]:
    """Pixels turned and mirrored by the display matrix: x' = a x + c y, y' = b x + d y (libavutil/display.h)."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return stored
    a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5].tolist()
    turned = abs(b) > abs(a)
    shown = stored.transpose(1, 0, 2) if turned else stored
    across, down = (c, b) if turned else (a, d)
    return np.ascontiguousarray(shown[:: -1 if down < 0 else 1, :: -1 if across < 0 else 1])
