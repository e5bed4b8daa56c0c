"""A media file: what it says of itself, when its frames are shown, and the frames themselves, each by its own time.

Alphabet: N frames of the clip in presentation order, T moments asked for, H W height and width as shown.
Times are seconds after the first frame. A still picture is a clip of one frame at 0 seconds. Frames are RGB uint8, as
they are shown: on grey where they are transparent, with square pixels, turned and mirrored as the file says.
"""

import math
import struct
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from av.video.reformatter import VideoReformatter
from jaxtyping import Float64, UInt8

from barefaced.faces.frame_pixels import shown_size, to_rgb
from barefaced.faces.opening import check, digest, unreadable
from barefaced.faces.packets import Packets, furthest, read_packets
from barefaced.faces.picture_parts import gif_is_whole
from barefaced.faces.pictures import Picture, read_header, read_pixels
from barefaced.faces.tiled_heif import TileGrid, read_grid
from barefaced.faces.video import decode_frames, decode_tiles, positions
from barefaced.values.media import Frame, Video

CUT_SHORT = 0.9
"""Share of the declared length under which a file counts as cut short; sound may outlast the pictures a little."""


class MediaFile:
    """A video or picture. Its header is read once and its packets are counted once, when they are first needed.

    The main picture or stream is taken: of a video's streams the one marked as the default, else the largest; of
    pictures that lie side by side the largest; of an animation every frame; of a tiled picture all tiles.

    Raises:
        UnreadableMedia: no file, a folder, empty, damaged, or of a kind that is not taken.
        TooLarge: more than `limits` allow.
    """

    def __init__(self, path: Path) -> None:
        check(path)
        self.path = path
        self.picture: Picture | None = read_header(path)
        """The header; None where the file is none of the pictures that Pillow reads here."""
        self._given = self._clear = self._interlaced = 0

    @property
    def packets(self) -> Packets:
        """Of the main stream of a file that is no picture.

        Raises:
            UnreadableMedia: sound alone, no media at all, truncated, or a codec that is not taken.
            TooLarge: more than `limits` allow.
        """
        return self._read[0]

    @cached_property
    def video(self) -> Video:
        """What the file says of itself; a video's first frame is decoded to know how it is shown.

        Raises:
            UnreadableMedia, TooLarge: as `packets`; or no frame decodes.
        """
        picture, grid = self.picture, self._grid
        if picture is not None:
            frames = len(picture.times)
            fps = frames / picture.seconds if picture.seconds else 0.0
            return self._video(fps, frames, picture.height, picture.width, picture.codec, picture.seconds)
        if grid is not None:
            return self._video(0.0, 1, *grid.shown_size, self.packets.codec, 0.0)
        packets = self.packets
        if packets.first is None:
            raise unreadable(self.path, "a video of which no frame decodes")
        height, width = shown_size(self.path, packets.first, packets.aspect)
        return self._video(packets.fps, packets.frames, height, width, packets.codec, packets.seconds)

    @property
    def times(self) -> Float64[np.ndarray, " N"]:
        """When each frame is shown, ascending.

        Raises:
            UnreadableMedia, TooLarge: as `packets`.
        """
        if self.picture is not None:
            return self.picture.times
        return np.zeros(1) if self._grid is not None else self.packets.times

    @property
    def bits_per_pixel(self) -> float:
        """Of the file's frames, as they are stored."""
        if self.picture is not None:
            return 8 * self.picture.size / (self.picture.height * self.picture.width * len(self.times))
        if self._grid is not None:
            return 8 * self.path.stat().st_size / math.prod(self._grid.shown_size)
        first = self.packets.first
        return 8 * self.packets.size / (self.packets.stored * first.height * first.width) if first is not None else 0.0

    def frames_at(self, seconds: Float64[np.ndarray, " T"]) -> Iterator[tuple[int, Frame]]:
        """The frames nearest to the times asked for, in order of time, each with its position in `seconds`.

        A time farther from every frame than half the distance to that frame's neighbour, and a frame that does not
        decode or decodes with damage, give nothing: the caller counts the holes.

        Raises:
            UnreadableMedia: as `packets`, or nothing decodes where frames were asked for.
            TooLarge: as `packets`.
        """
        times = self.times
        wanted = positions(times, seconds)
        for index, rgb in self._decoded(sorted(wanted)):
            for position in wanted[index]:
                yield position, Frame(index=index, seconds=float(times[index]), rgb=rgb)

    def warnings(self) -> Iterator[str]:
        """What takes from the worth of the frames given out so far, in words for the report."""
        if self._clear:
            yield (
                f"transparent: {self._clear} of {self._given} frames have places that nobody sees; they were shown grey"
            )
        if self._interlaced:
            yield (
                f"interlaced: {self._interlaced} of {self._given} frames are made of the lines of two moments, and "
                "what moves has a comb's edges; deinterlace it first"
            )
        if self.picture is not None:
            if self.picture.pictures > 1:
                yield f"{self.picture.pictures} pictures in the file: the largest one was looked at"
        elif self._grid is None:
            if self._read[1]:
                yield f"{1 + self._read[1]} videos or pictures in the file: the main one was looked at"
            yield from self._cut_short()

    def _cut_short(self) -> Iterator[str]:
        packets = self.packets
        if packets.stored < CUT_SHORT * packets.listed:
            yield f"cut short: {packets.listed} frames declared, {packets.stored} in the file"
        least = CUT_SHORT * packets.seconds - 1
        # Sound, or a stream that begins late, may reach as far as the header says.
        if packets.frames == 0 and max(packets.end, self.times[-1]) < least and furthest(self.path) < least:
            yield f"cut short: {packets.seconds:.1f} s declared, {self.times[-1]:.1f} s in the file"

    @cached_property
    def _read(self) -> tuple[Packets, int]:
        packets, others = read_packets(self.path)
        if packets.form == "gif":
            with self.path.open("rb") as file:
                if not gif_is_whole(file):
                    raise unreadable(self.path, "a damaged or truncated GIF")
        return packets, others

    @cached_property
    def _grid(self) -> TileGrid | None:
        if self.picture is not None:
            return None
        try:
            return read_grid(self.path)
        except (struct.error, ValueError, IndexError, KeyError) as e:
            raise unreadable(self.path, f"a tiled picture whose description is damaged ({e})") from e

    def _tiled(self, grid: TileGrid) -> UInt8[np.ndarray, "H W 3"]:
        try:
            return grid.joined(decode_tiles(self.path, grid.tiles))
        except ValueError as e:
            raise unreadable(self.path, f"a tiled picture that cannot be put together ({e})") from e

    def _decoded(self, wanted: list[int]) -> Iterator[tuple[int, UInt8[np.ndarray, "H W 3"]]]:
        """The frames of these indices, ascending."""
        if self.picture is not None:
            if not wanted:
                return
            for index, (rgb, clear) in enumerate(read_pixels(self.path, self.picture)):
                if index in wanted:
                    self._note(clear, interlaced=False)
                    yield index, rgb
                if index >= wanted[-1]:
                    return
        elif self._grid is not None:
            for index in wanted:
                self._note(clear=False, interlaced=False)
                yield index, self._tiled(self._grid)
        else:
            convert = VideoReformatter()
            for index, frame in decode_frames(self.path, self.packets, wanted):
                rgb, clear = to_rgb(self.path, frame, self.packets.aspect, convert)
                self._note(clear, interlaced=frame.interlaced_frame)
                yield index, rgb

    def _note(self, clear: bool, *, interlaced: bool) -> None:
        self._given += 1
        self._clear += clear
        self._interlaced += interlaced

    def _video(self, fps: float, frames: int, height: int, width: int, codec: str, seconds: float) -> Video:
        return Video(
            path=self.path,
            sha256=digest(self.path),
            fps=fps,
            frames=frames,
            height=height,
            width=width,
            codec=codec,
            seconds=seconds,
        )
