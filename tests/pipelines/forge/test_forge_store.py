"""Forged stores: the same whatever the number of processes, nobody lends a face across parts, nothing is the label."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from jaxtyping import Bool, UInt8
from skimage.data import astronaut
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from barefaced.commands.main import main
from barefaced.config.media import CropSettings, FinderSettings
from barefaced.config.pictures import ForgeSettings, PixelSettings
from barefaced.datasets.data_loader import load_batches
from barefaced.datasets.groups import GroupSampler, make_groups
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig, DataError
from barefaced.faces.align import crop, to_crop
from barefaced.faces.face_finder import load_finder
from barefaced.faces.video_writer import write_clip
from barefaced.forgery.puppets import moved, puppet
from barefaced.imaging.similarity import transform
from barefaced.pipelines.forge import OnlineForger, choose, chosen_methods, list_subjects, parts_of, ready
from beside import draw_pictures
from toys_autoencoder import write_weights

PEOPLE = 8
METHODS = ("self_blend", "face_swap", "frequency")
WORDS = ["--methods", f"[{', '.join(METHODS)}]", "--prepare.crop.size", "96", "--prepare.frames", "2"]
SHARES = ["--val_share", "0.25", "--test_share", "0.25"]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forging") / "films"
    photograph = astronaut()
    [face, *_] = load_finder(FinderSettings()).find(photograph)
    matrix = to_crop(face.landmarks, CropSettings(size=192, margin=2.4))
    base, points = crop(photograph, matrix, 192), transform(face.landmarks, matrix).astype(np.float32)
    for number in range(PEOPLE):
        person = puppet(base, points, np.random.default_rng(number))
        write_clip(folder / f"p{number}.mp4", moved(person, 3, np.random.default_rng(number))[0], 8.0)
    return folder


@pytest.fixture(scope="module")
def forged(films: Path) -> Path:
    out = films.parent / "forged"
    assert main(["forge", str(films), str(out), *WORDS, *SHARES, "--workers", "1", "--gallery"]) == 0
    return out


def pictures(store: Path) -> dict[str, str]:
    return {
        path.relative_to(store).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((store / "crops").rglob("*.png"))
    }


def test_every_real_clip_comes_with_a_forgery_by_every_method_at_its_moments(forged: Path) -> None:
    store = Store.open(forged)
    records = store.records()
    assert {record.clip.method for record in records} == {"real", *METHODS}
    groups = make_groups(store.clips(), store.crops(), METHODS, "present")
    assert groups.without_real == 0
    assert len(groups.groups) == sum(len(record.crops) for record in records if record.clip.label == 0)
    assert (forged / "gallery.html").read_text(encoding="utf-8").count("<figure") == PEOPLE * len(METHODS)


def test_a_second_run_finds_nothing_to_do_and_two_processes_make_the_same_pixels(films: Path, forged: Path) -> None:
    before = pictures(forged)
    manifest = (forged / "manifest.parquet").read_bytes()
    assert main(["forge", str(films), str(forged), *WORDS, *SHARES, "--workers", "1"]) == 0
    assert (forged / "manifest.parquet").read_bytes() == manifest
    again = films.parent / "again"
    assert main(["forge", str(forged / "faces"), str(again), *WORDS, *SHARES, "--workers", "2"]) == 0
    assert pictures(again) == before


def test_a_method_more_changes_no_other(forged: Path) -> None:
    out = forged.parent / "more"
    words = ["--methods", "[reenact, frequency]", *SHARES, "--workers", "1"]
    assert main(["forge", str(forged / "faces"), str(out), *words]) == 0
    mine, there = pictures(out), pictures(forged)
    same = [name for name in mine if "-frequency-" in name or "-real-" in name]
    assert same
    assert all(mine[name] == there[name] for name in same)


def test_other_settings_for_the_same_folder_are_refused(forged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forge", str(forged / "faces"), str(forged), *WORDS[:2], *SHARES, "--jpeg", "[50, 60]"]) == 2
    assert "settings" in capsys.readouterr().err
    assert main(["forge", str(forged / "faces"), str(forged), *WORDS[:2], *SHARES, "--each", "1"]) == 2
    assert "forge.each" in capsys.readouterr().err


def test_a_given_autoencoder_forges_too_changes_no_other_method_and_is_known_by_what_it_holds(
    forged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, weights = tmp_path / "out", write_weights(tmp_path / "weights")
    words = ["forge", str(forged / "faces"), str(out), "--methods", "[latent_swap, frequency]", "--tries", "1"]
    words += [*SHARES, "--workers", "1"]
    assert main(words) == 2
    assert "forge.autoencoder" in capsys.readouterr().err
    assert not out.exists()
    assert main([*words, "--autoencoder", str(weights)]) == 0
    mine, there = pictures(out), pictures(forged)
    assert any("-latent-swap-" in name for name in mine)
    assert all(mine[name] == there[name] for name in mine if "-latent-swap-" not in name)
    weights = weights.rename(tmp_path / "elsewhere")
    assert main([*words, "--autoencoder", str(weights)]) == 0
    assert main([*words, "--autoencoder", str(write_weights(tmp_path / "others", 1))]) == 2
    assert "settings" in capsys.readouterr().err


def test_nobody_lends_a_face_across_the_parts_of_the_split(forged: Path) -> None:
    clips = Store.open(forged).clips()
    part = {clip.identity: clip.split for clip in clips}
    assert set(part.values()) == {"train", "val", "test"}
    lent = [clip for clip in clips if clip.method == "face_swap"]
    assert lent
    assert all(clip.source and clip.source != clip.identity and part[clip.source] == clip.split for clip in lent)


def test_alone_in_a_part_nobody_can_lend(forged: Path) -> None:
    faces = Store.open(forged / "faces")
    people = list_subjects(faces, parts_of(faces.clips(), 0.25, 0.25, 0))
    alone = replace(people[0], part="test")
    with pytest.raises(DataError, match="nobody else"):
        choose([alone, *(replace(one, part="train") for one in people[1:])], alone, "face_swap", ForgeSettings(), 0)


def test_unknown_and_repeated_methods_are_refused() -> None:
    for names in (("self_blended",), ("self_blend", "self_blend")):
        with pytest.raises(BadConfig, match="self_blend"):
            chosen_methods(ForgeSettings(methods=names))


def test_shares_that_leave_nobody_to_train_on_are_refused() -> None:
    for val, test in ((0.5, 0.5), (-0.1, 0.1), (0.1, 2.0)):
        with pytest.raises(BadConfig, match="train"):
            parts_of((), val, test, 0)


def test_forged_while_loading_the_batches_are_the_same_for_any_number_of_workers(forged: Path) -> None:
    faces = Store.open(forged / "faces")
    settings = ForgeSettings(methods=METHODS)
    people = list_subjects(faces, parts_of(faces.clips(), 0.25, 0.25, 0))
    train = [one for one in people if one.part == "train"]
    maker = OnlineForger([(faces, train)], [ready(METHODS, {}, settings)], settings)
    clips = [one.clip for one in train]
    groups = make_groups(clips, faces.crops(), METHODS, "present", METHODS)

    def batches(workers: int) -> list[UInt8[np.ndarray, "G K 3 S S"]]:
        sampler = GroupSampler(len(groups.groups), 2, 3)
        loaded = [*load_batches(groups, [faces], sampler, PixelSettings(), 3, workers, maker)]
        assert sum(int(batch.present.sum()) for batch in loaded) > len(groups.groups) * len(METHODS)
        return [batch.images.numpy() for batch in loaded]

    for one, other in zip(batches(0), batches(2), strict=True):
        assert np.array_equal(one, other)


def test_masks_come_along_while_loading_and_lie_where_the_forgery_differs_from_the_real(forged: Path) -> None:
    faces = Store.open(forged / "faces")
    settings = ForgeSettings(methods=("self_blend",), downscale=(1.0, 1.0), jpeg=(100, 100))
    train = list_subjects(faces, parts_of(faces.clips(), 0.0, 0.0, 0))
    maker = OnlineForger([(faces, train)], [ready(settings.methods, {}, settings)], settings)
    groups = make_groups([one.clip for one in train], faces.crops(), settings.methods, "present", settings.methods)
    sampler = GroupSampler(len(groups.groups), 4, 3)
    still = PixelSettings(chance=1.0, flip=True, brightness_contrast=0.0, downscale=(), sharpen=False, jpeg=(100, 100))
    for batch in load_batches(groups, [faces], sampler, still, 3, 0, maker, window=80, masks=True):
        assert batch.masks is not None
        assert batch.has_mask is not None
        assert torch.equal(batch.has_mask, batch.present)
        made = batch.present[:, 1]
        away = (batch.images[made, 1].int() - batch.images[made, 0].int()).abs().amax(1)
        masks = batch.masks[made, 1]
        assert not batch.masks[:, 0].any()
        assert away[masks == 0].float().mean() < 2  # what two passages of JPEG 100 leave
        assert away[masks > 60].float().mean() > 2 * away[masks == 0].float().mean()


def test_fewer_methods_a_group_come_round_to_all_and_leave_the_others_pixels_alone(forged: Path) -> None:
    faces = Store.open(forged / "faces")
    people = list_subjects(faces, parts_of(faces.clips(), 0.0, 0.0, 0))
    group = np.stack([faces.load(people[0].crops[0])])
    file = faces.place(people[0].crops[0].file)

    def made(each: int, seed: int) -> tuple[UInt8[np.ndarray, "J S S 3"], Bool[np.ndarray, " M"]]:
        settings = ForgeSettings(each=each, downscale=(1.0, 1.0), jpeg=(100, 100))
        maker = OnlineForger([(faces, people)], [ready(METHODS, {}, settings)], settings)
        pictures, which, masks = maker(file, group, np.random.default_rng(seed))
        assert len(masks) == which.sum()
        assert masks.any((1, 2)).all()
        return pictures, which

    every, all_made = made(0, 0)
    drawn = [made(2, seed) for seed in range(30)]
    assert all_made.sum() == len(METHODS)
    assert all(which.sum() == 2 == len(pictures) - 1 for pictures, which in drawn)
    assert np.all([which for _, which in drawn], axis=0).sum() == 0
    assert np.any([which for _, which in drawn], axis=0).all()
    # A method's draws do not depend on which others are made.
    for picture, m in zip(drawn[0][0][1:], np.flatnonzero(drawn[0][1]), strict=True):
        np.testing.assert_array_equal(picture, every[1 + m])


def test_where_a_methods_target_is_altered_so_is_all_that_is_loaded_with_it(
    forged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = Store.open(forged / "faces")
    people = list_subjects(faces, parts_of(faces.clips(), 0.0, 0.0, 0))
    monkeypatch.setattr("barefaced.pipelines.forge.online.chained", lambda pictures, *_: pictures)
    settings = ForgeSettings()
    maker = OnlineForger([(faces, people)], [ready(("frequency", "sbi"), {}, settings)], settings)
    face = faces.load(people[0].crops[0])
    altered = 0
    for seed in range(24):
        pictures, made, _ = maker(
            faces.place(people[0].crops[0].file), np.stack([face] * 2), np.random.default_rng(seed)
        )
        assert made.all()
        real, stored, frequency, sbi = pictures
        assert np.array_equal(real, stored)
        changed = (real != sbi).any(-1)
        assert 0.01 < changed.mean() < 0.6
        assert not changed[[0, -1]].any()
        # The other method's forgery is of this real face, too: but for what resampling its own seam spreads.
        assert (real != frequency).any(-1)[[0, -1]].mean() < 0.01
        altered += not np.array_equal(real, face)
    assert 4 <= altered <= 20


def test_neither_codec_nor_size_nor_colour_tells_a_forged_face_from_a_real_one(tmp_path: Path) -> None:
    photographs = draw_pictures("data/utkface", 100)
    source = tmp_path / "source"
    source.mkdir()
    for photograph in photographs:
        (source / photograph.name).symlink_to(photograph)
    out = tmp_path / "forged"
    words = ["--methods", "[self_blend, cross_blend, face_swap, reenact, frequency]", "--prepare.crop.size", "128"]
    assert main(["forge", str(source), str(out), *words, "--jpeg", "[30, 60]"]) == 0

    def statistics(store: Store, *, real: bool) -> tuple[list[list[float]], list[str]]:
        clips = {clip.clip: clip for clip in store.clips()}
        crops = [crop for crop in store.crops() if (clips[crop.clip].label == 0) == real]
        rows = [[(store.path / crop.file).stat().st_size, *store.load(crop).mean((0, 1))] for crop in crops]
        return rows, [clips[crop.clip].identity for crop in crops]

    def auc(one: tuple[list[list[float]], list[str]], other: tuple[list[list[float]], list[str]]) -> float:
        label = np.repeat([0, 1], [len(one[0]), len(other[0])])
        folds = GroupKFold(5, shuffle=True, random_state=0)
        classifier = make_pipeline(StandardScaler(), LogisticRegression())
        rows, people = np.array(one[0] + other[0]), one[1] + other[1]
        told = cross_val_predict(classifier, rows, label, groups=people, cv=folds, method="predict_proba")
        return float(roc_auc_score(label, told[:, 1]))

    real, forged = (statistics(Store.open(out), real=part) for part in (True, False))
    assert len(real[0]) >= 0.95 * len(photographs)
    assert len(forged[0]) > 4.5 * len(real[0])
    assert abs(auc(real, forged) - 0.5) < 0.02
    # The same real faces before the chain, which are to be told from those after it, as a proof that it could.
    control = auc(real, statistics(Store.open(out / "faces"), real=True))
    assert control > 0.6, control


def test_a_face_whose_process_died_is_tried_again_by_the_next_run_and_by_no_other(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "forged"
    words = ["forge", str(films), str(out), *WORDS, *SHARES, "--workers", "1"]
    assert main(words) == 0
    whole, store = pictures(out), Store.open(out, root=out / "faces")
    lost = [record.clip for record in store.records()][:2]
    for clip in lost:
        store.write(clip, "crashed", None, "killed from outside")
    assert pictures(out) != whole
    assert main(words) == 0
    assert pictures(out) == whole
    assert {record.outcome for record in Store.open(out).records()} == {"prepared"}
