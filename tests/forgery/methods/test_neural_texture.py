"""The lower face's painter learns drawn mouths, paints the hole only, and follows the drawn lips."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from toys_learned import drawn

from barefaced.errors import CheckpointError, MissingWeights
from barefaced.forgery import mesh, network_training
from barefaced.forgery.methods import neural_texture
from barefaced.forgery.methods.neural_texture import NEURAL_TEXTURE, expressed
from barefaced.forgery.methods.neural_texture_network import COARSE, Renderer, rendered

FACES, LANDMARKS = drawn(16)
STILL, OPENED = np.zeros(3), np.array([0.12, 0.0, 0.0])


def _fitted(steps: int, seed: int = 0) -> tuple[dict[str, np.ndarray], list[str]]:
    notes: list[str] = []
    return NEURAL_TEXTURE.fit(FACES, LANDMARKS, seed, steps, notes.append), notes


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("neural_texture") / "weights.safetensors"
    safetensors.numpy.save_file(_fitted(3)[0], file)
    return file


def test_the_loss_falls_and_every_step_is_told() -> None:
    _, notes = _fitted(16)
    losses = [float(note.split()[-1]) for note in notes]
    assert len(losses) == 16
    assert np.mean(losses[-4:]) < 0.8 * losses[0]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    one, again, other = _fitted(2)[0], _fitted(2)[0], _fitted(2, seed=1)[0]
    assert all(np.array_equal(one[name], again[name]) for name in one)
    assert not all(np.array_equal(one[name], other[name]) for name in one)


def test_only_the_lower_face_is_changed_and_the_mouth_is(weights: Path) -> None:
    made = NEURAL_TEXTURE.load(weights)(FACES[0], LANDMARKS[0], np.random.default_rng(0))
    forged, mask = made.pixels, made.mask
    assert np.array_equal(forged[mask == 0], FACES[0][mask == 0])
    assert (forged != FACES[0])[mask > 0.5].any(-1).mean() > 0.9
    inside = LANDMARKS[0][list(mesh.MOUTH), :2].round().astype(int)
    assert (mask[inside[:, 1], inside[:, 0]] > 0.5).all()
    eyes = LANDMARKS[0][[*mesh.LEFT_EYE, *mesh.RIGHT_EYE], :2].round().astype(int)
    assert (mask[eyes[:, 1], eyes[:, 0]] == 0).all()


def test_the_same_draws_give_the_same_forgery_before_and_after_pickling(weights: Path) -> None:
    method = NEURAL_TEXTURE.load(weights)
    one, again, other = (
        m(FACES[0], LANDMARKS[0], np.random.default_rng(seed)).pixels
        for m, seed in ((method, 0), (pickle.loads(pickle.dumps(method)), 0), (method, 1))
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_as_many_numbers_are_drawn_whatever_the_face_shows(weights: Path) -> None:
    method, after = NEURAL_TEXTURE.load(weights), []
    for face, points in zip(FACES[:3], LANDMARKS[:3], strict=True):
        generator = np.random.default_rng(0)
        method(face, points, generator)
        after.append(generator.random())
    assert len(set(after)) == 1


def test_the_painter_sees_coarse_colours_in_the_hole_and_everything_around_it(weights: Path) -> None:
    network = network_training.restored(Renderer, safetensors.numpy.load_file(weights))
    picture = np.ascontiguousarray(FACES[0][20:84, 20:84])
    guide = np.zeros((64, 64, 4), np.uint8)
    guide[32:48, 20:44, 0] = 255
    shuffled, darkened, around = picture.copy(), picture.copy(), picture.copy()
    blocks = shuffled[32:48, 20:44].reshape(4, COARSE, 6, COARSE, 3)
    shuffled[32:48, 20:44] = blocks[:, ::-1, :, ::-1].reshape(16, 24, 3)
    darkened[32:48, 20:44] //= 2
    around[10:20, 20:44] //= 2
    same, *others = (rendered(network, p, guide) for p in (shuffled, darkened, around))
    made = rendered(network, picture, guide)
    assert np.allclose(made, same, atol=0.01)
    assert all(np.abs(made - other).max() > 0.1 for other in others)


def test_no_expression_moves_nothing_and_the_rest_of_the_face_never_moves() -> None:
    assert np.allclose(expressed(LANDMARKS[0], STILL), LANDMARKS[0], atol=1e-4)
    moved = expressed(LANDMARKS[0], np.array([0.1, 0.05, 0.04])) != LANDMARKS[0]
    assert set(np.flatnonzero(moved.any(-1))) <= {*mesh.LIPS, *mesh.MOUTH}


def test_an_opening_parts_the_lips_by_its_size_and_keeps_the_corners() -> None:
    before, after = LANDMARKS[0], expressed(LANDMARKS[0], OPENED)
    gaps = [float(np.linalg.norm(points[14] - points[13])) for points in (before, after)]
    # The drawn middle is a ring's point, not quite half way between the corners.
    assert gaps[1] - gaps[0] == pytest.approx(0.12 * mesh.unit(before), rel=0.12)
    corners = [neural_texture.LEFT_CORNER, neural_texture.RIGHT_CORNER]
    assert np.allclose(before[corners], after[corners], atol=1e-4)


def test_a_closing_mouth_never_folds_over_itself() -> None:
    closed = expressed(LANDMARKS[0], np.array([-5.0, 0, 0]))
    assert closed[14, 1] > closed[13, 1]


def test_a_face_at_the_border_is_no_trouble(weights: Path) -> None:
    shifted = LANDMARKS[0] - LANDMARKS[0].mean(0)
    made = NEURAL_TEXTURE.load(weights)(FACES[0], shifted, np.random.default_rng(0))
    forged, mask = made.pixels, made.mask
    assert np.array_equal(forged[mask == 0], FACES[0][mask == 0])


def test_weights_that_are_not_there_or_anothers_are_named(tmp_path: Path) -> None:
    others = tmp_path / "others.safetensors"
    safetensors.numpy.save_file({"a": np.zeros(3, np.float32)}, others)
    for file, error in ((tmp_path / "none.safetensors", MissingWeights), (others, CheckpointError)):
        with pytest.raises(error, match=file.name):
            NEURAL_TEXTURE.load(file)(FACES[0], LANDMARKS[0], np.random.default_rng(0))
