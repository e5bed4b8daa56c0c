"""Forgery domains from real faces: a store of reals and, for each, one forgery by every method."""

import sys
from pathlib import Path

from barefaced.config.media import PrepareSettings
from barefaced.config.options import AnyPath, Count, Share, command
from barefaced.config.pictures import ForgeSettings
from barefaced.errors import BadConfig, DataError, InputError


@command
def forge(
    source: AnyPath,
    out: AnyPath,
    *,
    layout: str = "reals",
    compression: str = "",
    gallery: bool = False,
    val_share: Share = 0.1,
    test_share: Share = 0.1,
    seed: Count = 0,
    workers: Count = 0,
    settings: ForgeSettings = ForgeSettings(),
    prepare: PrepareSettings = PrepareSettings(),
) -> int:
    """Forge real faces by several methods, into a store that `train` takes.

    A second run finds nothing to do, a killed one goes on.

    Args:
        source: a store of real faces, a folder of photographs or videos, or a data set, of which only the real part is
            used
        out: the store
        layout: whose folders, as in prepare
        compression: raw, c23 or c40 where the data set has them
        gallery: write gallery.html, to look at
        val_share: of the people, for validation, where the source has no split
        test_share: of the people, for testing, where the source has no split
        seed: of every draw
        workers: processes; 0: one a core
        settings: how faces are forged
        prepare: how faces are found and cut where the source is no store

    Returns:
        0, or 2 where a file of the source could not be read or forged; the others are done all the same.

    Raises:
        BadConfig: no such method; a setting of training alone; the store was made with other settings.
        DataError: no face, nobody to lend one, no space.
        MissingWeights: a model package is not installed.
    """
    from barefaced.datasets import layouts
    from barefaced.datasets.borders import border_warnings
    from barefaced.datasets.store import Store
    from barefaced.pipelines.forge import chosen_methods, forge_store, list_subjects, networks, parts_of, ready, summary
    from barefaced.pipelines.forge.gallery import gallery_page
    from barefaced.pipelines.landmarks import mesh_store
    from barefaced.pipelines.prepare import prepare_into, report_failures
    from barefaced.runtime.files import needing_room, sole_writer, write_bytes

    source, out = Path(source), Path(out)
    if settings.each:
        raise BadConfig(
            expected="each = 0: a store holds every method, drawn once",
            got=str(settings.each),
            fix="Leave it out, or name fewer in methods; `forge.each` is of a recipe that forges while it trains.",
        )
    names = chosen_methods(settings)
    parts_of((), val_share, test_share, seed)  # refuses impossible shares before any work
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
            people = list_subjects(faces, parts_of(faces.clips(), val_share, test_share, seed))
            if not people:
                raise DataError(
                    expected=f"real faces in {source}",
                    got=f"none of {len(faces.clips())} clips with a face and its landmarks",
                    fix="Look at the outcomes of the store, or give other pictures.",
                )
            methods = ready(names, networks(faces, people, names, settings, seed), settings)
            crashed = forge_store(faces, forged, people, methods, settings, seed, workers)
            if gallery:
                write_bytes(out / "gallery.html", gallery_page(faces, forged, people, methods, settings, seed).encode())
                print(f"look at {out / 'gallery.html'}", file=sys.stderr)  # noqa: T201
    left = len(faces.crops()) - sum(len(subject.crops) for subject in people)
    print(f"{out}: {len(people)} real clips of {len(faces.clips())}; {left} crops had no landmarks or were bystanders")  # noqa: T201
    print("\n".join(summary(forged)))  # noqa: T201
    return InputError.exit_code if failed or crashed else 0
