"""The layout `reals`: any folder of pictures and videos of which none is forged: what `forge` starts from."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from barefaced.datasets.file_listing import as_text, join_id, media_files, mismatch, no_levels
from barefaced.datasets.layouts.layout import Reading, reading
from barefaced.datasets.layouts.listing import Entry, Listing, read_listing
from barefaced.errors import LayoutMismatch
from barefaced.imaging.suffixes import MEDIA_SUFFIXES
from barefaced.values.dataset import REAL, Clip
from barefaced.values.labels import label_of


def read(root: Path, compression: str) -> Reading:
    """Read pictures and videos, in sub-folders or not, all real; each file is its own scene and its own person.

    A `clips.csv` at the root (see `listing`; here it needs no label) chooses the files and says whose they are: give
    the identity where one person is in several files, or they may lend themselves their own face. The data set is named
    after `root`.
    """
    no_levels("reals", compression)
    dataset = as_text(root.resolve().name)
    table = root / "clips.csv"
    listing = read_listing(root, table, label=REAL) if table.is_file() else Listing(tuple(_entries(root)))
    entries = listing.entries
    forged = [entry.path for entry in entries if entry.method != REAL]
    if forged:
        raise LayoutMismatch(
            expected=f"only real files in {table}",
            got=f"{len(forged)} forged, such as {forged[0]}",
            fix="Read this data set with the layout `folder`.",
        )
    if not entries:
        raise mismatch(root, "pictures or videos")
    bare = [PurePosixPath(entry.path).with_suffix("").as_posix() for entry in entries]
    times = Counter(bare)
    clips = []
    for entry, short in zip(entries, bare, strict=True):
        name = as_text(short if times[short] == 1 else entry.path)
        scene = f"{dataset}/{(entry.origin or name).removeprefix(f'{dataset}/')}"
        clips.append(
            Clip(
                clip=join_id(dataset, "", REAL, name),
                dataset=dataset,
                compression="",
                method=REAL,
                origin=scene,
                identity=f"{dataset}/{entry.identity.removeprefix(f'{dataset}/')}" if entry.identity else scene,
                source="",
                split=entry.split,
                path=root / entry.path,
            )
        )
    return reading(clips, listing.missing, listing.warnings)


def _entries(root: Path) -> Iterator[Entry]:
    for path in media_files(root, MEDIA_SUFFIXES):
        inside = path.relative_to(root)
        if any(label_of(part) and not part.isdecimal() for part in inside.parts[:-1]):
            raise LayoutMismatch(
                expected=f"only real files under {root}",
                got=f"a folder of forgeries, with {inside}",
                fix="Give the folder of the real ones alone, or choose the layout `folder`.",
            )
        yield Entry(path=inside.as_posix(), method=REAL)
