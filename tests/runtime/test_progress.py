"""Progress: what is told of long work."""

import pytest

from barefaced.runtime.progress import QUIET_SECONDS, Work, span


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.4, "0 s"), (59.0, "59 s"), (60.0, "1 min 0 s"), (3700.0, "1 h 1 min"), (2e5, "2 d 7 h")],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(seconds: float, told: str) -> None:
    assert span(seconds) == told


def test_rates_and_time_left_are_of_this_run(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    """Ten of 110 clips were there before; ten more with 320 frames take 20 seconds."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    progress = Work("prepare", 110, "clips", None, 10, 10, "frames", began=1000.0, told=1000.0)
    now[0] += 20
    assert QUIET_SECONDS < 20
    progress.step(10, "prepared", 320)
    assert capsys.readouterr().err == "prepare: 20/110  0.5 clips/s  16 frames/s  prepared  3 min 0 s left\n"
