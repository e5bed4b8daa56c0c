"""The folder that `barefaced detect --out` fills.

results.jsonl (a line a file, appended), reports/NAME.SHA.{html,json,csv}. A report is written before its line, so a
killed run has lost at most what it was at.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from barefaced.config.media import DetectSettings
from barefaced.pipelines.detect.inference import shown
from barefaced.reports.detection.report import Report, fields_of, from_json
from barefaced.runtime.files import append_line, read_lines, sha256_of, write_bytes
from barefaced.values.json_codec import plain

RESULTS = "results.jsonl"


@dataclass
class Results:
    """The folder's results; without a folder, none are kept."""

    out: Path | None
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    """sha256 to a line, of this model and these settings."""
    named: set[tuple[str, str]] = field(default_factory=set)
    """Those lines' sha256 and path."""

    @classmethod
    def at(cls, out: Path | None, model: str, settings: DetectSettings) -> "Results":
        """What the folder has of this model and these settings."""
        results = cls(out)
        wanted = plain(asdict(settings))
        for line in read_lines(out / RESULTS) if out is not None else ():
            if line.get("sha256") and line["model"]["card_sha256"] == model and line["settings"] == wanted:
                results.known[line["sha256"]] = line
                results.named.add((line["sha256"], line["path"]))
        return results

    def skipped(self, paths: list[Path]) -> tuple[list[Path], int]:
        """The files that are left to do, and how many of the others could not be read.

        A file whose content is known under another name gets a line of its own.
        """
        left, unread = [], 0
        for path in paths:
            line = self.known.get(_digest(path), None) if self.known else None
            if line is None:
                left.append(path)
                continue
            unread += line["reason"] == "decode_error"
            if (line["sha256"], shown(path)) not in self.named:
                self.add(from_json(line).of(shown(path)))
        return left, unread

    def add(self, report: Report) -> None:
        """Write the report, then its line."""
        if self.out is None:
            return
        name = self.out / "reports" / _file_name(report)
        for ending, text in _written(report):
            write_bytes(name.with_name(name.name + ending), text.encode())
        append_line(self.out / RESULTS, fields_of(report))


def _written(report: Report) -> Iterator[tuple[str, str]]:
    yield ".json", report.to_json()
    yield ".csv", report.to_csv()
    yield ".html", report.to_html()


def _file_name(report: Report) -> str:
    """Safe in every file system: the file's own name is data, and may be anything."""
    stem = re.sub(r"[^\w-]+", "_", Path(report.path).stem)[:60].strip("_") or "file"
    return f"{stem}.{report.sha256[:12] or hashlib.sha256(report.path.encode()).hexdigest()[:12] + '.unreadable'}"


def _digest(path: Path) -> str:
    try:
        return sha256_of(path) if path.is_file() else ""
    except (OSError, ValueError):
        return ""
