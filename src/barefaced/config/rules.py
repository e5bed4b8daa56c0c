"""How a settings class checks itself when it is built: the kind of every field, then its own rules by name."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from numbers import Integral, Real
from typing import Any, Literal, get_args, get_origin, get_type_hints

from barefaced.errors import BadConfig

Rule = Callable[[bool, str, str], None]
KINDS: Mapping[Any, tuple[type, str]] = {
    bool: (bool, "true or false"),
    int: (Integral, "a whole number"),
    float: (Real, "a number"),
    str: (str, "text"),
}


def rules(settings: object, section: str = "") -> Rule:
    """Check the kind of every field of `settings`, and give `rule(holds, name, expected)` for what else is to hold.

    Args:
        section: of the recipe, such as `optim`, in front of the names that an error tells.

    Raises:
        BadConfig: by name; a field of another kind, or not one of its choices. `rule` raises it where `holds` is false.
    """

    def rule(holds: bool, name: str, expected: str) -> None:
        if not holds:
            full = f"{section}.{name}" if section else name
            raise BadConfig(expected=f"{full} {expected}", got=_shown(getattr(settings, name)), fix=f"Correct {full}.")

    for name, hint in _hints(type(settings)).items():
        rule(_fits(getattr(settings, name), hint), name, f"to be {_words(hint)}")
    return rule


def is_range(ends: tuple[float, ...] | tuple[int, ...], low: float = -math.inf, high: float = math.inf) -> bool:
    """Tell whether `ends` are two numbers from `low` to `high`, the smaller one first."""
    return low <= ends[0] <= ends[1] <= high


def require(holds: bool, expected: str, got: object) -> None:
    """Refuse settings that cannot work together.

    Raises:
        BadConfig: where `holds` is false.
    """
    if not holds:
        raise BadConfig(expected=expected, got=f"{got}", fix="Change one of the settings named.")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return any(value == choice and type(value) is type(choice) for choice in get_args(hint))
    if get_origin(hint) is tuple:
        if not isinstance(value, tuple | list):
            return False
        kinds = get_args(hint)
        each = kinds[:1] * len(value) if kinds[-1] is ... else kinds
        return len(each) == len(value) and all(map(_fits, value, each))
    kind = KINDS[hint][0] if hint in KINDS else hint
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, get_args(hint)))}"
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        if kinds[-1] is ...:
            return f"a list, each {_words(kinds[0])}"
        return f"a list of {len(kinds)}, each {_words(kinds[0])}"
    return KINDS[hint][1] if hint in KINDS else f"a {hint.__name__}"


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value)
