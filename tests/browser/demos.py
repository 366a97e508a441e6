"""The demo as a process of its own, as a newcomer starts it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PATIENCE = 20
_PAGES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that runs: its address and its process."""

    url: str
    process: int

    @property
    def resident(self) -> int:
        """Bytes of memory that the process holds (Linux, proc(5), the second number of statm)."""
        return int(Path(f"/proc/{self.process}/statm").read_text().split()[1]) * _PAGES


@contextmanager
def demo(folder: Path, *words: str) -> Iterator[Demo]:
    """Run `python -m bot demo` in this folder; it must end in good order when it is told to."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "bot", "demo", "--no-open", "--port", "0", *words]
    with subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            found = re.search(r"http://\S+", line)
            assert found is not None, line
            yield Demo(found.group(), process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(_PATIENCE) == 0
