"""Times and frames of clips whose every frame says which one it is."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from toys_vision import frames_at, made_clip, made_sound, number_of, numbered, probe, timeline

from barefaced.errors import TooLarge, UnreadableMedia
from barefaced.faces import media_file, video
from barefaced.faces.packets import read_packets
from barefaced.faces.video import spaced
from beside import find_beside


def numbers(path: Path, seconds: Sequence[float] | np.ndarray) -> list[tuple[int, int, int]]:
    """(position, index, number in the picture) of every frame that came."""
    return [(n, frame.index, number_of(frame.rgb)) for n, frame in frames_at(path, np.asarray(seconds, np.float64))]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty frames with B-frames, a key frame every ten, at 25 a second."""
    options = {"bf": "3", "g": "10", "b-pyramid": "normal"}
    return made_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", numbered(40), options=options)


def test_a_clip_says_what_it_is(clip: Path) -> None:
    told = probe(clip)
    assert (told.codec, told.height, told.width, told.frames) == ("h264", 48, 64, 40)
    assert told.fps == 25
    assert told.seconds == pytest.approx(1.6)
    assert len(told.sha256) == 64


def test_the_timeline_is_in_order_though_b_frames_are_stored_out_of_it(clip: Path) -> None:
    with av.open(str(clip)) as container:
        stored = [packet.pts for packet in container.demux(video=0) if packet.pts is not None]
    assert stored != sorted(stored)
    np.testing.assert_allclose(timeline(clip), np.arange(40) / 25, atol=1e-9)


def test_every_frame_comes_at_its_own_time(clip: Path) -> None:
    assert numbers(clip, np.arange(40) / 25) == [(n, n, n) for n in range(40)]


def test_variable_frame_rate_keeps_its_exact_timestamps(tmp_path: Path) -> None:
    ticks = [0, 40, 50, 200, 1000, 1010, 1500]
    path = made_clip(tmp_path / "vfr.mkv", numbered(7), ticks=ticks)
    np.testing.assert_allclose(timeline(path), np.array(ticks) / 1000, atol=1e-9)
    assert numbers(path, [0.046, 0.59, 0.61, 1.004, 1.2]) == [(0, 2, 2), (1, 3, 3), (2, 4, 4), (3, 4, 4), (4, 5, 5)]


def test_a_late_first_frame_is_at_zero(tmp_path: Path) -> None:
    path = made_clip(tmp_path / "late.mkv", numbered(3), ticks=[500, 540, 580])
    np.testing.assert_allclose(timeline(path), [0, 0.04, 0.08], atol=1e-9)
    assert numbers(path, [0.04]) == [(0, 1, 1)]


def test_a_time_past_the_end_yields_nothing_and_the_others_their_frames(clip: Path) -> None:
    assert numbers(clip, [0.0, 39.4 / 25, 39.6 / 25, 100.0]) == [(0, 0, 0), (1, 39, 39)]
    assert numbers(clip, [-1.0]) == []


def test_one_frame_may_be_asked_for_twice_and_none_at_all(clip: Path) -> None:
    assert numbers(clip, [0.2, 0.201]) == [(0, 5, 5), (1, 5, 5)]
    assert numbers(clip, []) == []


@pytest.mark.parametrize("bframes", ["0", "3"])
@pytest.mark.parametrize("name", ["long.mp4", "long.mkv", "long.avi", "long.ts"])
def test_frames_after_a_long_gap_are_those_of_sequential_decoding(
    tmp_path: Path, name: str, bframes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Open groups of pictures: frames after a key frame in the file may lean on those before it.
    options = {"g": "20", "bf": bframes, "x264-params": "open-gop=1:scenecut=0"}
    path = made_clip(tmp_path / name, numbered(190), options=options)
    asked = timeline(path)[[0, 3, 65, 121, 188, 189]]
    monkeypatch.setattr(video, "SEEK_GAP", 10**9)
    plain = [frame for _, frame in frames_at(path, asked)]
    monkeypatch.setattr(video, "SEEK_GAP", 20)
    assert numbers(path, asked) == [(n, i, i) for n, i in enumerate([0, 3, 65, 121, 188, 189])]
    for frame, (_, other) in zip(plain, frames_at(path, asked), strict=True):
        np.testing.assert_array_equal(frame.rgb, other.rgb)


def test_a_stream_refreshed_bit_by_bit_is_not_trusted_after_a_seek(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"g": "20", "bf": "0", "x264-params": "intra-refresh=1"}
    path = made_clip(tmp_path / "refresh.mp4", numbered(100), options=options)
    monkeypatch.setattr(video, "SEEK_GAP", 20)
    assert numbers(path, [0.0, 3.0]) == [(0, 0, 0), (1, 75, 75)]


def test_an_index_that_lies_about_key_frames_costs_time_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made_clip(tmp_path / "liar.mp4", numbered(100), options={"g": "1000", "bf": "0", "sc_threshold": "0"})
    lie = dataclasses.replace(read_packets(path)[0], keys=np.arange(100) % 20 == 0)
    monkeypatch.setattr(media_file, "read_packets", lambda path: (lie, 0))
    opened = video.opened
    times_opened = []
    monkeypatch.setattr(video, "opened", lambda path: times_opened.append(path) or opened(path))
    monkeypatch.setattr(video, "SEEK_GAP", 20)
    assert numbers(path, [0.0, 2.0, 3.4]) == [(0, 0, 0), (1, 50, 50), (2, 85, 85)]
    # Once for the first run, twice for each of the two that had to start over.
    assert len(times_opened) == 5


def test_moments_are_spread_over_the_whole_clip() -> None:
    times = np.arange(300) / 25
    chosen = spaced(times, 32) * 25
    assert len(set(chosen)) == 32
    assert chosen[0] < 5
    assert chosen[-1] > 294
    assert np.ptp(np.diff(chosen)) <= 1 + 1e-9
    np.testing.assert_allclose(spaced(times, 3), np.array([50, 150, 250]) / 25)


def test_a_clip_of_fewer_frames_gives_every_frame_once() -> None:
    np.testing.assert_array_equal(spaced(np.arange(5.0), 32), np.arange(5.0))
    for frames in range(1, 40):
        chosen = spaced(np.arange(float(frames)), 7)
        assert len(set(chosen.tolist())) == len(chosen) == min(frames, 7)


@pytest.mark.parametrize("name", ["cut.mkv", "cut.mp4"])
def test_a_clip_cut_short_gives_the_frames_it_still_has(tmp_path: Path, name: str) -> None:
    whole = made_clip(
        tmp_path / name,
        numbered(60, 96, 128),
        options={"g": "10", "bf": "0", "crf": "1"},
        container={"movflags": "frag_keyframe+empty_moov"} if name.endswith("mp4") else {},
    )
    times = timeline(whole)
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) * 6 // 10])
    came = numbers(whole, times)
    assert 10 < len(came) < 60
    assert came == [(n, n, n) for n in range(len(came))]
    assert len(timeline(whole)) >= len(came)


def test_damage_in_the_middle_leaves_a_hole_and_nothing_wrong(tmp_path: Path) -> None:
    path = made_clip(tmp_path / "hole.mkv", numbered(30), codec="mpeg4", options={"g": "10", "bf": "0"})
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        position, size = packets[10].pos, packets[10].size
    data = bytearray(path.read_bytes())
    start = data.index(b"\x00\x00\x01\xb6", position or 0)
    data[start : start + size - 20] = bytes(size - 20)
    path.write_bytes(bytes(data))
    came = [index for _, index, _ in numbers(path, timeline(path))]
    assert {*range(10), *range(20, 30)} <= set(came)
    assert 10 not in came


# Display matrices: clockwise turns by Pillow's own operations, and a mirror image as selfie cameras write it.
ONE = 1 << 16
SHOWN = {
    (0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30): lambda rgb: np.rot90(rgb, -1),
    (0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30): lambda rgb: np.rot90(rgb, 1),
    (-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30): lambda rgb: np.rot90(rgb, 2),
    (-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30): np.fliplr,
    (ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30): np.flipud,
    (0, ONE, 0, ONE, 0, 0, 0, 0, 1 << 30): lambda rgb: rgb.transpose(1, 0, 2),
}


@pytest.mark.parametrize("matrix", SHOWN, ids=["90", "270", "180", "mirrored", "upside down", "transposed"])
def test_a_frame_is_turned_as_the_metadata_says(tmp_path: Path, matrix: tuple[int, ...]) -> None:
    rgb = np.zeros((48, 80, 3), np.uint8)
    rgb[:24, :40] = 200
    rgb[:24, 40:] = 100
    path = made_clip(tmp_path / "turned.mp4", [rgb] * 3, matrix=matrix, options={"crf": "1"})
    shown = SHOWN[matrix](rgb)
    assert (probe(path).height, probe(path).width) == shown.shape[:2]
    ((_, frame),) = frames_at(path, np.zeros(1))
    assert np.abs(frame.rgb.astype(int) - shown).mean() < 2


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "size"),
    [
        ("grey.mkv", "ffv1", "gray", (48, 64)),
        ("deep.mkv", "ffv1", "yuv420p10le", (48, 64)),
        ("alpha.mkv", "ffv1", "yuva420p", (48, 64)),
        ("odd.mkv", "ffv1", "yuv444p", (47, 63)),
        ("odd.gif", "gif", "rgb8", (47, 63)),
        ("small.webm", "libvpx-vp9", "yuv420p", (48, 64)),
        ("old.avi", "mpeg4", "yuv420p", (48, 64)),
        ("stream.mpg", "mpeg2video", "yuv420p", (48, 64)),
    ],
)
def test_every_kind_of_pixel_ends_as_rgb(
    tmp_path: Path, name: str, codec: str, pix_fmt: str, size: tuple[int, int]
) -> None:
    frames = [np.full((*size, 3), grey, np.uint8) for grey in (60, 120, 180)]
    path = made_clip(tmp_path / name, frames, codec=codec, pix_fmt=pix_fmt)
    came = [frame.rgb for _, frame in frames_at(path, timeline(path))]
    assert [rgb.shape for rgb in came] == [(*size, 3)] * 3
    for rgb, grey in zip(came, (60, 120, 180), strict=True):
        # A GIF's 256 colours are dithered.
        assert abs(rgb.mean() - grey) < (12 if pix_fmt == "rgb8" else 3)
        assert pix_fmt == "rgb8" or np.ptp(rgb) <= 6


def test_a_wrong_extension_does_not_matter(clip: Path, tmp_path: Path) -> None:
    disguised = tmp_path / "holiday.jpg"
    disguised.write_bytes(clip.read_bytes())
    assert probe(disguised).codec == "h264"
    picture = tmp_path / "clip.mp4"
    Image.new("RGB", (9, 8)).save(picture, format="PNG")
    assert probe(picture).codec == "png"


@pytest.mark.parametrize(
    "name", ["two words.mp4", "лицо.mp4", "顔 ñ 🙂.mp4", "100%d.mp4", "http:x.mp4", b"\xff\xfe.mp4"]
)
def test_any_file_name_will_do(clip: Path, tmp_path: Path, name: str | bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(clip.read_bytes())
    assert probe(path).frames == len(timeline(path)) == 40


def bad_files(folder: Path, clip: Path) -> dict[str, Path]:
    """Files that are no readable media, by a word that the reason must contain."""
    for name, data in {
        "empty.mp4": b"",
        "text.mp4": b"This is a letter.\n" * 50,
        "cut.mp4": clip.read_bytes()[:500],
        "list.mp4": f"#EXTM3U\n#EXTINF:2,\n{clip}\n#EXT-X-ENDLIST\n".encode(),
        "concat.mp4": f"ffconcat version 1.0\nfile {clip}\n".encode(),
    }.items():
        (folder / name).write_bytes(data)
    (folder / "loop.mp4").symlink_to(folder / "loop.mp4")
    return {
        "no such file": folder / "absent.mp4",
        "a folder": folder,
        "0 bytes": folder / "empty.mp4",
        "sound alone": made_sound(folder / "sound.mp4"),
        "not a picture or video": folder / "text.mp4",
        "truncated": folder / "cut.mp4",
        "not a picture": folder / "list.mp4",
        "not a picture or": folder / "concat.mp4",
        "cannot be read": folder / "loop.mp4",
    }


def test_every_unreadable_file_gets_its_own_reason(clip: Path, tmp_path: Path) -> None:
    for reason, path in bad_files(tmp_path, clip).items():
        for read in (probe, timeline, lambda p: list(frames_at(p, np.zeros(1)))):
            with pytest.raises(UnreadableMedia) as caught:
                read(path)
            assert reason in caught.value.got, path
            assert "\n" not in str(caught.value)


def test_a_video_of_which_no_frame_decodes_is_unreadable(tmp_path: Path) -> None:
    path = made_clip(tmp_path / "noise.mkv", numbered(1), codec="ffv1", pix_fmt="yuv420p")
    with av.open(str(path)) as container:
        packet = next(packet for packet in container.demux(video=0) if packet.size)
        payload = bytes(packet)
    path.write_bytes(path.read_bytes().replace(payload, b"\xff" * len(payload)))
    for read in (probe, lambda p: list(frames_at(p, np.zeros(1)))):
        with pytest.raises(UnreadableMedia, match="no frame decodes"):
            read(path)


def test_too_many_pixels_are_refused_from_the_header(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(bomb)
    wide = tmp_path / "wide.png"
    Image.new("1", (10_000, 9_000)).save(wide)
    for path in (bomb, wide):
        with pytest.raises(TooLarge, match="64 million"):
            probe(path)
    monkeypatch.setattr("barefaced.faces.opening.MAX_PIXELS", 1000)
    with pytest.raises(TooLarge, match="64 x 48"):
        timeline(clip)


def test_a_real_clip_gives_all_its_moments() -> None:
    path = find_beside("data/faceforensics/original_sequences/youtube/c40/videos/720.mp4")
    times = timeline(path)
    assert len(times) == probe(path).frames
    asked = spaced(times, 4)
    assert [frame.seconds for _, frame in frames_at(path, asked)] == asked.tolist()
