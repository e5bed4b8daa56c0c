"""DeepfakeBench's JSON, read as one entry a video."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from barefaced.datasets.deepfakebench.labels import SPLITS, read_label, read_people
from barefaced.datasets.file_listing import as_text, join_id
from barefaced.errors import LayoutMismatch
from barefaced.runtime.text import reason_of
from barefaced.values.dataset import Clip


@dataclass(frozen=True)
class Entry:
    """One video in one split of one label."""

    dataset: str
    method: str
    domain: str
    level: str
    split: str
    label: str
    name: str
    frames: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)
    """Origin, identity and source, where the file was made by `exporting`."""

    def clip(self, reals: set[str]) -> Clip:
        method = self.method
        if self.dataset == "deeperforensics" and method == "end_to_end" and self.frames:
            # DeepfakeBench calls every variant DF_fake: its folder says which.
            method = (re.findall(r"manipulated_videos/([^/]+)/", self.frames[0].replace("\\", "/")) or [method])[0]
        seen = read_people(self.dataset, method, self.name, self.domain, reals)
        return Clip(
            clip=join_id(self.dataset, self.level, method, self.domain, self.name),
            dataset=self.dataset,
            compression=self.level,
            method=method,
            origin=self.said.get("origin", seen.origin),
            identity=self.said.get("identity", seen.identity),
            source=self.said.get("source", seen.source),
            split="",
            path=Path(),
        )


def read_entries(table: Path, real: Collection[str]) -> Iterator[Entry]:
    try:
        for name, labels in json.loads(table.read_text(encoding="utf-8-sig")).items():
            for label, splits in labels.items():
                dataset, method, domain = read_label(name, label, real)
                for split, content in splits.items():
                    if split not in SPLITS:
                        raise ValueError(f"the split {split!r}")
                    if isinstance(content.get("frames"), list):  # as DeepfakeBench writes DFDC's val
                        yield Entry(dataset, method, domain, "", split, label, "")
                        continue
                    for level, video, row in _leaves(content):
                        yield Entry(
                            dataset,
                            method,
                            domain,
                            level,
                            split,
                            label,
                            as_text(video),
                            tuple(map(str, row["frames"])),
                            tuple(map(str, row.get("masks") or ())),
                            {key: str(row[key]) for key in ("origin", "identity", "source") if key in row},
                        )
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as e:
        raise LayoutMismatch(
            expected=f"DeepfakeBench's {{NAME: {{LABEL: {{train: {{VIDEO: {{frames: [...]}}}}}}}}}} in {table}",
            got=reason_of(e),
            fix="Give a file of its dataset_json.",
        ) from e


def _leaves(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Level, video and row; a level only where there is one."""
    for key, inner in content.items():
        if "frames" in inner:
            yield "", key, inner
        else:
            yield from ((key, video, row) for video, row in inner.items())
