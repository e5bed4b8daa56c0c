"""What a process that decodes strangers' files gives up before it opens one: memory, time, network, writing, programs.

A decoder is a large C library fed by whoever made the file. If one is taken over, this is what it finds: no sockets, no
other programs to start, no file it can write, and a limit on memory and processor time that ends it.
"""

import ctypes
import errno
import math
import platform
import struct
import sys
from pathlib import Path

try:
    import resource
except ImportError:  # Windows has neither limits nor filters of this kind
    resource = None

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
"""Of prctl(2)."""
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_LOAD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER_AT, _MACHINE_AT = 0, 4
"""Offsets in struct seccomp_data."""
_X32 = 0x40000000
"""Set in numbers of a second, redundant set of calls on x86_64, through which a filter could be walked round."""
_JUMP_AT_LEAST = 0x35

_FORBIDDEN: dict[str, tuple[int, dict[str, int]]] = {
    "x86_64": (
        0xC000003E,
        {
            "socket": 41, "connect": 42, "sendto": 44, "bind": 49, "listen": 50, "execve": 59, "ptrace": 101,
            "process_vm_writev": 311, "execveat": 322, "io_uring_setup": 425,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "ptrace": 117, "socket": 198, "bind": 200, "listen": 201, "connect": 203, "sendto": 206, "execve": 221,
            "process_vm_writev": 271, "execveat": 281, "io_uring_setup": 425,
        },
    ),
}  # fmt: skip
"""By machine: its mark in a filter (linux/audit.h) and the calls refused, by number (asm/unistd.h). A ring of io_uring
can open sockets without a call of its own."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def no_network() -> bool:
    """Refuse sockets and new programs to this process and all it starts, for good; whether the system can (Linux).

    To be called before any thread is started: threads take it over from the one that starts them.
    """
    if sys.platform != "linux" or platform.machine() not in _FORBIDDEN:
        return False
    machine, calls = _FORBIDDEN[platform.machine()]
    numbers = list(calls.values())
    steps = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_JUMP_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _REFUSE),  # calls in another machine's numbers
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_AT_LEAST, len(numbers) + 1, 0, _X32),
        *((_JUMP_EQUAL, len(numbers) - n, 0, number) for n, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    code = ctypes.create_string_buffer(
        b"".join(struct.pack("HBBI", what, yes, no, value) for what, yes, no, value in steps)
    )
    program = _Program(len(steps), ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    return (
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
        and libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0
    )


def no_writing() -> bool:
    """Let this process make no file longer than 0 bytes and leave no core behind; whether the system can."""
    if resource is None:
        return False
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    return True


def limit_memory(more: int) -> bool:
    """Let this process's address space grow by `more` bytes and no further; whether the system can (Linux)."""
    statm = Path("/proc/self/statm")
    if resource is None or not statm.is_file():
        return False
    now = int(statm.read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + more, now + more))
    return True


def limit_time(more: float) -> bool:
    """End this process (SIGXCPU) after `more` further seconds of processor time; to be called anew for every file."""
    if resource is None:
        return False
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + more)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
    return True
