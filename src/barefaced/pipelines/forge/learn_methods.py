"""Which methods forge, and what the learned ones among them have learnt.

networks/               in the store of real faces: weights of the learned methods, named by what they learnt from
"""

import hashlib
import importlib.metadata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from barefaced.config.pictures import ForgeSettings
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig
from barefaced.forgery.methods import latent_swap
from barefaced.forgery.registry import METHODS, USUAL, Method, load_method
from barefaced.pipelines.forge.subjects import Subject, face_of, landmarks
from barefaced.runtime.files import write_bytes
from barefaced.runtime.progress import work

MOST_FACES = 4000
"""Faces that a learned method learns from: evenly chosen where there are more."""


def chosen_methods(settings: ForgeSettings) -> tuple[str, ...]:
    """Choose the methods to make: those named, or `USUAL` and, where `autoencoder` is given, `latent_swap`.

    Raises:
        BadConfig: no such method, or one named twice.
        MissingWeights, CheckpointError: an autoencoder that cannot be used.
    """
    for name, times in Counter(settings.methods).items():
        if name not in METHODS or times > 1:
            raise BadConfig(
                expected=f"each of {', '.join(METHODS)} at most once in methods",
                got=repr(name) if name not in METHODS else f"{name} {times} times",
                fix="Correct the list, or leave it out for all of them.",
            )
    chosen = settings.methods or (*USUAL, *(_given(METHODS) if settings.autoencoder else ()))
    if "latent_swap" in chosen:
        latent_swap.check(settings.autoencoder)
    return chosen


def networks(
    store: Store, people: Sequence[Subject], names: Sequence[str], settings: ForgeSettings, seed: int
) -> dict[str, Path]:
    """Give the weights of the methods among `names` that have a network, learned ones trained on the people of the
    train part where not yet done.

    Raises:
        TrainingError: a loss is not a number.
    """
    learnt = [subject for subject in people if subject.part == "train"]
    faces = [(subject, n) for subject in learnt for n in range(len(subject.crops))]
    faces = [faces[n] for n in np.linspace(0, len(faces) - 1, min(len(faces), MOST_FACES)).astype(int)]
    lines = [subject.crops[n].sha256 for subject, n in faces]
    version = importlib.metadata.version("barefaced")
    digest = hashlib.sha256("\n".join([f"{version} {settings.steps} {seed}", *lines]).encode()).hexdigest()
    learned = {name: method for name in names if (method := METHODS[name].learned)}
    weights = {name: store.path / "networks" / f"{name}-{digest[:16]}.safetensors" for name in learned}
    missing = [name for name, file in weights.items() if not file.is_file()]
    if missing and faces:
        pictures = np.stack([face_of(store, subject.crops[n]) for subject, n in faces])
        points = np.stack([landmarks(store, subject)[n] for subject, n in faces])
        for name in missing:
            with work(f"learn {name}", settings.steps, "steps") as progress:
                fitted = learned[name].fit(
                    pictures, points, seed, settings.steps, lambda note, bar=progress: bar.step(note=note)
                )
            write_bytes(weights[name], save(fitted))
    return weights | {name: Path(settings.autoencoder) for name in _given(names)}


def _given(names: Iterable[str]) -> list[str]:
    """List those whose network somebody else trained."""
    return [name for name in names if METHODS[name].given]


def ready(names: Sequence[str], weights: Mapping[str, Path], settings: ForgeSettings) -> dict[str, Method]:
    """Load the methods by name, to be called in any process."""
    return {name: load_method(name, weights.get(name), settings.masks) for name in names}
