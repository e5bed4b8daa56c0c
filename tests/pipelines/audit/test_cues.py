"""Cues that are not the face: each planted one is told by its name, and a clean store tells by none."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from toys_auditing import METHOD, SETTINGS, SIDE, add, at_jpeg, moved, painted, pairs_store, photograph

from barefaced.datasets.store import Store
from barefaced.pipelines.audit.cues import audit_cues, measure_cues, note_silent
from barefaced.pipelines.audit.sampling import draw_samples
from barefaced.reports.audit import Cue
from barefaced.values.dataset import REAL


def cues(store: Store, media: tuple[Path, ...] = ()) -> dict[str, Cue]:
    [sample], _ = draw_samples([store], 0)
    return {cue.cue: cue for cue in audit_cues(sample, measure_cues(sample, media), seed=0, draws=300)}


def telling(store: Store, media: tuple[Path, ...] = ()) -> set[str]:
    return {name for name, cue in cues(store, media).items() if cue.tells}


def made(path: Path, change: Callable[[np.ndarray, int], tuple[np.ndarray, dict]], origins: int = 60) -> Store:
    """Real faces, and forgeries that `change` makes of the painted ones: pixels, and fields of `add`."""
    store = Store.create(path, SETTINGS)
    for number in range(origins):
        generator = np.random.default_rng(number)
        real = photograph(generator)
        forged, fields = change(painted(real, generator)[0], number)
        add(store, f"p{number}", REAL, real, face_pixels=40 + number % 20, geometry=moved(SIDE, SIDE + number % 9))
        add(store, f"p{number}", METHOD, forged, **fields)
    store.collate()
    return store


def test_a_clean_store_tells_by_nothing(tmp_path: Path) -> None:
    def same(rgb: np.ndarray, number: int) -> tuple[np.ndarray, dict]:
        return photograph(np.random.default_rng(1000 + number)), {
            "face_pixels": 40 + (number + 7) % 20,
            "geometry": moved(SIDE, SIDE + (number + 3) % 9),
        }

    assert telling(made(tmp_path / "store", same)) == set()


@pytest.mark.parametrize(
    ("cue", "change"),
    [
        ("face_pixels", lambda rgb, number: (rgb, {"face_pixels": 52 + number % 20})),
        ("frame_side", lambda rgb, number: (rgb, {"geometry": moved(SIDE, SIDE + 6 + number % 9)})),
        ("share_outside", lambda rgb, number: (rgb, {"geometry": moved(SIDE, SIDE, 2 + number % 9)})),
        ("sharpness", lambda rgb, number: (cv2.GaussianBlur(rgb, (0, 0), 1.0), {})),
        ("file_bytes", lambda rgb, number: (cv2.GaussianBlur(rgb, (0, 0), 1.0), {})),
        ("red_mean", lambda rgb, number: ((rgb + np.array([9, 0, 0])).clip(0, 255).astype(np.uint8), {})),
        ("blue_spread", lambda rgb, number: ((128 + (rgb - 128.0) * (1, 1, 0.8)).astype(np.uint8), {})),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_planted_cue_is_told_by_its_name(tmp_path: Path, cue: str, change) -> None:
    assert cue in telling(made(tmp_path / "store", change))


def test_less_tells_as_much_as_more(tmp_path: Path) -> None:
    def small(rgb: np.ndarray, number: int) -> tuple[np.ndarray, dict]:
        return rgb, {"face_pixels": 25 + number % 20}

    found = cues(made(tmp_path / "store", small))["face_pixels"]
    assert found.auc.high < 0.45
    assert found.tells
    assert (found.real, found.forged) == (49.5, 34.5)


def test_sharpness_is_measured_and_not_believed(tmp_path: Path) -> None:
    """`forge` writes the real crop's quality beside its forgeries."""
    store = pairs_store(tmp_path / "store", 30, after=lambda rgb, _: cv2.GaussianBlur(rgb, (0, 0), 1.5))
    assert len({crop.quality.sharpness for crop in store.crops()}) == 1
    assert cues(store)["sharpness"].auc.value == 0


def test_the_jpeg_tables_of_the_media_are_read_where_they_are(tmp_path: Path) -> None:
    root, store = tmp_path / "root", Store.create(tmp_path / "store", SETTINGS, root=tmp_path / "root")
    for number in range(30):
        generator = np.random.default_rng(number)
        rgb = photograph(generator)
        for method, quality in ((REAL, 80 + number % 10), (METHOD, 60 + number % 10)):
            path = root / method / f"p{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])
            add(store, f"p{number}", method, at_jpeg(rgb, quality), path=path)
    store.collate()
    assert "medium_jpeg" not in cues(store)
    [sample], _ = draw_samples([store], 0)
    same, unknown = note_silent(sample, measure_cues(sample, ()))
    assert "frame_side, face_pixels, share_outside, crop_jpeg" in same
    assert "not known: medium_jpeg" in unknown
    found = cues(store, (tmp_path, root))["medium_jpeg"]
    assert found.auc.value == 1
    assert found.forged > found.real
    for file in root.rglob("*.jpg"):
        file.write_bytes(b"another file")
    assert "medium_jpeg" not in cues(store, (root,))


def test_pngs_among_jpegs_are_a_cue(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "store", SETTINGS)
    for number in range(12):
        rgb = photograph(np.random.default_rng(number))
        for method in (REAL, METHOD):
            add(store, f"p{number}", method, rgb)
    store.collate()
    for record in store.records():
        for crop in record.crops if record.clip.label else ():
            file = Path(store.place(crop.file))
            cv2.imwrite(str(file.with_suffix(".jpg")), cv2.imread(str(file)))
            file.with_suffix(".jpg").replace(file)
    assert cues(store)["crop_jpeg"].auc.value == 1
