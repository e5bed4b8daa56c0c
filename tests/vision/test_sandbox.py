"""What a process gives up is gone: shown from inside one."""

import subprocess
import sys

import pytest

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits and filters of this kind are Linux's")


def said(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60).stdout.strip()


@LINUX
def test_no_socket_and_no_program_can_be_opened():
    assert said(
        "from barefaced.vision.sandbox import no_network\n"
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
        "from barefaced.vision.sandbox import no_writing\n"
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
        "from barefaced.vision.sandbox import limit_memory\n"
        "held = limit_memory(100 << 20)\n"
        "small = bytearray(50 << 20)\n"
        "try: bytearray(200 << 20)\n"
        "except MemoryError: print(held, 'refused')"
    ) == ("True refused")


@LINUX
def test_time_ends_the_process_and_can_be_given_anew():
    assert said(
        "from barefaced.vision.sandbox import limit_time\n"
        "import time\n"
        "for _ in range(4):\n"
        "    limit_time(1)\n"
        "    end = time.process_time() + 0.6\n"
        "    while time.process_time() < end: pass\n"
        "print('three', flush=True)\n"
        "while True: pass"
    ) == ("three")
