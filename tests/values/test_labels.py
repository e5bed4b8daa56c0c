"""What labels and names of folders say: one rule for prepare, import, evaluate and score files."""

import pytest

from barefaced.errors import BadConfig
from barefaced.values.labels import check_named, counted_labels, label_of, method_of, unknown_labels

NAMES = """
real REAL Real original originals Original pristine authentic genuine youtube Youtube YouTube actors 0 false False 0.0
real_videos real-0 real-1 YouTube-real Celeb-real FF-real CelebDFv2_real DFDC_Real original_sequences CelebReal
Deepfakes-real WildDeepFake_real simswap_Real;
fake FAKE forged manipulated Celeb-synthesis deepfake Deepfakes DeepFakes 1 true True 1.0 DFDC_Fake fake-0 Face2Face
manipulated_sequences NeuralTextures FaceSwap DeepFakeDetection simswap_Fake WhichFaceIsReal;
real_vs_fake not_real non-original unreal surreal realistic mine 2 -1 method_0 method_1 лицо
"""
REALS, FORGED, UNKNOWN = (kind.split() for kind in NAMES.split(";"))


@pytest.mark.parametrize("name", REALS)
def test_words_for_real_say_real(name):
    assert label_of(name) is False
    assert label_of(f" {name} ") is False
    assert method_of(name) == "real"


@pytest.mark.parametrize("name", FORGED)
def test_words_for_forged_say_forged(name):
    assert label_of(name) is True
    assert method_of(name) != "real"


@pytest.mark.parametrize("name", [*UNKNOWN, ""])
def test_other_names_say_nothing(name):
    assert label_of(name) is None


@pytest.mark.parametrize("name", [*REALS, *FORGED, *UNKNOWN])
def test_case_does_not_count_where_words_are_apart(name):
    if name == name.lower() or any(mark in name for mark in "-_"):
        assert label_of(name.upper()) == label_of(name.lower())


def test_who_names_the_real_ones_settles_the_unknown_ones():
    assert label_of("mine", ("mine",)) is False
    assert label_of("theirs", ("mine",)) is True
    assert label_of("original", ("mine",)) is False
    assert (label_of("1", ("1",)), label_of("0", ("1",))) == (False, True)  # alphabetical: fake 0, real 1


def test_a_forgery_keeps_the_name_of_its_method():
    given = ("Deepfakes", "simswap_Fake", "real_esrgan_Fake", "fake", "Fake-0", "1", "manipulated_videos", "лицо")
    kept = ("Deepfakes", "simswap", "real_esrgan", "fake", "fake", "fake", "fake", "лицо")
    assert tuple(method_of(label, ("mine",)) for label in given) == kept


def test_what_is_not_known_is_asked_for_by_name():
    error = unknown_labels({"mine": 3, "theirs": 1}, "x.json")
    assert "'mine' (3), 'theirs' (1)" in str(error)
    assert "--real" in error.fix
    with pytest.raises(BadConfig, match="Did you mean mine"):
        check_named(("mime",), ("mine", "theirs"), "x.json")
    check_named(("mine",), ("mine", "theirs"), "x.json")


def test_the_counts_say_what_each_label_was_taken_for():
    kinds = {"original": (3, "real"), "swap_Fake": (2, "swap"), "Deepfakes": (1, "Deepfakes")}
    assert counted_labels(kinds).endswith("Deepfakes: 1 forged, original: 3 real, swap_Fake: 2 forged by swap")
