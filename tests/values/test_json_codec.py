"""Dataclasses to JSON and back, and strangers' JSON refused by the name of what is wrong."""

import json
import math
from dataclasses import asdict, dataclass

import pytest

from barefaced.values.json_codec import plain, record


@dataclass(frozen=True)
class Inner:
    value: float
    name: str = "x"


@dataclass(frozen=True)
class Outer:
    inner: Inner
    many: tuple[Inner, ...]
    pair: tuple[int, int]
    named: dict[str, Inner]
    perhaps: Inner | None
    number: float | None = None


WHOLE = Outer(Inner(1.5), (Inner(2.0, "y"), Inner(3.0)), (1, 2), {"a": Inner(0.0)}, None, 4.0)


def test_there_and_back_is_the_same():
    assert record(Outer, json.loads(json.dumps(plain(asdict(WHOLE)), allow_nan=False)), "outer") == WHOLE


def test_a_number_that_is_not_one_comes_back_as_nan():
    assert math.isnan(record(Inner, plain(asdict(Inner(math.inf))), "inner").value)


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("inner", "value"), "1.5", "outer.inner.value"),
        (("inner", "value"), True, "outer.inner.value"),
        (("many",), {}, "outer.many"),
        (("pair",), [1, 2, 3], "outer.pair"),
        (("pair",), [1, 2.5], "outer.pair"),
        (("named", "a"), 3, "outer.named.a"),
        (("perhaps",), [], "outer.perhaps"),
        (("inner", "more"), 1, "more"),
    ],
)
def test_what_is_wrong_is_named(path, value, named):
    fields = plain(asdict(WHOLE))
    at = fields
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    with pytest.raises(ValueError, match=named.replace(".", r"\.")):
        record(Outer, fields, "outer")


def test_a_missing_field_and_no_object_are_named():
    fields = plain(asdict(WHOLE))
    del fields["pair"]
    with pytest.raises(ValueError, match="pair"):
        record(Outer, fields, "outer")
    with pytest.raises(ValueError, match="object"):
        record(Outer, [1], "outer")
