"""An LSDA student from stores, by a recipe, or from a folder of pictures; goes on where a killed run stopped.

What a run does is in `pipelines.train`: `train` joins its parts, `loop` is the loop, `run_folder` says what lies where.
"""

from collections.abc import Sequence
from pathlib import Path

from barefaced.config.recipe import Recipe
from barefaced.errors import BadConfig
from barefaced.pipelines.train import engine, fine_tune, launch, multi_seed
from barefaced.pipelines.train import train as training
from barefaced.pipelines.train.recipe_from_folder import recipe_for_folder


def run(
    recipe: Recipe,
    out: Path,
    folder: Path | None,
    resume: str,
    count: int,
    words: Sequence[str],
    *,
    show_batch: bool,
) -> int:
    """Train, or go on training, in the folder `out`.

    Args:
        folder: pictures or videos in `real/` and `fake/...`, to be prepared first; None: the recipe's stores.
        resume: `auto`, `never`, or a state file; see `pipelines.train.train`.
        count: seeds, a run each; 1 is a run in `out` itself.
        words: of the whole command, for the processes that it starts.
        show_batch: write a page of augmented groups and train nothing.

    Raises:
        BadConfig: settings that cannot work together, or another run's folder.
        FolderInUse: another process trains there.
        LayoutMismatch: a folder of other pictures.
        TrainingError: a loss that is no number, no memory, another process that ended; the last states stay.
        DataError, CheckpointError: stores or weights that cannot be used.
    """
    if count < 1 or (count > 1 and resume not in ("auto", "never")):
        raise BadConfig(
            expected="--seeds of 1 or more, and --resume auto or never with several",
            got=f"--seeds {count} --resume {resume}",
            fix="Correct them.",
        )
    if recipe.start:
        fine_tune.check_start(recipe)
    processes = launch.processes_to_start(recipe.engine)
    if processes:
        return launch.launch(words, processes)
    here = engine.start(recipe.engine)
    with engine.translate_errors():
        if folder is not None:
            recipe = recipe_for_folder(recipe, folder, out, here)
        if show_batch:
            file = training.preview_batches(recipe, out, here)
            if file is not None:
                print(f"look at {file}")  # noqa: T201
            return 0
        if count > 1:
            lines = multi_seed.train_seeds(
                recipe,
                out,
                count,
                lambda seeded, where: training.train(seeded, where, here, resume),
                leads=here.leads,
                check=training.select_run_data,
            )
        else:
            card = training.train(recipe, out, here, resume)
            found = ", ".join(f"{name} {value.value:.3f}" for name, value in card.metrics.items())
            answer = f"{card.backbone}, preset {card.preset}, {found or 'no validation clips'}"
            lines = [f"{out / 'model.safetensors'}: {answer}"]
    if here.leads:
        print("\n".join(lines))  # noqa: T201
    return 0
