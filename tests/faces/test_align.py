"""Alignment against its own definition, and against independent fits and filters."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.transform import SimilarityTransform, rescale

from barefaced.config.media import CropSettings
from barefaced.errors import NoFace
from barefaced.faces.align import TEMPLATE, crop, template, to_crop
from barefaced.imaging.similarity import fit_similarity, invert, shrink_of, transform
from barefaced.values.geometry import GREY, Geometry, flat

FACE = np.array([[100, 110], [160, 108], [131, 140], [106, 178], [155, 177]], np.float32)


def similarity(turn: float, scale: float, x: float, y: float) -> np.ndarray:
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    return np.array([[c, -s, x], [s, c, y]])


def test_margin_1_at_112_is_the_arcface_template_itself() -> None:
    np.testing.assert_allclose(template(CropSettings(size=112, margin=1.0)), TEMPLATE, atol=1e-12)


@pytest.mark.parametrize("size", [96, 128, 256, 257])
def test_the_centre_of_a_margin_crop_resized_to_112_is_the_arcface_crop(size: int) -> None:
    margin = 1.3
    wide = fit_similarity(FACE, template(CropSettings(size=size, margin=margin)))[0]
    # The centre 1/m spans size/m pixels from size/2 (1 - 1/m), both counted from the picture's edge.
    k = 112 * margin / size
    start = size / 2 * (1 - 1 / margin)
    centre = np.array([[k, 0], [0, k]]) @ wide
    centre[:, 2] += (0.5 - start) * k - 0.5
    np.testing.assert_allclose(centre, fit_similarity(FACE, template(CropSettings(size=112, margin=1.0)))[0], atol=1e-9)


@given(turn=st.floats(-3, 3), scale=st.floats(0.05, 20), x=st.floats(-500, 2000), y=st.floats(-500, 2000))
def test_a_turned_scaled_moved_template_comes_back_to_its_place(turn: float, scale: float, x: float, y: float) -> None:
    settings = CropSettings(size=128)
    landmarks = transform(TEMPLATE, similarity(turn, scale, x, y)).astype(np.float32)
    matrix = to_crop(landmarks, settings)
    np.testing.assert_allclose(transform(landmarks, matrix), template(settings), atol=0.05)
    back = transform(template(settings), invert(matrix))
    assert np.abs(back - landmarks).max() < 0.5
    assert shrink_of(matrix) == pytest.approx(scale * 112 * 1.3 / 128, rel=1e-3)


@given(st.lists(st.floats(-20, 20), min_size=10, max_size=10))
def test_the_fit_is_umeyamas(noise: list[float]) -> None:
    settings = CropSettings(size=112, margin=1.0)
    landmarks = FACE + np.array(noise, np.float32).reshape(5, 2)
    oracle = SimilarityTransform.from_estimate(landmarks.astype(np.float64), template(settings))
    np.testing.assert_allclose(fit_similarity(landmarks, template(settings))[0], oracle.params[:2], atol=1e-6)


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=10, max_size=10))
def test_any_five_points_give_a_matrix_or_a_typed_answer(values: list[float]) -> None:
    try:
        matrix = to_crop(np.array(values, np.float32).reshape(5, 2), CropSettings())
    except NoFace:
        return
    assert np.isfinite(matrix).all()
    assert np.linalg.det(matrix[:, :2].astype(np.float64)) > 0


def test_points_that_are_no_face_get_a_typed_answer() -> None:
    for landmarks in (
        np.full((5, 2), 7, np.float32),
        np.full((5, 2), np.nan, np.float32),
        (TEMPLATE * [0.01, -1]).astype(np.float32)[[1, 0, 2, 3, 4]] * np.float32(0),
    ):
        with pytest.raises(NoFace):
            to_crop(landmarks, CropSettings())


def test_points_on_a_line_still_make_a_crop() -> None:
    line = np.stack([np.arange(5), np.arange(5)], axis=-1).astype(np.float32)
    assert np.isfinite(to_crop(line, CropSettings())).all()


def test_a_crop_without_change_is_the_picture() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    np.testing.assert_array_equal(crop(rgb, np.eye(2, 3), 64), rgb)


@pytest.mark.parametrize("factor", [2, 3, 8])
def test_shrinking_by_a_whole_number_is_the_mean_of_blocks(factor: int) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (32 * factor, 32 * factor, 3), np.uint8)
    matrix = similarity(0, 1 / factor, (1 / factor - 1) / 2, (1 / factor - 1) / 2)
    blocks = rgb.reshape(32, factor, 32, factor, 3).mean(axis=(1, 3))
    assert np.abs(crop(rgb, matrix, 32) - blocks).max() <= 0.51


@pytest.mark.parametrize("turn", [0.0, 0.3])
@pytest.mark.parametrize("shrink", [1.7, 3.3, 6.1])
def test_a_fine_chessboard_becomes_grey_instead_of_stripes(shrink: float, turn: float) -> None:
    board = (np.indices((400, 400)).sum(axis=0) % 2 * 255).astype(np.uint8)
    rgb = np.repeat(board[..., None], 3, axis=-1)
    matrix = similarity(turn, 1 / shrink, -10, -5)
    ours = crop(rgb, matrix, 48).astype(float)
    plain = cv2.warpAffine(rgb, matrix, (48, 48), flags=cv2.INTER_LINEAR).astype(float)
    assert ours.std() < 25 < plain.std() or ours.std() < 0.5 * plain.std()
    assert abs(ours.mean() - 127.5) < 3


def test_a_shrunk_photograph_is_scikit_images_antialiased_one(face: np.ndarray) -> None:
    shrink = 3.75
    size = 64
    matrix = similarity(0, 1 / shrink, (1 / shrink - 1) / 2, (1 / shrink - 1) / 2)
    oracle = rescale(face, 1 / shrink, anti_aliasing=True, channel_axis=-1) * 255
    plain = cv2.warpAffine(face, matrix, (size, size), flags=cv2.INTER_LINEAR).astype(float)
    inner = (slice(2, -2), slice(2, -2))
    ours = np.abs(crop(face, matrix, size).astype(float) - oracle)[inner].mean()
    assert ours < 3
    assert ours < 0.5 * np.abs(plain - oracle)[inner].mean()


def test_beyond_the_border_is_grey_and_no_pixel_inside_is_mixed_with_it() -> None:
    rgb = np.full((40, 40, 3), 200, np.uint8)
    for turn, scale in ((0, 1), (17, 0.7), (-40, 2.2), (5, 0.31)):
        matrix = similarity(turn, scale, 30, 30)
        out = crop(rgb, matrix, 64)
        inside = Geometry(flat(matrix), 40, 40).inside(64)
        assert 0 < inside.sum() < inside.size
        assert (out[inside] == 200).all()
        assert (out[~inside] == GREY).all()
