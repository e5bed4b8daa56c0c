"""What a process gives up is gone: shown from inside one."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from barefaced.faces.sandbox.lockdown import limit_time

resource = pytest.importorskip("resource", reason="limits of this kind are not Windows's")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits and filters of this kind are Linux's")


def said(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60).stdout.strip()


@LINUX
def test_no_socket_and_no_program_can_be_opened():
    assert said(
        "from barefaced.faces.sandbox.lockdown import no_network_or_programs\n"
        "import os, socket, threading\n"
        "held = no_network_or_programs()\n"
        "def attempt(do):\n"
        "    try: do()\n"
        "    except PermissionError: return 'refused'\n"
        "    return 'done'\n"
        "found = [attempt(socket.socket), attempt(lambda: os.execv('/bin/true', ['true']))]\n"
        "thread = threading.Thread(target=lambda: found.append(attempt(socket.socket)))\n"
        "thread.start(); thread.join()\n"
        "print(held, *found)"
    ) == ("True refused refused refused")


@LINUX
def test_nothing_can_be_written(tmp_path):
    assert said(
        "from barefaced.faces.sandbox.lockdown import no_writing\n"
        "held = no_writing()\n"
        f"file = open({str(tmp_path / 'x')!r}, 'wb')\n"
        "try:\n"
        "    file.write(b'1'); file.flush()\n"
        "except OSError as e: print(held, type(e).__name__)"
    ) == ("True OSError")
    assert (tmp_path / "x").read_bytes() == b""


@LINUX
def test_memory_ends_at_the_limit():
    assert said(
        "from barefaced.faces.sandbox.lockdown import limit_memory\n"
        "held = limit_memory(100 << 20)\n"
        "small = bytearray(50 << 20)\n"
        "try: bytearray(200 << 20)\n"
        "except MemoryError: print(held, 'refused')"
    ) == ("True refused")


@LINUX
@pytest.mark.parametrize("hard", [resource.RLIM_INFINITY, 50])
def test_time_is_counted_from_what_is_used_already(monkeypatch, hard):
    limits = []
    monkeypatch.setattr("resource.getrlimit", lambda which: (hard, hard))
    monkeypatch.setattr("resource.setrlimit", lambda which, pair: limits.append((which, *pair)))
    for user, system, more in ((0.25, 0.5, 1.0), (0.75, 0.5, 1.0), (40.0, 2.0, 60.0), (0.0, 0.0, 0.1)):
        used = SimpleNamespace(ru_utime=user, ru_stime=system)
        monkeypatch.setattr("resource.getrusage", lambda who, used=used: used)
        assert limit_time(more)
    # Whole seconds, up: never less than was given. The hard limit stays, or no later file could be given more.
    longest = 102 if hard == resource.RLIM_INFINITY else hard
    assert limits == [(resource.RLIMIT_CPU, soft, hard) for soft in (2, 3, longest, 1)]


@LINUX
def test_time_ends_the_process_and_can_be_given_anew():
    """Processor time only: the process runs until it has used what it was given first, then until it is ended."""
    code = (
        "from barefaced.faces.sandbox.lockdown import limit_time\n"
        "import resource, time\n"
        "limit_time(1)\n"
        "first, _ = resource.getrlimit(resource.RLIMIT_CPU)\n"
        "limit_time(1000)\n"
        "while time.process_time() < first + 0.5: pass\n"
        "print('outlived the first', flush=True)\n"
        "limit_time(0)\n"
        "while True: pass"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.strip()) == (-signal.SIGXCPU, "outlived the first")


@LINUX
def test_limits_that_are_in_force_are_kept():
    assert said(
        "from barefaced.faces.sandbox.lockdown import limit_memory, limit_time\n"
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (3000, 3000))\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))\n"
        "held = limit_time(100), limit_time(9000), limit_memory(1 << 40)\n"
        "print(*held, resource.getrlimit(resource.RLIMIT_CPU), resource.getrlimit(resource.RLIMIT_AS)[1] == 1 << 32)"
    ) == ("True True True (3000, 3000) True")


PROBE = """
import ctypes, errno, mmap, os, resource, signal, socket, sys, threading
from barefaced.faces.sandbox.landlock import no_changes
from barefaced.faces.sandbox.lockdown import no_network_or_programs, no_writing
parent, folder, user = os.getppid(), *sys.argv[1:]
if user == "nobody":
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
held = no_network_or_programs(), no_writing(), no_changes()
here = lambda name: os.path.join(folder, name)
def over_mmap():
    with open(here("victim"), "r+b") as file:
        mmap.mmap(file.fileno(), 0)[:1] = b"x"
attempts = {
    "memory": lambda: os.open(f"/proc/{parent}/mem", os.O_RDWR),
    "mmap": over_mmap,
    "cut": lambda: os.truncate(here("victim"), 0),
    "open and cut": lambda: os.open(here("victim"), os.O_WRONLY | os.O_TRUNC),
    "remove": lambda: os.remove(here("victim")),
    "move": lambda: os.rename(here("victim"), here("moved")),
    "chmod": lambda: os.chmod(here("victim"), 0o777),
    "touch": lambda: os.utime(here("victim"), (0, 0)),
    "attribute": lambda: os.setxattr(here("victim"), "user.x", b"1"),
    "folder": lambda: os.mkdir(here("new")),
    "link": lambda: os.symlink("words", here("new")),
    "hard link": lambda: os.link(here("victim"), here("new")),
    "pipe": lambda: os.mkfifo(here("new")),
    "new file": lambda: os.open(here("new"), os.O_CREAT | os.O_RDWR),
    "fork": lambda: os.fork() or os._exit(0),
    "program": lambda: os.execv("/bin/true", ["true"]),
    "signal": lambda: os.kill(parent, 0),
    "socket": socket.socket,
    "another's limits": lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE, (64, 64)),
    "namespace": lambda: os.unshare(os.CLONE_NEWUSER) if hasattr(os, "unshare") else 1 / 0,
}
done = []
for name, attempt in attempts.items():
    try:
        attempt()
        done.append(name)
    except (OSError, ZeroDivisionError):
        pass
ran = []
thread = threading.Thread(target=lambda: ran.append(1)); thread.start(); thread.join()
print(*held, done, len(ran), open(here("victim")).read())
"""


@LINUX
@pytest.mark.parametrize("user", ["self", "nobody"])
def test_a_decoder_that_was_taken_over_changes_nothing(tmp_path, user):
    """Every attempt is refused; threads, which libraries need, still start, and files are still read."""
    if user == "nobody" and os.getuid() != 0:
        pytest.skip("only root can become another user")
    (tmp_path / "victim").write_text("whole")
    for place in (tmp_path, *tmp_path.parents[:2], tmp_path / "victim"):
        place.chmod(0o777)
    code = [sys.executable, "-c", PROBE, str(tmp_path), user]
    run = subprocess.run(code, capture_output=True, text=True, timeout=60, check=False)
    if "True True False" in run.stdout:
        pytest.skip("this kernel has no Landlock that holds signals back")
    assert run.stdout.strip() == "True True True [] 1 whole", run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["victim"]
    assert (tmp_path / "victim").read_text() == "whole"
