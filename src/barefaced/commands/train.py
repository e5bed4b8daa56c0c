"""An LSDA student from stores, by a recipe, or from a folder of pictures; goes on where a killed run stopped."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from barefaced.config.options import AnyPath, Range, WordsOf, command
from barefaced.config.recipe import Recipe
from barefaced.errors import BadConfig


@command
def train(
    source: AnyPath | Recipe | None = None,
    *,
    out: AnyPath | None = None,
    resume: str = "auto",
    seeds: Annotated[int, Range(1)] = 1,
    show_batch: bool = False,
    settings: Annotated[Sequence[str], WordsOf(Recipe)] = (),
) -> int:
    """Train a detector (an LSDA student) from stores by a recipe, or from pictures in real/ and fake/METHOD/.

    The same command goes on where it stopped.

    Args:
        source: a recipe (.yaml), or a folder of pictures or videos in real/ and fake/, to be prepared first; where none
            is named, the settings say all
        out: the run's folder; runs/NAME by the recipe's or the folder's name where none is named
        resume: `auto` goes on from the last state, `never` begins the run anew, or a state file to go on from
        seeds: so many runs, in OUT/seed_N; mean and standard deviation in seeds.json
        show_batch: a page of augmented groups, OUT/batch.html, and no training
        settings: words such as `--optim.epochs 3` that win over the recipe's

    Returns:
        0; of a run of several processes, their exit code.

    Raises:
        BadConfig: settings that cannot work together, or another run's folder.
        FolderInUse: another process trains there.
        LayoutMismatch: a folder of other pictures.
        TrainingError: a loss that is no number, no memory, another process that ended; the last states stay.
        DataError, CheckpointError: stores or weights that cannot be used.
    """
    from barefaced.config.parsing import recipe_words

    if isinstance(source, Recipe):
        source, settings = None, [*recipe_words(source), *settings]
    if seeds > 1 and resume not in ("auto", "never"):
        raise BadConfig(
            expected="--resume auto or never with several --seeds", got=f"--resume {resume}", fix="Correct them."
        )
    folder = Path(source) if source is not None and Path(source).is_dir() else None
    recipe = _read_recipe(source, folder, settings)
    out = Path(out or Path("runs") / recipe.name)

    from barefaced.pipelines.train import engine, fine_tune, launch, multi_seed
    from barefaced.pipelines.train import train as training
    from barefaced.pipelines.train.recipe_from_folder import recipe_for_folder

    if recipe.start:
        fine_tune.check_start(recipe)
    if processes := launch.processes_to_start(recipe.engine):
        words = [f"--out={out}", f"--resume={resume}", f"--seeds={seeds}", *["--show-batch"] * show_batch, *settings]
        return launch.launch(["train", *([] if source is None else [str(source)]), *words], processes)
    here = engine.start(recipe.engine)
    with engine.translate_errors():
        if folder is not None:
            recipe = recipe_for_folder(recipe, folder, out, here)
        if show_batch:
            file = training.preview_batches(recipe, out, here)
            if file is not None:
                print(f"look at {file}")  # noqa: T201
            return 0
        if seeds > 1:
            lines = multi_seed.train_seeds(
                recipe,
                out,
                seeds,
                lambda seeded, where: training.train(seeded, where, here, resume),
                leads=here.leads,
                check=training.select_run_data,
            )
        else:
            card = training.train(recipe, out, here, resume)
            metrics = ", ".join(f"{name} {value.value:.3f}" for name, value in card.metrics.items())
            answer = f"{card.backbone}, preset {card.preset}, {metrics or 'no validation clips'}"
            lines = [f"{out / 'model.safetensors'}: {answer}"]
    if here.leads:
        print("\n".join(lines))  # noqa: T201
    return 0


def _read_recipe(source: AnyPath | None, folder: Path | None, settings: Sequence[str]) -> Recipe:
    """The recipe meant; for a folder, one of its name at this machine's input side. What the user says wins."""
    from barefaced.config.parsing import recipe

    if source is not None and not Path(source).exists():
        raise BadConfig(
            expected="a recipe (.yaml) or a folder with real/ and fake/",
            got=f"no such path: {source}",
            fix="Correct the path.",
        )
    if folder is None:
        return recipe(None if source is None else Path(source), settings)

    from barefaced.pipelines.train.fine_tune import student_words
    from barefaced.pipelines.train.recipe_from_folder import default_side

    own = [f"--name={folder.resolve().name}", f"--student.input_size={default_side()}"]
    wanted = recipe(None, [*own, *settings])
    return recipe(None, [*own, *student_words(wanted.start), *settings]) if wanted.start else wanted
