"""A store of real faces into a store of them and of their forgeries.

A real clip and all its forgeries are one unit of work, whole or not done. Every draw depends on (seed, clip, method)
alone, so neither the number of processes nor a kill changes a pixel.

    forge.json              settings, seed and source: another run with others is refused

Alphabet: T frames of a clip, S crop side. RGB uint8.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from barefaced.config.pictures import ForgeSettings
from barefaced.datasets.borders import border_warnings
from barefaced.datasets.file_listing import join_id
from barefaced.datasets.store import PREPARED, Store
from barefaced.errors import BadConfig, DataError
from barefaced.forgery.chain import chained
from barefaced.forgery.clips import ForgedClip, forge_clip
from barefaced.forgery.donor import Donor
from barefaced.forgery.methods import latent_swap
from barefaced.forgery.registry import Method
from barefaced.pipelines.forge.subjects import Subject, choose_lenders, face_of, faces_of, landmarks, number_of
from barefaced.runtime.files import write_json
from barefaced.runtime.progress import work
from barefaced.runtime.workers import Done, pooled
from barefaced.values.dataset import REAL, Clip
from barefaced.values.geometry import with_border
from barefaced.values.media import ClipCrops, CropQuality, FaceCrop, Video

REFUSED = "refused"
"""The outcome of a forgery that no draw made well."""
CRASHED = "crashed"
"""The outcome of a face whose process died twice: a second run tries it again, for what kills our own code (too little
memory, say) is rarely the face."""


@dataclass(frozen=True)
class Task:
    """One real clip to forge."""

    subject: Subject
    donors: dict[str, Subject]
    """Method to who lends the face, for methods that need one."""
    source: Path
    out: Path
    methods: dict[str, Method]
    settings: ForgeSettings
    seed: int


def forge_store(
    source: Store,
    out: Store,
    people: Sequence[Subject],
    methods: Mapping[str, Method],
    settings: ForgeSettings,
    seed: int,
    workers: int,
) -> int:
    """Write every subject's real clip and its forgeries into `out`, those that are not there yet.

    Returns:
        how many of the list_subjects' processes crashed.

    Raises:
        BadConfig: `out` was forged with other settings.
        DataError: no person to lend a face; no space or no right to write.
    """
    _claim(out, people, methods, settings, seed)
    tasks = []
    for subject in people:
        wanted = [_clip(source, subject, name, None) for name in (REAL, *methods)]
        if not all(_settled(out, clip) for clip in wanted):
            lent = choose_lenders(people, subject, methods, settings, seed)
            tasks.append(Task(subject, lent, source.path, out.path, dict(methods), settings, seed))
    with work("forge", len(people), "faces", len(people) - len(tasks)) as progress:
        pooled(_forge_one, tasks, min(workers or os.cpu_count() or 1, max(len(tasks), 1)), progress, _lost)
    out.collate()
    return sum(record.outcome == CRASHED for record in out.records() if record.clip.label == 0)


def chain_store(
    source: Store, out: Store, people: Sequence[Subject], methods: Sequence[str], settings: ForgeSettings, seed: int
) -> tuple[Clip, ...]:
    """The people's forgeries that `source` holds already, into `out`, through their real clip's draw of the chain.

    Returns:
        the clips. `forge_store` must write the real ones with the same settings and seed.

    Raises:
        StoreDamaged: a crop cannot be read.
        DataError: no space or no right to write.
    """
    sitter_of = {subject.clip.origin: subject for subject in people}
    stored = [
        (record.clip, crops)
        for record in source.records()
        if record.clip.method in methods and record.clip.origin in sitter_of
        if (crops := tuple(crop for crop in record.crops if crop.subject))
    ]
    clips = []
    if not stored:
        return ()
    with work("chain", len(stored), "clips") as progress:
        for found, crops in stored:
            clip = replace(found, split="val", path=source.path / crops[0].file, mask=None)
            clips.append(clip)
            if not _settled(out, clip):
                pictures = {}
                for t, crop in enumerate(crops):
                    generator = _chain_draws(seed, sitter_of[clip.origin])
                    pictures[t] = chained(face_of(source, crop)[None], settings, generator)[0]
                of = replace(sitter_of[clip.origin], crops=crops)
                out.write(clip, PREPARED, _as_crops(clip, of, pictures, {}, ()))
            progress.step()
    return tuple(clips)


def _chain_draws(seed: int, subject: Subject) -> np.random.Generator:
    """One draw of the chain for a clip: a platform compresses a video once."""
    return np.random.default_rng((seed, number_of(subject.clip.clip), 2))


def forged_clips(task: Task, store: Store) -> dict[str, ForgedClip]:
    """The forgeries of one subject, before the chain."""
    faces, points = faces_of(store, task.subject)
    number = number_of(task.subject.clip.clip)
    made = {}
    for name, method in task.methods.items():
        lender = task.donors.get(name)
        lent = Donor(face_of(store, lender.crops[0]), landmarks(store, lender)[0]) if lender else None
        # By name, not by place: a method more changes no other.
        made[name] = forge_clip(method, faces, points, (task.seed, number, number_of(name)), lent, task.settings.tries)
    return made


def summary(out: Store) -> list[str]:
    """How many of each method were made and refused, and why, line by line; and whether much of them is no picture."""
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
    return lines + border_warnings(out)


def _settled(out: Store, clip: Clip) -> bool:
    record = out.record(clip)
    return record is not None and record.outcome != CRASHED and out.done(clip)


def _forge_one(task: Task) -> Done:
    source, out = Store.open(task.source), Store.open(task.out, root=task.source)
    made = forged_clips(task, source)
    faces, _ = faces_of(source, task.subject)
    groups = []
    for t in range(len(faces)):
        pictures = np.stack([faces[t], *(clip.pixels[t] for clip in made.values())])
        groups.append(chained(pictures, task.settings, _chain_draws(task.seed, task.subject)))
    refused = 0
    for k, name in reversed(list(enumerate((REAL, *made)))):
        clip = _clip(source, task.subject, name, task.donors.get(name))
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
        out.write(clip, PREPARED, _as_crops(clip, task.subject, {t: groups[t][k] for t in good}, masks, notes))
    return Done(f"{refused} refused" if refused else "")


def _lost(task: Task) -> Done:
    out = Store.open(task.out, root=task.source)
    source = Store.open(task.source)
    for name in (*task.methods, REAL):
        out.write(
            _clip(source, task.subject, name, task.donors.get(name)), CRASHED, None, "forging crashed on this face"
        )
    return Done(CRASHED)


def _as_crops(
    clip: Clip,
    subject: Subject,
    pictures: Mapping[int, UInt8[np.ndarray, "S S 3"]],
    masks: Mapping[int, UInt8[np.ndarray, "S S"]],
    notes: tuple[str, ...],
) -> ClipCrops:
    side = next(iter(pictures.values())).shape[0]
    inside = {t: subject.crops[t].geometry.inside(side) for t in pictures}
    return ClipCrops(
        video=Video(clip.path, subject.crops[0].sha256, 0.0, len(subject.crops), side, side, "", 0.0),
        crops=tuple(
            FaceCrop(
                rgb=with_border(picture, inside[t]),
                to_crop=subject.crops[t].geometry.matrix.astype(np.float32),
                track=0,
                frame=subject.crops[t].frame,
                seconds=subject.crops[t].seconds,
                moment=subject.crops[t].moment,
                quality=CropQuality(**asdict(subject.crops[t].quality)),
                frame_size=(subject.crops[t].geometry.height, subject.crops[t].geometry.width),
                mask=np.where(inside[t], masks[t], np.uint8(0)) if t in masks else None,
            )
            for t, picture in pictures.items()
        ),
        subject=0,
        frames_seen=len(subject.crops),
        frames_without_face=0,
        warnings=notes,
    )


def _clip(source: Store, subject: Subject, method: str, lender: Subject | None) -> Clip:
    """The clip in the forged store: its medium is the first real crop."""
    real = subject.clip
    name = real.origin.removeprefix(f"{real.dataset}/")
    return replace(
        real,
        clip=real.clip if method == REAL else join_id(real.dataset, real.compression, method, name),
        method=method,
        source=lender.clip.identity if lender else "",
        split=subject.part,
        path=source.path / subject.crops[0].file,
        mask=None,
    )


def _claim(
    out: Store,
    people: Sequence[Subject],
    methods: Mapping[str, Method],
    settings: ForgeSettings,
    seed: int,
) -> None:
    scenes = Counter((subject.clip.origin, subject.clip.compression) for subject in people)
    if twice := [origin for (origin, _), times in scenes.items() if times > 1]:
        raise DataError(
            expected="one real clip an origin and compression",
            got=f"several of {', '.join(twice[:3])}",
            fix="Give each real clip an origin of its own in the csv.",
        )
    crops = "\n".join(crop.sha256 for subject in people for crop in subject.crops)
    made_with = asdict(settings) | {"methods": list(methods)}
    del made_with["each"]  # of training alone
    # By what it holds, not by where it lies.
    made_with["autoencoder"] = latent_swap.fingerprint(settings.autoencoder) if "latent_swap" in methods else ""
    mine = {
        "settings": json.loads(json.dumps(made_with)),
        "seed": seed,
        "parts": hashlib.sha256("\n".join(subject.part for subject in people).encode()).hexdigest(),
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
