"""A data set's videos or pictures into a store of aligned face crops.

A killed run goes on with the clips that are left, and a second run finds nothing to do. Several machines share the work
by `--shard`, into one folder that all see or into one each; `barefaced data collate` makes one manifest of them.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from barefaced.config.media import Engine, PrepareSettings
from barefaced.datasets import layouts
from barefaced.datasets.outcomes import write_skipped
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig, InputError
from barefaced.faces.face_finder import load_finder
from barefaced.pipelines.prepare import prepare_into, report_failures, shard, summary
from barefaced.runtime.files import needing_room, sole_writer
from barefaced.values.dataset import Clip


@dataclass(frozen=True)
class Choice:
    """Which of a data set's clips are prepared; empty: all."""

    methods: tuple[str, ...] = ()
    """`real` and the forgery methods, by name."""
    splits: tuple[str, ...] = ()
    """Of the data set's own: train, val, test."""

    def of(self, clips: Sequence[Clip]) -> list[Clip]:
        """The chosen ones.

        Raises:
            BadConfig: a method or split that no clip has.
        """
        for name, asked, there in (
            ("--methods", self.methods, {clip.method for clip in clips}),
            ("--splits", self.splits, {clip.split for clip in clips}),
        ):
            if unknown := set(asked) - there:
                raise BadConfig(
                    expected=f"{name} among {', '.join(sorted(there - {''})) or 'none: the data set has no splits'}",
                    got=", ".join(sorted(unknown)),
                    fix="Correct them, or leave them out.",
                )
        return [clip for clip in clips if not self.why_not(clip)]

    def why_not(self, clip: Clip) -> str:
        """Why `clip` is left out; empty where it is not."""
        if self.methods and clip.method not in self.methods:
            return "its method was not asked for"
        if self.splits and clip.split not in self.splits:
            return "its split was not asked for"
        return ""


def run(
    root: Path,
    out: Path,
    layout: str,
    compression: str,
    settings: PrepareSettings,
    workers: int,
    choice: Choice,
    part: str = "",
    engine: Engine = "local",
    real: tuple[str, ...] = (),
    *,
    remake: bool = False,
) -> int:
    """Prepare what is not yet prepared.

    Args:
        workers: processes; 0 is one a core.
        choice: which clips; the others are counted as skipped.
        part: `2/8`: only the second of eight parts; empty: all.
        engine: local processes, or a Ray cluster.
        real: of the layout `folder`: folders or labels that are real whatever they are called.
        remake: empty a store that was made with other settings.

    Returns:
        0, or 2 where a clip could not be read; the others are done all the same.

    Raises:
        LayoutMismatch: the folders are not those of the layout.
        BadConfig: the store was made with other settings; no such shard, method or split.
        MissingWeights: the face finder's package is not installed.
        MissingPackage: the engine's package is not installed.
        FolderInUse: another run is writing there.
        DataError: no space or no right to write.
    """
    mine = shard(part)
    found = layouts.read(layout, root, compression, real)
    for line in found.lines():
        print(line, file=sys.stderr)  # noqa: T201
    chosen = choice.of(found.clips)
    load_finder(settings.finder)  # refuses before a folder is made
    with needing_room(out), sole_writer(out, part.replace("/", "-of-")):
        store = Store.create(out, settings, root=root, remake=remake)
        write_skipped(out, {clip.clip: why for clip in found.clips if (why := choice.why_not(clip))})
        new = prepare_into(store, chosen, root, workers, part=mine, engine=engine)
        failed = report_failures(store)
        print("\n".join(summary(store, new)))  # noqa: T201
        if mine.of > 1:
            print(f"part {part}; when all are done: barefaced data collate {out}")  # noqa: T201
        return InputError.exit_code if failed else 0
