"""The autoencoder learns drawn faces, forges under its mask only, and is the same whoever loads it."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch
from toys_learned import drawn

from barefaced.errors import BadConfig, CheckpointError, MissingWeights, NonFiniteLoss
from barefaced.forgery import network_training
from barefaced.forgery.donor import Donor
from barefaced.forgery.methods import autoencoder_network
from barefaced.forgery.methods.autoencoder import AUTOENCODER, SIDE

FACES, LANDMARKS = drawn(16)
DONOR = Donor(FACES[1], LANDMARKS[1])


def _fitted(steps: int, seed: int = 0) -> tuple[dict[str, np.ndarray], list[str]]:
    notes: list[str] = []
    return AUTOENCODER.fit(FACES, LANDMARKS, seed, steps, notes.append), notes


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("autoencoder") / "weights.safetensors"
    safetensors.numpy.save_file(_fitted(3)[0], file)
    return file


def test_the_loss_falls_and_every_step_is_told() -> None:
    _, notes = _fitted(16)
    losses = [float(note.split()[-1]) for note in notes]
    assert len(losses) == 16
    assert np.mean(losses[-4:]) < 0.95 * losses[0]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    torch.manual_seed(1)
    one = _fitted(2)[0]
    torch.manual_seed(2)
    before = torch.get_rng_state()
    again, other = _fitted(2)[0], _fitted(2, seed=1)[0]
    assert all(np.array_equal(one[name], again[name]) for name in one)
    assert not all(np.array_equal(one[name], other[name]) for name in one)
    assert torch.equal(torch.get_rng_state(), before), "nobody else's draws are touched"


def test_only_the_face_is_changed(weights: Path) -> None:
    made = AUTOENCODER.load(weights)(FACES[0], LANDMARKS[0], np.random.default_rng(0), DONOR)
    forged, mask = made.pixels, made.mask
    assert np.array_equal(forged[mask == 0], FACES[0][mask == 0])
    assert (forged != FACES[0])[mask > 0.5].any(-1).mean() > 0.9
    x, y = LANDMARKS[0][4, :2].round().astype(int)
    assert mask[y, x] == 1
    assert mask[0].max() == mask[-1].max() == 0


def test_the_same_draws_give_the_same_forgery_before_and_after_pickling(weights: Path) -> None:
    method = AUTOENCODER.load(weights)
    one, again, other = (
        m(FACES[0], LANDMARKS[0], np.random.default_rng(seed), DONOR).pixels
        for m, seed in ((method, 0), (pickle.loads(pickle.dumps(method)), 0), (method, 1))
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_as_many_numbers_are_drawn_whatever_the_face_shows(weights: Path) -> None:
    method, after = AUTOENCODER.load(weights), []
    for face, points in zip(FACES[:3], LANDMARKS[:3], strict=True):
        generator = np.random.default_rng(0)
        method(face, points, generator, DONOR)
        after.append(generator.random())
    assert len(set(after)) == 1


def test_a_larger_share_brings_the_donor_nearer(weights: Path) -> None:
    network = network_training.restored(autoencoder_network.Autoencoder, safetensors.numpy.load_file(weights))
    face, donor = (np.ascontiguousarray(FACES[n][:SIDE, :SIDE]) for n in (0, 1))
    none, half, whole = (autoencoder_network.swapped(network, face, donor, share) for share in (0.0, 0.5, 1.0))
    itself = autoencoder_network.swapped(network, donor, donor, 0.3)
    assert np.allclose(whole, itself, atol=0.01)
    assert np.abs(none - itself).mean() > np.abs(half - itself).mean() > 0


def test_a_face_at_the_border_is_no_trouble(weights: Path) -> None:
    shifted = LANDMARKS[0] - LANDMARKS[0].mean(0)
    made = AUTOENCODER.load(weights)(FACES[0], shifted, np.random.default_rng(0), DONOR)
    forged, mask = made.pixels, made.mask
    assert np.array_equal(forged[mask == 0], FACES[0][mask == 0])


def test_a_warp_moves_pixels_and_makes_no_new_colours() -> None:
    pictures = network_training.planes(FACES[:4, :SIDE, :SIDE])
    bent = autoencoder_network.warped(pictures, np.random.default_rng(0))
    assert (bent - pictures).abs().mean() > 0.25 / 255  # a quarter of a pixel moves most by a level
    assert pictures.min() - 1e-5 <= bent.min()
    assert bent.max() <= pictures.max() + 1e-5


def test_without_a_donor_it_says_so(weights: Path) -> None:
    with pytest.raises(BadConfig, match="another person"):
        AUTOENCODER.load(weights)(FACES[0], LANDMARKS[0], np.random.default_rng(0))


def test_weights_that_are_not_there_or_damaged_are_named(weights: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(weights.read_bytes()[:1000])
    for file, error in ((tmp_path / "none.safetensors", MissingWeights), (damaged, CheckpointError)):
        with pytest.raises(error, match=file.name):
            AUTOENCODER.load(file)(FACES[0], LANDMARKS[0], np.random.default_rng(0), DONOR)


def test_a_loss_that_is_not_a_number_stops_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autoencoder_network.F, "mse_loss", lambda made, wanted: (made - wanted).sum() * torch.nan)
    with pytest.raises(NonFiniteLoss, match="at step 0"):
        _fitted(1)


def test_the_likeness_of_a_picture_to_itself_is_nought_and_grows_with_its_distance() -> None:
    picture = network_training.planes(FACES[:2, :SIDE, :SIDE])
    assert network_training.likeness(picture, picture) == 0
    assert 0 < network_training.likeness(picture + 0.1, picture) < network_training.likeness(picture + 0.2, picture)
    # A constant difference has no edges: the three scales' mean alone.
    assert network_training.likeness(picture + 0.1, picture).item() == pytest.approx(0.1, abs=1e-5)
