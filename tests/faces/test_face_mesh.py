"""The mesh on the one real face that is always there, and on pictures of nobody."""

import cv2
import numpy as np
import pytest

from barefaced.config.media import CropSettings
from barefaced.faces.align import crop, template, to_crop
from barefaced.faces.face_finder import FaceFinder
from barefaced.faces.face_mesh import FaceMesh
from beside import draw_pictures

SIZE = 128
FIVE = {
    "left eye": (33, 133, 159, 145),
    "right eye": (263, 362, 386, 374),
    "nose": (1,),
    "left": (61,),
    "right": (291,),
}
"""Points of the mesh about where ArcFace's five lie."""
MIRRORED = ((33, 263), (133, 362), (61, 291), (234, 454), (105, 334), (172, 397), (1, 1), (10, 10), (152, 152))
"""Pairs that change places in a mirror."""


@pytest.fixture(scope="module")
def mesh() -> FaceMesh:
    return FaceMesh(threads=1)


@pytest.fixture(scope="module")
def aligned(face: np.ndarray, finder: FaceFinder) -> np.ndarray:
    (found,) = finder.find(face)
    return crop(face, to_crop(found.landmarks, CropSettings(size=SIZE)), SIZE)


def points_of(mesh: FaceMesh, rgb: np.ndarray) -> np.ndarray:
    points = mesh.find(np.ascontiguousarray(rgb))
    assert points is not None
    return points


def test_the_five_points_of_the_alignment_lie_where_the_mesh_has_them(mesh: FaceMesh, aligned: np.ndarray) -> None:
    points = points_of(mesh, aligned)[:, :2]
    five = np.stack([points[list(which)].mean(axis=0) for which in FIVE.values()])
    assert np.linalg.norm(five - template(CropSettings(size=SIZE)), axis=1).max() < 0.1 * SIZE


def test_the_nose_is_nearer_than_the_ears(mesh: FaceMesh, aligned: np.ndarray) -> None:
    points = points_of(mesh, aligned)
    assert points[1, 2] < min(points[234, 2], points[454, 2])


def test_the_mirrored_crop_has_the_mirrored_mesh(mesh: FaceMesh, aligned: np.ndarray) -> None:
    one, other = points_of(mesh, aligned)[:, :2], points_of(mesh, aligned[:, ::-1])[:, :2]
    left, right = np.array(MIRRORED).T
    off = np.concatenate([[SIZE - 1, 0] + other[right] * [-1, 1] - one[left], one[right] - other[left] * [-1, 1]])
    off[len(left) :] -= [SIZE - 1, 0]
    assert np.linalg.norm(off, axis=1).max() < 0.03 * SIZE


def test_a_moved_face_moves_the_mesh(mesh: FaceMesh, aligned: np.ndarray) -> None:
    moved = cv2.warpAffine(
        aligned, np.array([[1.0, 0, 5], [0, 1.0, -3]]), (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT_101
    )
    off = points_of(mesh, moved)[:, :2] - points_of(mesh, aligned)[:, :2]
    np.testing.assert_allclose(off.mean(axis=0), [5, -3], atol=1)


def test_coordinates_follow_the_crops_size(mesh: FaceMesh, face: np.ndarray, finder: FaceFinder) -> None:
    (found,) = finder.find(face)
    small, large = (
        points_of(mesh, crop(face, to_crop(found.landmarks, CropSettings(size=size)), size)) for size in (96, 256)
    )
    scale = 256 / 96
    assert np.abs((small[:, :2] + 0.5) * scale - 0.5 - large[:, :2]).mean() < 0.02 * 256
    assert np.abs(small[:, 2] * scale - large[:, 2]).mean() < 0.02 * 256


def test_nobody_has_no_mesh(mesh: FaceMesh) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
    assert (
        mesh.find_many([noise, np.zeros((SIZE, SIZE, 3), np.uint8), np.full((96, 96, 3), 200, np.uint8)]) == [None] * 3
    )


def test_a_crop_alone_gives_what_it_gives_among_others(mesh: FaceMesh, aligned: np.ndarray) -> None:
    alone = points_of(mesh, aligned)
    blank = np.zeros((96, 96, 3), np.uint8)
    one, nobody, again = mesh.find_many([aligned, blank, aligned])
    assert nobody is None
    assert one is not None
    assert again is not None
    assert (one == alone).all()
    assert (again == alone).all()


def test_most_photographs_have_a_mesh(mesh: FaceMesh, finder: FaceFinder) -> None:
    settings, found = CropSettings(size=SIZE), []
    photographs = draw_pictures("data/utkface", 40)
    for path in photographs:
        rgb = np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])
        found += [mesh.find(crop(rgb, to_crop(one.landmarks, settings), SIZE)) for one in finder.find(rgb)[:1]]
    assert len(found) >= 0.95 * len(photographs)
    assert sum(points is not None for points in found) >= 0.95 * len(found)
