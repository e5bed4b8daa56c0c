"""Real faces in a store into a store of them and of their forgeries; and the same while a run trains.

Joins the wings: landmarks that vision found, stores and splits of datasets, the methods of forgery. A real clip and all
its forgeries are one unit of work, whole or not done. Every draw depends on (seed, clip, method) alone, so neither the
number of processes nor a kill changes a pixel.

    faces/                  (of a source that is no store) the store of real faces
    forge.json              settings, seed and source: another run with others is refused
    networks/               in the store of real faces: weights of the learned methods, named by what they learnt from

Alphabet: N people, T frames of a clip, S crop side, K pictures of a group, M methods made. RGB uint8.
"""

import hashlib
import importlib.metadata
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from safetensors.numpy import save

from barefaced.config import DataSettings, ForgeSettings
from barefaced.datasets.crop_files import load_crop
from barefaced.datasets.files import join_id
from barefaced.datasets.record import ClipRecord
from barefaced.datasets.splits import assign
from barefaced.datasets.store import PREPARED, Store
from barefaced.durable import write_bytes, write_json
from barefaced.errors import BadConfig, DataError
from barefaced.forgery import donor as donors
from barefaced.forgery.chain import chained
from barefaced.forgery.clips import ForgedClip, forge_clip
from barefaced.forgery.donor import Donor
from barefaced.forgery.methods import LEARNED, METHODS, NEEDS_DONOR, Method, method_of
from barefaced.pool import Done, pooled
from barefaced.progress import work
from barefaced.types import REAL, Clip, ClipCrops, CropQuality, FaceCrop, StoredCrop, Video

REFUSED = "refused"
"""The outcome of a forgery that no draw made well."""
MOST_FACES = 4000
"""Faces that a learned method learns from: evenly chosen where there are more."""


@dataclass(frozen=True)
class Sitter:
    """One real clip whose face can be forged, or lent."""

    clip: Clip
    crops: tuple[StoredCrop, ...]
    """The subject's, those with landmarks."""
    rows: tuple[int, ...]
    """Of each crop in the store's landmarks of the clip."""
    features: donors.Features
    """Of the first crop: what donors are chosen by."""
    part: str
    """train, val or test: nobody lends a face across."""


def chosen_methods(settings: ForgeSettings) -> tuple[str, ...]:
    """The methods to make: those named, or every one.

    Raises:
        BadConfig: no such method, or one named twice.
    """
    there = (*METHODS, *LEARNED)
    for name, times in Counter(settings.methods).items():
        if name not in there or times > 1:
            raise BadConfig(
                expected=f"each of {', '.join(there)} at most once in methods",
                got=repr(name) if name not in there else f"{name} {times} times",
                fix="Correct the list, or leave it out for all of them.",
            )
    low, high = settings.downscale
    rules = (
        (0 < low <= high <= 1, "downscale within (0, 1], from low to high", settings.downscale),
        (1 <= settings.jpeg[0] <= settings.jpeg[1] <= 100, "jpeg within 1 to 100, from low to high", settings.jpeg),
        (min(settings.tries, settings.donors, settings.steps) >= 1, "tries, donors and steps of at least 1", settings),
        (bool(settings.masks), "at least one mask family in masks", settings.masks),
    )
    for holds, expected, got in rules:
        if not holds:
            raise BadConfig(expected=expected, got=str(got), fix="Correct that value.")
    return settings.methods or there


def parts_of(clips: Sequence[Clip], val: float, test: float, seed: int) -> dict[str, str]:
    """Origin to train, val or test: as published where that is said, else `val` and `test` of the people, drawn.

    Raises:
        BadConfig: shares that leave nobody to train on.
    """
    if min(val, test) < 0 or val + test >= 1:
        raise BadConfig(
            expected="shares of people of 0 or more that leave somebody to train on",
            got=f"validation {val}, test {test}",
            fix="Lower them.",
        )
    reals = [clip for clip in clips if clip.label == 0]
    if not reals:
        return {}
    if any(clip.split for clip in reals):
        return assign(reals, DataSettings(val_share=val), seed)
    tested = {origin for origin, part in assign(reals, DataSettings(val_share=test), seed).items() if part == "val"}
    left = [clip for clip in reals if clip.origin not in tested]
    return assign(left, DataSettings(val_share=val / (1 - test)), seed) | dict.fromkeys(tested, "test")


def sitters(store: Store, parts: Mapping[str, str]) -> tuple[Sitter, ...]:
    """The real clips of `store` with landmarks (see `meshing`), in order of clip.

    Raises:
        StoreDamaged: a crop or the landmarks cannot be read.
    """

    def one(record: ClipRecord) -> Sitter | None:
        points = store.landmarks(record.clip)
        if points is None:
            return None
        rows = [n for n, crop in enumerate(record.crops) if crop.subject and np.isfinite(points[n]).all()]
        if not rows:
            return None
        crops = tuple(record.crops[n] for n in rows)
        features = donors.features(store.load(crops[0]), points[rows[0]])
        return Sitter(record.clip, crops, tuple(rows), features, parts[record.clip.origin])

    reals = [record for record in store.records() if record.clip.label == 0 and record.clip.origin in parts]
    with ThreadPoolExecutor(2) as pool:
        return tuple(sitter for sitter in pool.map(one, reals) if sitter is not None)


def networks(
    store: Store, people: Sequence[Sitter], names: Sequence[str], settings: ForgeSettings, seed: int
) -> dict[str, Path]:
    """The weights of the learned methods among `names`, trained on the people of the train part where not yet done.

    Raises:
        TrainingError: a loss is not a number.
    """
    learnt = [sitter for sitter in people if sitter.part == "train"]
    faces = [(sitter, n) for sitter in learnt for n in range(len(sitter.crops))]
    faces = [faces[n] for n in np.linspace(0, len(faces) - 1, min(len(faces), MOST_FACES)).astype(int)]
    lines = [sitter.crops[n].sha256 for sitter, n in faces]
    version = importlib.metadata.version("barefaced")
    digest = hashlib.sha256("\n".join([f"{version} {settings.steps} {seed}", *lines]).encode()).hexdigest()
    weights = {name: store.path / "networks" / f"{name}-{digest[:16]}.safetensors" for name in names if name in LEARNED}
    missing = [name for name, file in weights.items() if not file.is_file()]
    if missing and faces:
        pictures = np.stack([store.load(sitter.crops[n]) for sitter, n in faces])
        points = np.stack([_landmarks(store, sitter)[n] for sitter, n in faces])
        for name in missing:
            with work(f"learn {name}", settings.steps, "steps") as progress:
                fitted = LEARNED[name].fit(
                    pictures, points, seed, settings.steps, lambda note, bar=progress: bar.step(note=note)
                )
            write_bytes(weights[name], save(fitted))
    return weights


def ready(names: Sequence[str], weights: Mapping[str, Path], settings: ForgeSettings) -> dict[str, Method]:
    """The methods by name, to be called in any process."""
    return {name: method_of(name, weights.get(name), settings.masks) for name in names}


@dataclass(frozen=True)
class Task:
    """One real clip to forge."""

    sitter: Sitter
    donors: dict[str, Sitter]
    """Method to who lends the face, for methods that need one."""
    source: Path
    out: Path
    methods: dict[str, Method]
    settings: ForgeSettings
    seed: int


def forge_store(
    source: Store,
    out: Store,
    people: Sequence[Sitter],
    methods: Mapping[str, Method],
    settings: ForgeSettings,
    seed: int,
    workers: int,
) -> None:
    """Write every sitter's real clip and its forgeries into `out`, those that are not there yet.

    Raises:
        BadConfig: `out` was forged with other settings.
        DataError: no person to lend a face; no space or no right to write.
    """
    _claim(out, people, methods, settings, seed)
    tasks = []
    for sitter in people:
        wanted = [_clip(source, sitter, name, None) for name in (REAL, *methods)]
        if not all(out.done(clip) for clip in wanted):
            lent = {name: choose(people, sitter, name, settings, seed) for name in methods if name in NEEDS_DONOR}
            tasks.append(Task(sitter, lent, source.path, out.path, dict(methods), settings, seed))
    with work("forge", len(people), "faces", len(people) - len(tasks)) as progress:
        pooled(_forge_one, tasks, min(workers or os.cpu_count() or 1, max(len(tasks), 1)), progress, _lost)
    out.collate()


def forged_clips(task: Task, store: Store) -> dict[str, ForgedClip]:
    """The forgeries of one sitter, before the chain."""
    faces, points = _faces(store, task.sitter)
    number = _number(task.sitter.clip.clip)
    made = {}
    for name, method in task.methods.items():
        lender = task.donors.get(name)
        lent = Donor(store.load(lender.crops[0]), _landmarks(store, lender)[0]) if lender else None
        # By name, not by place: a method more changes no other.
        made[name] = forge_clip(method, faces, points, (task.seed, number, _number(name)), lent, task.settings.tries)
    return made


def choose(people: Sequence[Sitter], sitter: Sitter, name: str, settings: ForgeSettings, seed: int) -> Sitter:
    """Who lends the face: of the same part, another person, near in shape, pose and skin.

    Raises:
        DataError: there is nobody else.
    """
    generator = np.random.default_rng((seed, _number(sitter.clip.clip), _number(name), 1))
    return _choose(people, sitter, settings, generator)


class OnlineForger:
    """Adds forgeries to a group while it is loaded, and puts all its pictures through one chain."""

    def __init__(
        self,
        stores: Sequence[tuple[Store, Sequence[Sitter]]],
        methods: Sequence[Mapping[str, Method]],
        settings: ForgeSettings,
    ) -> None:
        """Args:
        stores: each with the people who are forged and lend faces, all of one part.
        methods: for each store the same names; a learned one has learnt from that store.
        settings: of the forging.
        """
        self._names, self._settings = tuple(methods[0]), settings
        self._methods = [dict(able) for able, (_, people) in zip(methods, stores, strict=True) for _ in people]
        self._people = [sitter for _, people in stores for sitter in people]
        self._store = [store for store, people in stores for _ in people]
        self._index = {sitter.clip.clip: n for n, sitter in enumerate(self._people)}
        self._at = {
            store.place(crop.file): (n, place)
            for n, (store, sitter) in enumerate(zip(self._store, self._people, strict=True))
            for place, crop in enumerate(sitter.crops)
        }

    def __call__(
        self, file: str, pictures: UInt8[np.ndarray, "K S S 3"], generator: np.random.Generator
    ) -> tuple[UInt8[np.ndarray, "J S S 3"], Bool[np.ndarray, " M"]]:
        """The group's pictures (the real one first, read from `file`) and its forgeries, chained; which were made."""
        seeds = generator.integers(2**31, size=(len(self._names), 2))
        made = np.zeros(len(self._names), bool)
        all_ = [*pictures]
        if file in self._at:
            n, place = self._at[file]
            sitter, points = self._people[n], _landmarks(self._store[n], self._people[n])[place]
            for m, (name, method) in enumerate(self._methods[n].items()):
                draws = np.random.default_rng(seeds[m])
                lent = None
                if name in NEEDS_DONOR:
                    lender = self._index[_choose(self._people, sitter, self._settings, draws).clip.clip]
                    store, other = self._store[lender], self._people[lender]
                    lent = Donor(
                        load_crop(store.place(other.crops[0].file), pictures.shape[1]), _landmarks(store, other)[0]
                    )
                forged = forge_clip(
                    method, pictures[:1], points[None], tuple(map(int, seeds[m])), lent, self._settings.tries
                )
                if not forged.refused[0]:
                    made[m] = True
                    all_.append(forged.pixels[0])
        return chained(np.stack(all_), self._settings, generator), made


def summary(out: Store) -> list[str]:
    """How many of each method were made and refused, and why, line by line."""
    by: dict[str, Counter[str]] = {}
    for record in out.records():
        word = record.reason.partition(":")[0] if record.outcome == REFUSED else record.outcome
        by.setdefault(record.clip.method, Counter())[word] += 1
    lines = []
    for method, counts in by.items():
        total = counts.total()
        bad = {word: count for word, count in counts.items() if word != PREPARED}
        reasons = ", ".join(f"{word} {count}" for word, count in sorted(bad.items()))
        lines.append(
            f"{method:16} {counts[PREPARED]:7} of {total}"
            + (f"  refused {sum(bad.values()) / total:.1%}: {reasons}" if bad else "")
        )
    return lines


def _choose(
    people: Sequence[Sitter], sitter: Sitter, settings: ForgeSettings, generator: np.random.Generator
) -> Sitter:
    # Candidates are drawn first and looked at after: a pool of thousands is never sorted through.
    drawn = generator.permutation(len(people))[: settings.donors * 8] if len(people) > 1 else np.zeros(0, int)
    others = [
        people[n] for n in drawn if people[n].part == sitter.part and people[n].clip.identity != sitter.clip.identity
    ] or [one for one in people if one.part == sitter.part and one.clip.identity != sitter.clip.identity]
    if not others:
        raise DataError(
            expected=f"another person in the {sitter.part} part to lend {sitter.clip.clip} a face",
            got="nobody else",
            fix="Give more people, or only methods that need no donor: "
            + ", ".join(name for name in (*METHODS, *LEARNED) if name not in NEEDS_DONOR)
            + ".",
        )
    likeness = [one.features for one in others]
    return others[donors.choose(sitter.features, likeness, generator, settings.donors, settings.pose, settings.skin)]


def _forge_one(task: Task) -> Done:
    source, out = Store.open(task.source), Store.open(task.out, root=task.source)
    made = forged_clips(task, source)
    faces, _ = _faces(source, task.sitter)
    generator = np.random.default_rng((task.seed, _number(task.sitter.clip.clip), 2))
    # One draw of the chain for a clip: a platform compresses a video once.
    state = generator.bit_generator.state
    groups = []
    for t in range(len(faces)):
        generator.bit_generator.state = state
        groups.append(
            chained(np.stack([faces[t], *(clip.pixels[t] for clip in made.values())]), task.settings, generator)
        )
    refused = 0
    for k, name in reversed(list(enumerate((REAL, *made)))):
        clip = _clip(source, task.sitter, name, task.donors.get(name))
        words = made[name].refused if name != REAL else ("",) * len(faces)
        good = [t for t, word in enumerate(words) if not word]
        bad = Counter(word for word in words if word)
        if not good:
            refused += 1
            out.write(
                clip,
                REFUSED,
                None,
                f"{bad.most_common(1)[0][0]}: no frame of {len(words)} in {task.settings.tries} draws",
            )
            continue
        notes = tuple(f"{count} of {len(words)} frames refused: {word}" for word, count in sorted(bad.items()))
        masks = {t: np.rint(made[name].masks[t] * 255).astype(np.uint8) for t in good if name != REAL}
        out.write(clip, PREPARED, _as_crops(clip, task.sitter, {t: groups[t][k] for t in good}, masks, notes))
    return Done(f"{refused} refused" if refused else "")


def _lost(task: Task) -> Done:
    out = Store.open(task.out, root=task.source)
    source = Store.open(task.source)
    for name in (*task.methods, REAL):
        out.write(
            _clip(source, task.sitter, name, task.donors.get(name)), "crashed", None, "forging crashed on this face"
        )
    return Done("crashed")


def _as_crops(
    clip: Clip,
    sitter: Sitter,
    pictures: Mapping[int, UInt8[np.ndarray, "S S 3"]],
    masks: Mapping[int, UInt8[np.ndarray, "S S"]],
    notes: tuple[str, ...],
) -> ClipCrops:
    side = next(iter(pictures.values())).shape[0]
    unmoved = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
    return ClipCrops(
        video=Video(clip.path, sitter.crops[0].sha256, 0.0, len(sitter.crops), side, side, "", 0.0),
        crops=tuple(
            FaceCrop(
                rgb=picture,
                to_crop=unmoved,
                track=0,
                frame=sitter.crops[t].frame,
                seconds=sitter.crops[t].seconds,
                moment=sitter.crops[t].moment,
                quality=CropQuality(**asdict(sitter.crops[t].quality)),
                mask=masks.get(t),
            )
            for t, picture in pictures.items()
        ),
        subject=0,
        frames_seen=len(sitter.crops),
        frames_without_face=0,
        warnings=notes,
    )


def _clip(source: Store, sitter: Sitter, method: str, lender: Sitter | None) -> Clip:
    """The clip in the forged store: its medium is the first real crop."""
    real = sitter.clip
    name = real.origin.removeprefix(f"{real.dataset}/")
    return replace(
        real,
        clip=real.clip if method == REAL else join_id(real.dataset, real.compression, method, name),
        method=method,
        source=lender.clip.identity if lender else "",
        split=sitter.part,
        path=source.path / sitter.crops[0].file,
        mask=None,
    )


def _claim(
    out: Store,
    people: Sequence[Sitter],
    methods: Mapping[str, Method],
    settings: ForgeSettings,
    seed: int,
) -> None:
    scenes = Counter((sitter.clip.origin, sitter.clip.compression) for sitter in people)
    if twice := [origin for (origin, _), times in scenes.items() if times > 1]:
        raise DataError(
            expected="one real clip an origin and compression",
            got=f"several of {', '.join(twice[:3])}",
            fix="Give each real clip an origin of its own in the csv.",
        )
    crops = "\n".join(crop.sha256 for sitter in people for crop in sitter.crops)
    mine = {
        "settings": json.loads(json.dumps(asdict(settings) | {"methods": list(methods)})),
        "seed": seed,
        "parts": hashlib.sha256("\n".join(sitter.part for sitter in people).encode()).hexdigest(),
        "source": hashlib.sha256(crops.encode()).hexdigest(),
    }
    file = out.path / "forge.json"
    if file.is_file():
        there = json.loads(file.read_bytes())
        if changed := [name for name in mine if there.get(name) != mine[name]]:
            raise BadConfig(
                expected=f"the {' and '.join(changed)} that {out.path} was forged with",
                got="others",
                fix="Choose a new folder, or give the old ones.",
            )
    else:
        write_json(file, mine)


def _faces(store: Store, sitter: Sitter) -> tuple[UInt8[np.ndarray, "T S S 3"], Float32[np.ndarray, "T 468 3"]]:
    return np.stack([store.load(crop) for crop in sitter.crops]), _landmarks(store, sitter)


def _landmarks(store: Store, sitter: Sitter) -> Float32[np.ndarray, "T 468 3"]:
    points = store.landmarks(sitter.clip)
    assert points is not None, "a sitter has landmarks"
    return points[list(sitter.rows)]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
