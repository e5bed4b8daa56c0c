"""A store's head, `store.json`: the format's version, the settings that its crops were made with, their checksum."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from barefaced.config.media import CropSettings, FinderSettings, PrepareSettings
from barefaced.errors import BadConfig, StoreDamaged
from barefaced.runtime.files import write_json
from barefaced.runtime.text import reason_of

FORMAT = 3
"""3: every crop's geometry, and grey where the picture ends (before: its mirror image)."""


@dataclass(frozen=True)
class StoreHead:
    """What `store.json` says."""

    settings: PrepareSettings
    packed: bool
    """Made by `packing`."""
    shards: str
    """Address of the folder that holds the tar files, where it is not the store's own."""


def write_head(path: Path, settings: PrepareSettings) -> None:
    """Write the head of the store at `path`."""
    values = asdict(settings)
    write_json(path / "store.json", {"format": FORMAT, "settings": values, "sha256": _digest(values)})


def read_head(path: Path) -> StoreHead:
    """Read the head of the store at `path`.

    Raises:
        StoreDamaged: not a store, of another version, or its store.json was changed.
    """
    file = path / "store.json"
    try:
        head = json.loads(file.read_bytes())
        version, values, digest = head["format"], head["settings"], head["sha256"]
        packed, shards = bool(head.get("packed", False)), str(head.get("shards", ""))
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise StoreDamaged(
            expected=f"a store at {path}",
            got=f"{file.name}: {reason_of(e)}",
            fix="Give a folder that `barefaced prepare` made.",
        ) from e
    if version != FORMAT:
        old = isinstance(version, int) and version < FORMAT
        mirrored = ", whose crops are mirrored at the picture's border and do not say where it is"
        raise StoreDamaged(
            expected=f"a store of format {FORMAT}",
            got=f"format {version} in {file}" + (mirrored if old else ""),
            fix="Prepare its media again into a new folder." if old else "Use the version of barefaced that made it.",
        )
    try:
        parts = {"crop": CropSettings(**values["crop"]), "finder": FinderSettings(**values["finder"])}
        settings = PrepareSettings(**(values | parts))
    except (KeyError, TypeError, BadConfig) as e:
        raise StoreDamaged(
            expected=f"the settings of a store in {file}", got=str(e), fix="Prepare again into a new folder."
        ) from e
    if digest != _digest(values):
        raise StoreDamaged(
            expected=f"{file} as it was written",
            got="settings that do not match their checksum",
            fix="Undo the change: the crops were made with the old settings.",
        )
    return StoreHead(settings, packed, shards)


def changed_settings(before: PrepareSettings, after: PrepareSettings) -> list[str]:
    """Name the settings that differ, each with its two values."""
    old, new = _flat(asdict(before)), _flat(asdict(after))
    return [f"{name} {old[name]!r} -> {new[name]!r}" for name in new if new[name] != old[name]]


def _flat(values: dict[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


def _digest(values: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
