"""A data set's videos or pictures into a store of aligned face crops."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from barefaced.config.media import Engine, PrepareSettings
from barefaced.config.options import AnyPath, Count, command, list_names
from barefaced.errors import BadConfig, InputError

if TYPE_CHECKING:
    from barefaced.values.dataset import Clip


@command
def prepare(
    root: AnyPath,
    out: AnyPath,
    *,
    layout: str = "auto",
    compression: str = "",
    real: str | Sequence[str] = (),
    workers: Count = 0,
    methods: str | Sequence[str] = (),
    splits: str | Sequence[str] = (),
    shard: str = "",
    engine: Engine = "local",
    remake: bool = False,
    settings: PrepareSettings = PrepareSettings(),
) -> int:
    """Cut a data set's videos or pictures into a store of aligned face crops.

    A second run finds nothing to do, a killed one goes on with the clips that are left. Several machines share the work
    by --shard, into one folder that all see or into one each; `barefaced data collate` makes one manifest of them.

    Args:
        root: the data set's folder, as published
        out: the store
        layout: whose folders: auto recognises faceforensics, dfd, celeb_df_v1, celeb_df_v2, dfdc, dfdc_preview, uadfv,
            deeperforensics, df40 and folder; reals takes everything for real
        compression: raw, c23 or c40 where the data set has them
        real: of the layout folder: labels or folders that are real where their names do not say; the unknown others are
            forged
        workers: processes; 0: one a core
        methods: only these, `real` among them; where none is named, all
        splits: only these of the data set's own: train, val, test
        shard: 2/8: the second of eight parts, for several machines
        engine: local processes, or a Ray cluster
        remake: empty a store that was made with other settings, and begin anew
        settings: how faces are found and cut

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
    from barefaced.datasets import layouts
    from barefaced.datasets.outcomes import write_skipped
    from barefaced.datasets.store import Store
    from barefaced.faces.face_finder import load_finder
    from barefaced.pipelines.prepare import prepare_into, report_failures, summary
    from barefaced.pipelines.prepare import shard as read_shard
    from barefaced.runtime.files import needing_room, sole_writer

    root, out = Path(root), Path(out)
    mine = read_shard(shard)
    found = layouts.read(layout, root, compression, list_names(real))
    for line in found.lines():
        print(line, file=sys.stderr)  # noqa: T201
    choice = Choice(list_names(methods), list_names(splits))
    chosen = choice.of(found.clips)
    load_finder(settings.finder)  # refuses before a folder is made
    with needing_room(out), sole_writer(out, shard.replace("/", "-of-")):
        store = Store.create(out, settings, root=root, remake=remake)
        write_skipped(out, {clip.clip: why for clip in found.clips if (why := choice.why_not(clip))})
        new = prepare_into(store, chosen, root, workers, part=mine, engine=engine)
        failed = report_failures(store)
        print("\n".join(summary(store, new)))  # noqa: T201
        if mine.of > 1:
            print(f"part {shard}; when all are done: barefaced data collate {out}")  # noqa: T201
        return InputError.exit_code if failed else 0


@dataclass(frozen=True)
class Choice:
    """Which of a data set's clips are prepared; empty: all."""

    methods: tuple[str, ...] = ()
    """`real` and the forgery methods, by name."""
    splits: tuple[str, ...] = ()
    """Of the data set's own: train, val, test."""

    def of(self, clips: "Sequence[Clip]") -> "list[Clip]":
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

    def why_not(self, clip: "Clip") -> str:
        """Why `clip` is left out; empty where it is not."""
        if self.methods and clip.method not in self.methods:
            return "its method was not asked for"
        if self.splits and clip.split not in self.splits:
            return "its split was not asked for"
        return ""
