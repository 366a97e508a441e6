"""Names, stories, ids, files, codes and tokens pass through the bot; nothing it leaves behind tells them."""

import logging
import sys
import time
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from pathlib import Path

import pytest

from bot.demo import TOKEN, USERNAME, settings_in
from bot.local_api.server import LocalBotApi
from bot.safety import logs, sealing
from bot.safety.pseudonym import Pseudonyms
from bot.settings import Settings
from db.engine import Database
from tests.secrets.planting import HASHED, NEVER_KEPT, SEALED, SEALED_IN_PASSING, live


@pytest.fixture
async def settings(database_url: str, tmp_path: Path) -> AsyncIterator[Settings]:
    """Settings for a bot on a local Bot API, on SQLite and on PostgreSQL."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    yield settings_in(tmp_path, api.url, poll_seconds=5, database_url=database_url)
    await api.stop()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """All that is logged, in the greatest detail, as an operator would find it."""
    written = StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    logs.set_up(logging.DEBUG)
    yield written
    logging.basicConfig(level=logging.WARNING, handlers=[logging.NullHandler()], force=True)


@pytest.fixture
def unsealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealing that seals nothing."""
    monkeypatch.setattr(sealing, "seal", lambda _key, plain, _place: plain)
    monkeypatch.setattr(sealing, "unseal", lambda _key, sealed, _place: sealed)


@pytest.fixture
def unemptied(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that says its log of writes is emptied, and leaves it: what came and went is still there."""

    async def pretend(_self: Database) -> bool:
        return True

    monkeypatch.setattr(Database, "truncate_log", pretend)


@pytest.fixture
def unhashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that hash nothing."""
    monkeypatch.setattr(Pseudonyms, "of", lambda _self, _purpose, value: value.encode())


@pytest.fixture
def outspoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log as Python writes it."""
    monkeypatch.setattr(logs, "QuietFormatter", logging.Formatter)


async def test_no_secret_stands_anywhere(settings: Settings, log: StringIO) -> None:
    """Whoever takes the database, the files, the bot's log and the exports, while it runs or after it
    stopped, finds no secret in any encoding; what was withdrawn is gone even sealed; no file tells when it
    came. Of SQLite this is true of all its bytes, the log of writes too; of PostgreSQL only the live rows
    are looked at: its files and its own log may keep what was deleted."""
    life = await live(settings, log)
    assert sorted(life.found) == []
    assert life.stood == life.doomed.keys()
    assert life.survived == set()
    assert life.times == {0.0}


@pytest.mark.usefixtures("unsealed", "outspoken", "unemptied")
async def test_the_search_catches_a_bot_that_does_not_seal(settings: Settings, log: StringIO) -> None:
    """With sealing switched off the same search finds everything that sealing protects, and with Python's own
    formatter the words of errors in the log; what is never kept is not found even then."""
    life = await live(settings, log)
    passing = SEALED_IN_PASSING if settings.database_url.startswith("sqlite") else frozenset()
    assert (SEALED | passing | {"words of an error"}) - life.names_found == set()
    assert NEVER_KEPT & life.names_found == set()


@pytest.mark.usefixtures("unhashed", "unemptied")
async def test_the_search_catches_a_bot_that_does_not_hash(settings: Settings, log: StringIO) -> None:
    """With hashing switched off the same search finds every id, and on SQLite the codes that came and went."""
    life = await live(settings, log)
    rows = {"reporter's id", "id of the silent", "moderator's id"}
    expected = HASHED if settings.database_url.startswith("sqlite") else rows
    assert expected - life.names_found == set()
