"""No command leaves keys in a core dump."""

import subprocess
import sys

AT_ITS_END = """
import atexit, ctypes, resource, runpy, sys
_, hard = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
tell = lambda: print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
atexit.register(tell)
tell()
sys.argv = ["bot", "keys", "new"]
runpy.run_module("bot", run_name="__main__")
"""


def test_no_command_can_be_dumped() -> None:
    """By the limit and by PR_GET_DUMPABLE, whatever the limits of the shell are."""
    done = subprocess.run([sys.executable, "-c", AT_ITS_END], capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    before, *_, after = done.stdout.splitlines()
    assert before.endswith(" 1")
    assert after == "(0, 0) 0"
