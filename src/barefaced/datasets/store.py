"""A store: the face crops of a data set, and what became of every clip.

    store.json              format version, the settings it was made with and their checksum
    crops/<key>/0_3.png     track 0 at moment 3
    crops/<key>/0_3.mask.png    its forged pixels, where the data set ships masks
    clips/<key>.json        one clip's record: outcome, reason, counts, its crops with their checksums
    landmarks/<key>.npy     dense landmarks of the clip's crops, where somebody computed them
    manifest.parquet        all records in one sorted table, one row a clip: a copy, not used when older than they are
    outcomes.csv            what became of every clip, and why, for people
    skipped.json            which clips were left out on purpose, and why (`outcomes`)

<key> is the clip's id made safe for every file system: lower-case ASCII for people, a hash for uniqueness.
A clip is whole when its record is there. The record is written last, after every crop has reached the disk, so a kill
or a power cut leaves a clip with a record or one that is done again, its left-overs deleted first. Nothing here keeps a
second process out: `files.sole_writer` is for whoever writes. Pictures are RGB uint8, S the crop side.
"""

import hashlib
import shutil
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.config.media import PrepareSettings
from barefaced.datasets import landmark_files
from barefaced.datasets.clip_record import ClipRecord, to_json, to_parquet
from barefaced.datasets.crop_files import ENCODINGS, encoded, encoded_mask, load_crop, safe_key
from barefaced.datasets.outcomes import read_skipped, to_csv
from barefaced.datasets.record_files import read_newest, read_record, read_records
from barefaced.datasets.store_format import changed_settings, read_head, write_head
from barefaced.errors import BadConfig
from barefaced.runtime.files import link_or_copy, sha256_of, write_bytes
from barefaced.values.dataset import Clip, StoredCrop
from barefaced.values.geometry import Geometry, flat
from barefaced.values.media import ClipCrops, FaceCrop

PREPARED = "prepared"
"""The outcome of a clip whose crops are stored. Any other outcome stores none."""

WRITERS = 4
"""Files of a clip written at the same time."""


class Store:
    """One store folder. Made by `create` or `open`."""

    def __init__(
        self, path: Path, settings: PrepareSettings, root: Path | None, *, packed: bool = False, shards: str = ""
    ) -> None:
        self.path = path
        self.settings = settings
        self.packed = packed
        """Made by `packing`: crops lie in tar files, the manifest is all there is of records, nothing is written."""
        self.shards = shards
        """Address of the folder that holds the tar files, where it is not this one."""
        self._root = root
        self._records: tuple[ClipRecord, ...] | None = None

    @classmethod
    def create(
        cls, path: Path, settings: PrepareSettings, *, root: Path | None = None, remake: bool = False
    ) -> "Store":
        """Open the store at `path`, making it where there is none.

        Args:
            path: the store's folder.
            settings: how its crops are made.
            root: the data set's top folder; media paths are recorded relative to it, so that two people's stores agree.
            remake: a store made with other settings is emptied, not refused.

        Raises:
            BadConfig: the store there was made with other settings, or the folder holds something else.
            StoreDamaged: as `open`.
        """
        if (path / "store.json").is_file():
            store = cls.open(path, root=root)
            if store.packed:
                raise BadConfig(
                    expected=f"a store to write to at {path}",
                    got="a packed store",
                    fix="Write to its source and pack again.",
                )
            changed = changed_settings(store.settings, settings)
            if changed and not remake:
                raise BadConfig(
                    expected=f"the settings that the store {path} was made with",
                    got=", ".join(changed),
                    fix="Give the old settings, choose a new folder, or say --remake, which deletes the store's crops.",
                )
            if not changed:
                return store
            # First what says that clips are done: a kill in the middle leaves crops that belong to nobody.
            (path / "manifest.parquet").unlink(missing_ok=True)
            for part in ("clips", "landmarks", "crops"):
                if (path / part).exists():
                    shutil.rmtree(path / part)
        elif path.is_dir() and any(inside.name[0] != "." for inside in path.iterdir()):
            raise BadConfig(
                expected=f"a store or an empty folder at {path}",
                got="a folder of other files",
                fix="Choose a new folder.",
            )
        write_head(path, settings)
        return cls(path, settings, root)

    @classmethod
    def open(cls, path: Path, *, root: Path | None = None) -> "Store":
        """Open an existing store.

        Raises:
            StoreDamaged: not a store, a newer version's, or its store.json was changed.
        """
        head = read_head(path)
        return cls(path, head.settings, root, packed=head.packed, shards=head.shards)

    def done(self, clip: Clip) -> bool:
        """Whether `clip` was dealt with, whatever came of it, and its file is still the one that was."""
        file = self._record_file(clip)
        if not file.is_file() or not clip.path.is_file():
            return False
        record, at = read_record(file), clip.path.stat()
        if record.size != at.st_size:
            return False
        # A copy of the data set has other times; only then is the file read through.
        return record.mtime_ns == at.st_mtime_ns or (
            record.media_sha256 != "" and record.media_sha256 == sha256_of(clip.path)
        )

    def write(self, clip: Clip, outcome: str, crops: ClipCrops | None, reason: str = "") -> None:
        """Store what came of `clip`, in place of anything stored before.

        Args:
            clip: the clip.
            outcome: `prepared`, or one word for why there are no crops (no_face, unreadable, ...).
            crops: what was found; None where the file did not decode.
            reason: the full sentence, where there is one.

        Raises:
            OSError: no space or no right; the clip is then not done.
        """
        self._clear(clip)
        stored: list[StoredCrop] = []
        if crops is not None and outcome == PREPARED:
            # One is encoded while another waits for the disk.
            with ThreadPoolExecutor(WRITERS) as threads:
                stored = list(threads.map(lambda crop: self._write_crop(clip, crop, crops.subject), crops.crops))
        at = clip.path.stat() if clip.path.is_file() else None
        record = ClipRecord(
            clip=replace(clip, path=self._relative(clip.path), mask=clip.mask and self._relative(clip.mask)),
            outcome=outcome,
            reason=reason,
            media_sha256=crops.video.sha256 if crops else "",
            size=at.st_size if at else 0,
            mtime_ns=at.st_mtime_ns if at else 0,
            subject=crops.subject if crops else None,
            frames_seen=crops.frames_seen if crops else 0,
            frames_without_face=crops.frames_without_face if crops else 0,
            warnings=crops.warnings if crops else (),
            crops=tuple(sorted(stored, key=lambda crop: (crop.track, crop.moment))),
        )
        write_bytes(self._record_file(clip), to_json(record))
        self._records = None

    def _clear(self, clip: Clip) -> None:
        """Delete what is stored of a clip, first what says that it is done."""
        self._record_file(clip).unlink(missing_ok=True)
        self._landmarks_file(clip).unlink(missing_ok=True)
        folder = self.path / "crops" / safe_key(clip.clip)
        if folder.exists():
            shutil.rmtree(folder)

    def _write_crop(self, clip: Clip, crop: FaceCrop, subject: int | None) -> StoredCrop:
        file = f"crops/{safe_key(clip.clip)}/{crop.track}_{crop.moment}"
        suffix, data = ENCODINGS[self.settings.image][0], encoded(crop.rgb, self.settings.image)
        write_bytes(self.path / f"{file}{suffix}", data)
        mask = "" if crop.mask is None else f"{file}.mask.png"
        if crop.mask is not None:
            write_bytes(self.path / mask, encoded_mask(crop.mask))
        return StoredCrop(
            clip=clip.clip,
            file=f"{file}{suffix}",
            track=crop.track,
            subject=crop.track == subject,
            moment=crop.moment,
            frame=crop.frame,
            seconds=crop.seconds,
            quality=crop.quality,
            geometry=Geometry(flat(crop.to_crop), *crop.frame_size),
            sha256=hashlib.sha256(data).hexdigest(),
            mask=mask,
        )

    def adopt(self, record: ClipRecord, files: Mapping[str, Path]) -> None:
        """Store a clip whose crops are made already, in place of anything stored before.

        Args:
            record: of the clip; its crops' files are keys of `files`.
            files: what to take over, by its name in the store, all in `crops/<key>/`. Hard links where the disk is the
                same, else copies; the store replaces its files and never writes into them, so the originals stay.

        Raises:
            OSError: no space or no right; the clip is then not done.
        """
        self._clear(record.clip)
        for name, file in files.items():
            link_or_copy(file, self.path / name)
        clip = record.clip
        clip = replace(clip, path=self._relative(clip.path), mask=clip.mask and self._relative(clip.mask))
        write_bytes(self._record_file(clip), to_json(replace(record, clip=clip)))
        self._records = None

    def collate(self) -> None:
        """Write the manifest from the records. The same records give the same bytes, in whatever order they came."""
        self._records = None  # not two copies at a time
        self._records = read_records(self.path)
        write_bytes(self.path / "outcomes.csv", to_csv(self._records, read_skipped(self.path)))
        write_bytes(self.path / "manifest.parquet", to_parquet(self._records))

    def records(self) -> tuple[ClipRecord, ...]:
        """Every clip's record, sorted by clip: from the manifest, or from the records where that is older or gone.

        Raises:
            StoreDamaged: a record cannot be read.
        """
        if self._records is None:
            self._records = read_newest(self.path, packed=self.packed)
        return self._records

    def record(self, clip: Clip) -> ClipRecord | None:
        """One clip's record as it was written, with the time of its medium; None where there is none of its own.

        Raises:
            StoreDamaged: it cannot be read.
        """
        file = self._record_file(clip)
        return read_record(file) if file.is_file() else None

    def clips(self) -> tuple[Clip, ...]:
        """Every clip, prepared or not, sorted by id. `path` is relative to the data set's root where that was known."""
        return tuple(record.clip for record in self.records())

    def crops(self) -> tuple[StoredCrop, ...]:
        """Every crop, sorted by clip, track and moment."""
        return tuple(crop for record in self.records() for crop in record.crops)

    def outcomes(self) -> dict[str, int]:
        """Clips per outcome, the most frequent first."""
        return dict(Counter(record.outcome for record in self.records()).most_common())

    def place(self, file: str) -> str:
        """Where the bytes of a crop or mask lie: for `crop_files`."""
        return f"{self.shards.rstrip('/')}/{file}" if self.shards else str(self.path / file)

    def load(self, stored: StoredCrop, *, verify: bool = False) -> UInt8[np.ndarray, "S S 3"]:
        """One crop, RGB.

        Args:
            stored: the crop.
            verify: compare its checksum too.

        Raises:
            StoreDamaged: the file is gone, does not decode, has another size, or (verify) other bytes.
        """
        return load_crop(self.place(stored.file), self.settings.crop.size, sha256=stored.sha256 if verify else "")

    def load_mask(self, stored: StoredCrop) -> UInt8[np.ndarray, "S S"] | None:
        """A crop's forged pixels (255; others 0); None where the data set says nothing of them.

        Raises:
            StoreDamaged: as `load`.
        """
        if not stored.mask:
            return None
        return load_crop(self.place(stored.mask), self.settings.crop.size)[..., 0]

    def has_landmarks(self, clip: Clip) -> bool:
        """Whether landmarks of `clip` were written since its crops were."""
        return self._landmarks_file(clip).is_file()

    def write_landmarks(self, clip: Clip, points: Float32[np.ndarray, "n 468 3"]) -> None:
        """Keep dense landmarks of `clip` until it is written again.

        Args:
            clip: a clip with a record.
            points: of its n crops in the record's order, in crop pixels; NaN where no face was seen.

        Raises:
            StoreDamaged: the clip has no record, or another number of crops.
            OSError: no space or no right.
        """
        landmark_files.write(self._landmarks_file(clip), points, self._crop_count(clip))

    def landmarks(self, clip: Clip) -> Float32[np.ndarray, "n 468 3"] | None:
        """Read what `write_landmarks` kept; None where nothing is.

        Raises:
            StoreDamaged: the file is no array, or not one that fits the clip's crops.
        """
        return landmark_files.read(self._landmarks_file(clip), lambda: self._crop_count(clip))

    def _crop_count(self, clip: Clip) -> int:
        """Count the crops of a clip by its record; 0 without one."""
        if self.packed:
            return next((len(record.crops) for record in self.records() if record.clip.clip == clip.clip), 0)
        record = self.record(clip)
        return len(record.crops) if record else 0

    def _landmarks_file(self, clip: Clip) -> Path:
        return self.path / "landmarks" / f"{safe_key(clip.clip)}.npy"

    def _record_file(self, clip: Clip) -> Path:
        return self.path / "clips" / f"{safe_key(clip.clip)}.json"

    def _relative(self, path: Path) -> Path:
        return path.relative_to(self._root) if self._root and path.is_relative_to(self._root) else path
