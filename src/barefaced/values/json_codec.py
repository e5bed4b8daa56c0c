"""Frozen dataclasses to JSON values and back, every field checked: model cards and reports are read from strangers.

JSON knows neither tuples nor NaN nor infinity: a tuple becomes a list, a number that is not finite becomes null, and a
null where a float must stand comes back as NaN.
"""

import math
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")


def plain(value: Any) -> Any:
    """Turn what `dataclasses.asdict` gave into values that JSON knows."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def record(kind: type[Record], value: Any, where: str) -> Record:
    """Build the dataclass `kind` from the JSON object `value`; `where` names it in messages.

    Raises:
        ValueError: no object, or fields missing, unknown or of another type; the message names the first.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{where} is {value!r:.60} where an object was due")
    kinds = get_type_hints(kind)
    required = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}  # type: ignore[arg-type]
    odd = (required - value.keys()) | (value.keys() - kinds.keys())
    if odd:
        raise ValueError(f"{where}: {sorted(odd)} missing or unknown")
    return kind(**{name: _decode(kinds[name], item, f"{where}.{name}") for name, item in value.items()})


def _decode(kind: Any, value: Any, where: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if value is None and NoneType in inner:
            return None
        [kind] = [option for option in inner if option is not NoneType]
        return _decode(kind, value, where)
    match value:
        case dict() if is_dataclass(kind):
            return record(kind, value, where)  # type: ignore[arg-type]
        case dict() if origin is dict:
            return {key: _decode(inner[1], item, f"{where}.{key}") for key, item in value.items()}
        case list() if origin is tuple:
            kinds = inner[:1] * len(value) if inner[1:] == (...,) else inner
            if len(kinds) == len(value):
                return tuple(_decode(each, item, where) for each, item in zip(kinds, value, strict=True))
        case None if kind is float:
            return math.nan
        case int() | float() if kind is float and not isinstance(value, bool):
            return float(value)
        case _ if kind is object:
            return _frozen(value)
        case _ if type(value) is kind or (origin is Literal and value in inner):
            return value
    raise ValueError(f"{where} is {value!r:.60} where {kind} was due")


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
