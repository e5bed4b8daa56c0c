"""What a run learns from and what it is chosen by: stores, their split, the groups."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from barefaced.config.media import CropSettings, PrepareSettings
from barefaced.config.recipe import DataSettings
from barefaced.datasets.data_loader import owners
from barefaced.datasets.groups import GroupSet, balanced, domains_of, loose_groups, make_groups
from barefaced.datasets.mixture import mix_stores
from barefaced.datasets.splits import Leak, assign, leaks
from barefaced.datasets.store import Store
from barefaced.datasets.windows import check_window
from barefaced.errors import BadConfig
from barefaced.values.card import TrainedOn
from barefaced.values.dataset import REAL, Clip, StoredCrop


@dataclass(frozen=True)
class Selection:
    """The training groups and the validation crops of a run."""

    stores: tuple[Store, ...]
    made: PrepareSettings
    """How the crops of all stores were made."""
    crop: CropSettings
    """The part of them that the model sees: its own crops, when it looks at a file."""
    groups: GroupSet
    val: tuple[tuple[Store, tuple[StoredCrop, ...]], ...]
    """Subjects' crops, real, of the domains trained on and of `val_methods`, of the people who only choose."""
    val_clips: tuple[Clip, ...]
    seen: tuple[TrainedOn, ...]
    leaks: tuple[Leak, ...]
    parts: dict[str, str]
    """Origin to train, val or test."""
    made_online: tuple[str, ...]
    """The domains that are forged while training, the last of the groups' methods."""
    val_online: tuple[str, ...]
    """Methods that are forged for the people who choose alone."""
    digest: str
    """sha256 over the checksums of all crops trained and validated on."""

    def masked(self) -> tuple[int, int]:
        """Count the stored forged crops that are trained on: those that say where they were altered, and all."""
        trained = {
            clip.clip
            for store in self.stores
            for clip in store.clips()
            if clip.label and clip.method in self.groups.methods and self.parts[clip.origin] == "train"
        }
        crops = [crop for store in self.stores for crop in store.crops() if crop.subject and crop.clip in trained]
        return sum(bool(crop.mask) for crop in crops), len(crops)

    def describe(self) -> list[str]:
        """What is trained and validated on, line by line."""
        groups = self.groups
        lines = [f"groups: {len(groups)} of {len(groups.methods)} ({', '.join(groups.methods)})"]
        holes = [f"{name} {count}" for name, count in zip(groups.methods[1:], groups.holes, strict=True) if count]
        if holes:
            lines.append(f"holes: {', '.join(holes)}; {groups.skipped} groups left out for them")
        for source in groups.mixture.sources if groups.mixture else ():
            loose = sum(map(len, source.loose))
            lines.append(
                f"  {source.name}: {source.count} groups an epoch of {len(source.scenes)} real clips"
                + (f", {loose} forged ones that do not say what they are of" if loose else "")
            )
        if groups.without_real or groups.without_forgery:
            lines.append(
                f"not in a group: {groups.without_real} forged crops without their real one, "
                f"{groups.without_forgery} real ones without a forgery"
            )
        origins = len({clip.origin for clip in self.val_clips})
        lines.append(f"validation: {len(self.val_clips)} clips of {origins} origins")
        lines += [
            f"warning: {leak.person} is in {' and '.join(leak.splits)}: {', '.join(leak.clips)}"
            for leak in self.leaks[:5]
        ]
        return lines


def select(settings: DataSettings, seed: int, made: Sequence[str] = ()) -> Selection:
    """Open the stores and divide what they hold.

    Args:
        settings: which stores, who trains, who chooses, on what.
        seed: of the split.
        made: methods that are forged while training; the validation part then holds no forgery by them.

    Raises:
        BadConfig: no stores, crops made in different ways, or what `splits.assign`, `groups.domains_of` and
            `groups.make_groups` refuse.
        StoreDamaged, DataError: as `Store.open` and `loading.owners`.
    """
    if not settings.stores:
        raise BadConfig(
            expected="stores to train on in data.stores",
            got="none",
            fix="Name folders that `barefaced prepare` made, in the recipe or as --data.stores '[a, b]'.",
        )
    stores = tuple(Store.open(Path(path)) for path in settings.stores)
    if len({(store.settings.crop, store.settings.finder) for store in stores}) != 1:
        raise BadConfig(
            expected="stores whose crops were made alike",
            got="; ".join(f"{store.path}: {store.settings.crop}, {store.settings.finder}" for store in stores),
            fix="Prepare them with the same settings.",
        )
    owners(stores)
    clips = [clip for store in stores for clip in store.clips()]
    part = assign(clips, settings, seed)
    domains = domains_of(clips, settings, made)
    val_online = tuple(name for name in settings.val_methods if name in made)
    made = tuple(name for name in domains if name in made)
    if val_online and not made:
        raise BadConfig(
            expected="a method forged while training, beside those forged to choose by, which share its chain",
            got=f"only {', '.join(val_online)} in forge.methods, and in data.val_methods",
            fix="Add a method to forge.methods, or forge them into a store with `barefaced forge`.",
        )
    train = [clip for clip in clips if part[clip.origin] == "train"]
    crops = [crop for store in stores for crop in store.crops()]
    if settings.shares:
        mixture = mix_stores(stores, train, domains, settings, seed, made)
        groups = GroupSet((), (REAL, *domains), (0,) * len(domains), 0, 0, 0, mixture)
    elif settings.pairing == "any":
        if made:
            raise BadConfig(
                expected="data.pairing = origin where forgeries are made while training",
                got="any",
                fix="A forgery made of a real face is of that face. data.shares takes both in one run.",
            )
        groups = loose_groups(train, crops, domains, np.random.default_rng(seed))
    else:
        groups = make_groups(train, crops, domains, settings.holes, made)
    dataset_of = {clip.origin: clip.dataset for clip in train}
    if groups.mixture is None:
        groups = balanced(groups, settings.balance, [dataset_of[group.origin] for group in groups.groups])
    choosing = {REAL, *domains, *settings.val_methods}
    val_clips = tuple(clip for clip in clips if part[clip.origin] == "val" and clip.method in choosing)
    chosen = {clip.clip for clip in val_clips}
    val = tuple(
        (store, tuple(crop for crop in store.crops() if crop.subject and crop.clip in chosen)) for store in stores
    )
    if groups.mixture is None:
        used = {crop.sha256 for group in groups.groups for crop in group.crops if crop}
    else:
        of_train = {clip.clip for clip in train if clip.method in groups.methods}
        used = {crop.sha256 for crop in crops if crop.subject and crop.clip in of_train}
    used |= {crop.sha256 for _, some in val for crop in some}
    return Selection(
        parts=part,
        made_online=made,
        val_online=val_online,
        stores=stores,
        made=stores[0].settings,
        crop=window_of(stores[0].settings.crop, settings.window),
        groups=groups,
        val=val,
        val_clips=val_clips,
        seen=_seen(clips, part, groups.methods, made),
        leaks=leaks(clips, part),
        digest=hashlib.sha256("\n".join(sorted(used)).encode()).hexdigest(),
    )


def window_of(crop: CropSettings, window: int) -> CropSettings:
    """Give the crop that is the middle `window` pixels of a crop; 0: the whole.

    Raises:
        BadConfig: as `windows.check_window`.
    """
    side = check_window(window, crop.size)
    # Rounded: 1.4 of which 192 of 256 pixels are seen is the margin 1.05 that a store of such crops is made with.
    return replace(crop, size=side, margin=round(crop.margin * side / crop.size, 9))


def _seen(
    clips: Sequence[Clip], part: dict[str, str], methods: tuple[str, ...], made: Sequence[str]
) -> tuple[TrainedOn, ...]:
    seen = []
    for dataset in sorted({clip.dataset for clip in clips}):
        mine = [clip for clip in clips if clip.dataset == dataset]
        train, val = (tuple(sorted({c.origin for c in mine if part[c.origin] == one})) for one in ("train", "val"))
        learnt = [clip for clip in mine if part[clip.origin] == "train" and clip.method in methods]
        there = tuple(name for name in methods if name in made or any(clip.method == name for clip in learnt))
        seen.append(TrainedOn(dataset, there, len(learnt), train, val))
    return tuple(seen)
