"""What a process gives up is gone: shown from inside one."""

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
        "from barefaced.faces.sandbox.lockdown import no_network\n"
        "import os, socket, threading\n"
        "held = no_network()\n"
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
def test_time_is_counted_from_what_is_used_already(monkeypatch):
    limits = []
    monkeypatch.setattr("resource.setrlimit", lambda which, pair: limits.append((which, *pair)))
    for user, system, more in ((0.25, 0.5, 1.0), (0.75, 0.5, 1.0), (40.0, 2.0, 60.0), (0.0, 0.0, 0.1)):
        used = SimpleNamespace(ru_utime=user, ru_stime=system)
        monkeypatch.setattr("resource.getrusage", lambda who, used=used: used)
        assert limit_time(more)
    # Whole seconds, up: never less than was given. The hard limit stays open, or no later file could be given more.
    assert limits == [(resource.RLIMIT_CPU, soft, resource.RLIM_INFINITY) for soft in (2, 3, 102, 1)]


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
