"""A student and its card come back bit for bit, and no hostile file gets further than its header."""

import json
import pickle
import struct
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest
import safetensors.torch
import torch

from barefaced.config.recipe import StudentSettings
from barefaced.errors import CheckpointError, MissingCard, MissingWeights, UntrustedWeights
from barefaced.metrics.thresholds import choice_of
from barefaced.model import card as cards
from barefaced.model.checkpoint import is_half, load, save
from barefaced.model.header import read_header
from barefaced.model.student import Student
from barefaced.reports.model_card import markdown
from barefaced.values.card import Calibration, Choice, ModelCard, Profile, SourceThreshold, Thresholds, TrainedOn
from barefaced.values.scores import Interval

SETTINGS = StudentSettings(backbone="test_efficientnet", weights="random", input_size=64, channels=24)
SOURCE = SourceThreshold("ff", 8, 0.9, 120, 1, 0.039, 0, 0.0247)
THRESHOLDS = Thresholds(0.9, 0.4, "val", 10, 20, 8, (SOURCE,))
CHOICE = Choice(THRESHOLDS, Interval(0.75, 0.5, 1.0), {"real": {"likely_fake": 1}})
CARD = ModelCard(
    name="toy",
    version="1",
    backbone=SETTINGS.backbone,
    input_size=64,
    channels=24,
    crop_size=80,
    crop_margin=1.3,
    border="grey",
    finder="centerface",
    finder_side=480,
    frames=32,
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    methods=("Deepfakes", "Fälschung"),
    trained_on=(TrainedOn("ff", ("Deepfakes",), 3, ("ff/1", "ff/2"), ()),),
    metrics={"auc": Interval(0.75, 0.5, 1.0)},
    calibration=Calibration("platt", 1.7, 0.4, "val", balanced=True),
    thresholds=THRESHOLDS,
    profile=Profile(choices={"mean": CHOICE}, fewer={"mean": (CHOICE, CHOICE)}),
    settings=asdict(SETTINGS) | {"downscale": (2, 4), "nested": {"deep": ((1, 2.5), None, True)}},
)


@pytest.fixture(scope="module")
def student() -> Student:
    torch.manual_seed(0)
    made = Student(SETTINGS)
    made.calibrate(CARD.calibration)
    made(torch.randint(0, 256, (8, 3, 64, 64), dtype=torch.uint8))  # moves the batch-norm statistics
    return made.eval()


@pytest.fixture(scope="module")
def saved(student, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "toy.safetensors"
    return path, save(path, student, CARD)


def test_a_fresh_process_gives_the_same_scores_to_the_bit(student, saved, tmp_path):
    path, _ = saved
    crops = np.random.default_rng(0).integers(0, 256, (5, 80, 80, 3), np.uint8)
    np.save(tmp_path / "crops.npy", crops)
    code = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from barefaced.model.checkpoint import load\n"
        "student, card = load(Path(sys.argv[1]))\n"
        "np.save(sys.argv[3], student.score(np.load(sys.argv[2])))"
    )
    subprocess.run(
        [sys.executable, "-W", "error", "-c", code, path, tmp_path / "crops.npy", tmp_path / "scores.npy"], check=True
    )
    assert np.array_equal(np.load(tmp_path / "scores.npy"), student.score(crops))


def test_half_the_size_gives_the_same_scores_to_a_thousandth(student, saved, tmp_path):
    file = tmp_path / "half.safetensors"
    card = save(file, student, CARD, half=True)
    other, read = load(file)
    assert read == card
    assert is_half(file)
    assert file.stat().st_size < 0.6 * saved[0].stat().st_size
    assert {tensor.dtype for tensor in other.state_dict().values()} == {torch.float32, torch.int64}
    crops = np.random.default_rng(0).integers(0, 256, (16, 80, 80, 3), dtype=np.uint8)
    np.testing.assert_allclose(other.score(crops), student.score(crops), atol=1e-3)


def test_the_head_for_where_a_face_was_altered_comes_back_and_files_without_it_load_as_before(saved, tmp_path):
    torch.manual_seed(1)
    settings = replace(SETTINGS, locate=16)
    with_head = Student(settings)
    with_head.calibrate(CARD.calibration)
    card = replace(CARD, locate=16, locate_target="boundary")
    save(tmp_path / "head.safetensors", with_head, card)
    back, read = load(tmp_path / "head.safetensors")
    assert (read.locate, read.locate_target, back.settings.locate) == (16, "boundary", 16)
    crops = np.random.default_rng(0).integers(0, 256, (3, 80, 80, 3), np.uint8)
    assert np.array_equal(back.locate(crops), with_head.locate(crops))
    assert np.array_equal(back.score(crops), with_head.score(crops))
    assert load(saved[0])[0].locator is None
    with pytest.raises(CheckpointError, match="a card of this student"):
        save(tmp_path / "wrong.safetensors", with_head, CARD)
    old = json.loads(cards.to_json(CARD))
    del old["card"]["locate"], old["card"]["locate_target"]
    assert cards.from_json(json.dumps(old | {"format": 2})) == CARD


def test_the_card_comes_back_as_it_was(saved):
    path, written = saved
    _, read = load(path)
    assert read == written == cards.card_of(path)
    assert replace(written, sha256="") == CARD
    assert len(written.sha256) == 64


def test_a_card_of_an_earlier_format_says_what_it_knows():
    told = json.loads(cards.to_json(CARD))["card"]
    for name in ("moments", "sources"):
        del told["thresholds"][name]
    for name in ("shift", "balanced"):
        del told["calibration"][name]
    told["calibration"]["kind"] = "temperature"
    told["profile"] = {"aggregation": "mean", "choices": {}, "jump": 2.0}
    card = cards.from_json(json.dumps({"format": 2, "card": told}))
    assert card.calibration == Calibration("temperature", 1.7, 0.0, "val")
    assert card.thresholds == Thresholds(0.9, 0.4, "val", 10, 20)
    assert choice_of(card, "mean", 12).thresholds == choice_of(card, "max", 1).thresholds == card.thresholds
    told_to_people = markdown(card)
    assert "temperature 1.700" in told_to_people
    assert "at most 1 % of 10 real validation clips lay there; no bound is on the card" in told_to_people
    assert "weighed alike" not in told_to_people


def test_a_bound_that_is_not_a_number_survives():
    back = cards.from_json(cards.to_json(replace(CARD, metrics={"auc": Interval(0.5, float("nan"), float("nan"))})))
    assert np.isnan(back.metrics["auc"].low)
    assert back.metrics["auc"].value == 0.5


def test_reading_a_card_loads_no_torch(saved):
    code = (
        "import sys; from pathlib import Path; from barefaced.model.card import card_of\n"
        "card_of(Path(sys.argv[1])); assert 'torch' not in sys.modules and 'safetensors' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, saved[0]], check=True)


def test_a_card_of_another_student_is_not_written(student, tmp_path):
    path = tmp_path / "toy.safetensors"
    for wrong in (replace(CARD, input_size=96), replace(CARD, calibration=Calibration())):
        with pytest.raises(CheckpointError, match="a card of this student"):
            save(path, student, wrong)
    assert not path.exists()


def test_the_ending_is_safetensors(student, tmp_path):
    with pytest.raises(CheckpointError, match="safetensors"):
        save(tmp_path / "toy.pt", student, CARD)


def test_one_changed_bit_in_the_tensors_is_seen(saved, tmp_path):
    data = bytearray(saved[0].read_bytes())
    data[-5] ^= 1
    path = tmp_path / "changed.safetensors"
    path.write_bytes(data)
    with pytest.raises(UntrustedWeights, match="sha256"):
        load(path)


@pytest.mark.parametrize("name", ["a.pth", "a.pt", "a.ckpt", "a.PKL", "a.bin"])
def test_a_pickle_by_name_is_refused(name, tmp_path):
    (tmp_path / name).write_bytes(pickle.dumps({}))
    for read in (load, cards.card_of):
        with pytest.raises(UntrustedWeights, match="Convert"):
            read(tmp_path / name)


def test_a_pickle_under_another_name_is_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    torch.save({}, path)
    with pytest.raises(UntrustedWeights):
        load(path)
    path.write_bytes(pickle.dumps({"weights": list(range(10))}))
    with pytest.raises(UntrustedWeights):
        load(path)


def test_an_absent_file_is_missing(tmp_path):
    with pytest.raises(MissingWeights):
        load(tmp_path / "none.safetensors")
    with pytest.raises(MissingWeights):
        load(tmp_path)


def test_tensors_without_a_card_say_what_they_lack(tmp_path):
    path = tmp_path / "bare.safetensors"
    safetensors.torch.save_file({"w": torch.zeros(2)}, path, metadata={"format": "pt"})
    with pytest.raises(MissingCard, match=r"model card.*1 tensors.*format"):
        load(path)


def file_with(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


W = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
HOSTILE = {
    "nothing": b"",
    "five bytes": b"\x05\0\0\0\0",
    "a length beyond the file": struct.pack("<Q", 2**63) + b"{}",
    "a length beyond reason": struct.pack("<Q", 1 << 30) + b"{}",
    "a header that is not JSON": file_with(b"{]" * 50),
    "a header that is not UTF-8": file_with(b'{"\xff\xfe": 1}'),
    "a deep header": file_with(b"[" * 200_000),
    "a list": file_with([]),
    "an entry that is no object": file_with({"w": 3}),
    "an unknown type": file_with({"w": W | {"dtype": "F128"}}, bytes(8)),
    "a negative shape": file_with({"w": W | {"shape": [-1, -2]}}, bytes(8)),
    "a huge shape": file_with({"w": W | {"shape": [2**62, 4]}}, bytes(8)),
    "an offset that is a text": file_with({"w": W | {"data_offsets": ["0", "8"]}}, bytes(8)),
    "a file cut short": file_with({"w": W}, bytes(7)),
    "bytes nobody owns": file_with({"w": W}, bytes(9)),
    "tensors that overlap": file_with({"v": W, "w": W}, bytes(8)),
    "a gap": file_with({"w": W | {"data_offsets": [4, 12]}}, bytes(12)),
    "metadata that are no texts": file_with({"__metadata__": {"barefaced": 3}}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_header_is_an_answer_not_a_crash(kind, tmp_path):
    path = tmp_path / "hostile.safetensors"
    path.write_bytes(HOSTILE[kind])
    with pytest.raises(CheckpointError, match="whole safetensors file"):
        read_header(path)


def carded(tmp_path, text: str):
    path = tmp_path / "carded.safetensors"
    path.write_bytes(file_with({"__metadata__": {"barefaced": text}, "w": W}, bytes(8)))
    return path


def card_json(**changes: object) -> str:
    value = json.loads(cards.to_json(CARD))
    value["card"].update(changes)
    return json.dumps(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": 4, "card": {}}', "Update barefaced"),
        ('{"format": 1, "card": {}}', "missing or unknown"),
        ('{"format": 1}', "a format and a card"),
        ("not json", "JSON"),
        ("[" * 100_000, "JSON"),
        (card_json(surprise=1), "surprise"),
        (card_json(input_size="big"), r"card\.input_size"),
        (card_json(input_size=True), r"card\.input_size"),
        (card_json(mean=[0.5, 0.5]), r"card\.mean"),
        (card_json(calibration={"kind": "magic"}), r"card\.calibration\.kind"),
    ],
)
def test_a_card_that_is_not_one_is_named(text, message, tmp_path):
    with pytest.raises(CheckpointError, match=message):
        cards.card_of(carded(tmp_path, text))


def test_tensors_of_another_network_are_refused_before_they_are_read(tmp_path, monkeypatch):
    path = carded(tmp_path, cards.to_json(CARD))
    monkeypatch.setattr(safetensors.torch, "load_file", lambda *_: pytest.fail("read the tensors"))
    with pytest.raises(CheckpointError, match="tensors of Student"):
        load(path)


def test_tensors_of_another_element_type_are_refused(tmp_path):
    path = tmp_path / "half.safetensors"
    half = {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}
    path.write_bytes(file_with({"__metadata__": {"barefaced": cards.to_json(CARD)}, "w": half}, bytes(8)))
    with pytest.raises(CheckpointError, match="BF16"):
        load(path)


def test_a_model_that_learnt_another_border_is_refused_and_its_card_still_read(student, tmp_path):
    path = tmp_path / "old.safetensors"
    save(path, student, replace(CARD, border="mirror"))
    assert cards.card_of(path).border == "mirror"
    with pytest.raises(CheckpointError, match="mirror border"):
        load(path)
