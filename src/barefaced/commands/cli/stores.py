"""Commands that make stores and look after them: prepare, forge, and the verbs of data."""

from pathlib import Path

from barefaced.commands.cli.words import chosen, parser_of, settings_parser_of
from barefaced.errors import BadConfig
from barefaced.runtime.model_packages import SHIPPED

REAL_HELP = "labels or folders that are real, NAME,NAME, where their names do not say; the unknown others are forged"


def names(listed: str) -> tuple[str, ...]:
    """Split NAME,NAME."""
    return tuple(name.strip() for name in listed.split(",") if name.strip())


def prepare(words: list[str]) -> int:
    """A data set's videos or pictures into a store of aligned face crops."""
    from barefaced.config.media import Engine, PrepareSettings
    from barefaced.config.parsing import built, parse

    parser = settings_parser_of("prepare", prepare.__doc__)
    parser.add_argument("root", type=str, help="the data set's folder, as published")
    parser.add_argument("out", type=str, help="the store; a second run finds nothing to do, a killed one goes on")
    parser.add_argument("--config", action="config", help="a YAML file of the settings below")
    parser.add_argument(
        "--layout",
        type=str,
        default="auto",
        help="whose folders: auto recognises faceforensics, dfd, celeb_df_v1, celeb_df_v2, dfdc, dfdc_preview, uadfv, "
        "deeperforensics, df40 and folder; reals takes everything for real",
    )
    parser.add_argument("--compression", type=str, default="", help="raw, c23 or c40 where the data set has them")
    parser.add_argument("--real", type=str, default="", help=f"layout folder: {REAL_HELP}")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: one a core")
    parser.add_argument("--methods", type=tuple[str, ...], default=(), help="only these, `real` among them; empty: all")
    parser.add_argument("--splits", type=tuple[str, ...], default=(), help="only these of the data set's own")
    parser.add_argument("--shard", type=str, default="", help="2/8: the second of eight parts, for several machines")
    parser.add_argument("--engine", type=Engine, default="local", help="local processes, or a Ray cluster")
    parser.add_argument("--remake", action="store_true", help="empty a store that was made with other settings")
    parser.add_class_arguments(PrepareSettings, None)
    given = parse(parser, words)
    settings = built(PrepareSettings, parser, given)

    from barefaced.commands import prepare as command

    return command.run(
        Path(given.root),
        Path(given.out),
        given.layout,
        given.compression,
        settings,
        given.workers,
        command.Choice(given.methods, given.splits),
        given.shard,
        given.engine,
        names(given.real),
        remake=given.remake,
    )


def forge(words: list[str]) -> int:
    """Forgeries of real faces by several methods, as a store that `train` takes."""
    from barefaced.config.media import PrepareSettings
    from barefaced.config.parsing import built, parse
    from barefaced.config.pictures import ForgeSettings

    parser = settings_parser_of("forge", forge.__doc__)
    parser.add_argument("source", type=str, help="a store of real faces, a folder of photographs or videos, a data set")
    parser.add_argument("out", type=str, help="the store; a second run finds nothing to do, a killed one goes on")
    parser.add_argument("--config", action="config", help="a YAML file of the settings below")
    parser.add_argument(
        "--layout", type=str, default="reals", help="whose folders, as in prepare; its real part is used"
    )
    parser.add_argument("--compression", type=str, default="", help="raw, c23 or c40 where the data set has them")
    parser.add_argument("--gallery", action="store_true", help="write gallery.html, to look at")
    parser.add_argument("--val_share", type=float, default=0.1, help="of the people, where the source has no split")
    parser.add_argument("--test_share", type=float, default=0.1, help="of the people, where the source has no split")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: one a core")
    parser.add_class_arguments(ForgeSettings, None)
    parser.add_class_arguments(PrepareSettings, "prepare")
    given = parse(parser, words)
    settings = built(ForgeSettings, parser, given)
    prepared = parser.instantiate(given)["prepare"]

    from barefaced.commands import forge as command

    return command.run(
        Path(given.source),
        Path(given.out),
        given.layout,
        given.compression,
        prepared,
        settings,
        (given.val_share, given.test_share),
        given.seed,
        given.workers,
        gallery=given.gallery,
    )


def data(words: list[str]) -> int:
    """Stores and data sets: one verb each."""
    verbs = {
        "verify": _verify,
        "audit": _audit,
        "import": _import,
        "export": _export,
        "collate": _collate,
        "pack": _pack,
    }
    if not words or words[0] in ("-h", "--help"):
        print("usage: barefaced data VERB ...\n")  # noqa: T201
        print("\n".join(f"  {name:10}{verb.__doc__}" for name, verb in verbs.items()))  # noqa: T201
        return 0 if words else BadConfig.exit_code
    return chosen(words[0], verbs, "a verb of `barefaced data`", "barefaced data")(words[1:])


def _collate(words: list[str]) -> int:
    """A store's manifest from its records; stores prepared apart gathered into it."""
    parser = parser_of("data collate", _collate.__doc__)
    parser.add_argument("store", type=Path, help="where to")
    parser.add_argument("parts", type=Path, nargs="*", help="stores made with the same settings on other machines")
    given = parser.parse_args(words)

    from barefaced.commands import collate as command

    return command.run(given.store, tuple(given.parts))


def _pack(words: list[str]) -> int:
    """A store into a few tar files in WebDataset's naming, read by train and evaluate as any store."""
    parser = parser_of("data pack", _pack.__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("out", type=Path, help="a new folder: the packed store")
    parser.add_argument("--megabytes", type=int, default=512, help="of a tar file, roughly")
    parser.add_argument("--address", default="", help="where the tar files will lie, say s3://bucket/faces")
    given = parser.parse_args(words)

    from barefaced.commands import pack as command

    return command.run(given.store, given.out, given.megabytes, given.address)


def _verify(words: list[str]) -> int:
    """A data set against the published numbers: what is missing, unreadable, twice there or in two splits."""
    parser = parser_of("data verify", _verify.__doc__)
    parser.add_argument("root", type=Path, help="the data set's folder, as published")
    parser.add_argument("--layout", default="auto", help="whose folders, as in prepare")
    parser.add_argument("--compression", default="", help="raw, c23 or c40 where the data set has them")
    parser.add_argument("--partial", action="store_true", help="a part was meant: what is not there is not wrong")
    parser.add_argument("--quick", action="store_true", help="names and numbers only; no file is opened")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: one a core")
    parser.add_argument("--json", action="store_true", help="the whole answer as JSON")
    given = parser.parse_args(words)

    from barefaced.commands import verify as command

    return command.run(
        given.root,
        given.layout,
        given.compression,
        given.workers,
        partial=given.partial,
        quick=given.quick,
        as_json=given.json,
    )


def _audit(words: list[str]) -> int:
    """Whether anything but the face tells forged from real in stores: a page, and exit 3 on a leak."""
    parser = parser_of("data audit", _audit.__doc__)
    parser.add_argument("stores", type=Path, nargs="+", help="what is trained on together")
    parser.add_argument("--out", type=Path, required=True, help="folder for audit.html and audit.json")
    parser.add_argument("--allow", action="append", default=[], metavar="NAME", help="a family or cue that may tell")
    parser.add_argument(
        "--recipe", type=Path, help="whose `pixels` and `data.window` the pictures go through, not the defaults"
    )
    parser.add_argument("--model", type=Path, help=f"a weights file or `{SHIPPED}`: coverage, and AUC by quarters")
    parser.add_argument(
        "--media", type=Path, action="append", default=[], help="the data set's folder, to read its JPEG tables"
    )
    parser.add_argument("--most", type=int, default=1000, help="clips of a method, about, whole origins; 0: all")
    parser.add_argument("--seed", type=int, default=0, help="of every draw")
    parser.add_argument("--draws", type=int, default=1000, help="of the bootstrap")
    parser.add_argument("--json", action="store_true", help="the whole answer as JSON")
    given = parser.parse_args(words)

    from barefaced.commands import audit as command
    from barefaced.config.parsing import recipe
    from barefaced.config.pictures import PixelSettings

    wanted = recipe(given.recipe) if given.recipe else None
    return command.run(
        given.stores,
        given.out,
        wanted.pixels if wanted else PixelSettings(),
        wanted.data.window if wanted else 0,
        given.allow,
        given.model,
        given.media,
        given.most,
        given.seed,
        given.draws,
        as_json=given.json,
    )


def _import(words: list[str]) -> int:
    """DeepfakeBench's crops into a store, linked as they are: nothing is prepared again."""
    parser = parser_of("data import", _import.__doc__)
    parser.add_argument("tables", type=Path, nargs="+", help="files of its dataset_json")
    parser.add_argument("root", type=Path, help="the folder above FaceForensics++, Celeb-DF-v2, ...")
    parser.add_argument("out", type=Path, help="the store; further JSON files may be taken into it")
    parser.add_argument("--margin", type=float, default=1.3, help="that the crops were made with")
    parser.add_argument("--real", default="", help=REAL_HELP)
    parser.add_argument(
        "--by-order", action="store_true", help="the n-th frames of a clip and its forgery are one moment (as there)"
    )
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: one a core")
    given = parser.parse_args(words)

    from barefaced.commands import import_crops as command

    return command.run(
        tuple(given.tables),
        given.root,
        given.out,
        given.margin,
        given.workers,
        names(given.real),
        by_order=given.by_order,
    )


def _export(words: list[str]) -> int:
    """A store as DeepfakeBench's crops and JSON."""
    parser = parser_of("data export", _export.__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("out", type=Path, help="for the folders of frames, and dataset_json")
    given = parser.parse_args(words)

    from barefaced.commands import export_crops as command

    return command.run(given.store, given.out)
