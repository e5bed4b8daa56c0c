"""The alternate signal stack, kept from OpenVINO.

On Linux OpenVINO's CPU plugin (2026.4) gives the thread that loads it an alternate signal stack, and frees that stack
when its last model goes. Of two cores that go in the order in which they came, the second then puts back the first
one's stack, which is memory no longer: the next signal with a handler (Ctrl-C, a child that ended) is a crash.
Where the stack is put back at once, the plugin finds that its own is not in use and leaves it so.
"""

import contextlib
import ctypes
import sys
from collections.abc import Iterator


class _Stack(ctypes.Structure):
    """stack_t of sigaltstack(2)."""

    _fields_ = (("ss_sp", ctypes.c_void_p), ("ss_flags", ctypes.c_int), ("ss_size", ctypes.c_size_t))


@contextlib.contextmanager
def kept_signal_stack() -> Iterator[None]:
    """This thread's alternate signal stack is afterwards the one that it was before. Nothing where there are none."""
    if not sys.platform.startswith("linux"):
        yield
        return
    libc, before = ctypes.CDLL(None), _Stack()
    known = libc.sigaltstack(None, ctypes.byref(before)) == 0
    try:
        yield
    finally:
        if known:
            libc.sigaltstack(ctypes.byref(before), None)


def signal_stack() -> tuple[int, int]:
    """Address and size in bytes of this thread's alternate signal stack; 0, 0 where there is none (Linux)."""
    now = _Stack()
    ctypes.CDLL(None).sigaltstack(None, ctypes.byref(now))
    return now.ss_sp or 0, now.ss_size
