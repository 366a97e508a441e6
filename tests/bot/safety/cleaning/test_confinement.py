"""What a process that cleans can no longer do, tried from inside."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.safety.cleaning import cleaner

ROOT = Path(__file__).parents[4]
PROGRAM = """
import json, os, resource, socket, subprocess, sys, threading
sys.path.insert(0, sys.argv[1])
from bot.safety.cleaning import confinement

def attempt(act):
    try:
        act()
    except BaseException as error:
        return type(error).__name__
    return "done"

def begin_thread():
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()

confinement.limit()
limits = [resource.getrlimit(one)[0] for one in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE)]
held = confinement.shut_in()
tried = {
    "open": attempt(lambda: open("/etc/hostname")),
    "list": attempt(lambda: os.listdir("/")),
    "network": attempt(lambda: socket.socket(socket.AF_INET)),
    "local socket": attempt(lambda: socket.socket(socket.AF_UNIX)),
    "fork": attempt(os.fork),
    "program": attempt(lambda: os.execv("/bin/true", ["true"])),
    "signal": attempt(lambda: os.kill(os.getppid(), 0)),
    "memory": attempt(lambda: bytearray(2 * 1024**3)),
    "thread": attempt(begin_thread),
}
os.write(1, json.dumps([held, limits, tried]).encode())
os._exit(0)
"""


@pytest.fixture(scope="module")
def told() -> tuple[bool, list[int], dict[str, str]]:
    """Whether the process was shut in, its limits, and what came of each attempt."""
    done = subprocess.run(  # noqa: S603 - the program above
        [sys.executable, "-I", "-c", PROGRAM, str(ROOT)], capture_output=True, check=True
    )
    held, limits, tried = json.loads(done.stdout)
    return held, limits, tried


def test_the_process_opens_reaches_and_begins_nothing(told: tuple[bool, list[int], dict[str, str]]) -> None:
    """No file, no network, no program, no other process; threads alone, which a decoder needs, and memory up to its bound."""
    held, limits, tried = told
    assert held
    assert limits == [0, 0]
    allowed = {"thread": "done", "memory": "MemoryError"}
    assert tried == dict.fromkeys(tried, "PermissionError") | allowed


def test_this_machine_holds_it() -> None:
    """What the bot asks at its start."""
    assert cleaner.holds()
