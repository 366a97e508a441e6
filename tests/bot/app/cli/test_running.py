"""The bot itself as a command."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.app.cli.console import the_only_bot
from bot.demo import TOKEN
from bot.errors import SettingsError
from tests.bot.app.cli.conftest import Kuager
from tests.conftest import sqlite_url


def test_a_second_bot_on_one_sqlite_file_is_told_in_a_line(tmp_path: Path) -> None:
    """Both would send what one owes, and neither would know what the other has shown."""
    url = sqlite_url(tmp_path / "kuager.db")
    refused = pytest.raises(SettingsError, match=r"on which a bot runs already")
    with the_only_bot(url), refused as told, the_only_bot(url):
        pass
    assert "\n" not in str(told.value)


OTHER_BOT = "456:another-bots"


@pytest.mark.usefixtures("telegram")
def test_the_token_of_another_bot_is_refused_until_it_is_adopted(
    kuager: Kuager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `run`, `check` and what writes: its chats are another's. A renewed token of the same bot goes on."""
    assert kuager("invite").code == 0
    bot_id, _, _ = TOKEN.partition(":")
    monkeypatch.setenv("KUAGER_BOT_TOKEN", f"{bot_id}:renewed")
    for command in (("purge",), ("check", "--offline")):
        assert kuager(*command).code == 0
    monkeypatch.setenv("KUAGER_BOT_TOKEN", OTHER_BOT)
    for command in (("run",), ("purge",), ("check", "--offline")):
        done = kuager(*command)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert done.err.startswith("KUAGER_BOT_TOKEN is that of another bot ")
        assert done.err.endswith("python -m bot adopt\n")
    assert kuager("adopt").code == 0
    assert kuager("purge").code == 0
    monkeypatch.setenv("KUAGER_BOT_TOKEN", TOKEN)
    assert kuager("purge").code == 1
    with closing(sqlite3.connect("data/kuager.db")) as database:
        (stored,) = database.execute("SELECT value FROM marks WHERE name = 'bot'").fetchone()
    assert re.fullmatch("[0-9a-f]{64}", stored)


@pytest.mark.usefixtures("telegram")
def test_a_bot_logs_as_json_if_it_is_told_to(kuager: Kuager, monkeypatch: pytest.MonkeyPatch) -> None:
    """From its first line; the line of a refusal stays one that people read."""
    assert kuager("invite").code == 0
    for name, value in {"LOG_FORMAT": "json", "CLAIM_HOURS": "5", "BOT_TOKEN": OTHER_BOT}.items():
        monkeypatch.setenv(f"KUAGER_{name}", value)
    logged, refusal = kuager("run").err.splitlines()
    assert json.loads(logged)["message"].startswith("KUAGER_CLAIM_HOURS is no setting any more")
    assert refusal.startswith("KUAGER_BOT_TOKEN is that of another bot ")
