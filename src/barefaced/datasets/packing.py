"""A store packed into a few tar files, for object stores and file systems that suffer from small files.

    store.json              as of any store, and `packed`; and `shards`, an address, where the tar files lie elsewhere
    shards/00000.tar        crops, masks and a JSON for each crop, in WebDataset's naming: one key, several suffixes
    manifest.parquet        every record; a crop's file is `shards/00000.tar@<offset>+<size>`
    landmarks/              as they were

It is read as any store: by the place of its bytes, in any order, so training draws the same groups from it. Those who
stream take the tar files as WebDataset shards. Clips lie in the order of their origins, so that groups are near.
"""

import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from barefaced.datasets.clip_record import ClipRecord, to_parquet
from barefaced.datasets.crop_files import read_bytes, safe_key
from barefaced.datasets.outcomes import read_skipped, to_csv, write_skipped
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig
from barefaced.runtime.files import write_bytes, write_json
from barefaced.runtime.progress import Work
from barefaced.values.dataset import StoredCrop

_BLOCK = 512
"""Bytes that a tar file counts in."""


@dataclass
class _Shards:
    """Tar files of about `size` bytes, written one after the other."""

    folder: Path
    size: int
    number: int = 0
    tar: tarfile.TarFile | None = None

    def add(self, name: str, data: bytes) -> str:
        """Write one member; its place, relative to the store."""
        if self.tar is None:
            self.tar = tarfile.open(self._file, "w", format=tarfile.GNU_FORMAT)  # noqa: SIM115  closed by `close`
        info = tarfile.TarInfo(name)
        info.size = len(data)
        self.tar.addfile(info, io.BytesIO(data))
        padded = -(-len(data) // _BLOCK) * _BLOCK
        return f"shards/{self._file.name}@{self.tar.offset - padded}+{len(data)}"

    def room(self) -> None:
        """Begin the next file where this one is full: between two crops, whose members stay together."""
        if self.tar is not None and self.tar.offset >= self.size:
            self.close()

    def close(self) -> None:
        if self.tar is not None:
            self.tar.close()
            self.tar, self.number = None, self.number + 1

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.number:05}.tar"


def pack(store: Store, out: Path, size: int, progress: Work, address: str = "") -> int:
    """Pack every crop of `store` into the new folder `out`.

    Args:
        store: any but a packed one.
        out: a folder that is not there or empty. Cut short it is no store: delete it and pack again.
        size: bytes of a tar file, roughly.
        progress: a step a clip.
        address: where the folder `shards` will be uploaded to, as fsspec writes it; empty: it stays.

    Returns:
        how many tar files there are.

    Raises:
        BadConfig: `out` holds something, or `store` is packed.
        StoreDamaged: a crop cannot be read.
        OSError: no space or no right to write.
    """
    if store.packed:
        raise BadConfig(expected="a store as prepared", got=f"a packed one, {store.path}", fix="Copy its folder.")
    if out.is_dir() and any(inside.name[0] != "." for inside in out.iterdir()):
        raise BadConfig(expected=f"a new folder at {out}", got="a folder of files", fix="Choose another, or delete it.")
    (out / "shards").mkdir(parents=True, exist_ok=True)
    shards = _Shards(out / "shards", size)
    records: list[ClipRecord] = []
    try:
        for record in sorted(store.records(), key=lambda record: (record.clip.origin, record.clip.clip)):
            records.append(replace(record, mtime_ns=0, crops=tuple(_packed(store, record, shards))))
            progress.step(1, "", len(record.crops))
    finally:
        shards.close()
    records.sort(key=lambda record: record.clip.clip)
    if (store.path / "landmarks").is_dir():
        shutil.copytree(store.path / "landmarks", out / "landmarks")
    skipped = read_skipped(store.path)
    write_skipped(out, skipped)
    write_bytes(out / "outcomes.csv", to_csv(records, skipped))
    write_bytes(out / "manifest.parquet", to_parquet(records))
    head = json.loads((store.path / "store.json").read_bytes())
    write_json(out / "store.json", head | {"packed": True, "shards": address})  # last: now it is a store
    return shards.number


def _packed(store: Store, record: ClipRecord, shards: _Shards) -> Iterator[StoredCrop]:
    said = {name: str(value) for name, value in asdict(record.clip).items() if name not in ("path", "mask")}
    for crop in record.crops:
        shards.room()
        key = f"{safe_key(crop.clip)}/{crop.track}_{crop.moment}"
        data = read_bytes(store.place(crop.file))
        place = shards.add(f"{key}{Path(crop.file).suffix}", data)
        mask = shards.add(f"{key}.mask.png", read_bytes(store.place(crop.mask))) if crop.mask else ""
        about = said | {"label": record.clip.label, "subject": crop.subject, "seconds": crop.seconds}
        shards.add(f"{key}.json", json.dumps(about, ensure_ascii=False).encode())
        yield replace(crop, file=place, mask=mask)
