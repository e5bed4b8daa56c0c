import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toys_datasets import SETTINGS, SIDE, toy_clip, toy_crops, toy_media, toy_pixels, toy_store

from barefaced.config.media import CropSettings
from barefaced.datasets import store as module
from barefaced.datasets.crop_files import safe_key
from barefaced.datasets.store import Store
from barefaced.datasets.store_format import FORMAT
from barefaced.errors import BadConfig, StoreDamaged
from barefaced.runtime.files import sha256_of

CLIPS = [toy_clip("001"), toy_clip("001", "swap", name="001_002", source="002"), toy_clip("été 2")]


def test_what_is_stored_comes_back(tmp_path):
    clips = toy_media(tmp_path / "set", CLIPS)
    store = toy_store(tmp_path / "store", clips)
    again = Store.open(tmp_path / "store")
    assert again.settings == SETTINGS
    assert again.clips() == store.clips() == tuple(sorted(clips, key=lambda clip: clip.clip))
    by_id = {clip.clip: clip for clip in clips}
    for stored in again.crops():
        assert np.array_equal(again.load(stored, verify=True), toy_pixels(by_id[stored.clip], stored.moment))
        assert stored.quality == toy_crops(by_id[stored.clip]).crops[0].quality
    assert len(again.crops()) == 12


def test_red_stays_red_in_png_and_in_jpeg(tmp_path):
    clip = toy_clip("001")
    red = np.zeros((SIDE, SIDE, 3), np.uint8)
    red[..., 0] = 200
    crops = toy_crops(clip, moments=(0,))
    crops = replace(crops, crops=(replace(crops.crops[0], rgb=red),))
    for image in ("png", "jpeg"):
        store = Store.create(tmp_path / image, replace(SETTINGS, image=image))
        store.write(clip, "prepared", crops)
        np.testing.assert_allclose(store.load(store.crops()[0])[3, 3], [200, 0, 0], atol=4)


def test_only_the_subjects_track_is_the_subject(tmp_path):
    store = Store.create(tmp_path / "store", SETTINGS)
    store.write(CLIPS[0], "prepared", toy_crops(CLIPS[0], tracks=(1, 0)))
    assert {crop.track: crop.subject for crop in store.crops()} == {0: False, 1: True}


def test_a_second_run_finds_nothing_to_do_until_a_file_changes(tmp_path):
    clips = toy_media(tmp_path / "set", CLIPS)
    store = Store.create(tmp_path / "store", SETTINGS)
    store.write(clips[0], "prepared", toy_crops(clips[0]))
    store.write(clips[1], "unreadable", None, "does not decode")
    assert [store.done(clip) for clip in clips] == [True, True, False]
    os.utime(clips[1].path, ns=(1, 1))
    assert not store.done(clips[1])
    clips[0].path.write_bytes(b"another file")
    assert not store.done(clips[0])


def test_a_copied_file_with_another_time_is_still_the_same_file(tmp_path):
    clip = toy_media(tmp_path / "set", CLIPS)[0]
    store = Store.create(tmp_path / "store", SETTINGS)
    crops = toy_crops(clip)
    store.write(clip, "prepared", replace(crops, video=replace(crops.video, sha256=sha256_of(clip.path))))
    os.utime(clip.path, ns=(1, 1))
    assert store.done(clip)


def test_outcomes_are_counted_and_only_prepared_clips_have_crops(tmp_path):
    store = Store.create(tmp_path / "store", SETTINGS)
    store.write(CLIPS[0], "prepared", toy_crops(CLIPS[0]))
    store.write(CLIPS[1], "too_small", toy_crops(CLIPS[1]), "64 px")
    store.write(CLIPS[2], "unreadable", None, "does not decode")
    assert store.outcomes() == {"prepared": 1, "too_small": 1, "unreadable": 1}
    assert {crop.clip for crop in store.crops()} == {CLIPS[0].clip}
    assert {record.reason for record in store.records()} == {"", "64 px", "does not decode"}


def test_other_settings_are_refused_and_named(tmp_path):
    Store.create(tmp_path / "store", SETTINGS)
    with pytest.raises(BadConfig, match=r"crop\.size 16 -> 32, image 'png' -> 'jpeg'"):
        Store.create(tmp_path / "store", replace(SETTINGS, crop=CropSettings(size=32), image="jpeg"))


def test_a_folder_that_is_no_store_is_not_written_into_nor_read(tmp_path):
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(BadConfig, match="a folder of other files"):
        Store.create(tmp_path, SETTINGS)
    with pytest.raises(StoreDamaged, match="a store at"):
        Store.open(tmp_path)


def test_a_newer_format_and_a_changed_head_are_refused(tmp_path):
    Store.create(tmp_path / "store", SETTINGS)
    file = tmp_path / "store/store.json"
    head = json.loads(file.read_text())
    file.write_text(json.dumps(head | {"format": FORMAT + 1}))
    with pytest.raises(StoreDamaged, match=f"format {FORMAT + 1}"):
        Store.open(tmp_path / "store")
    head["settings"]["frames"] = 5
    file.write_text(json.dumps(head))
    with pytest.raises(StoreDamaged, match="checksum"):
        Store.open(tmp_path / "store")


def test_a_damaged_crop_is_named_and_never_replaced(tmp_path):
    store = toy_store(tmp_path / "store", CLIPS[:1])
    first, second, third, fourth = store.crops()
    (store.path / first.file).unlink()
    (store.path / second.file).write_bytes(b"")
    (store.path / third.file).write_bytes((store.path / fourth.file).read_bytes())
    for stored in (first, second):
        with pytest.raises(StoreDamaged, match=stored.file):
            store.load(stored)
    store.load(third)
    with pytest.raises(StoreDamaged, match="other bytes"):
        store.load(third, verify=True)


def test_a_crop_of_another_size_is_damage(tmp_path):
    small, large = (
        toy_store(tmp_path / "a", CLIPS[:1]),
        Store.create(tmp_path / "b", replace(SETTINGS, crop=CropSettings(8))),
    )
    file = large.path / small.crops()[0].file
    file.parent.mkdir(parents=True)
    file.write_bytes((small.path / small.crops()[0].file).read_bytes())
    with pytest.raises(StoreDamaged, match="16x16 pixels, not 8x8"):
        large.load(small.crops()[0])


def test_the_manifest_is_the_same_in_any_order_and_under_any_root(tmp_path):
    for place, step in (("one", 1), ("two", -1)):
        root = tmp_path / place
        store = Store.create(root / "store", SETTINGS, root=root / "set")
        for clip in toy_media(root / "set", CLIPS)[::step]:
            store.write(clip, "prepared", toy_crops(clip))
        store.collate()
    assert (tmp_path / "one/store/manifest.parquet").read_bytes() == (
        tmp_path / "two/store/manifest.parquet"
    ).read_bytes()
    assert not Store.open(tmp_path / "one/store").clips()[0].path.is_absolute()


@pytest.mark.parametrize("harm", ["missing", "garbage", "older"])
def test_without_a_good_manifest_the_records_count(tmp_path, harm):
    store = toy_store(tmp_path / "store", CLIPS[:2])
    manifest = store.path / "manifest.parquet"
    if harm == "missing":
        manifest.unlink()
    elif harm == "garbage":
        manifest.write_bytes(b"PAR1 but not really")
    else:
        store.write(CLIPS[2], "prepared", toy_crops(CLIPS[2]))
    assert len(Store.open(store.path).clips()) == (3 if harm == "older" else 2)


def test_a_current_manifest_is_enough_without_reading_a_record(tmp_path):
    store = toy_store(tmp_path / "store", CLIPS)
    for file in (store.path / "clips").glob("*.json"):
        file.write_bytes(b"{}")
        os.utime(file, ns=(1, 1))
    assert Store.open(store.path).crops() == store.crops()
    (store.path / "manifest.parquet").unlink()
    with pytest.raises(StoreDamaged, match=r"clips/.*\.json"):
        Store.open(store.path).crops()


def test_a_clip_written_again_leaves_nothing_of_before(tmp_path):
    store = toy_store(tmp_path / "store", CLIPS[:1])
    store.write(CLIPS[0], "prepared", toy_crops(CLIPS[0], moments=(2,)))
    assert [path.name for path in (store.path / "crops").glob("*/*")] == ["0_2.png"]


def test_any_id_is_a_file_name_and_no_two_ids_are_one():
    ids = ["a/b", "A/b", "a b", "лицо", "脸", "x" * 400, "x" * 401, "a/" + "é" * 200, "..", ""]
    keys = [safe_key(clip) for clip in ids]
    assert len({key.lower() for key in keys}) == len(ids)
    assert all(len(key.encode()) < 200 and "/" not in key and key[0] != "." for key in keys)


PREPARE = """
import sys
from pathlib import Path
from toys_datasets import SETTINGS, toy_clip, toy_crops
from barefaced.datasets.store import Store
root, out = Path(sys.argv[1]), Path(sys.argv[2])
clips = [toy_clip(f"{n:03}", path=root / "real" / f"{n:03}.mp4") for n in range(40)]
store = Store.create(out, SETTINGS, root=root)
print("started", flush=True)
for clip in clips:
    if not store.done(clip):
        store.write(clip, "prepared", toy_crops(clip))
store.collate()
print("finished", flush=True)
"""


def test_a_run_killed_again_and_again_ends_with_the_store_of_one_never_killed(tmp_path):
    toy_media(tmp_path, [toy_clip(f"{n:03}") for n in range(40)])
    command = [sys.executable, "-c", PREPARE, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    subprocess.run([*command, str(tmp_path / "whole")], check=True, env=environment, capture_output=True)
    kills = 0
    for records in (3, 14, 27):
        with subprocess.Popen([*command, str(tmp_path / "cut")], stdout=subprocess.PIPE, env=environment) as run:
            assert run.stdout is not None
            assert run.stdout.readline() == b"started\n"
            # From here the kill falls wherever the run then is: in a crop, in a record or between the two.
            while run.poll() is None and len(list((tmp_path / "cut/clips").glob("*.json"))) < records:
                time.sleep(0.0005)
            run.send_signal(signal.SIGKILL)
            kills += run.stdout.read() == b""
    assert kills > 0
    # Every record that a kill left is whole: all its crops load.
    left = Store.open(tmp_path / "cut")
    assert all(left.load(crop, verify=True) is not None for crop in left.crops())
    subprocess.run([*command, str(tmp_path / "cut")], check=True, env=environment, capture_output=True)
    for file in ("manifest.parquet", "store.json"):
        assert (tmp_path / "cut" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    assert all(left.load(crop, verify=True) is not None for crop in Store.open(tmp_path / "cut").crops())


@pytest.mark.parametrize("at", range(6))
def test_an_error_at_any_write_leaves_the_clip_undone(tmp_path, monkeypatch, at):
    clip = toy_media(tmp_path / "set", CLIPS)[0]
    store = toy_store(tmp_path / "store", [clip])
    writes = iter(range(100))
    whole = module.write_bytes

    def full_disk(path, data):
        if next(writes) == at:
            raise OSError(28, "No space left on device")
        whole(path, data)

    monkeypatch.setattr(module, "write_bytes", full_disk)
    if at < 5:
        with pytest.raises(OSError, match="No space"):
            store.write(clip, "prepared", toy_crops(clip))
        assert not store.done(clip)
    store.write(clip, "prepared", toy_crops(clip))
    assert store.done(clip)
    assert len(store.crops()) == 4


def test_landmarks_come_back_until_their_clip_is_written_again(tmp_path):
    store = toy_store(tmp_path / "store", CLIPS)
    points = np.random.default_rng(0).normal(size=(4, 468, 3)).astype(np.float32)
    points[1] = np.nan
    assert store.landmarks(CLIPS[0]) is None
    store.write_landmarks(CLIPS[0], points)
    np.testing.assert_array_equal(Store.open(store.path).landmarks(CLIPS[0]), points)
    assert (store.has_landmarks(CLIPS[0]), store.has_landmarks(CLIPS[1])) == (True, False)
    store.write(CLIPS[0], "prepared", toy_crops(CLIPS[0]))
    assert store.landmarks(CLIPS[0]) is None


def test_landmarks_that_do_not_fit_the_crops_are_refused(tmp_path):
    store = toy_store(tmp_path / "store", CLIPS)
    with pytest.raises(StoreDamaged, match="shape"):
        store.write_landmarks(CLIPS[0], np.zeros((3, 468, 3), np.float32))
    store.write_landmarks(CLIPS[0], np.zeros((4, 468, 3), np.float32))
    (file,) = (store.path / "landmarks").iterdir()
    for array in (np.zeros((3, 468, 3), np.float32), np.zeros((4, 468, 3))):
        np.save(file, array)
        with pytest.raises(StoreDamaged, match="Delete that file"):
            store.landmarks(CLIPS[0])
    for data in (b"", b"not an array", np.array([{}]).dumps()):
        file.write_bytes(data)
        with pytest.raises(StoreDamaged, match="Delete that file"):
            store.landmarks(CLIPS[0])
