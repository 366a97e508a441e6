"""A newcomer with a bare server: runs the commands of docs/start.md as they are printed there, and answers what is asked.

A folder stands for the server: `/opt`, `/srv`, `/etc/systemd` and `/usr/local` are below it. So do a few programs in front of PATH:
apt, useradd and systemctl, sudo, which becomes no one, and pip, which is uv's with the same arguments, since that has a cache.
"""

import os
import pty
import re
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 60
PROGRAMS = {
    "apt": "exit 0",
    "useradd": 'while [ "$1" != --home-dir ]; do shift; done; mkdir -p "$2"',
    "systemctl": 'if [ "$1" = restart ]; then shift; printf "%s\\n" "$@" >"$SERVER/started"; fi',
    "sudo": """
        if [ "$1" = --login ]; then cd "$SERVER/srv/kuager"; shift 3; fi
        case "$1" in
            */bin/pip) pip=$1; shift; exec uv pip "$@" --quiet --python "$(dirname "$pip")/python" ;;
        esac
        exec "$@" """,
}


def commands() -> list[str]:
    """The commands of the first block."""
    text = (ROOT / "docs/start.md").read_text("utf-8")
    (block,) = re.findall(r"## Six commands\n+```\n(.+?)```", text, re.DOTALL)
    return str(block).splitlines()


class Server:
    """A bare server. `seconds` is what each command took."""

    def __init__(self, folder: Path, release: str, bot_api: str) -> None:
        self.folder, self.release, self.seconds = folder, release, dict[str, float]()
        programs = folder / "programs"
        for place in (programs, folder / "etc/systemd/system", folder / "usr/local/bin"):
            place.mkdir(parents=True)
        for name, script in PROGRAMS.items():
            (programs / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
            (programs / name).chmod(0o755)
        own = {
            name: value for name, value in os.environ.items() if not name.startswith(("KUAGER_", "PYTHON"))
        }
        path = f"{programs}:{folder}/usr/local/bin:{own['PATH']}"
        self.env = own | {
            "PATH": path,
            "SERVER": str(folder),
            "KUAGER_BOT_API_URL": bot_api,
            "COLUMNS": "400",
        }

    def run(self, command: str, answers: Mapping[str, str] | None = None) -> str:
        """Run a command at a terminal. Returns what it printed. Raises AssertionError if it fails."""
        here = re.sub(r"(?<![\w/])/(?=(?:opt|srv|etc/systemd|usr/local)/)", f"{self.folder}/", command)
        here = here.replace("https://RELEASE", self.release)
        master, terminal = pty.openpty()
        begun = time.monotonic()
        process = subprocess.Popen(  # noqa: S602 - as a newcomer types it
            here,
            shell=True,
            env=self.env,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        said = _talk(master, list((answers or {}).items()))
        code = process.wait(PATIENCE)
        self.seconds[command] = time.monotonic() - begun
        assert code == 0, said
        return said

    @contextmanager
    def services(self) -> Iterator[list[str]]:
        """Services that systemctl was told to start, as their unit says, by name."""
        names = (self.folder / "started").read_text("utf-8").split()
        processes = [self._start(name) for name in names]
        try:
            yield names
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(PATIENCE)

    def _start(self, name: str) -> "subprocess.Popen[bytes]":
        unit, _, instance = name.partition("@")
        file = self.folder / f"etc/systemd/system/{unit}{'@' if instance else ''}.service"
        text = file.read_text("utf-8").replace("%i", instance)
        said = {key: value for key, _, value in (line.partition("=") for line in text.splitlines())}
        env = self.env | dict(one.split("=", 1) for one in said.get("Environment", "").split())
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(  # noqa: S603
                shlex.split(said["ExecStart"]), cwd=said["WorkingDirectory"], env=env, stderr=log
            )


def _talk(master: int, answers: list[tuple[str, str]]) -> str:
    """Read a terminal to its end, and type each answer once its question stands there."""
    said, seen = "", 0
    while piece := _read(master):
        said += piece.decode(errors="replace")
        if answers and answers[0][0] in said[seen:] and said.endswith(": "):
            seen = len(said)
            os.write(master, f"{answers.pop(0)[1]}\n".encode())
    os.close(master)
    assert not answers, (answers, said)
    return said.replace("\r\n", "\n")


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65_536)
    except OSError:  # the end of a terminal, on Linux
        return b""
