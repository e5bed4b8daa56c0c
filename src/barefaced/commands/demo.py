"""The whole way from pictures to reports, on faces it makes itself: no data, no network, no GPU."""

from pathlib import Path

from barefaced.config.options import AnyPath, Count, command


@command
def demo(*, out: AnyPath = Path("runs/demo"), seed: Count = 0) -> int:
    """Run every step on faces it makes itself: no data, network or GPU needed.

    A demonstration of the way, not a detector: it forges made-up people, trains for a minute, evaluates, and asks the
    detector that comes with barefaced.

    Args:
        out: where everything is left to look at
        seed: of everything that is drawn

    Returns:
        0.

    Raises:
        MissingWeights: a model package or scikit-image's photograph is not installed.
        BarefacedError: a step failed.
    """
    from barefaced.commands.main import main
    from barefaced.pipelines.demo import run_demo

    run_demo(Path(out), seed, main)
    return 0
