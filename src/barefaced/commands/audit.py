"""Whether anything but the face tells forged from real in stores of crops."""

from collections.abc import Sequence
from pathlib import Path

from barefaced.config.options import AnyPath, Count, command, list_paths


@command
def audit(
    stores: AnyPath | Sequence[AnyPath],
    *,
    out: AnyPath,
    allow: str | Sequence[str] = (),
    recipe: AnyPath | None = None,
    model: AnyPath | None = None,
    media: AnyPath | Sequence[AnyPath] = (),
    most: Count = 1000,
    seed: Count = 0,
    draws: Count = 1000,
    json_: bool = False,
) -> int:
    """Tell whether anything but the face tells forged from real in stores: a page, and exit 3 on a leak.

    Args:
        stores: what is trained on together
        out: folder for audit.html and audit.json
        allow: a family or cue that may tell; repeatable
        recipe: whose `pixels` and `data.window` the pictures go through, not the defaults
        model: a weights file or `shipped`: coverage, and AUC by quarters
        media: a data set's folder, to read its JPEG tables; repeatable
        most: clips of a method, about, whole origins; 0: all
        seed: of every draw
        draws: of the bootstrap
        json_: print the whole answer as JSON

    Returns:
        0, or 3 where something tells that is not allowed.

    Raises:
        StoreDamaged: a folder is no store, or a crop cannot be read.
        DataError: faces of one class only, or a clip in two stores.
        BadConfig: a name to allow that there is not; pixels or a window that cannot be.
        CheckpointError: the weights cannot be used; CropMismatch: for other crops than the stores'.
    """
    from barefaced.config.parsing import recipe as read_recipe
    from barefaced.config.pictures import PixelSettings
    from barefaced.pipelines.audit.audit_stores import audit_stores

    read = read_recipe(Path(recipe)) if recipe else None
    return audit_stores(
        list_paths(stores),
        Path(out),
        read.pixels if read else PixelSettings(),
        read.data.window if read else 0,
        (allow,) if isinstance(allow, str) else tuple(allow),
        None if model is None else Path(model),
        list_paths(media),
        most,
        seed,
        draws,
        as_json=json_,
    )
