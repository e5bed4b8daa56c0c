"""What a run learns from and what it is validated on: stores, their split, the groups."""

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
    crop_settings: PrepareSettings
    """How the crops of all stores were made."""
    crop: CropSettings
    """The part of them that the model sees: its own crops, when it looks at a file."""
    groups: GroupSet
    val: tuple[tuple[Store, tuple[StoredCrop, ...]], ...]
    """Subjects' crops, real, of the domains trained on and of `val_methods`, of the validation set."""
    val_clips: tuple[Clip, ...]
    seen: tuple[TrainedOn, ...]
    leaks: tuple[Leak, ...]
    parts: dict[str, str]
    """Origin to train, val or test."""
    generated: tuple[str, ...]
    """The domains that are forged while training, the last of the groups' methods."""
    val_generated: tuple[str, ...]
    """Methods that are forged for the validation set alone."""
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


def select(settings: DataSettings, seed: int, generated: Sequence[str] = ()) -> Selection:
    """Open the stores and divide what they hold.

    Args:
        settings: which stores, who trains, who validates, on what.
        seed: of the split.
        generated: methods that are forged while training; the validation set then holds no stored forgery by them.

    Raises:
        BadConfig: no stores, crops made in different ways, or what `splits.assign`, `groups.domains_of` and
            `groups.make_groups` refuse.
        StoreDamaged, DataError: as `Store.open` and `loading.owners`.
    """
    stores = _open_alike(settings.stores)
    clips = [clip for store in stores for clip in store.clips()]
    parts = assign(clips, settings, seed)
    domains = domains_of(clips, settings, generated)
    trained = tuple(name for name in domains if name in generated)
    val_generated = _val_generated(settings, generated, trained)
    train = [clip for clip in clips if parts[clip.origin] == "train"]
    groups = _group(stores, train, domains, settings, seed, trained)
    methods = {REAL, *domains, *settings.val_methods}
    val_clips = tuple(clip for clip in clips if parts[clip.origin] == "val" and clip.method in methods)
    val = _subjects(stores, val_clips)
    return Selection(
        stores=stores,
        crop_settings=stores[0].settings,
        crop=window_of(stores[0].settings.crop, settings.window),
        groups=groups,
        val=val,
        val_clips=val_clips,
        seen=_seen(clips, parts, groups.methods, trained),
        leaks=leaks(clips, parts),
        parts=parts,
        generated=trained,
        val_generated=val_generated,
        digest=_digest(stores, train, groups, val),
    )


def _open_alike(paths: Sequence[str]) -> tuple[Store, ...]:
    """Open stores whose crops were made with the same settings."""
    if not paths:
        raise BadConfig(
            expected="stores to train on in data.stores",
            got="none",
            fix="Name folders that `barefaced prepare` made, in the recipe or as --data.stores '[a, b]'.",
        )
    stores = tuple(Store.open(Path(path)) for path in paths)
    if len({(store.settings.crop, store.settings.finder) for store in stores}) != 1:
        raise BadConfig(
            expected="stores whose crops were made alike",
            got="; ".join(f"{store.path}: {store.settings.crop}, {store.settings.finder}" for store in stores),
            fix="Prepare them with the same settings.",
        )
    owners(stores)
    return stores


def _val_generated(settings: DataSettings, generated: Sequence[str], trained: Sequence[str]) -> tuple[str, ...]:
    """List the methods that are forged for validation alone."""
    names = tuple(name for name in settings.val_methods if name in generated)
    if names and not trained:
        raise BadConfig(
            expected="a method forged while training, beside those forged to choose by, which share its chain",
            got=f"only {', '.join(names)} in forge.methods, and in data.val_methods",
            fix="Add a method to forge.methods, or forge them into a store with `barefaced forge`.",
        )
    return names


def _group(
    stores: Sequence[Store],
    train: Sequence[Clip],
    domains: Sequence[str],
    settings: DataSettings,
    seed: int,
    generated: Sequence[str],
) -> GroupSet:
    """Group the training clips as the settings say: a mixture, any crops together, or by origin and moment."""
    if settings.shares:
        mixture = mix_stores(stores, train, domains, settings, seed, generated)
        return GroupSet((), (REAL, *domains), (0,) * len(domains), 0, 0, 0, mixture)
    crops = [crop for store in stores for crop in store.crops()]
    if settings.pairing == "any":
        if generated:
            raise BadConfig(
                expected="data.pairing = origin where forgeries are made while training",
                got="any",
                fix="A forgery made of a real face is of that face. data.shares takes both in one run.",
            )
        groups = loose_groups(train, crops, domains, np.random.default_rng(seed))
    else:
        groups = make_groups(train, crops, domains, settings.holes, generated)
    dataset_of = {clip.origin: clip.dataset for clip in train}
    return balanced(groups, settings.balance, [dataset_of[group.origin] for group in groups.groups])


def _subjects(stores: Sequence[Store], clips: Sequence[Clip]) -> tuple[tuple[Store, tuple[StoredCrop, ...]], ...]:
    """List the subjects' crops of `clips`, store by store."""
    names = {clip.clip for clip in clips}
    return tuple(
        (store, tuple(crop for crop in store.crops() if crop.subject and crop.clip in names)) for store in stores
    )


def _digest(
    stores: Sequence[Store],
    train: Sequence[Clip],
    groups: GroupSet,
    val: Sequence[tuple[Store, tuple[StoredCrop, ...]]],
) -> str:
    """Hash the checksums of all crops trained and validated on."""
    if groups.mixture is None:
        used = {crop.sha256 for group in groups.groups for crop in group.crops if crop}
    else:
        trained = _subjects(stores, [clip for clip in train if clip.method in groups.methods])
        used = {crop.sha256 for _, crops in trained for crop in crops}
    used |= {crop.sha256 for _, crops in val for crop in crops}
    return hashlib.sha256("\n".join(sorted(used)).encode()).hexdigest()


def window_of(crop: CropSettings, window: int) -> CropSettings:
    """Give the crop that is the middle `window` pixels of a crop; 0: the whole.

    Raises:
        BadConfig: as `windows.check_window`.
    """
    side = check_window(window, crop.size)
    # Rounded: 1.4 of which 192 of 256 pixels are seen is the margin 1.05 that a store of such crops is made with.
    return replace(crop, size=side, margin=round(crop.margin * side / crop.size, 9))


def _seen(
    clips: Sequence[Clip], part: dict[str, str], methods: tuple[str, ...], generated: Sequence[str]
) -> tuple[TrainedOn, ...]:
    """List what of each data set is trained on, for the model's card."""
    seen = []
    for dataset in sorted({clip.dataset for clip in clips}):
        mine = [clip for clip in clips if clip.dataset == dataset]
        train, val = (
            tuple(sorted({clip.origin for clip in mine if part[clip.origin] == name})) for name in ("train", "val")
        )
        learnt = [clip for clip in mine if part[clip.origin] == "train" and clip.method in methods]
        present = {*generated, *(clip.method for clip in learnt)}
        seen.append(TrainedOn(dataset, tuple(name for name in methods if name in present), len(learnt), train, val))
    return tuple(seen)
