"""A report of `detect`, computed anew and compared: whether this file and this model really give it."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from barefaced.config.options import AnyPath, Range, command
from barefaced.errors import DataError, InputError, UntrustedWeights

PASSING = {"created", "path", "tool", "found_elsewhere"}
"""Fields that say when, where and by which version; and one of the card, whose sha256 is compared, that older reports
lack."""
SHOWN = 10


@command
def verify(
    report: AnyPath,
    *,
    file: AnyPath | None = None,
    model: AnyPath | None = None,
    tolerance: Annotated[float, Range(0)] = 1e-6,
) -> int:
    """Compute a report of `detect` anew from the file and the model it names, and compare.

    Args:
        report: a .json file of `detect`
        file: the media file; else where the report says, or beside the report
        model: the weights file; else where the report says
        tolerance: largest difference of two equal numbers; on the machine and version that wrote the report there is
            none

    Returns:
        0 where it holds, 3 where it does not.

    Raises:
        InputError: no report, or no such file.
        UntrustedWeights: another model.
    """
    from barefaced.pipelines.detect.detector import load
    from barefaced.reports.detection.report import fields_of, read_report
    from barefaced.runtime.files import sha256_of

    report = Path(report)
    told = read_report(report)
    media = _find_media(None if file is None else Path(file), Path(told.path), report)
    with load(model or told.model.path) as detector:
        if detector.card.sha256 != told.model.sha256:
            raise UntrustedWeights(
                expected=f"the model with sha256 {told.model.sha256}",
                got=detector.card.sha256,
                fix="Give the report's own model with --model.",
            )
        found = sha256_of(media)
        if found != told.sha256:
            print(f"does not hold: the report is of a file with sha256 {told.sha256}, {media} has {found}")  # noqa: T201
            return DataError.exit_code
        anew = detector.detect(media, told.settings)
    differing = list(differences(fields_of(told), fields_of(anew), tolerance))
    for line in differing[:SHOWN]:
        print(line)  # noqa: T201
    if differing:
        print(f"does not hold: {len(differing)} differences")  # noqa: T201
        return DataError.exit_code
    print(f"holds: {told.verdict}, {'no number' if told.fakeness is None else f'fakeness {told.fakeness:.6f}'}")  # noqa: T201
    return 0


def differences(told: Any, anew: Any, tolerance: float, where: str = "") -> Iterator[str]:
    """A line for each place where two reports' JSON values differ."""
    if isinstance(told, dict) and isinstance(anew, dict) and told.keys() == anew.keys():
        for name in told:
            if name not in PASSING:
                yield from differences(told[name], anew[name], tolerance, f"{where}.{name}".lstrip("."))
    elif isinstance(told, list) and isinstance(anew, list) and len(told) == len(anew):
        for n, pair in enumerate(zip(told, anew, strict=True)):
            yield from differences(*pair, tolerance, f"{where}[{n}]")
    elif isinstance(told, float) and isinstance(anew, float):
        if not math.isclose(told, anew, rel_tol=0, abs_tol=tolerance):
            yield f"{where}: {told} in the report, {anew} now"
    elif told != anew:
        yield f"{where}: {told!r:.80} in the report, {anew!r:.80} now"


def _find_media(given: Path | None, told: Path, report: Path) -> Path:
    """The media file: where it was given, else where the report says, else beside the report."""
    places = [given] if given is not None else [told, report.parent / told.name, report.parent.parent / told.name]
    for place in places:
        if place.is_file():
            return place
    raise InputError(
        expected="the report's file", got=f"nothing at {' or '.join(map(str, places))}", fix="Name it with --file."
    )
