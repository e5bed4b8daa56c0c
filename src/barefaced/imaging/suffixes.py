"""The endings by which a folder's files are taken for videos and pictures. A file that is named needs none."""

VIDEOS = frozenset(
    [
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".webm",
        ".avi",
        ".ts",
        ".m2ts",
        ".mts",
        ".mpg",
        ".mpeg",
        ".flv",
        ".asf",
        ".wmv",
        ".ogv",
        ".mxf",
        ".3gp",
        ".gif",
    ]
)
PICTURES = frozenset([".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif"])
MEDIA_SUFFIXES = VIDEOS | PICTURES
