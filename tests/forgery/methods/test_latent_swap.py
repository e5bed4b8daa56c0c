"""The public autoencoder computes what its files mean, and what it draws stays under the mask."""

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch
from numpy.lib.stride_tricks import sliding_window_view

from barefaced.config.pictures import ForgeSettings
from barefaced.errors import BadConfig, CheckpointError, MissingWeights
from barefaced.forgery.donor import Donor
from barefaced.forgery.forged import Forged
from barefaced.forgery.methods.latent_swap import LatentSwap, check, fingerprint, read
from barefaced.forgery.methods.latent_swap_network import ready, rebuilt
from barefaced.forgery.registry import USUAL, load_method
from barefaced.pipelines.forge import chosen_methods
from toys_autoencoder import write_weights

Tensors = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("autoencoder"))


@pytest.fixture
def seen_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """An autoencoder that gives its picture back."""
    monkeypatch.setattr("barefaced.forgery.methods.latent_swap_network.rebuilt", lambda _, picture: picture)


def convolved(x: np.ndarray, tensors: Tensors, name: str, stride: int = 1) -> np.ndarray:
    """Written anew, after the definition: x [C h w]; a 3 x 3 kernel sees one zero around."""
    weight, side = tensors[f"{name}.weight"], tensors[f"{name}.weight"].shape[-1]
    padded = np.pad(x, ((0, 0), (side // 2,) * 2, (side // 2,) * 2))
    seen = sliding_window_view(padded, (side, side), axis=(1, 2))[:, ::stride, ::stride]
    bias = tensors.get(f"{name}.bias", np.zeros(len(weight)))
    return np.einsum("chwij,ocij->ohw", seen, weight, optimize=True) + bias[:, None, None]


def block(x: np.ndarray, tensors: Tensors, name: str) -> np.ndarray:
    if f"{name}.pool.0.weight" in tensors:
        wide = convolved(x, tensors, f"{name}.pool.0").reshape(4, -1)
        wide = (wide - wide.mean(1, keepdims=True)) / np.sqrt(wide.var(1, keepdims=True) + 1e-5)
        scale, shift = tensors[f"{name}.pool.1.weight"], tensors[f"{name}.pool.1.bias"]
        wide = wide.reshape(256, *x.shape[1:]) * scale[:, None, None] + shift[:, None, None]
        x = x + convolved(np.maximum(wide, 0), tensors, f"{name}.pool.3")
    inner = x
    for n in (0, 2, 4):
        inner = convolved(inner if n == 0 else np.maximum(inner, 0), tensors, f"{name}.conv.{n}")
    return np.maximum(x + inner, 0)


def encoded(x: np.ndarray, tensors: Tensors) -> np.ndarray:
    x = block(convolved(x, tensors, "0"), tensors, "1")
    for down in (2, 6, 10):
        x = convolved(x, tensors, str(down), stride=2)
        for n in range(down + 1, down + 4):
            x = block(x, tensors, str(n))
    return convolved(x, tensors, "14")


def decoded(x: np.ndarray, tensors: Tensors) -> np.ndarray:
    x = np.maximum(convolved(3 * np.tanh(x / 3), tensors, "1"), 0)
    for first in (3, 8, 13):
        for n in range(first, first + 3):
            x = block(x, tensors, str(n))
        x = convolved(x.repeat(2, axis=1).repeat(2, axis=2), tensors, str(first + 4))
    return convolved(block(x, tensors, "18"), tensors, "19")


def test_both_networks_compute_what_their_tensors_say(weights: Path) -> None:
    tensors = read(weights)
    networks = ready(*tensors)
    wide = [{name: value.astype(np.float64) for name, value in some.items()} for some in tensors]
    picture = np.random.default_rng(0).uniform(0, 1, (3, 16, 24))
    with torch.inference_mode():
        latent = networks.encoder(torch.from_numpy(picture[None].astype(np.float32)))
        shown = networks.decoder(latent)
    expected = encoded(picture, wide[0])
    assert latent.shape == (1, 32, 2, 3)
    np.testing.assert_allclose(latent[0].numpy(), expected, rtol=2e-3, atol=2e-3 * np.abs(expected).max())
    back = decoded(expected, wide[1])
    assert shown.shape == (1, 3, 16, 24)
    np.testing.assert_allclose(shown[0].numpy(), back, rtol=2e-3, atol=2e-3 * np.abs(back).max())
    made = rebuilt(networks, np.rint(picture.transpose(1, 2, 0) * 255).astype(np.uint8)).astype(float)
    assert np.abs(made - 255 * np.clip(back, 0, 1).transpose(1, 2, 0)).mean() < 3


def test_as_many_threads_as_you_like_give_the_same_picture(weights: Path, person: Donor) -> None:
    networks, before, made = ready(*read(weights)), torch.get_num_threads(), []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        made.append(rebuilt(networks, person.rgb[:64, :72]))
        assert torch.get_num_threads() == threads
    torch.set_num_threads(before)
    assert np.array_equal(*made)


def forged(method: LatentSwap, face: Donor, donor: Donor | None, seed: int) -> Forged:
    return method(face.rgb, face.landmarks, np.random.default_rng(seed), donor)


def test_the_face_is_drawn_anew_under_the_mask_and_nothing_else(weights: Path, person: Donor, other: Donor) -> None:
    method = LatentSwap(weights)
    for seed in range(2):
        made = forged(method, person, other, seed)
        assert np.array_equal(made.pixels[made.mask == 0], person.rgb[made.mask == 0])
        assert (made.pixels != person.rgb).any(-1)[made.mask > 0.5].mean() > 0.9
        assert 0 < made.mask.max() <= 1
        assert made.alteration is None
    again = forged(pickle.loads(pickle.dumps(method)), person, other, 0)
    assert np.array_equal(again.pixels, forged(method, person, other, 0).pixels)


@pytest.mark.usefixtures("seen_through")
def test_half_of_the_faces_are_another_persons_and_half_a_moved_copy(
    weights: Path, person: Donor, other: Donor
) -> None:
    method = LatentSwap(weights)
    third = Donor(np.ascontiguousarray(other.rgb[..., ::-1]), other.landmarks)
    lent = 0
    for seed in range(30):
        one, two = (forged(method, person, donor, seed) for donor in (other, third))
        assert np.array_equal(one.mask, two.mask)
        assert not np.array_equal(one.pixels, person.rgb)
        lent += not np.array_equal(one.pixels, two.pixels)
    assert 8 <= lent <= 22
    with pytest.raises(BadConfig, match="another person"):
        forged(method, person, None, 0)


@pytest.mark.usefixtures("seen_through")
@pytest.mark.parametrize("shift", [(0, 0), (-64, 0), (0, -64), (60, 70)])
def test_a_face_at_the_border_of_a_crop_of_any_size_is_no_trouble(
    shift: tuple[int, int], weights: Path, person: Donor, other: Donor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides = []
    monkeypatch.setattr(
        "barefaced.forgery.methods.latent_swap_network.rebuilt",
        lambda _, picture: sides.append(picture.shape) or picture,
    )
    moved = Donor(person.rgb[:121, :115], person.landmarks + np.array([*shift, 0], np.float32))
    for seed in range(4):
        made = forged(LatentSwap(weights), moved, other, seed)
        assert made.pixels.shape == moved.rgb.shape
        assert np.array_equal(made.pixels[made.mask == 0], moved.rgb[made.mask == 0])
    assert all(high % 8 == 0 == wide % 8 for high, wide, _ in sides)


@pytest.mark.usefixtures("seen_through")
def test_no_draw_depends_on_what_is_seen(weights: Path, person: Donor, other: Donor) -> None:
    states = []
    for face, donor in ((person, other), (other, person)):
        generator = np.random.default_rng(3)
        LatentSwap(weights)(face.rgb, face.landmarks, generator, donor)
        states.append(generator.bit_generator.state)
    assert states[0] == states[1]


def test_without_its_file_it_is_refused_by_the_settings_name_and_no_other_method_asks(tmp_path: Path) -> None:
    assert chosen_methods(ForgeSettings()) == USUAL
    assert "latent_swap" not in USUAL
    named = ForgeSettings(methods=("frequency", "latent_swap"))
    with pytest.raises(BadConfig, match=r"forge\.autoencoder"):
        chosen_methods(named)
    with pytest.raises(MissingWeights, match=r"taef2_encoder\.safetensors.*forge\.autoencoder"):
        chosen_methods(ForgeSettings(methods=("latent_swap",), autoencoder=str(tmp_path)))
    with pytest.raises(MissingWeights, match=r"forge\.autoencoder"):
        load_method("latent_swap", None, ("hull",))


def test_a_folder_or_the_beginning_of_the_names_will_do(weights: Path, tmp_path: Path) -> None:
    assert chosen_methods(ForgeSettings(autoencoder=str(weights))) == (*USUAL, "latent_swap")
    for part in ("encoder", "decoder"):
        shutil.copy(weights / f"taef2_{part}.safetensors", tmp_path / f"mine_{part}.safetensors")
    check(str(tmp_path / "mine"))
    assert fingerprint(str(tmp_path / "mine")) == fingerprint(str(weights))
    assert fingerprint(str(write_weights(tmp_path / "others", 1))) != fingerprint(str(weights))


@pytest.mark.parametrize("wrong", ["shape", "missing", "more", "nan", "cut"])
def test_files_of_another_network_are_refused_with_what_was_expected(wrong: str, weights: Path, tmp_path: Path) -> None:
    shutil.copytree(weights, tmp_path / "w")
    file = tmp_path / "w" / "taef2_decoder.safetensors"
    tensors = safetensors.numpy.load_file(file)
    if wrong == "shape":
        tensors["1.weight"] = tensors["1.weight"][:, :16].copy()
    if wrong == "missing":
        del tensors["1.weight"]
    if wrong == "more":
        tensors["20.weight"] = tensors["1.weight"]
    if wrong == "nan":
        tensors["1.weight"][0] = np.nan
    safetensors.numpy.save_file(tensors, file)
    if wrong == "cut":
        file.write_bytes(file.read_bytes()[:5000])
    said = {"shape": "64 x 32 x 3 x 3; got 1.weight of 64 x 16", "missing": "got no tensor 1", "more": "no tensor 20"}
    with pytest.raises(CheckpointError, match=said.get(wrong, r"taef2_decoder\.safetensors")):
        check(str(tmp_path / "w"))
