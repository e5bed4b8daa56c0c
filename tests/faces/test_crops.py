"""Whole clips to crops, with the astronaut's face in them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from toys_vision import made_clip, numbered

from barefaced.config.media import CropSettings, FinderSettings, PrepareSettings
from barefaced.errors import UnreadableMedia
from barefaced.faces.align import template
from barefaced.faces.crops import crops, moments_of
from barefaced.faces.face_finder import FaceFinder
from barefaced.imaging.similarity import invert, transform
from barefaced.values.media import ClipCrops, FaceCrop
from beside import find_beside

SETTINGS = PrepareSettings(frames=6, crop=CropSettings(size=96), finder=FinderSettings(side=256))


def of_track(result: ClipCrops, track: int | None) -> list[FaceCrop]:
    return [crop for crop in result.crops if crop.track == track]


@pytest.fixture(scope="module")
def one(face: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty frames of a face that moves to the right."""
    frames = [np.ascontiguousarray(np.roll(face, n, axis=1)) for n in range(30)]
    return made_clip(tmp_path_factory.mktemp("one") / "one.mp4", frames, options={"crf": "10", "g": "10"})


def test_a_face_through_a_clip_is_one_track_over_all_of_it(one: Path, finder: FaceFinder) -> None:
    result = crops(one, SETTINGS, finder)
    assert result.subject == 0
    assert (result.frames_seen, result.frames_without_face, result.warnings) == (6, 0, ())
    assert [crop.moment for crop in result.crops] == list(range(6))
    assert [crop.frame for crop in result.crops] == [2, 7, 12, 17, 22, 27]
    assert [crop.seconds for crop in result.crops] == pytest.approx([n / 25 for n in (2, 7, 12, 17, 22, 27)])
    for crop in result.crops:
        assert crop.rgb.shape == (96, 96, 3)
        assert 40 < crop.quality.face_pixels < 160
        assert crop.quality.sharpness > 10
        assert crop.quality.confidence > 0.5


def test_the_crop_holds_the_face_upright_at_the_templates_place(one: Path, finder: FaceFinder) -> None:
    first, *_, last = crops(one, SETTINGS, finder).crops
    eyes = [transform(template(SETTINGS.crop)[:2], invert(crop.to_crop)) for crop in (first, last)]
    assert np.abs(eyes[1] - eyes[0] - [25, 0]).max() < 3
    assert np.abs(first.rgb.astype(int) - last.rgb).mean() < 12


def test_the_same_moments_can_be_asked_for_and_those_past_the_end_are_told(one: Path, finder: FaceFinder) -> None:
    planned = moments_of(one, SETTINGS)
    result = crops(one, SETTINGS, finder, at=np.append(planned, [50.0, 60.0]))
    assert [crop.moment for crop in result.crops] == list(range(6))
    assert result.frames_seen == 6
    assert any(warning.startswith("2 of 8 moments") for warning in result.warnings)
    for ours, plain in zip(result.crops, crops(one, SETTINGS, finder).crops, strict=True):
        np.testing.assert_array_equal(ours.rgb, plain.rgb)


def test_two_people_are_two_tracks(face: np.ndarray, tmp_path: Path, finder: FaceFinder) -> None:
    frames = []
    for n in range(12):
        small = np.asarray(Image.fromarray(face).resize((192, 192)))
        canvas = np.full((260, 520, 3), 128, np.uint8)
        canvas[10:250, 2 * n : 240 + 2 * n] = face
        canvas[40 - n : 232 - n, 290:482] = small
        frames.append(canvas)
    result = crops(made_clip(tmp_path / "two.mp4", frames, options={"crf": "10"}), SETTINGS, finder)
    assert {crop.track for crop in result.crops} == {0, 1}
    for track in (0, 1):
        assert [crop.moment for crop in of_track(result, track)] == list(range(6))
    other = 1 - (result.subject or 0)
    assert of_track(result, result.subject)[0].quality.face_pixels > of_track(result, other)[0].quality.face_pixels


def test_no_face_is_an_answer(tmp_path: Path, finder: FaceFinder) -> None:
    result = crops(made_clip(tmp_path / "nobody.mp4", numbered(10)), SETTINGS, finder)
    assert (result.crops, result.subject) == ((), None)
    assert result.frames_seen == result.frames_without_face == 6


def test_a_short_clip_gives_every_frame_once(face: np.ndarray, tmp_path: Path, finder: FaceFinder) -> None:
    result = crops(made_clip(tmp_path / "short.mp4", [face] * 3), SETTINGS, finder)
    assert [crop.frame for crop in result.crops] == [0, 1, 2]
    assert result.frames_seen == 3


def test_a_clip_cut_short_says_so_and_gives_what_it_has(face: np.ndarray, tmp_path: Path, finder: FaceFinder) -> None:
    path = made_clip(
        tmp_path / "cut.mp4", [face] * 40, options={"g": "5", "bf": "0"}, container={"movflags": "faststart"}
    )
    whole = moments_of(path, SETTINGS)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    result = crops(path, SETTINGS, finder, at=whole)
    assert 0 < result.frames_seen < 6
    assert [crop.moment for crop in result.crops] == list(range(result.frames_seen))
    assert any("moments gave no frame" in warning for warning in result.warnings)
    assert any(warning.startswith("cut short: 40 frames declared") for warning in result.warnings)


def test_a_turned_clip_gives_upright_crops(face: np.ndarray, tmp_path: Path, finder: FaceFinder) -> None:
    lying = np.ascontiguousarray(np.rot90(face, 1)[:, :220])
    path = made_clip(tmp_path / "lying.mp4", [lying] * 6, rotation=-90, options={"crf": "10"})
    result = crops(path, SETTINGS, finder)
    assert (result.video.height, result.video.width) == (220, 240)
    assert len(result.crops) == 6
    # Upright: the crop is not turned against the frame.
    assert abs(np.degrees(np.arctan2(result.crops[0].to_crop[1, 0], result.crops[0].to_crop[0, 0]))) < 15


def test_a_picture_is_a_clip_of_one_moment(face: np.ndarray, tmp_path: Path, finder: FaceFinder) -> None:
    Image.fromarray(face).save(tmp_path / "face.png")
    result = crops(tmp_path / "face.png", SETTINGS, finder)
    (crop,) = result.crops
    assert (crop.frame, crop.moment, crop.seconds, crop.track, result.subject) == (0, 0, 0.0, 0, 0)
    assert result.warnings == ()


def test_an_unreadable_file_is_told_before_anything_is_looked_at(tmp_path: Path, finder: FaceFinder) -> None:
    with pytest.raises(UnreadableMedia):
        crops(tmp_path / "absent.mp4", SETTINGS, finder)


def test_preparing_crops_never_loads_torch() -> None:
    code = "import sys, barefaced.faces.crops; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_real_clip_gives_its_person_at_every_moment(finder: FaceFinder) -> None:
    path = find_beside("data/faceforensics/original_sequences/youtube/c40/videos/720.mp4")
    result = crops(path, SETTINGS, finder)
    assert [crop.moment for crop in of_track(result, result.subject)] == list(range(6))
