"""How likely each face of many files is forged: a line each, and with a folder to write to a report each."""

import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from barefaced.config.media import DetectSettings
from barefaced.config.options import SEVERAL, AnyPath, Count, Range, command, list_paths
from barefaced.errors import InputError
from barefaced.runtime.model_packages import SHIPPED


@command
def detect(
    sources: str | Sequence[str] = (),
    *,
    list_: Annotated[AnyPath | Sequence[AnyPath], SEVERAL] = (),
    model: AnyPath = SHIPPED,
    out: AnyPath | None = None,
    workers: Count = 0,
    json_: bool = False,
    seconds: Annotated[float, Range(1)] = 600.0,
    settings: DetectSettings = DetectSettings(),
) -> int:
    """Tell how likely each face of a video or picture is forged, over time, with the evidence for it.

    Prints a line for each file, in the order in which they are done.

    Args:
        sources: videos, pictures, folders, or patterns such as 'a/**/*.mp4'
        list_: text files with one source a line
        model: a weights file; `shipped` is the one that comes with barefaced
        out: a folder for results.jsonl and a report a file; what is done there, by content, model and settings, is
            skipped
        workers: processes that decode; 0: half the cores
        json_: print one JSON object a line and file
        seconds: of processor time that decoding a file may take
        settings: how a file is looked at and judged

    Returns:
        0 where every file was assessed or shows no face; 2 where one could not be read.

    Raises:
        InputError: no file at all.
        CheckpointError: the weights cannot be used.
        FolderInUse, DataError: another run writes there, or nobody can.
    """
    from barefaced.faces.sandbox.reading import ReadLimits
    from barefaced.model.card import digest
    from barefaced.pipelines.detect.caveats import of_model
    from barefaced.pipelines.detect.detector import load
    from barefaced.pipelines.detect.results_folder import Results
    from barefaced.pipelines.detect.sources import gather
    from barefaced.reports.detection.report import fields_of, summary
    from barefaced.runtime.files import needing_room, sole_writer
    from barefaced.runtime.progress import work

    paths, passed = gather([sources] if isinstance(sources, str) else sources, list_paths(list_))
    folder = None if out is None else Path(out)
    if passed:
        print(f"{passed} files of folders passed over: neither video nor picture by name", file=sys.stderr)  # noqa: T201
    with ExitStack() as open_things:
        if folder is not None:
            open_things.enter_context(needing_room(folder))
            open_things.enter_context(sole_writer(folder))
        detector = open_things.enter_context(load(model, limits=ReadLimits(seconds, 2 * seconds)))
        for warning in of_model(detector.card, detector.card.thresholds):
            print(f"warning: {warning}", file=sys.stderr)  # noqa: T201
        results = Results.at(folder, digest(detector.card), settings)
        left, unread = results.skipped(paths)
        with work("detect", len(paths), "files", len(paths) - len(left)) as progress:
            began = time.monotonic()
            for number, report in enumerate(detector.detect_many(left, settings, workers), 1):
                results.add(report)
                unread += report.reason == "decode_error"
                print(json.dumps(fields_of(report), ensure_ascii=False) if json_ else summary(report), flush=True)  # noqa: T201
                progress.step(note=f"{60 * number / (time.monotonic() - began):.0f} files/min  {report.verdict}")
    done_before = f", {len(paths) - len(left)} done before" if len(left) < len(paths) else ""
    print(f"{len(paths)} files{done_before}, {unread} unreadable", file=sys.stderr)  # noqa: T201
    return InputError.exit_code if unread else 0
