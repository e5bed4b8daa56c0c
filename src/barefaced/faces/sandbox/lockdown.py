"""What a process that decodes strangers' files gives up before it opens one: memory, time, network, writing, programs.

A decoder is a large C library fed by whoever made the file. If one is taken over, this is what it finds: no sockets, no
other programs or processes to start, no signals to send, no file it can write (with `landlock`), and a limit on memory
and processor time that ends it. It can still read what its user can read, but has nowhere to take it.
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
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _MACHINE_AT, _FIRST_WORD_AT = 0, 4, 16
"""Offsets in struct seccomp_data."""
_X32 = 0x40000000
"""Set in numbers of a second, redundant set of calls on x86_64, through which a filter could be walked round."""
_THREAD = 0x00010000
"""CLONE_THREAD: what makes a thread of this process, and no other process."""

_MACHINES: dict[str, tuple[int, int, int, tuple[int, ...]]] = {
    "x86_64": (
        0xC000003E,
        56,
        302,
        (
            *(41, 42, 44, 49, 50),  # socket, connect, sendto, bind, listen
            *(57, 58, 59, 322),  # fork, vfork, execve, execveat
            *(62, 129, 200, 297, 424),  # kill, rt_sigqueueinfo, tkill, rt_tgsigqueueinfo, pidfd_send_signal
            *(101, 310, 311, 438, 440),  # ptrace, process_vm_readv and _writev, pidfd_getfd, process_madvise
            *(
                76,
                77,
                82,
                83,
                84,
                85,
                86,
                87,
                88,
            ),  # truncate, ftruncate, rename, mkdir, rmdir, creat, link, unlink, symlink
            *(90, 91, 92, 93, 94, 132, 133, 235, 261, 280),  # chmod and chown, utime, mknod, utimes
            *(188, 189, 190, 197, 198, 199),  # setxattr, removexattr
            *(258, 259, 260, 263, 264, 265, 266, 268, 316, 452),  # the same calls by folder
            *(165, 166, 272, 308, 321, 323, 298),  # mount, umount, unshare, setns, bpf, userfaultfd, perf_event_open
            *(248, 249, 250, 425),  # add_key, request_key, keyctl, io_uring_setup
        ),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        261,
        (
            *(198, 203, 206, 200, 201),
            *(221, 281),
            *(129, 138, 130, 240, 424),
            *(117, 270, 271, 438, 440),
            *(45, 46),
            *(52, 53, 54, 55, 88),
            *(5, 6, 7, 14, 15, 16),
            *(33, 34, 35, 36, 37, 38, 276, 452),
            *(40, 39, 97, 268, 280, 282, 241),
            *(217, 218, 219, 425),
        ),
    ),
}
"""By machine: its mark in a filter (linux/audit.h), the numbers of clone and prlimit64, and those of the calls refused
(asm/unistd.h). A ring of io_uring can do much without a call of its own."""
_CLONE3 = 435
"""On every machine. Its flags lie where no filter sees them; where it is not there, C libraries use clone."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


MEMORY = 3 << 30
"""Bytes that the address space may grow by: a frame of 64 million pixels passes through five copies of it."""


def no_network_or_programs() -> bool:
    """Refuse sockets, other processes and programs, signals, and changes of files by name to this process and all it
    starts, for good; whether the system can (Linux).

    To be called before any thread is started: threads take it over from the one that starts them.
    """
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return False
    machine, clone, limits, numbers = _MACHINES[platform.machine()]
    refuse, absent, allow = _ERROR | errno.EPERM, _ERROR | errno.ENOSYS, _ALLOW
    steps = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_JUMP_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, refuse),  # calls in another machine's numbers
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, refuse),
        (_JUMP_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, absent),
        # Threads, but no processes.
        (_JUMP_EQUAL, 0, 4, clone),
        (_LOAD, 0, 0, _FIRST_WORD_AT),
        (_JUMP_ANY_BIT, 1, 0, _THREAD),
        (_RETURN, 0, 0, refuse),
        (_RETURN, 0, 0, allow),
        # Limits of this process, and of no other.
        (_JUMP_EQUAL, 0, 4, limits),
        (_LOAD, 0, 0, _FIRST_WORD_AT),
        (_JUMP_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, refuse),
        (_RETURN, 0, 0, allow),
        *((_JUMP_EQUAL, len(numbers) - n, 0, number) for n, number in enumerate(numbers)),
        (_RETURN, 0, 0, allow),
        (_RETURN, 0, 0, refuse),
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
    most = _at_most(now + more, resource.getrlimit(resource.RLIMIT_AS)[1])
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return True


def limit_time(more: float) -> bool:
    """End this process (SIGXCPU) after `more` further seconds of processor time; to be called anew for every file."""
    if resource is None:
        return False
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = _at_most(math.ceil(used.ru_utime + used.ru_stime + more), hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    return True


def _at_most(wanted: int, hard: int) -> int:
    """The lesser of both: whoever started us may have set a limit, which nobody may raise."""
    return wanted if resource is None or hard == resource.RLIM_INFINITY else min(wanted, hard)
