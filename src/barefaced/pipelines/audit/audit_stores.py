"""Whether anything but the face tells forged from real in stores of crops: audit.html, audit.json, and an exit code."""

import importlib.metadata
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from barefaced.config.pictures import PixelSettings
from barefaced.datasets.store import Store
from barefaced.datasets.windows import check_window
from barefaced.errors import BadConfig, DataError
from barefaced.model.checkpoint import load
from barefaced.pipelines.audit.cues import NAMES, audit_cues, measure_cues, note_silent
from barefaced.pipelines.audit.model_view import measure_coverage, measure_quarters, unseen_of, view_sample, window_of
from barefaced.pipelines.audit.outside import audit_outside
from barefaced.pipelines.audit.sampling import Sample, counts_of, draw_samples
from barefaced.reports.audit import Audit, html, sentence, text, to_json
from barefaced.runtime.files import needing_room, sole_writer, write_bytes, write_json
from barefaced.runtime.model_packages import weights_file
from barefaced.runtime.text import suggest_names

LEAK = DataError.exit_code
"""The exit code where something that is not allowed tells forged from real: a store that is not what it should be."""
PACKAGES = ("barefaced", "numpy", "scipy", "scikit-learn", "opencv-python-headless")


def audit_stores(
    paths: Sequence[Path],
    out: Path,
    pixels: PixelSettings,
    window: int,
    allow: Sequence[str],
    model: Path | None,
    media: Sequence[Path],
    most: int,
    seed: int,
    draws: int,
    *,
    as_json: bool,
) -> int:
    """Audit stores, as one.

    Args:
        paths: the stores.
        out: folder for audit.html and audit.json.
        pixels: what training does to pictures.
        window: side in pixels of what the model sees; 0: the whole crop.
        allow: families and cues that may tell.
        model: a weights file, for coverage and quarters; None: neither is looked at.
        media: folders that the stores' media paths are relative to, for the media's JPEG tables.
        most: clips of a method of a data set, about; 0: all.
        seed: of every draw.
        draws: of the bootstrap.
        as_json: print audit.json and not tables.

    Returns:
        0, or `LEAK` where something tells that is not allowed.

    Raises:
        StoreDamaged: a folder is no store, or a crop cannot be read.
        DataError: faces of one class only, or a clip in two stores.
        BadConfig: a name to allow that there is not; pixels or a window that cannot be.
        CheckpointError: the weights cannot be used; CropMismatch: for other crops than the stores'.
    """
    stores = [Store.open(path) for path in paths]
    samples, notes = draw_samples(stores, most)
    for sample in samples:
        check_window(window, sample.side)
    check_allowed(allow, samples)
    student, card = load(weights_file(model)) if model is not None else (None, None)
    of_model = 0 if card is None else window_of(stores, card)
    with sole_writer(out), needing_room(out):
        outside, cues, quarters, seen = [], [], [], []
        for sample in samples:
            families, told = audit_outside(sample, pixels, window, seed, draws)
            measured = measure_cues(sample, media, window)
            outside += families
            cues += audit_cues(sample, measured, seed, draws)
            notes += (*told, *note_silent(sample, measured))
            if student is not None and card is not None:
                seen.append(view_sample(student, sample, of_model))
                learnt = frozenset(
                    origin for one in card.trained_on for origin in (*one.train_origins, *one.val_origins)
                )
                unseen = unseen_of(sample.pictures, learnt)
                quarters += measure_quarters(sample, seen[-1], measured, unseen, seed, draws)
                if known := len(unseen) - sum(unseen):
                    notes += (
                        f"{sample.name}: {known} of {len(unseen)} crops are of origins that the model was trained or "
                        "chosen on; they are left out of its AUC, not of the distances",
                    )
        audit = Audit(
            stores=tuple(path.name for path in paths),
            clips=counts_of(samples),
            outside=tuple(outside),
            cues=tuple(cues),
            meanings=NAMES,
            pixels=asdict(pixels),
            window=window,
            most=most,
            seed=seed,
            draws=draws,
            allowed=tuple(allow),
            distances=measure_coverage(samples, seen, seed) if seen else (),
            quarters=tuple(quarters),
            model=None if card is None else (card.name, card.sha256),
            notes=notes,
            versions={name: importlib.metadata.version(name) for name in PACKAGES},
        )
        write_json(out / "audit.json", to_json(audit))
        write_bytes(out / "audit.html", html(audit).encode())
    if as_json:
        sys.stdout.write(json.dumps(to_json(audit), indent=2, ensure_ascii=False) + "\n")
    else:
        Console(width=max(Console().width, 132)).print(text(audit))
        print(sentence(audit))  # noqa: T201
    print(f"{out / 'audit.html'}: {_looked_at(audit)}", file=sys.stderr)  # noqa: T201
    return LEAK if audit.leaks else 0


def check_allowed(allow: Sequence[str], samples: Sequence[Sample]) -> None:
    """Refuse a name that is neither a family nor a cue.

    Raises:
        BadConfig: the closest are offered.
    """
    families = {name for one in samples for method in one.methods for name in (method, f"{one.name}/{method}")}
    there = sorted(families | set(NAMES))
    for name in allow:
        if name not in there:
            raise BadConfig(
                expected="families or cues to --allow",
                got=repr(name),
                fix=suggest_names(name, there, f"There are {', '.join(there)}."),
            )


def _looked_at(audit: Audit) -> str:
    clips = ", ".join(
        f"{count} {method}" for counts in audit.clips.values() for method, count in sorted(counts.items())
    )
    most = f" (at most about {audit.most} of a method: --most)" if audit.most else ""
    return f"looked at {clips} clips{most}"
