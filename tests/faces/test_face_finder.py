"""The finder on the one real face that is always there."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from barefaced.config.media import FinderSettings
from barefaced.errors import MissingWeights, UntrustedWeights
from barefaced.faces.face_finder import FaceFinder, load_finder
from barefaced.values.media import Face
from beside import draw_pictures

NOISE = 0.05
"""Share of the face's width by which landmarks may differ between two views of one face."""


def width(face: Face) -> float:
    return float(face.box[2] - face.box[0])


def same(one: list[Face], other: list[Face]) -> bool:
    return len(one) == len(other) and all(
        a.confidence == b.confidence and (a.box == b.box).all() and (a.landmarks == b.landmarks).all()
        for a, b in zip(one, other, strict=True)
    )


def test_a_face_is_found_where_it_is(face: np.ndarray, finder: FaceFinder) -> None:
    (found,) = finder.find(face)
    left_eye, right_eye, nose, left_mouth, right_mouth = found.landmarks
    # Read off a grid drawn over the picture nine times enlarged: pupils, tip of the nose, corners of the mouth. The
    # finder is within 3 px at eyes and nose, and sets the corners of this wide smile 4 to 6.5 px too low.
    read = [[92.8, 100.6], [135.9, 102.8], [113.9, 126.7], [92.3, 139.3], [135.9, 138.6]]
    np.testing.assert_allclose(found.landmarks[:3], read[:3], atol=4)
    np.testing.assert_allclose(found.landmarks[3:], read[3:], atol=7)
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    assert found.confidence > 0.7


def test_nothing_is_found_where_nobody_is(finder: FaceFinder) -> None:
    assert finder.find(np.full((120, 160, 3), 127, np.uint8)) == []
    assert finder.find(np.zeros((1, 1, 3), np.uint8)) == []
    assert finder.find(np.zeros((1, 900, 3), np.uint8)) == []
    assert finder.find_many([]) == []


def test_a_picture_alone_gives_what_it_gives_among_others(face: np.ndarray, finder: FaceFinder) -> None:
    others = [np.full((240, 240, 3), 90, np.uint8), face, face[:200].copy(), np.ascontiguousarray(face[:, ::-1])]
    for rgb, among in zip(others, finder.find_many(others), strict=True):
        assert same(finder.find(rgb), among)


def test_the_mirrored_picture_has_the_mirrored_face(face: np.ndarray, finder: FaceFinder) -> None:
    (one,) = finder.find(face)
    (other,) = finder.find(np.ascontiguousarray(face[:, ::-1]))
    turned = other.landmarks[[1, 0, 2, 4, 3]] * [-1, 1] + [face.shape[1] - 1, 0]
    assert np.abs(turned - one.landmarks).max() < NOISE * width(one)


def test_a_face_that_fills_the_picture_is_found(face: np.ndarray, finder: FaceFinder) -> None:
    tight = np.ascontiguousarray(face[60:180, 60:170])
    for side in (100, 220, 900):
        (found,) = finder.find(cv2.resize(tight, (side, side), interpolation=cv2.INTER_CUBIC))
        assert found.box[2] - found.box[0] > 0.5 * side


def test_a_box_stays_in_the_picture_and_landmarks_may_leave_it(face: np.ndarray, finder: FaceFinder) -> None:
    half = np.ascontiguousarray(face[:, 105:])
    (whole,) = finder.find(face)
    (found,) = finder.find(half)
    assert found.box[0] >= -0.5
    assert found.landmarks[0, 0] < 3
    assert np.abs(found.landmarks[1] + [105, 0] - whole.landmarks[1]).max() < 12


def test_coordinates_follow_the_pictures_size(face: np.ndarray, finder: FaceFinder) -> None:
    (found,) = finder.find(face)
    (large,) = finder.find(cv2.resize(face, (480, 480), interpolation=cv2.INTER_CUBIC))
    assert np.abs((large.landmarks + 0.5) / 2 - 0.5 - found.landmarks).max() < NOISE * width(found)


def test_two_faces_are_two(face: np.ndarray, finder: FaceFinder) -> None:
    left, right = sorted(finder.find(np.concatenate([face, face], axis=1)), key=lambda f: f.box[0])
    assert np.abs(right.landmarks - left.landmarks - [240, 0]).max() < 6


def test_a_missing_or_foreign_model_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match=r"finder\.model"):
        load_finder(FinderSettings(model=str(tmp_path / "absent.onnx")))
    (tmp_path / "bad.onnx").write_bytes(b"not a network")
    with pytest.raises(UntrustedWeights):
        load_finder(FinderSettings(model=str(tmp_path / "bad.onnx")))


def test_the_finder_reports_to_nobody(tmp_path: Path) -> None:
    code = (
        "import sys, barefaced.faces.face_finder; sys.exit(any('openvino_telemetry' in name for name in sys.modules))"
    )
    quiet = subprocess.run(
        [sys.executable, "-c", code], check=False, env={**os.environ, "HOME": str(tmp_path), "CI": "false"}
    )
    assert quiet.returncode == 0
    assert not (tmp_path / "intel").exists()


@pytest.mark.parametrize("folder", ["utkface", "openforensics/real"])
def test_faces_are_found_in_tight_and_loose_crops(folder: str) -> None:
    paths = draw_pictures(f"data/{folder}", 40)
    pictures = [np.ascontiguousarray(cv2.imread(str(path))[..., ::-1]) for path in paths]
    found = load_finder(FinderSettings()).find_many(pictures)
    assert sum(bool(faces) for faces in found) >= 0.95 * len(pictures)
