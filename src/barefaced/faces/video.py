"""A video's frames, decoded wherever they are asked for.

Alphabet: N frames of the clip in presentation order, T moments asked for, H W height and width as stored.
Times are seconds after the stream's first frame.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream
from jaxtyping import Float64, UInt8

from barefaced.faces.limits import MAX_PIXELS, MAX_VOLUME, too_large
from barefaced.faces.opening import opened, unreadable
from barefaced.faces.packets import Packets, demuxed

SEEK_GAP = 96
"""Frames that a seek must spare. Opening a clip anew takes as long as decoding about 7 frames (measured at 500p and
1080p), and the decoder's threads have to fill again."""


def spaced(timeline: Float64[np.ndarray, " N"], count: int) -> Float64[np.ndarray, " T"]:
    """`count` moments over the whole clip: the frames in the middle of `count` stretches of equally many frames.

    A clip of fewer frames gives every frame once.
    """
    frames = len(timeline)
    if frames <= count:
        return timeline
    return timeline[[(2 * n + 1) * frames // (2 * count) for n in range(count)]]


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


def decode_frames(path: Path, packets: Packets, wanted: Sequence[int]) -> Iterator[tuple[int, VideoFrame]]:
    """The frames of these indices (ascending), each once; those that do not decode, or decode with damage, are missing.

    Long gaps are skipped from key frame to key frame where the format's index is exact; each frame is known by its
    timestamp, never by counting from a seek.

    Raises:
        UnreadableMedia, TooLarge: see `opening.opened`; or nothing decodes where frames were asked for.
    """
    decoded = False
    for start, targets in _runs(wanted, packets):
        left = set(targets)
        for index, frame in _run(path, packets, start, targets[-1]):
            decoded = True
            if index in left and not frame.is_corrupt:
                left.remove(index)
                yield index, frame
    if wanted and not decoded:
        raise unreadable(path, "a video of which no frame decodes")


def decode_tiles(path: Path, items: Sequence[int]) -> list[UInt8[np.ndarray, "_ _ 3"]]:
    """The pictures of the streams with these ids, in this order.

    Raises:
        UnreadableMedia, TooLarge: see `opening.opened`; or one of them is missing or does not decode.
    """
    found: dict[int, UInt8[np.ndarray, "_ _ 3"]] = {}
    with opened(path) as (container, streams):
        wanted = {stream.index: stream for stream in streams if stream.id in items}
        # Asked for no streams, the library would give those of all.
        for packet in demuxed(container, list(wanted.values())) if wanted else ():
            for stream in wanted.values() if packet is None else [wanted[packet.stream.index]]:
                try:
                    for frame in stream.decode(packet):
                        found[stream.id] = frame.to_ndarray(format="rgb24")
                except FFmpegError:
                    continue
    if not set(items) <= found.keys():
        raise unreadable(path, "a tiled picture of which not all tiles decode: damaged or truncated")
    return [found[item] for item in items]


def _runs(targets: Sequence[int], packets: Packets) -> list[tuple[int, list[int]]]:
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


def _run(path: Path, packets: Packets, start: int, last: int) -> Iterator[tuple[int, VideoFrame]]:
    """Frames with their index, decoded from the key frame `start` (0: from the file's beginning) until `last`."""
    with opened(path) as (container, streams):
        stream = next(stream for stream in streams if stream.index == packets.index)
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


def _index(frame: VideoFrame, packets: Packets) -> int | None:
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
    for packet in demuxed(container, [stream]):
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
