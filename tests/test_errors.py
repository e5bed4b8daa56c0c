"""Errors say what was expected, what came and the next step, also across processes."""

import pickle

import pytest

from barefaced import errors

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.BarefacedError)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_survives_the_way_back_from_a_worker(kind: type[errors.BarefacedError]) -> None:
    error = kind(expected="a face", got="a wall", fix="Turn the camera.")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == "expected a face; got a wall. Turn the camera."


def test_exit_codes_tell_the_families_apart() -> None:
    codes = {kind.__name__: kind.exit_code for kind in (errors.InputError, errors.DataError, errors.CheckpointError)}
    assert codes == {"InputError": 2, "DataError": 3, "CheckpointError": 4}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_drawing_at_the_top_names_every_error(kind: type) -> None:
    assert f" {kind.__name__} " in (errors.__doc__ or "").replace("\n", " ")
