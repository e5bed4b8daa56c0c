"""What a media file says of where it comes from: container, rate, tags, and a signed C2PA manifest where there is one.

Every word of it is a claim by whoever wrote the file, and easily removed: its absence says nothing.
"""

import json
from importlib.util import find_spec
from pathlib import Path

from PIL import ExifTags, Image

from barefaced.faces.media_file import MediaFile
from barefaced.faces.pictures import DAMAGED, FORMATS
from barefaced.values.media import C2pa, Provenance

LONGEST = 300
"""Characters of a tag that are kept."""
MOST = 40
"""Tags that are kept."""
_EXIF = ("Make", "Model", "Software", "DateTime", "Artist", "Copyright", "ImageDescription", "HostComputer")
_EXIF_DETAIL = ("DateTimeOriginal", "DateTimeDigitized", "OffsetTime", "LensModel", "BodySerialNumber")
_C2PA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "tiff": "image/tiff"}
_C2PA_CONTAINERS = {"mov": "video/mp4", "avi": "video/avi"}
MAX_MANIFEST_FILE = 1 << 30
"""Bytes of a file whose manifest is looked for: the signature covers all of it, and reading it takes time."""


def provenance(media: MediaFile) -> Provenance:
    """What the file says of itself.

    Raises:
        UnreadableMedia, TooLarge: see `MediaFile`.
    """
    size = media.path.stat().st_size
    if media.picture is not None:
        container, tags = media.picture.codec, _picture_tags(media.path)
        kind = _C2PA_TYPES.get(container, "")
    else:
        container, tags = media.packets.form, _kept(media.packets.tags)
        kind = _C2PA_CONTAINERS.get(container.split(",")[0], "")
    state, manifest = _c2pa(media.path, kind if size <= MAX_MANIFEST_FILE else "")
    return Provenance(
        size=size,
        container=container,
        bits_per_pixel=media.bits_per_pixel,
        tags=tags,
        c2pa=state,
        c2pa_manifest=manifest,
    )


def _picture_tags(path: Path) -> dict[str, str]:
    try:
        with Image.open(path, formats=FORMATS) as picture:
            block = picture.getexif()
            found = {name: block.get(ExifTags.Base[name]) for name in _EXIF}
            detail = block.get_ifd(ExifTags.IFD.Exif)
            found |= {name: detail.get(ExifTags.Base[name]) for name in _EXIF_DETAIL}
    except DAMAGED:
        return {}
    return _kept({name: _text(value) for name, value in found.items() if value is not None})


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _kept(tags: dict[str, str]) -> dict[str, str]:
    """In order of name, cut, and without what a terminal would take for a command."""
    return {_printable(name): _printable(tags[name]) for name in sorted(tags)[:MOST] if str(tags[name]).strip("\0 ")}


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in str(text)[:LONGEST]).strip()


def _c2pa(path: Path, kind: str) -> tuple[C2pa, dict[str, str]]:
    """The manifest's state and what it says, read by the C2PA project's own library where that is installed."""
    if not kind or find_spec("c2pa") is None:
        return "not_read", {}
    import c2pa  # pyright: ignore[reportMissingImports]  an extra

    try:
        with path.open("rb") as stream:
            reader = c2pa.Reader.try_create(kind, stream)
            if reader is None:
                return "absent", {}
            with reader:
                stored, verdict = json.loads(reader.json()), reader.get_validation_state()
    except (c2pa.C2paError, OSError, ValueError) as e:
        return "unreadable", {"error": _printable(str(e))}
    active = stored.get("manifests", {}).get(stored.get("active_manifest", ""), {})
    signature = active.get("signature_info") or {}
    makers = active.get("claim_generator_info") or [{}]
    said = {
        "validation": verdict,
        "title": active.get("title"),
        "claim_generator": active.get("claim_generator") or makers[0].get("name"),
        "issuer": signature.get("issuer"),
        "signed": signature.get("time"),
        "assertions": ", ".join(str(one.get("label")) for one in active.get("assertions", ())),
    }
    return "present", _kept({name: str(value) for name, value in said.items() if value})
