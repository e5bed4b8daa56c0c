"""How likely each face of many files is forged: a line each, and with a folder to write to a report each.

The folder: results.jsonl (a line a file, appended), reports/NAME.SHA.{html,json,csv}. A report is written before its
line, so a killed run has lost at most what it was at.
"""

import hashlib
import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from barefaced.config.media import DetectSettings
from barefaced.errors import InputError
from barefaced.faces.sandbox.reading import ReadLimits
from barefaced.model.card import digest
from barefaced.pipelines.detect.caveats import of_model
from barefaced.pipelines.detect.detector import load
from barefaced.pipelines.detect.inference import shown
from barefaced.pipelines.detect.sources import gather
from barefaced.reports.detection.report import Report, fields_of, from_json, summary
from barefaced.runtime.files import append_line, needing_room, read_lines, sha256_of, sole_writer, write_bytes
from barefaced.runtime.progress import work
from barefaced.values.json_codec import plain

RESULTS = "results.jsonl"


def run(
    sources: tuple[str, ...],
    lists: tuple[Path, ...],
    model: Path,
    out: Path | None,
    settings: DetectSettings,
    jobs: int,
    seconds: float,
    *,
    as_json: bool,
) -> int:
    """Answer for each file on standard output, one line each, in the order in which they are done.

    Args:
        sources, lists: see `sources.gather`.
        out: for results.jsonl and the reports; what is done there, by content, model and settings, is not done again.
        jobs: processes that decode; 0: half the cores.
        seconds: of processor time that decoding one file may take.

    Returns:
        0 where every file was assessed or shows no face; 2 where one could not be read.

    Raises:
        InputError: no file at all.
        CheckpointError: the weights cannot be used.
        FolderInUse, DataError: another run writes there, or nobody can.
    """
    paths, passed = gather(sources, lists)
    if passed:
        print(f"{passed} files of folders passed over: neither video nor picture by name", file=sys.stderr)  # noqa: T201
    with ExitStack() as open_things:
        if out is not None:
            open_things.enter_context(needing_room(out))
            open_things.enter_context(sole_writer(out))
        detector = open_things.enter_context(load(model, ReadLimits(seconds, 2 * seconds)))
        for warning in of_model(detector.card, detector.card.thresholds):
            print(f"warning: {warning}", file=sys.stderr)  # noqa: T201
        results = Results.at(out, digest(detector.card), settings)
        left, unread = results.skipped(paths)
        with work("detect", len(paths), "files", len(paths) - len(left)) as progress:
            began = time.monotonic()
            for number, report in enumerate(detector.detect_many(left, settings, jobs), 1):
                results.add(report)
                unread += report.reason == "decode_error"
                print(json.dumps(fields_of(report), ensure_ascii=False) if as_json else summary(report), flush=True)  # noqa: T201
                progress.step(note=f"{60 * number / (time.monotonic() - began):.0f} files/min  {report.verdict}")
    done_before = f", {len(paths) - len(left)} done before" if len(left) < len(paths) else ""
    print(f"{len(paths)} files{done_before}, {unread} unreadable", file=sys.stderr)  # noqa: T201
    return InputError.exit_code if unread else 0


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
