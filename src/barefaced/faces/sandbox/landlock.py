"""No file made, changed or removed, and no signal sent outside: Landlock, by its three system calls (landlock(7)).

Where a file is written by way of memory (mmap, or /proc/PID/mem of another process), a limit on file sizes does not
count; Landlock looks at how the file is opened.
"""

import ctypes
import os
import sys

_CREATE, _RESTRICT = 444, 446
"""The same on every machine."""
_ASK_VERSION = 1
_NO_NEW_PRIVILEGES = 38
_WRITE_FILE, _MAKE_AND_REMOVE = 1 << 1, 0x1FF0
_REFER, _TRUNCATE, _DEVICES = 1 << 13, 1 << 14, 1 << 15
_BIND_AND_CONNECT, _SOCKETS_AND_SIGNALS = 0b11, 0b11


def no_changes() -> bool:
    """Refuse to this process and all it starts to open files for writing, to make, move, cut or remove any, and to send
    signals to others, for good; whether the system can do all of it (Linux 6.12).

    To be called before any thread is started.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    if version < 1:
        return False
    changes = _WRITE_FILE | _MAKE_AND_REMOVE
    changes |= (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0) | (_DEVICES if version >= 5 else 0)
    handled = [changes, _BIND_AND_CONNECT, _SOCKETS_AND_SIGNALS][: 1 if version < 4 else 2 if version < 6 else 3]
    rules = (ctypes.c_uint64 * len(handled))(*handled)
    ruleset = libc.syscall(_CREATE, ctypes.byref(rules), ctypes.c_size_t(ctypes.sizeof(rules)), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    try:
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return libc.syscall(_RESTRICT, ruleset, ctypes.c_uint32(0)) == 0 and version >= 6
    finally:
        os.close(ruleset)
