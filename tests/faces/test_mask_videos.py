"""The person under the mask, and the mask through the crop's transform."""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from toys_vision import frames_at, made_clip, timeline

from barefaced.config.media import CropSettings, FinderSettings, PrepareSettings
from barefaced.faces.crops import crops
from barefaced.faces.face_finder import FaceFinder, load_finder
from barefaced.values.media import ClipCrops, FaceCrop
from beside import find_beside

SETTINGS = PrepareSettings(frames=6, crop=CropSettings(size=96), finder=FinderSettings(side=320))
SMALL = (slice(40, 232), slice(290, 482))
"""Where the smaller of two people is."""


@pytest.fixture(scope="module")
def two(face: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A large and a small face, side by side."""
    canvas = np.full((260, 520, 3), 128, np.uint8)
    canvas[10:250, :240] = face
    canvas[SMALL] = np.asarray(Image.fromarray(face).resize((192, 192)))
    return made_clip(tmp_path_factory.mktemp("two") / "two.mp4", [canvas] * 12, options={"crf": "10"})


def drawn(path: Path, where: tuple[slice, slice] | None, frames: int = 12, scale: int = 1, rate: int = 25) -> Path:
    canvas = np.zeros((260, 520, 3), np.uint8)
    if where is not None:
        canvas[where] = 255
    canvas = np.ascontiguousarray(canvas[::scale, ::scale])
    return made_clip(path, [canvas] * frames, rate=rate, options={"crf": "10"})


def centre(result: ClipCrops) -> float:
    """Where in the frame the subject's first crop lies, from left to right."""
    first = next(crop for crop in result.crops if crop.track == result.subject)
    turn = np.linalg.inv(first.to_crop[:, :2])
    return float((turn @ (np.array([47.5, 47.5]) - first.to_crop[:, 2]))[0])


def test_without_a_mask_the_larger_face_is_the_subject(two: Path, finder: FaceFinder) -> None:
    result = crops(two, SETTINGS, finder)
    assert centre(result) < 240
    assert not result.uncovered
    assert all(crop.mask is None for crop in result.crops)


@pytest.mark.parametrize(("scale", "rate"), [(1, 25), (2, 25), (1, 30)])
def test_the_face_under_the_mask_is_the_subject(
    two: Path, tmp_path: Path, finder: FaceFinder, scale: int, rate: int
) -> None:
    """Also where the mask is smaller than the frame, or was written at another rate."""
    result = crops(two, SETTINGS, finder, mask=drawn(tmp_path / "mask.mp4", SMALL, scale=scale, rate=rate))
    assert centre(result) > 290
    assert result.warnings == ()
    assert not result.uncovered
    for crop in result.crops:
        assert crop.mask is not None
        assert crop.mask.shape == (96, 96)
        share = (crop.mask > 127).mean()
        assert share > 0.6 if crop.track == result.subject else share < 0.2


def test_a_mask_shorter_than_its_clip_serves_as_far_as_it_goes(two: Path, tmp_path: Path, finder: FaceFinder) -> None:
    result = crops(two, SETTINGS, finder, mask=drawn(tmp_path / "mask.mp4", SMALL, frames=6))
    assert centre(result) > 290
    assert "the mask ends before 3 of 6 moments" in result.warnings
    assert {crop.moment for crop in result.crops if crop.mask is None} == {3, 4, 5}


def test_a_mask_on_no_face_is_told(two: Path, tmp_path: Path, finder: FaceFinder) -> None:
    corner = (slice(240, 260), slice(490, 520))
    assert crops(two, SETTINGS, finder, mask=drawn(tmp_path / "corner.mp4", corner)).uncovered
    assert not crops(two, SETTINGS, finder, mask=drawn(tmp_path / "black.mp4", None)).uncovered


def test_a_mask_that_cannot_be_read_is_a_warning(two: Path, tmp_path: Path, finder: FaceFinder) -> None:
    (tmp_path / "mask.mp4").write_text("no film")
    result = crops(two, SETTINGS, finder, mask=tmp_path / "mask.mp4")
    assert any(warning.startswith("the mask cannot be read") for warning in result.warnings)
    assert centre(result) < 240


def test_a_mask_goes_through_the_same_transform_as_the_pixels(
    face: np.ndarray, tmp_path: Path, finder: FaceFinder
) -> None:
    """A frame that is white where its mask is: pixels and mask agree in the crop."""
    canvas = np.full((260, 300, 3), 60, np.uint8)
    canvas[10:250, 30:270] = face // 2
    patch = (slice(100, 130), slice(90, 150))
    canvas[patch] = 255
    clip = made_clip(tmp_path / "clip.mp4", [canvas] * 3, options={"crf": "5"})
    mask = np.zeros_like(canvas)
    mask[patch] = 255
    result = crops(clip, SETTINGS, finder, mask=made_clip(tmp_path / "mask.mp4", [mask] * 3, options={"crf": "5"}))
    crop = result.crops[0]
    assert crop.mask is not None
    white = crop.rgb.min(axis=-1) > 190
    assert ((crop.mask > 127) == white).mean() > 0.97


def test_a_real_clip_with_two_people_gives_two_tracks_and_the_mask_chooses(tmp_path: Path) -> None:
    path = find_beside("data/faceforensics/original_sequences/youtube/c40/videos/585.mp4")
    settings = PrepareSettings(frames=8)
    finder = load_finder(settings.finder, threads=1)
    result = crops(path, settings, finder)
    whole = [t for t in (0, 1) if [crop.moment for crop in result.crops if crop.track == t] == list(range(8))]
    assert whole == [0, 1]
    assert result.subject == 0
    other = next(crop for crop in result.crops if crop.track == 1)
    x, y = np.linalg.inv(other.to_crop[:, :2]) @ (np.array([127.5, 127.5]) - other.to_crop[:, 2])
    side = other.quality.face_pixels / 2
    canvas = np.zeros((result.video.height, result.video.width, 3), np.uint8)
    canvas[int(y - side) : int(y + side), int(x - side) : int(x + side)] = 255
    frames = [np.ascontiguousarray(canvas[::4, ::4])] * len(timeline(path))
    assert crops(path, settings, finder, mask=made_clip(tmp_path / "mask.mp4", frames)).subject == 1


def middle(crop: FaceCrop) -> np.ndarray:
    """x and y of its middle in the frame."""
    return np.linalg.inv(crop.to_crop[:, :2]) @ (np.full(2, (crop.rgb.shape[0] - 1) / 2) - crop.to_crop[:, 2])


def shown_where(path: Path, found: ClipCrops, track: int, folder: Path) -> Path:
    """A mask video of the clip, a quarter of its size: in each frame the place of that track's nearest crop."""
    of = [crop for crop in found.crops if crop.track == track]
    canvases = []
    for frame in range(len(timeline(path))):
        near = min(of, key=lambda crop: abs(crop.frame - frame))
        x, y = middle(near) / 4
        side = near.quality.face_pixels / 8
        canvas = np.zeros((found.video.height // 4 // 2 * 2, found.video.width // 4 // 2 * 2, 3), np.uint8)
        canvas[max(int(y - side), 0) : int(y + side), max(int(x - side), 0) : int(x + side)] = 255
        canvases.append(canvas)
    return made_clip(folder / f"mask{track}.mp4", canvases)


@pytest.mark.slow
def test_of_two_actors_who_walk_the_one_under_the_mask_is_the_subject(tmp_path: Path) -> None:
    """She and he are in every frame, and the camera goes with them; she is longer in one track."""
    actors = "data/faceforensics/original_sequences/actors/c40/videos"
    path = find_beside(f"{actors}/13__walking_down_indoor_hall_disgust.mp4")
    settings = PrepareSettings(frames=32)
    finder = load_finder(settings.finder)
    found = crops(path, settings, finder)
    lengths = Counter(crop.track for crop in found.crops)
    (her, _), (him, _) = lengths.most_common(2)
    assert found.subject == her
    for track in (her, him):
        masked = crops(path, settings, finder, mask=shown_where(path, found, track, tmp_path))
        assert masked.subject == track
        assert Counter(crop.track for crop in masked.crops) == lengths  # the other is kept, and is not the subject


def test_two_people_of_dfdc_in_one_picture_are_two_tracks(tmp_path: Path) -> None:
    """Two of its clips side by side: none of those that are here has two people."""
    clips = [find_beside(f"data/dfdc/dfdc_train_part_10/{name}.mp4") for name in ("widuwuoiur", "yhffcuhhjy")]
    pictures = [[frame.rgb for _, frame in frames_at(clip, timeline(clip)[:300:25])] for clip in clips]
    pictures[0] = [cv2.resize(rgb[:, :960], (640, 720)) for rgb in pictures[0]]
    pictures[1] = [cv2.resize(rgb[:960], (540, 720)) for rgb in pictures[1]]
    pair = made_clip(tmp_path / "pair.mp4", [np.hstack(two) for two in zip(*pictures, strict=True)])
    found = crops(pair, PrepareSettings(frames=12), load_finder(PrepareSettings().finder))
    assert Counter(crop.track for crop in found.crops) == {0: 12, 1: 12}
    left, right = sorted([middle(crop)[0] for crop in found.crops if crop.track == track] for track in (0, 1))
    assert max(left) < 640 < min(right)
