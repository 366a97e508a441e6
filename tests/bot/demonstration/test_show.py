"""A demo as a process of its own, as a newcomer starts it."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from bot.demonstration.show import is_loopback

ROOT = Path(__file__).parents[3]


@contextmanager
def demo(folder: Path, *words: str) -> Iterator[str]:
    """Its address, while it runs; it ends with 0 when it is told to."""
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
        assert process.wait(20) == 0


def rows_at(url: str) -> dict[str, dict[str, Any]]:
    """The tables that the page's panel shows, by name."""
    with urllib.request.urlopen(f"{url}/stage/tables", timeout=10) as answer:  # noqa: S310 - our own
        return {rows["table"]: rows for rows in json.loads(answer.read())["tables"]}


def test_a_kept_demo_goes_on_where_it_was_left(tmp_path: Path) -> None:
    """Reports, moderators and keys are there again, and the bot can write to the moderator's phone."""
    with demo(tmp_path, "--no-open", "--fill", "30", "--keep", "kept") as url:
        with urllib.request.urlopen(url, timeout=10) as page:  # noqa: S310 - our own
            assert b"Kuager" in page.read()
        before = rows_at(url)
        assert before["reports"]["total"] == 30
    keys = tmp_path / "kept" / "keys.env"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    written = keys.read_text()
    with demo(tmp_path, "--no-open", "--keep", "kept") as url:
        after = rows_at(url)
        assert after["reports"] == before["reports"]
        assert after["moderators"] == before["moderators"]
        with urllib.request.urlopen(f"{url}/phone/2001/chat", timeout=10) as chat:  # noqa: S310 - our own
            said = json.loads(chat.read())
        assert any(not message["from"]["is_bot"] for message in said["messages"])
        assert any(message["from"]["is_bot"] for message in said["messages"])
    assert keys.read_text() == written
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_beyond_this_machine_a_key_is_asked_for(tmp_path: Path) -> None:
    """It is random, and stands in the address that is printed."""
    with demo(tmp_path, "--host", "0.0.0.0") as url:  # noqa: S104 - that is what is tried
        address, _, key = url.partition("?key=")
        assert len(key) == 32
        with pytest.raises(HTTPError) as refused:
            urllib.request.urlopen(f"{address}stage/tables", timeout=10)  # noqa: S310 - our own
        assert refused.value.code == 403
        refused.value.close()
        with urllib.request.urlopen(f"{address}stage/tables?key={key}", timeout=10) as answer:  # noqa: S310
            tables = {rows["table"] for rows in json.loads(answer.read())["tables"]}
        assert "moderators" in tables


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("localhost", True),
        ("0.0.0.0", False), ("192.0.2.1", False), ("::", False), ("example.org", False),  # noqa: S104
    ],
)  # fmt: skip
def test_only_this_machines_own_addresses_need_no_key(host: str, own: bool) -> None:
    """By number and by name."""
    assert is_loopback(host) is own
