"""A signal after OpenVINO's models are gone is a signal and not a crash."""

import subprocess
import sys

import pytest

from barefaced.config.media import FinderSettings
from barefaced.faces.face_finder import load_finder
from barefaced.faces.face_mesh import FaceMesh
from barefaced.faces.sandbox.signal_stack import signal_stack

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="alternate stacks are kept on Linux alone")

GONE_IN_ORDER = """
import gc, os, signal
import numpy as np
from barefaced.config.media import FinderSettings
from barefaced.faces.face_finder import load_finder
from barefaced.faces.face_mesh import FaceMesh

signal.signal(signal.SIGUSR1, lambda *_: print("handled"))
finder = load_finder(FinderSettings())
finder.find(np.zeros((64, 64, 3), np.uint8))
mesh = FaceMesh()
del finder
gc.collect()
del mesh
gc.collect()
os.kill(os.getpid(), signal.SIGUSR1)
"""


def test_models_leave_the_stack_as_it_was() -> None:
    before = signal_stack()
    finder, mesh = load_finder(FinderSettings()), FaceMesh()
    assert signal_stack() == before
    del finder
    assert signal_stack() == before
    del mesh
    assert signal_stack() == before


def test_a_signal_after_two_models_went_in_the_order_they_came_is_handled() -> None:
    done = subprocess.run([sys.executable, "-c", GONE_IN_ORDER], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "handled\n"), done.stderr
