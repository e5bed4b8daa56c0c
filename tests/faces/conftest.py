"""The one real face that scikit-image ships, and the finder."""

import numpy as np
import pytest
from skimage.data import astronaut

from barefaced.config.media import FinderSettings
from barefaced.faces.face_finder import FaceFinder, load_finder


@pytest.fixture(scope="session")
def face() -> np.ndarray:
    """A real face with some room around it, 240 x 240."""
    return np.ascontiguousarray(astronaut()[:240, 110:350])


@pytest.fixture(scope="session")
def finder() -> FaceFinder:
    return load_finder(FinderSettings(side=256), threads=1)
