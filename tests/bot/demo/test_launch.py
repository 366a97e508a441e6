"""A demo in a process of its own, as a newcomer starts it."""

import asyncio
import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from typer.testing import CliRunner

from bot.app.cli.application import app
from bot.demo import TOKEN, DemoOptions, people, run_demo
from bot.demo.backfill import STOCK
from bot.demo.folder import MACHINE
from bot.errors import SettingsError
from bot.safety.offline import recipient_of

ROOT = Path(__file__).parents[3]
Rows = dict[str, dict[str, Any]]
PATIENCE = 60
"""Seconds before a wait fails; a busy machine is no reason to."""

ON_THE_DESK = 16
"""Reports of the demo's team, as docs/demo.md counts them."""


@contextmanager
def demo(folder: Path, *words: str) -> Iterator[str]:
    """The address of a demo while it runs; a signal ends it with exit code 0."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "bot", "demo", "--port", "0", *words]
    with subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            found = re.search(r"http://\S+", line)
            assert found is not None, line
            yield found.group()
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo that other machines can reach, for tests that only ask it something."""
    with demo(tmp_path_factory.mktemp("shared"), "--no-open", "--host", "0.0.0.0") as url:  # noqa: S104 - that is what is tried
        yield url


@dataclass(frozen=True)
class Resumed:
    """A kept demo that was started again: its folder, its address now, and what it had when it was left."""

    folder: Path
    url: str
    rows: Rows
    keys: str


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resumed]:
    """A demo that was filled, left and started again, on this machine alone."""
    folder = tmp_path_factory.mktemp("resumed")
    with demo(folder, "--no-open", "--fill", "30", "--keep", "kept") as url:
        with urllib.request.urlopen(url, timeout=PATIENCE) as page:  # noqa: S310 - our own
            assert b"Kuager" in page.read()
        before = rows_at(url)
    keys = folder / "kept" / "keys.env"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    written = keys.read_text()
    with demo(folder, "--no-open", "--keep", "kept") as url:
        yield Resumed(folder, url, before, written)


def rows_at(url: str) -> Rows:
    """The tables that the page's panel shows, by name."""
    with urllib.request.urlopen(f"{url}/demo/tables", timeout=PATIENCE) as answer:  # noqa: S310 - our own
        return {rows["table"]: rows for rows in json.loads(answer.read())["tables"]}


def test_a_kept_demo_goes_on_where_it_was_left(resumed: Resumed) -> None:
    """Reports, moderators and keys are there again, and the bot can write to the moderator's phone."""
    before, after = resumed.rows, rows_at(resumed.url)
    assert before["reports"]["total"] == len(STOCK) + 30
    assert after["reports"] == before["reports"]
    assert after["moderators"] == before["moderators"]
    with urllib.request.urlopen(f"{resumed.url}/phone/2001/chat", timeout=PATIENCE) as chat:  # noqa: S310 - our own
        said = json.loads(chat.read())
    assert (said["status"], said["messages"]) == ("member", [])
    assert (resumed.folder / "kept" / "keys.env").read_text() == resumed.keys
    assert [path.name for path in resumed.folder.iterdir()] == ["kept"]


def test_other_machines_need_a_key(shared: str) -> None:
    """The key is random, and part of the address that is printed."""
    address, _, key = shared.partition("?key=")
    assert len(key) == 32
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(f"{address}demo/tables", timeout=PATIENCE)  # noqa: S310 - our own
    assert refused.value.code == 403
    refused.value.close()
    with urllib.request.urlopen(f"{address}demo/tables?key={key}", timeout=PATIENCE) as answer:  # noqa: S310
        tables = {rows["table"] for rows in json.loads(answer.read())["tables"]}
    assert "moderators" in tables


def test_the_published_token_opens_nothing(resumed: Resumed, shared: str) -> None:
    """On this machine or beyond it: each demo draws a token of its own."""
    for url in (resumed.url, shared):
        api = url.partition("?")[0].rstrip("/")
        with pytest.raises(HTTPError) as refused:
            urllib.request.urlopen(f"{api}/bot{TOKEN}/getMe", timeout=PATIENCE)  # noqa: S310 - our own
        assert refused.value.code == 401
        refused.value.close()


def test_the_printed_address_can_be_opened(shared: str) -> None:
    """It is one of this machine's addresses, not 0.0.0.0."""
    assert "0.0.0.0" not in shared  # noqa: S104
    with urllib.request.urlopen(shared.replace("/?", "/page/page.css?"), timeout=PATIENCE) as page:  # noqa: S310 - our own
        assert page.status == 200


def test_a_second_demo_in_a_folder_is_refused(resumed: Resumed) -> None:
    """With one line that says why, and the first demo goes on."""
    second = begin(resumed.folder, "--no-open", "--keep", "kept")
    assert end(second) == (1, "", "kept is in use by another demo.\n")
    with urllib.request.urlopen(resumed.url, timeout=PATIENCE) as page:  # noqa: S310 - our own
        assert b"Kuager" in page.read()


def test_a_port_in_use_is_refused() -> None:
    """The reason says what helps, and no address is announced."""
    announced: list[object] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        why = (
            rf"^The demo cannot listen at 127\.0\.0\.1, port {port}: .+ With --port 0 it takes a free port\.$"
        )
        with pytest.raises(SettingsError, match=why):
            asyncio.run(run_demo(DemoOptions(port=port), announced.append))
    assert announced == []


def test_another_oserror_is_not_mistaken_for_a_port_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is raised as it is."""

    async def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(people, "gather", fail)
    with pytest.raises(OSError, match="the disk is full"):
        asyncio.run(run_demo(DemoOptions(port=0), lambda _: None))


def test_a_port_above_65535_is_refused() -> None:
    """Before anything starts."""
    ended = CliRunner().invoke(app, ["demo", "--port", "99999"])
    assert ended.exit_code == 2
    assert "65535" in ended.output


@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_interrupts_the_filling(tmp_path: Path, times: int) -> None:
    """No address is printed and nothing opened; a second signal ends it at once."""
    process = begin(tmp_path, "--no-open", "--fill", "20000", "--keep", "kept")
    while not is_being_filled(tmp_path / "kept" / "kuager.db"):
        assert process.poll() is None
        time.sleep(0.05)
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    code, said, _ = end(process)
    # The second may come when the program has given the signal back: a shell says 130 then too.
    assert code in {1: (0,), 2: (130, -signal.SIGINT)}[times]
    assert said == ""


@pytest.mark.parametrize("file", ["keys.env", "kuager.db"])
def test_a_signal_interrupts_the_start(tmp_path: Path, file: str) -> None:
    """It ends in good order and prints nothing."""
    process = begin(tmp_path, "--no-open", "--keep", "kept")
    while not (tmp_path / "kept" / file).exists():
        assert process.poll() is None
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    assert end(process) == (0, "", "")


def begin(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Start a demo without waiting for its address."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
    command = [sys.executable, "-m", "bot", "demo", "--port", "0", *words]
    return subprocess.Popen(  # noqa: S603 - our own
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Its exit code, output and errors; it must end within seconds."""
    with process:
        try:
            said, why = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    return process.returncode, said, why


def is_being_filled(path: Path) -> bool:
    """Whether a database has more reports than the team's desk has from the first."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            found: tuple[int] = database.execute("SELECT count(*) FROM reports").fetchone()
        except sqlite3.OperationalError:  # it is being made
            return False
    return found[0] > ON_THE_DESK


def test_a_demo_with_an_archive_is_ready_to_seal(tmp_path: Path) -> None:
    """Two identities stand in a folder for the organisation's machine, and commands work from the demo's folder."""
    kept = tmp_path / "kept"
    with demo(tmp_path, "--archive", "--fill", "0", "--keep", str(kept)) as url:
        assert url
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "bot", "archive", "status"]
        done = subprocess.run(command, cwd=kept, env=env, capture_output=True, text=True, check=True)  # noqa: S603
    recipients = [recipient_of(file.read_text("utf-8")) for file in sorted((kept / MACHINE).iterdir())]
    rows = [line.split() for line in done.stdout.splitlines()[1:3]]
    assert [row[-1] for row in rows] == recipients
    assert "never" not in done.stdout
