"""Which groups of people does a detector raise false alarms on? A csv of their attributes for `barefaced evaluate`.

Run: python experiments/groups.py STORE --out groups.csv
     barefaced evaluate shipped STORE --attributes groups.csv --by age --by skin --by sex --by pose --by light --out OUT
     python experiments/groups.py STORE --report OUT/report.json             the table of it

STORE holds real faces of UTKFace, whose file names say age_sex_race_date, and their forgeries. The words for race are
the data set's own labels, guessed by an algorithm and checked by people; `skin` here is nothing else. `pose` is the yaw
of the real face (turned: 20 degrees and more; there are hardly any profiles), `light` the mean of its grey values
(dark: the darkest tenth).
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np

from barefaced.datasets.store import Store
from paired import rows_of

AGES = {0: "under 10", 10: "10 to 19", 20: "20 to 39", 40: "40 to 59", 60: "60 and over"}
SEXES = ("male", "female")
RACES = ("White", "Black", "Asian", "Indian", "other")
TURNED = 20.0
DARKEST = 0.1


def rows(store: Store) -> list[dict[str, str]]:
    """A line for each original."""
    found, light = [], []
    for record in store.records():
        crops = [crop for crop in record.crops if crop.subject]
        if record.clip.label or not crops:
            continue
        age, sex, race = ([*Path(record.clip.origin).name.split("_"), "", ""])[:3]
        light.append(float(store.load(crops[0]).mean()))
        yaw = abs(crops[0].quality.yaw)
        found.append(
            {
                "origin": record.clip.origin,
                "age": AGES[max(start for start in AGES if start <= int(age))],
                "sex": SEXES[int(sex)] if sex in ("0", "1") else "unknown",
                "skin": RACES[int(race)] if race in ("0", "1", "2", "3", "4") else "unknown",
                "pose": "turned" if yaw >= TURNED else "frontal",
            }
        )
    dark = np.quantile(light, DARKEST)
    return [row | {"light": "dark" if value <= dark else "not dark"} for row, value in zip(found, light, strict=True)]


def write(store: Path, out: Path) -> None:
    """The csv."""
    found = rows(Store.open(store))
    with out.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    print(f"{out}: {len(found)} people")


def table(report: dict) -> str:
    """False alarms and forgeries found at the card's 1 % threshold, and AUC, by group."""
    lines = []
    for column in report["groups"]:
        for name, one in column["groups"].items():
            numbers = one["video"]
            lines.append(
                {
                    "group": f"{column['column']}: {name}",
                    "real / forged": f"{one['counts']['real']['clips']} / {one['counts']['fake']['clips']}",
                    "false alarms": _shown(numbers["false_alarms"]),
                    "found": _shown(numbers["found"]),
                    "AUC": _shown(numbers["auc"]),
                }
            )
    return rows_of(lines)


def _shown(numbers: dict) -> str:
    value, low, high = ("-" if numbers[name] is None else f"{numbers[name]:.3f}" for name in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--out", type=Path, default=Path("groups.csv"))
    parser.add_argument("--report", type=Path, help="print the table of this evaluation instead")
    asked = parser.parse_args()
    if asked.report:
        print(table(json.loads(asked.report.read_bytes())))
        return
    write(asked.store, asked.out)


if __name__ == "__main__":
    main()
