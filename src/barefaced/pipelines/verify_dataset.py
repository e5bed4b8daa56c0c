"""Whether a data set on disk is the one that was published, whole and sound. Joins vision and datasets.

Every file is read through once: its header, its first frame and its checksum.
"""

import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from barefaced.datasets.layouts.layout import Reading
from barefaced.datasets.published_counts import PUBLISHED, Cell, compare
from barefaced.datasets.splits import leaks
from barefaced.errors import InputError
from barefaced.faces.media_file import CUT_SHORT, MediaFile
from barefaced.runtime.files import write_bytes
from barefaced.runtime.progress import work
from barefaced.runtime.workers import Done, pooled
from barefaced.values.dataset import Clip


@dataclass(frozen=True)
class Finding:
    """One thing that a person should know of a data set."""

    kind: str
    """missing, count, unreadable, cut_short, duplicate, origin_leak, person_leak or note."""
    wrong: bool
    """Whether the data set should not be used, or not be called whole, as it is."""
    what: str
    """A sentence."""
    named: tuple[str, ...] = ()
    """Every clip or file that it is about."""


@dataclass(frozen=True)
class Verified:
    """What a data set was found to be."""

    layout: str
    clips: int
    source: str
    """Where the published numbers are from; empty where there are none."""
    counts: tuple[Cell, ...]
    findings: tuple[Finding, ...]

    @property
    def wrong(self) -> bool:
        """Whether any finding is."""
        return any(finding.wrong for finding in self.findings)


@dataclass(frozen=True)
class Task:
    """One file to look at, and where to write what it is: an answer that outlives a crash of the decoder."""

    path: Path
    answer: Path


def verify(found: Reading, root: Path, workers: int, *, partial: bool, quick: bool) -> Verified:
    """Compare with the published numbers, open every file, and look for the same file or person in two places.

    Args:
        found: the data set as its layout read it.
        root: its top folder: files are named below it.
        workers: processes; 0 is one a core.
        partial: a part is what was meant to be there: numbers that fall short are told and not wrong.
        quick: names only; no file is opened.
    """
    counts = compare(found.layout, found.clips)
    findings = [Finding("note", False, line) for line in found.warnings]
    findings += _counted(found, counts, partial)
    if not quick:
        findings += _opened(found.clips, root, workers)
    findings += _leaking(found)
    known = PUBLISHED.get(found.layout)
    return Verified(found.layout, len(found.clips), known.source if known else "", counts, tuple(findings))


def _counted(found: Reading, counts: Sequence[Cell], partial: bool) -> Iterator[Finding]:
    if found.missing:
        yield Finding(
            "missing", not partial, f"{len(found.missing)} clips that its own lists name are not there", found.missing
        )
    for cell in counts:
        if cell.published is not None and not cell.agrees:
            split = f" in {cell.split}" if cell.split else ""
            yield Finding(
                "count",
                cell.found > cell.published or not partial,
                f"{cell.part}{split}: {cell.found} of {cell.published} clips",
            )
    absent = tuple(cell.part for cell in counts if cell.published and not cell.found and not cell.split)
    if absent:
        yield Finding("note", False, f"{len(absent)} parts are not there at all", absent)


def _opened(clips: Sequence[Clip], root: Path, workers: int) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory(prefix="barefaced-verify-") as scratch:
        tasks = [Task(clip.path, Path(scratch, f"{number}.json")) for number, clip in enumerate(clips)]
        with work("verify", len(tasks), "files") as progress:
            pooled(_look, tasks, min(workers or os.cpu_count() or 1, max(len(tasks), 1)), progress, _lost)
        answers = [json.loads(task.answer.read_bytes()) for task in tasks]
    bad = [f"{_below(task.path, root)}: {at['bad']}" for task, at in zip(tasks, answers, strict=True) if at["bad"]]
    if bad:
        yield Finding("unreadable", True, f"{len(bad)} files cannot be read", tuple(bad))
    short = [
        f"{_below(task.path, root)}: {at['short']}" for task, at in zip(tasks, answers, strict=True) if at["short"]
    ]
    if short:
        yield Finding("cut_short", True, f"{len(short)} files have fewer frames than they declare", tuple(short))
    same: dict[str, list[Clip]] = defaultdict(list)
    for clip, at in zip(clips, answers, strict=True):
        if at["sha256"]:
            same[at["sha256"]].append(clip)
    for group in same.values():
        if len(group) > 1:
            both = " and one is called real, another forged" if len({clip.label for clip in group}) > 1 else ""
            names = tuple(_below(clip.path, root) for clip in group)
            yield Finding(
                "duplicate", True, f"{len(group)} clips are the same file{both}: {', '.join(names[:3])}", names
            )


def _look(task: Task) -> Done:
    answer = {"sha256": "", "bad": "", "short": ""}
    try:
        media = MediaFile(task.path)
        video, frames = media.video, len(media.times)
        answer["sha256"] = video.sha256
        if frames < CUT_SHORT * video.frames:
            answer["short"] = f"{frames} of {video.frames} frames"
    except InputError as e:
        answer["bad"] = e.got
    write_bytes(task.answer, json.dumps(answer).encode())
    return Done("bad" if answer["bad"] else "sound")


def _lost(task: Task) -> Done:
    write_bytes(task.answer, json.dumps({"sha256": "", "bad": "the decoder crashes on it", "short": ""}).encode())
    return Done("crashed")


def _leaking(found: Reading) -> Iterator[Finding]:
    split = [clip for clip in found.clips if clip.split]
    known = PUBLISHED.get(found.layout)
    why = known.shares_people if known else ""
    parts: dict[str, set[str]] = defaultdict(set)
    for clip in split:
        parts[clip.origin].add(clip.split)
    origins = sorted(origin for origin, of in parts.items() if len(of) > 1)
    if origins:
        yield Finding(
            "origin_leak", not why, _told(f"{len(origins)} origins are in several splits", why), tuple(origins)
        )
    strictest = {origin: next(part for part in ("test", "val", "train") if part in of) for origin, of in parts.items()}
    people = leaks(split, strictest)
    if people:
        yield Finding(
            "person_leak",
            not why,
            _told(f"{len(people)} people are seen, or lend a face, in several splits", why),
            tuple(f"{leak.person} in {' and '.join(leak.splits)}: {', '.join(leak.clips)}" for leak in people),
        )


def _told(what: str, why: str) -> str:
    return f"{what}; published so: {why}" if why else what


def _below(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def by_weight(findings: Iterable[Finding]) -> list[Finding]:
    """What is wrong first."""
    return sorted(findings, key=lambda finding: not finding.wrong)
