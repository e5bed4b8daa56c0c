"""Two people: the face that scikit-image ships, and another made of it. Crops of 128 px with their dense landmarks."""

import numpy as np
import pytest
from skimage.data import astronaut

from barefaced.config.media import CropSettings, FinderSettings
from barefaced.faces.align import crop, to_crop
from barefaced.faces.face_finder import load_finder
from barefaced.faces.face_mesh import FaceMesh
from barefaced.forgery.donor import Donor
from barefaced.forgery.puppets import puppet

SIDE = 128


@pytest.fixture(scope="session")
def face_mesh() -> FaceMesh:
    return FaceMesh(threads=1)


@pytest.fixture(scope="session")
def photograph() -> tuple[np.ndarray, np.ndarray]:
    """A real face with some room around it, 240 x 240, and its five landmarks."""
    rgb = np.ascontiguousarray(astronaut()[:240, 110:350])
    (found,) = load_finder(FinderSettings(side=256), threads=1).find(rgb)
    return rgb, found.landmarks


@pytest.fixture(scope="session")
def person(photograph: tuple[np.ndarray, np.ndarray], face_mesh: FaceMesh) -> Donor:
    return subject(*photograph, face_mesh)


@pytest.fixture(scope="session")
def other(photograph: tuple[np.ndarray, np.ndarray], face_mesh: FaceMesh) -> Donor:
    """Somebody else: other proportions, another skin."""
    made = puppet(*photograph, np.random.default_rng(2))
    return subject(made.rgb, made.landmarks, face_mesh)


def subject(rgb: np.ndarray, landmarks: np.ndarray, face_mesh: FaceMesh) -> Donor:
    aligned = crop(rgb, to_crop(landmarks, CropSettings(size=SIDE)), SIDE)
    points = face_mesh.find(aligned)
    assert points is not None
    return Donor(aligned, points)
