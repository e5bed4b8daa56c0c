"""A report as CSV: a line for each person and moment; a line without a moment where nobody could be seen.

Columns: path, sha256, verdict, reason, clip_fakeness, track, frame, seconds, fakeness. Times in seconds.
"""

import csv
import io

from barefaced.reports.detection.answer import Answer

COLUMNS = ("path", "sha256", "verdict", "reason", "clip_fakeness", "track", "frame", "seconds", "fakeness")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(report: Answer) -> str:
    """Write the whole table, its head first. A path that a spreadsheet takes for a formula gets a quote before it."""
    path = f"'{report.path}" if report.path.startswith(_FORMULA) else report.path
    clip = [path, report.sha256, report.verdict, report.reason, _number(report.fakeness)]
    moments = [
        [track.track, moment.frame, _number(moment.seconds), _number(moment.fakeness)]
        for track in report.tracks
        for moment in track.moments
    ]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([*clip, *moment] for moment in moments or [["", "", "", ""]])
    return stream.getvalue()


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)
