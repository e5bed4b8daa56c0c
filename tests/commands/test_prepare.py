"""Prepare: whole or not done, the same however often it is killed, and one bad file ends nothing."""

import csv
import os
import random
import shutil
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from toys_commands import FORGERIES, PEOPLE, SMALL, kill_when

from barefaced.commands.main import main
from barefaced.config.media import CropSettings, PrepareSettings
from barefaced.datasets import layouts
from barefaced.datasets.store import Store
from barefaced.errors import FolderInUse
from barefaced.faces.video_writer import write_clip
from barefaced.pipelines import prepare
from barefaced.pipelines.prepare import Task
from barefaced.runtime.files import sole_writer
from barefaced.runtime.progress import Work
from barefaced.runtime.workers import pooled


def manifest(store: Path) -> bytes:
    return (store / "manifest.parquet").read_bytes()


def test_every_clip_is_prepared_and_a_forgery_is_seen_where_its_original_was(store: Path) -> None:
    opened = Store.open(store)
    assert opened.outcomes() == {"prepared": PEOPLE * (1 + len(FORGERIES))}
    seen: dict[tuple[str, int], set[tuple[int, float]]] = {}
    clips = {clip.clip: clip for clip in opened.clips()}
    for crop in opened.crops():
        seen.setdefault((clips[crop.clip].origin, crop.moment), set()).add((crop.frame, crop.seconds))
    assert all(len(frames) == 1 for frames in seen.values())


def test_a_second_run_finds_nothing_to_do(clips: Path, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in (store / "clips").iterdir()}
    assert main(["prepare", str(clips), str(store), *SMALL]) == 0
    assert {path: path.stat().st_mtime_ns for path in (store / "clips").iterdir()} == before
    assert "0 of them done now" in capsys.readouterr().out


def test_two_processes_make_what_one_makes(clips: Path, store: Path, tmp_path: Path) -> None:
    assert main(["prepare", str(clips), str(tmp_path / "two"), *SMALL, "--workers", "2"]) == 0
    assert manifest(tmp_path / "two") == manifest(store)


def test_killed_at_random_moments_and_gone_on_is_the_same_as_never_killed(
    clips: Path, store: Path, tmp_path: Path
) -> None:
    out, moments = tmp_path / "killed", random.Random(5)
    words = ["prepare", str(clips), str(out), *SMALL, "--workers", "1"]
    # Files, not seconds: crops and records come at any speed of the machine, and a kill falls anywhere between them.
    for files in (2, 9, 25):
        wait = moments.uniform(0, 0.02)

        def reached(files: int = files, wait: float = wait) -> bool:
            if sum(1 for _ in out.rglob("*.*")) < files:
                return False
            time.sleep(wait)
            return True

        assert kill_when(reached, *words)
    assert main(words) == 0
    assert manifest(out) == manifest(store)


def test_other_settings_for_the_same_store_are_refused(
    clips: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prepare", str(clips), str(store), "--crop.size", "64", "--frames", "3"]) == 2
    assert "crop.size 48 -> 64" in capsys.readouterr().err


def test_bad_files_are_named_and_the_others_are_done(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "mixed"
    (root / "real").mkdir(parents=True)
    good = clips / "real" / "p0.mp4"
    shutil.copy(good, root / "real" / "good.mp4")
    (root / "real" / "empty.mp4").touch()
    (root / "real" / "text.mp4").write_text("not a film")
    (root / "real" / "cut.mp4").write_bytes(good.read_bytes()[:400])
    write_clip(root / "real" / "wall.mp4", [np.full((64, 64, 3), 90, np.uint8)] * 3, 8.0)
    assert main(["prepare", str(root), str(tmp_path / "store"), *SMALL, "--workers", "1"]) == 2
    assert Store.open(tmp_path / "store").outcomes() == {"unreadable": 3, "no_face": 1, "prepared": 1}
    told = capsys.readouterr().err
    assert all(name in told for name in ("empty.mp4", "text.mp4", "cut.mp4"))


def test_shards_in_one_folder_or_in_two_gathered_equal_one_run(clips: Path, store: Path, tmp_path: Path) -> None:
    one = str(tmp_path / "one")
    for part in ("1/2", "2/2"):
        assert main(["prepare", str(clips), one, *SMALL, "--workers", "1", "--shard", part]) == 0
        assert main(["prepare", str(clips), str(tmp_path / part[0]), *SMALL, "--workers", "1", "--shard", part]) == 0
    assert not (tmp_path / "one/manifest.parquet").exists()
    sizes = [len(Store.open(tmp_path / name).records()) for name in ("1", "2")]
    assert min(sizes) > 0
    assert sum(sizes) == PEOPLE * (1 + len(FORGERIES))
    assert main(["data", "collate", one]) == 0
    assert manifest(tmp_path / "one") == manifest(store)
    assert main(["data", "collate", str(tmp_path / "both"), str(tmp_path / "1"), str(tmp_path / "2")]) == 0
    assert manifest(tmp_path / "both") == manifest(store)


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "a/b", "1/2/3"])
def test_an_impossible_shard_is_refused(clips: Path, tmp_path: Path, part: str) -> None:
    assert main(["prepare", str(clips), str(tmp_path / "store"), *SMALL, "--shard", part]) == 2


def test_parts_of_a_folder_are_written_side_by_side_and_the_whole_by_nobody_else(tmp_path: Path) -> None:
    with sole_writer(tmp_path, "1-of-2"):
        with sole_writer(tmp_path, "2-of-2"):
            pass
        for part in ("1-of-2", ""):
            with pytest.raises(FolderInUse), sole_writer(tmp_path, part):
                pass
    with sole_writer(tmp_path), pytest.raises(FolderInUse), sole_writer(tmp_path, "1-of-2"):
        pass


def test_a_local_ray_makes_what_one_process_makes(clips: Path, store: Path, tmp_path: Path) -> None:
    ray = pytest.importorskip("ray", reason="needs Ray (barefaced[scale])")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
        try:
            assert main(["prepare", str(clips), str(tmp_path / "ray"), *SMALL, "--engine", "ray"]) == 0
        finally:
            ray.shutdown()
    assert manifest(tmp_path / "ray") == manifest(store)


def test_only_what_was_asked_for_is_prepared_and_the_rest_is_counted(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["prepare", str(clips), str(tmp_path / "store"), *SMALL, "--workers", "1"]
    assert main([*words, "--methods", "[real]"]) == 0
    assert {clip.method for clip in Store.open(tmp_path / "store").clips()} == {"real"}
    assert f"{PEOPLE * len(FORGERIES):8}  skipped   its method was not asked for" in capsys.readouterr().out
    rows = list(csv.DictReader((tmp_path / "store/outcomes.csv").read_text().splitlines()))
    assert [row["outcome"] for row in rows] == ["prepared"] * PEOPLE + ["skipped"] * (PEOPLE * len(FORGERIES))
    assert main(["data", "collate", str(tmp_path / "gathered"), str(tmp_path / "store")]) == 0
    assert f"{PEOPLE * len(FORGERIES):8}  skipped" in capsys.readouterr().out
    assert main([*words, "--methods", "[self_blend]"]) == 0  # the real ones are done and not left out
    assert f"{PEOPLE:8}  skipped" in capsys.readouterr().out
    assert main([*words, "--methods", "[reel]"]) == 2


def test_every_outcome_has_its_reason_in_the_table_and_in_the_store(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "set"
    (root / "real").mkdir(parents=True)
    shutil.copy(clips / "real" / "p0.mp4", root / "real" / "good.mp4")
    (root / "real" / "empty.mp4").touch()
    out = tmp_path / "store"
    assert main(["prepare", str(root), str(out), *SMALL, "--workers", "1", "--least_face", "4000"]) == 2
    assert Store.open(out).outcomes() == {"too_small": 1, "unreadable": 1}
    told = capsys.readouterr().out
    assert "1  too_small   a face of N pixels" in told
    assert "1  unreadable  an empty file" in told
    rows = list(csv.DictReader((out / "outcomes.csv").read_text().splitlines()))
    assert [row["outcome"] for row in rows] == ["unreadable", "too_small"]
    assert "0 bytes" in rows[0]["reason"]


def test_remade_with_other_settings_only_when_asked(clips: Path, tmp_path: Path) -> None:
    words = ["prepare", str(clips), str(tmp_path / "store"), "--workers", "1", "--methods", "[real]"]
    assert main([*words, *SMALL]) == 0
    assert main([*words, "--frames", "2", "--crop.size", "32"]) == 2
    assert main([*words, "--frames", "2", "--crop.size", "32", "--remake"]) == 0
    store = Store.open(tmp_path / "store")
    assert store.settings.crop.size == 32
    assert {store.load(crop).shape for crop in store.crops()} == {(32, 32, 3)}
    assert len(store.crops()) == 2 * PEOPLE


class _Deadly(Task):
    """Kills the process that unpacks it, as a decoder's crash would."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (11,)


def test_a_crash_of_the_decoder_costs_that_clip_alone(clips: Path, tmp_path: Path) -> None:
    settings = PrepareSettings(frames=2, crop=CropSettings(size=48))
    Store.create(tmp_path / "store", settings, root=clips)
    some = layouts.read("folder", clips).clips[:3]
    tasks = [
        (_Deadly if number == 1 else Task)(clip, clip.path, None, tmp_path / "store", clips, 1)
        for number, clip in enumerate(some)
    ]
    pooled(prepare._one, tasks, 2, Work("prepare", len(tasks), "clips", None), prepare._lost)
    outcomes = {record.clip.clip: record.outcome for record in Store.open(tmp_path / "store").records()}
    assert outcomes == {clip.clip: "crashed" if number == 1 else "prepared" for number, clip in enumerate(some)}


def test_a_layout_is_recognised_and_hard_names_and_odd_films_are_prepared_all_the_same(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "odd set"
    (root / "real/b").mkdir(parents=True)
    (root / "fake/swap").mkdir(parents=True)
    good = clips / "real" / "p0.mp4"
    for name in ("real/a b.mp4", "real/лицо 顔.mp4", "real/b/same.mp4", "real/same.mp4", "fake/swap/picture.jpg"):
        shutil.copy(good, root / name)
    shutil.copy(good, root / "real/half.mp4.part")
    assert main(["prepare", str(root), str(tmp_path / "store"), *SMALL, "--workers", "1"]) == 0
    assert "layout folder: the folders fake, real" in capsys.readouterr().err
    names = {record.clip.clip: record.outcome for record in Store.open(tmp_path / "store").records()}
    made = ("real/a b", "real/лицо 顔", "real/b/same", "real/same", "swap/picture")
    assert names == {f"odd set/{name}": "prepared" for name in made}
