"""What people see of a file is what is looked at, and nothing untrue is said of a whole one."""

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from toys_vision import frames_at, made_clip, made_streams, number_of, numbered, probe, remuxed, timeline

from barefaced.errors import TooLarge, UnreadableMedia
from barefaced.faces.media_file import MediaFile


def warnings_of(path: Path) -> list[str]:
    """What is said after all frames were given out."""
    media = MediaFile(path)
    assert list(media.frames_at(media.times))
    return list(media.warnings())


SMALL, LARGE = numbered(12, 32, 48), numbered(12, 96, 128)


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
@pytest.mark.parametrize(
    ("streams", "height"),
    [
        (((SMALL, "libx264", False), (LARGE, "libx264", True)), 96),
        (((SMALL, "libx264", False), (LARGE, "libx264", False)), 96),
        (((LARGE, "libx264", False), (SMALL, "libx264", True)), 32),
        (((LARGE[:1], "mjpeg", True), (SMALL, "libx264", True)), 32),
    ],
    ids=["preview first", "the largest", "the default", "a large poster"],
)
def test_the_main_stream_is_looked_at_and_the_others_are_counted(tmp_path: Path, streams, height, ending) -> None:
    if ending == "mp4" and not any(default for _, _, default in streams):
        pytest.skip("the format marks the first one where none is")
    path = made_streams(tmp_path / f"two.{ending}", streams)
    assert probe(path).height == height
    came = [(frame.index, number_of(frame.rgb)) for _, frame in frames_at(path, timeline(path))]
    assert came == [(n, n) for n in range(12)]
    assert warnings_of(path) == ["2 videos or pictures in the file: the main one was looked at"]


@pytest.mark.parametrize(
    ("aspect", "size"), [(Fraction(2), (48, 128)), (Fraction(1, 2), (96, 64)), (Fraction(64, 45), (48, 91))]
)
def test_pixels_that_are_not_square_are_stretched(tmp_path: Path, aspect: Fraction, size: tuple[int, int]) -> None:
    path = tmp_path / "wide.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "4"})
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        stream.codec_context.sample_aspect_ratio = aspect
        for rgb in numbered(5):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        out.mux(stream.encode(None))
    assert (probe(path).height, probe(path).width) == size
    came = [frame.rgb for _, frame in frames_at(path, timeline(path))]
    assert {rgb.shape[:2] for rgb in came} == {size}
    assert [number_of(rgb) for rgb in came] == list(range(5))


def test_a_frame_that_is_too_large_once_its_pixels_are_square_is_refused(tmp_path: Path, monkeypatch) -> None:
    path = made_clip(tmp_path / "a.mp4", numbered(2))
    media = MediaFile(path)
    monkeypatch.setattr("barefaced.faces.frame_pixels.MAX_PIXELS", 48 * 64 - 1)
    with pytest.raises(TooLarge, match="square pixels"):
        _ = media.video


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_clip(tmp_path_factory.mktemp("whole") / "whole.mp4", numbered(100), options={"bf": "0", "crf": "4"})


@pytest.mark.parametrize(
    ("name", "stamp", "sound"),
    [
        ("late.mkv", lambda ms: ms + 20_000, 0),
        ("late.mp4", lambda ms: ms + 20_000, 0),
        ("edit.mp4", lambda ms: ms - 2000, 0),
        ("held.mkv", lambda ms: ms if ms < 3900 else ms + 30_000, 0),
        ("sound.mkv", lambda ms: ms, 12),
        ("equal.mkv", lambda _: 0, 0),
    ],
)
def test_a_whole_clip_is_accused_of_nothing(whole: Path, tmp_path: Path, name, stamp, sound) -> None:
    path = remuxed(whole, tmp_path / name, stamp, sound)
    assert warnings_of(path) == []
    # An edit list leaves some packets out.
    assert MediaFile(path).bits_per_pixel == pytest.approx(MediaFile(whole).bits_per_pixel, rel=0.2)


def test_frames_of_equal_times_are_told_apart_by_counting(whole: Path, tmp_path: Path) -> None:
    path = remuxed(whole, tmp_path / "equal.mkv", lambda _: 0)
    np.testing.assert_allclose(timeline(path), np.arange(100) / 25)
    asked = timeline(path)[::9]
    assert [number_of(frame.rgb) for _, frame in frames_at(path, asked)] == list(range(0, 100, 9))


def test_of_two_frames_of_one_time_the_first_is_shown(whole: Path, tmp_path: Path) -> None:
    path = remuxed(whole, tmp_path / "twice.mkv", lambda ms: 400 if ms == 440 else ms)
    assert len(timeline(path)) == 99
    came = [number_of(frame.rgb) for _, frame in frames_at(path, timeline(path))]
    assert came == [n for n in range(100) if n != 11]


def test_a_clip_that_is_cut_short_is_called_so(tmp_path: Path) -> None:
    path = made_clip(tmp_path / "cut.mkv", numbered(100), options={"bf": "0", "g": "10", "crf": "1"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    [said] = warnings_of(path)
    assert said.startswith("cut short: 4.0 s declared, ")
    path = made_clip(tmp_path / "cut.mp4", numbered(100), container={"movflags": "faststart"}, options={"g": "1"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    [said] = warnings_of(path)
    assert said.startswith("cut short: 100 frames declared, ")


def test_interlaced_frames_are_told(tmp_path: Path) -> None:
    fields = {"flags": "+ildct+ilme", "bf": "0"}
    path = made_clip(tmp_path / "fields.mpg", numbered(6, 96, 128), codec="mpeg2video", options=fields)
    assert warnings_of(path)[0].startswith("interlaced: 6 of 6 frames")


def test_what_a_video_shows_nobody_is_grey_and_told(tmp_path: Path) -> None:
    path = tmp_path / "clear.mkv"
    rgba = np.full((48, 64, 4), 250, np.uint8)
    rgba[..., 3] = 255
    rgba[:, :32, 3] = 0
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "bgra"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(rgba, format="rgba").reformat(format="bgra")))
        out.mux(stream.encode(None))
    ((_, frame),) = frames_at(path, timeline(path))
    assert (frame.rgb[:, :32] == 128).all()
    assert (frame.rgb[:, 32:] == 250).all()
    assert warnings_of(path)[0].startswith("transparent: 1 of 1 frames")


def test_a_decoder_that_hardly_anybody_uses_is_refused_by_name(tmp_path: Path) -> None:
    path = made_clip(tmp_path / "odd.avi", numbered(3), codec="cinepak", pix_fmt="rgb24")
    with pytest.raises(UnreadableMedia, match="a video of cinepak: not taken"):
        _ = MediaFile(path).times


def test_a_file_is_opened_twice_and_no_more(whole: Path, monkeypatch) -> None:
    """Once to count its packets, once to decode."""
    opens, real = itertools.count(), av.open

    def counted(*words, **more):
        next(opens)
        return real(*words, **more)

    monkeypatch.setattr("barefaced.faces.opening.av.open", counted)
    media = MediaFile(whole)
    assert media.video.frames == len(media.times)
    assert len(list(media.frames_at(media.times[:5]))) == 5
    assert media.bits_per_pixel > 0
    assert next(opens) == 2
