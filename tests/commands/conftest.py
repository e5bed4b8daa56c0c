"""A small data set of made-up people, and what each command makes of it; built once."""

from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float32, UInt8
from skimage.data import astronaut
from toys_commands import FORGERIES, PEOPLE, SMALL

from barefaced.commands.main import main
from barefaced.config.media import CropSettings, FinderSettings
from barefaced.faces.align import crop, to_crop
from barefaced.faces.face_finder import load_finder
from barefaced.faces.face_mesh import FaceMesh
from barefaced.faces.video_writer import write_clip
from barefaced.forgery.puppets import moved, puppet
from barefaced.forgery.registry import METHODS
from barefaced.imaging.similarity import invert, transform

RECIPE = """\
name: toy
data:
  stores: [{store}]
  val_origins: [clips/p4]
  test_origins: [clips/p5]
student: {{backbone: test_efficientnet, weights: random, input_size: 32, channels: 8}}
optim: {{epochs: 2, groups: 3, workers: 0}}
"""


def dense(
    mesh: FaceMesh, frame: UInt8[np.ndarray, "H W 3"], five: Float32[np.ndarray, "5 2"]
) -> Float32[np.ndarray, "468 3"]:
    """The frame's face mesh, found on its aligned crop."""
    matrix = to_crop(five, CropSettings(size=192))
    points = mesh.look(crop(frame, matrix, 192))[0]
    return np.column_stack([transform(points[:, :2], invert(matrix)), points[:, 2]]).astype(np.float32)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """PEOPLE real clips of half a second, and a forgery of each by two methods."""
    folder = tmp_path_factory.mktemp("made") / "clips"
    base = np.ascontiguousarray(astronaut()[:224, 110:334])
    mesh = FaceMesh(threads=1)
    [face] = load_finder(FinderSettings()).find(base)
    for number in range(PEOPLE):
        person = puppet(base, face.landmarks, np.random.default_rng(number))
        frames, points = moved(person, 4, np.random.default_rng(number + 100))
        write_clip(folder / "real" / f"p{number}.mp4", frames, 8.0)
        for method in FORGERIES:
            forged = [
                METHODS[method].function(frame, dense(mesh, frame, at), np.random.default_rng(number)).pixels
                for frame, at in zip(frames, points, strict=True)
            ]
            write_clip(folder / "fake" / method / f"p{number}.mp4", forged, 8.0)
    return folder


@pytest.fixture(scope="session")
def store(clips: Path) -> Path:
    """The clips, prepared in one go."""
    out = clips.parent / "store"
    assert main(["prepare", str(clips), str(out), *SMALL, "--workers", "1"]) == 0
    return out


@pytest.fixture(scope="session")
def recipe_file(store: Path) -> Path:
    file = store.parent / "toy.yaml"
    file.write_text(RECIPE.format(store=store))
    return file


@pytest.fixture(scope="session")
def trained(recipe_file: Path) -> Path:
    """The folder of a run that was never interrupted."""
    out = recipe_file.parent / "run"
    assert main(["train", str(recipe_file), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="session")
def model(trained: Path) -> Path:
    return trained / "model.safetensors"
