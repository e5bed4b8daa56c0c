"""Forgery domains from real faces: a store of reals and, for each, one forgery by every method.

The source is a store, a folder of photographs or videos, or a data set, of which only the real part is used.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from barefaced.config.media import PrepareSettings
from barefaced.config.pictures import ForgeSettings
from barefaced.datasets import layouts
from barefaced.datasets.borders import border_warnings
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig, DataError, InputError
from barefaced.pipelines.forge import (
    Subject,
    Task,
    choose_lenders,
    chosen_methods,
    forge_store,
    forged_clips,
    list_subjects,
    networks,
    parts_of,
    ready,
    summary,
)
from barefaced.pipelines.landmarks import mesh_store
from barefaced.pipelines.prepare import prepare_into, report_failures
from barefaced.reports.gallery import Example, page
from barefaced.runtime.files import needing_room, sole_writer, write_bytes

SHOWN = 12
"""People on the gallery page."""


def run(
    source: Path,
    out: Path,
    layout: str,
    compression: str,
    prepare: PrepareSettings,
    settings: ForgeSettings,
    shares: tuple[float, float],
    seed: int,
    workers: int,
    *,
    gallery: bool,
) -> int:
    """Forge what is not yet forged.

    Args:
        shares: of the people for validation and for testing, where the source says nothing of a split.
        workers: processes; 0 is one a core.
        gallery: write `gallery.html` too.

    Returns:
        0, or 2 where a file of the source could not be read or forged; the others are done all the same.

    Raises:
        BadConfig: no such method; a setting of training alone; the store was made with other settings.
        DataError: no face, nobody to lend one, no space.
        MissingWeights: a model package is not installed.
    """
    if settings.each:
        raise BadConfig(
            expected="each = 0: a store holds every method, drawn once",
            got=str(settings.each),
            fix="Leave it out, or name fewer in methods; `forge.each` is of a recipe that forges while it trains.",
        )
    names = chosen_methods(settings)
    parts_of((), *shares, seed)  # refuses impossible shares before any work
    with sole_writer(out):
        failed = 0
        with needing_room(out):
            if (source / "store.json").is_file():
                faces = Store.open(source)
                for line in border_warnings(faces):
                    print(line, file=sys.stderr)  # noqa: T201
                forged = Store.create(out, faces.settings, root=source)
            else:
                found = layouts.read(layout, source, compression)
                for line in found.lines():
                    print(line, file=sys.stderr)  # noqa: T201
                reals = [clip for clip in found.clips if clip.label == 0]
                forged = Store.create(out, prepare, root=out / "faces")
                faces = Store.create(out / "faces", prepare, root=source)
                prepare_into(faces, reals, source, workers)
                failed = report_failures(faces)
            mesh_store(faces, workers)
            people = list_subjects(faces, parts_of(faces.clips(), *shares, seed))
            if not people:
                raise DataError(
                    expected=f"real faces in {source}",
                    got=f"none of {len(faces.clips())} clips with a face and its landmarks",
                    fix="Look at the outcomes of the store, or give other pictures.",
                )
            methods = ready(names, networks(faces, people, names, settings, seed), settings)
            crashed = forge_store(faces, forged, people, methods, settings, seed, workers)
            if gallery:
                write_bytes(out / "gallery.html", _gallery(faces, forged, people, methods, settings, seed).encode())
                print(f"look at {out / 'gallery.html'}", file=sys.stderr)  # noqa: T201
    left = len(faces.crops()) - sum(len(subject.crops) for subject in people)
    print(f"{out}: {len(people)} real clips of {len(faces.clips())}; {left} crops had no landmarks or were bystanders")  # noqa: T201
    print("\n".join(summary(forged)))  # noqa: T201
    return InputError.exit_code if failed or crashed else 0


def _gallery(
    faces: Store, forged: Store, people: Sequence[Subject], methods: dict, settings: ForgeSettings, seed: int
) -> str:
    examples = []
    for n in np.linspace(0, len(people) - 1, min(SHOWN, len(people))).astype(int):
        subject = people[n]
        lent = choose_lenders(people, subject, methods, settings, seed)
        first = replace(subject, crops=subject.crops[:1], rows=subject.rows[:1])
        for name, clip in forged_clips(
            Task(first, lent, faces.path, forged.path, methods, settings, seed), faces
        ).items():
            real = faces.load(first.crops[0])
            examples.append(Example(name, subject.clip.origin, real, clip.pixels[0], clip.masks[0], clip.refused[0]))
    examples.sort(key=lambda example: list(methods).index(example.method))
    return page(f"Forgeries of {forged.path.name}", examples, summary(forged))
