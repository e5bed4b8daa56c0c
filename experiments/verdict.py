"""The tables of experiments/compare.py: its lines of results, by preset, and what each preset gains over `plain`."""

from collections.abc import Callable, Sequence

import numpy as np

from paired import paired, rows_of, spread

NOTHING = "-"
"""In place of a held-out method: every method is trained on."""

Read = Callable[[dict], float | None]
"""An AUC of a line of results; None where the line has none."""


def report(rows: Sequence[dict]) -> str:
    """Every table of the lines of one identity, as Markdown."""
    whole = [row for row in rows if row["held_out"] == NOTHING]
    rotated = [row for row in rows if row["held_out"] != NOTHING]
    parts = []
    if whole:
        parts += ["## Every method trained on", _table(whole, _columns(whole))]
    if rotated:
        held = {f"{part} held out": _held_out(part) for part in ("val", "test") if part in rotated[0]["sets"]}
        parts += ["## One method held out", _table(rotated, held | _columns(rotated))]
        parts += [f"### {column}, by method\n\n{_by_rotation(rotated, read)}" for column, read in held.items()]
    return "\n\n".join(parts)


def _value(*path: str) -> Read:
    def read(row: dict) -> float | None:
        at = row["sets"]
        for name in path:
            if name not in at:
                return None
            at = at[name]
        return at[0]

    return read


def _held_out(part: str) -> Read:
    return lambda row: _value(part, row["held_out"], "every", "frame")(row)


def _seen(part: str) -> Read:
    """Mean over the methods trained on."""
    return lambda row: float(
        np.mean(_present([_value(part, name, "every", "frame")(row) for name in row["trained_on"]]))
    )


def _columns(rows: Sequence[dict]) -> dict[str, Read]:
    """Column to a function of a line. Originals only (`own`) where that leaves out reals that `every` has."""
    columns: dict[str, Read] = {}
    sets = {name: numbers for row in rows for name, numbers in row["sets"].items()}
    for name, numbers in sets.items():
        if name in ("val", "test"):
            columns[f"{name} seen"] = _seen(name)
            continue
        for method in numbers if len(numbers) > 2 else ("all",):
            for against in ("every", "own"):
                if against == "own" and numbers[method]["own"] in (numbers[method]["every"], _NONE):
                    continue
                label = " ".join([name, *([method] if method != "all" else []), *(["own"] * (against == "own"))])
                for level in ("frame", "video"):
                    columns[f"{label} {level}"] = _value(name, method, against, level)
    return columns


_NONE = {"frame": [None] * 3, "video": [None] * 3}


def _table(rows: Sequence[dict], columns: dict[str, Read]) -> str:
    """A line for each column: mean and spread over the seeds (rotations averaged first), paired difference to plain."""
    values: dict[str, dict[tuple[int, str], dict[str, float | None]]] = {}
    for row in rows:
        found = {column: read(row) for column, read in columns.items()}
        values.setdefault(row["preset"], {})[row["seed"], row["held_out"]] = found
    base, lines = values.get("plain", {}), []
    for column in columns:
        line = {"AUC": column}
        for preset, mine in values.items():
            by_seed = [
                _present([found[column] for (seed, _), found in mine.items() if seed == one])
                for one in sorted({seed for seed, _ in mine})
            ]
            line[f"{preset} ({len(mine)})"] = spread([float(np.mean(some)) for some in by_seed if some])
        for preset, mine in values.items():
            pairs = [(mine[at][column], base[at][column]) for at in sorted(base.keys() & mine.keys())]
            if preset != "plain" and pairs:
                line[f"{preset} - plain ({len(pairs)})"] = paired(
                    [a - b for a, b in pairs if a is not None and b is not None]
                )
        lines.append(line)
    return rows_of(lines)


def _by_rotation(rows: Sequence[dict], read: Read) -> str:
    held = sorted({row["held_out"] for row in rows})
    return rows_of(
        [
            {"preset": preset}
            | {
                out: spread(_present([read(r) for r in rows if (r["preset"], r["held_out"]) == (preset, out)]))
                for out in held
            }
            for preset in dict.fromkeys(row["preset"] for row in rows)
        ]
    )


def _present(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]
