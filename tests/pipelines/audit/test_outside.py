"""Outside the altered region: a planted leak of each kind is found, and a clean store has none."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from toys_auditing import METHOD, SIDE, add, at_jpeg, mirror_store, moved, painted, pairs_store, photograph

from barefaced.config.pictures import PixelSettings
from barefaced.datasets.store import Store
from barefaced.pipelines.audit.outside import audit_outside
from barefaced.pipelines.audit.sampling import draw_samples
from barefaced.reports.audit import Outside

PIXELS = PixelSettings()


def outside(store: Store, window: int = 0, pixels: PixelSettings = PIXELS) -> tuple[Outside, tuple[str, ...]]:
    [sample], _ = draw_samples([store], 0)
    [found], notes = audit_outside(sample, pixels, window, seed=0, draws=300)
    return found, notes


def coded(rgb: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    return at_jpeg(rgb, 60)


def softened(rgb: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    return cv2.GaussianBlur(rgb, (0, 0), 0.8)


def tinted(rgb: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    return (rgb + np.array([25, 0, -25])).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("masks", [True, False], ids=["masks", "pairs alone"])
def test_a_clean_store_is_no_leak(tmp_path: Path, masks: bool) -> None:
    found, notes = outside(pairs_store(tmp_path / "store", masks=masks))
    assert found.verdict in ("sound", "too few to tell")
    assert found.region == ("masks" if masks else "differences")
    assert found.auc.low < 0.5 < found.auc.high
    assert found.pairs == 60
    assert notes == ()


@pytest.mark.parametrize(("leak", "masks"), [(coded, True), (softened, True), (tinted, True), (coded, False)])
def test_what_is_done_to_the_whole_forged_picture_is_a_leak(tmp_path: Path, leak, masks: bool) -> None:
    found, _ = outside(pairs_store(tmp_path / "store", after=leak, masks=masks))
    assert found.verdict == "leak", found


def test_a_border_mirrored_before_the_face_was_forged_is_a_leak_though_its_own_pixels_are_those_of_the_real_one(
    tmp_path: Path,
) -> None:
    found, notes = outside(mirror_store(tmp_path / "old", old=True))
    assert found.verdict == "leak"
    assert found.pictures.low > 0.6
    assert "mirrors the picture" in notes[0]


def test_a_border_that_the_store_knows_is_none(tmp_path: Path) -> None:
    found, notes = outside(mirror_store(tmp_path / "new", old=False))
    assert found.verdict != "leak"
    assert notes == ()


def test_training_that_destroys_a_leak_makes_the_store_sound(tmp_path: Path) -> None:
    store = pairs_store(tmp_path / "store", after=softened)
    strong = PixelSettings(chance=1.0, downscale=(4,), jpeg=(40, 40))
    assert outside(store)[0].auc.low > outside(store, pixels=strong)[0].auc.value


def test_what_the_window_does_not_show_does_not_leak(tmp_path: Path) -> None:
    def framed(rgb: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        other = tinted(rgb, generator)
        other[8:-8, 8:-8] = rgb[8:-8, 8:-8]
        return other

    store = pairs_store(tmp_path / "store", after=framed)
    assert outside(store)[0].verdict == "leak"
    assert outside(store, window=SIDE - 16)[0].verdict != "leak"


def test_forgeries_that_do_not_say_what_they_are_of_are_said_to_be_beyond_this(tmp_path: Path) -> None:
    found, _ = outside(pairs_store(tmp_path / "store", 20, masks=False, own=True))
    assert found.verdict == "not looked at"
    assert found.why == "no mask, no pair: cannot be looked at"


def test_pictures_of_two_sizes_without_a_mask_are_said_to_be_beyond_this(tmp_path: Path) -> None:
    store = pairs_store(tmp_path / "store", 0)
    for number in range(3):
        generator = np.random.default_rng(number)
        real = photograph(generator)
        add(store, f"p{number}", "real", real)
        add(store, f"p{number}", METHOD, painted(real, generator)[0], geometry=moved(SIDE, SIDE + 4))
    store.collate()
    found, _ = outside(store)
    assert found.verdict == "not looked at"
    assert "do not lie upon each other" in found.why


def test_a_handful_of_people_is_too_few(tmp_path: Path) -> None:
    found, _ = outside(pairs_store(tmp_path / "store", 8))
    assert found.verdict == "too few to tell"
    assert "8 origins" in found.why


def test_the_same_seed_gives_the_same_numbers(tmp_path: Path) -> None:
    store = pairs_store(tmp_path / "store", 24)
    assert outside(store) == outside(Store.open(store.path))


def test_pairs_that_are_not_of_one_scene_are_told(tmp_path: Path) -> None:
    store = pairs_store(tmp_path / "store", 0)
    for number in range(30):
        real = photograph(np.random.default_rng(number))
        other = real if number < 5 else photograph(np.random.default_rng(1000 + number))
        add(store, f"p{number}", "real", real)
        add(store, f"p{number}", METHOD, painted(other, np.random.default_rng(number))[0])
    store.collate()
    found, notes = outside(store)
    assert found.verdict == "too few to tell"
    assert "not of one scene" in notes[0]
