"""What a file is by its first bytes: the kinds that are not taken, so that a refusal can name them.

First bytes as the formats' own documents give them; of TGA, which has none, the last ones.
"""

from pathlib import Path

from barefaced.errors import UnreadableMedia

HEAD, TAIL = 64, 18

CONVERT = "Convert it to PNG or JPEG first."
_PICTURES = {
    b"\x00\x00\x00\x0cjP  ": "a JPEG 2000 picture",
    b"\xff\x4f\xff\x51": "a JPEG 2000 picture",
    b"\x00\x00\x00\x0cJXL ": "a JPEG XL picture",
    b"\xff\x0a": "a JPEG XL picture",
    b"\x00\x00\x01\x00": "an icon (ICO)",
    b"DDS ": "a DDS texture",
    b"\x0a\x05\x01": "a PCX picture",
    b"\x01\xda": "an SGI picture",
    b"%!PS": "PostScript (EPS)",
    b"\xc5\xd0\xd3\xc6": "PostScript (EPS)",
    b"Image type:": "an IM picture",
    b"8BPS": "a Photoshop document",
    b"v/1\x01": "an OpenEXR picture",
    b"#?RADIANCE": "a Radiance HDR picture",
    b"qoif": "a QOI picture",
    b"farbfeld": "a farbfeld picture",
    b"FUJIFILMCCD-RAW": "a camera's raw picture",
    b"IIRO": "a camera's raw picture",
    b"IIU\x00": "a camera's raw picture",
    b"\x00\x00\x00\x18ftypcrx": "a camera's raw picture",
    b"<svg": "an SVG drawing",
    **{b"P%d%c" % (n, space): "a PNM picture (PBM, PGM, PPM)" for n in range(1, 8) for space in b"\n\r\t "},
}
_OTHERS = {
    b"%PDF": ("a PDF document", "Take the pictures out of it first."),
    b"PK\x03\x04": ("a zip archive or an office document", "Take the files out of it first."),
    b"\x1f\x8b": ("a gzip archive", "Take the files out of it first."),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", "Take the files out of it first."),
    b"Rar!": ("a rar archive", "Take the files out of it first."),
    b"<!doctype html": ("a web page", "Save the picture or video itself."),
    b"<html": ("a web page", "Save the picture or video itself."),
}
_TAKEN = {
    b"\xff\xd8\xff": "JPEG picture",
    b"\x89PNG\r\n\x1a\n": "PNG picture",
    b"II*\x00": "TIFF picture",
    b"MM\x00*": "TIFF picture",
}


def foreign_kind(path: Path) -> tuple[str, str] | None:
    """Name a kind that is not taken, and what to do with it; None where the first bytes tell nothing.

    Raises:
        OSError: the file cannot be read.
    """
    head, tail = _ends(path)
    for start, kind in _PICTURES.items():
        if head.startswith(start):
            return kind, CONVERT
    for start, answer in _OTHERS.items():
        if head.lower().startswith(start.lower()):
            return answer
    return ("a TGA picture", CONVERT) if tail == b"TRUEVISION-XFILE.\0" else None


def taken_picture(path: Path) -> str:
    """Name the kind of picture that the first bytes promise, of those that are read here; empty where none.

    Raises:
        OSError: the file cannot be read.
    """
    head, _ = _ends(path)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP picture"
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "BMP picture"
    return next((kind for start, kind in _TAKEN.items() if head.startswith(start)), "")


def not_taken(path: Path, kind: str, fix: str) -> UnreadableMedia:
    """The refusal of a kind of file that is known and not read."""
    return UnreadableMedia(
        expected=f"a picture or video of a kind that is taken at {path}", got=f"{kind}: not taken", fix=fix
    )


def _ends(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(0, 2)
        file.seek(max(0, file.tell() - TAIL))
        return head, file.read(TAIL)
