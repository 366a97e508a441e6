"""Names, stories, ids, files, codes and tokens pass through the bot; nothing it leaves behind tells them."""

import logging
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary

from bot.app.wiring import system_clock
from bot.app.work import Work
from bot.demo import TOKEN, USERNAME, settings_in
from bot.local_api.server import LocalBotApi
from bot.safety import logs
from bot.safety.pseudonym import Pseudonyms, Purpose
from bot.safety.sealing import RingSeal, Scheme, show_key
from bot.settings import Settings
from bot.store.clocks import TelegramTime
from bot.store.row_proofs import name_of, tables
from bot.store.unit import Safe
from db.engine import Database
from db.models import Base
from tests.conftest import sqlite_url
from tests.secrets.life import Life, live
from tests.secrets.planted import ALLOWED, NEVER_KEPT

ONLY_WITHOUT_SECRETS: Mapping[str, str] = {
    "audit_log.mac": "a MAC of references and aliases",
    **{f"{name_of(table)}.row_mac": "a proof, cut to 16 bytes" for table in tables()},
    "key_slots.content": "wrapped data keys, which are random",
    "data_keys.envelope": "a layer round a data key; nothing is sealed to an archive here",
    "waiting_updates.sender": "a hash of the day, of updates that have to wait; none had to",
    "waiting_updates.raw": "updates that have to wait; none had to",
    "failed_updates.raw": "the shape of an update, without its words",
    "sender_buckets.content": "counts by the hash of the day",
    "sent_messages.message": "numbers of messages",
    "drafts.prompt": "numbers of messages",
    "blocks.sender": "a hash of somebody who is blocked; nobody is here",
    "blocks.flooding": "the same of somebody who floods the bot",
    "sharing_requests.reason": "what is asked of another administrator; there is none here",
    "installed_forms.content": "a form that an administrator brought; there is none here",
    "ring_secrets.content": "the server's own age identity, which is random",
    "update_texts.content": "a text of the organisation for its updates; there is none here",
    "take_backs.chat_hash": "chats of moderators that are to be cleared, for seconds",
    "moderators.preferences": "hours and choices of a member, none of which is a secret here",
    "invites.token_hash": "an invitation that was used is deleted",
    "invites.chat_hash": "the same",
}
"""The columns of bytes in which the search may find nothing though they are not sealed, and why."""


class Unhashed(Pseudonyms):
    """Hashes that hash nothing."""

    def of(self, purpose: Purpose, value: str) -> bytes:
        """The value itself."""
        del purpose
        return value.encode()


class Unemptied(Database):
    """A database that says that its log of writes is emptied, and leaves it: what came and went is still there."""

    async def truncate_log(self) -> bool:
        """Not at all."""
        return True


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where everything is that the bot writes, its temporary files too."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@asynccontextmanager
async def hosted(folder: Path, database_url: str) -> AsyncIterator[Settings]:
    """Settings for a bot on a local Bot API."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    yield settings_in(folder, api.url, poll_seconds=5, database_url=database_url)
    await api.stop()


@pytest.fixture
async def settings(database_url: str, folder: Path) -> AsyncIterator[Settings]:
    """For a bot on SQLite, and for one on PostgreSQL, whose server has temporary files of its own by then."""
    async with hosted(folder, database_url) as made:
        yield made


@pytest.fixture
async def settings_on_sqlite(folder: Path, migrated_file: Path) -> AsyncIterator[Settings]:
    """For a bot on SQLite."""
    shutil.copy(migrated_file, folder / "kuager.db")
    async with hosted(folder, sqlite_url(folder / "kuager.db")) as made:
        yield made


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """All that is logged, in the greatest detail, as an operator would find it."""
    written = StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    logs.set_up(logging.DEBUG)
    yield written
    logging.basicConfig(level=logging.WARNING, handlers=[logging.NullHandler()], force=True)


def work_on(database: Database, settings: Settings, safe: Safe | None = None) -> Work:
    """Work as the wiring makes it, on this database."""
    return Work(settings, database, system_clock(settings), TelegramTime(time.monotonic), safe)


def environment(settings: Settings) -> Mapping[str, str]:
    """The settings as commands read them."""
    ring = settings.ring
    return {
        "KUAGER_BOT_TOKEN": TOKEN,
        "KUAGER_BOT_API_URL": settings.bot_api_url,
        "KUAGER_DATABASE_URL": settings.database_url,
        "KUAGER_FILES_DIR": str(settings.files_dir),
        "KUAGER_KEY_RING": f"{ring.current}:{show_key(ring.keys[ring.current])}",
        "KUAGER_LOOKUP_KEY": show_key(settings.lookup),
        "KUAGER_AUDIT_KEY": show_key(settings.audit),
        "KUAGER_FORM": str(settings.form),
    }


def keys_of(settings: Settings) -> Mapping[str, bytes | str]:
    """What the operator gives, and nobody may find."""
    ring = settings.ring
    return {
        "bot's token": TOKEN.partition(":")[2],
        "ring's key": ring.keys[ring.current],
        "lookup key": settings.lookup,
        "audit key": settings.audit,
    }


async def test_no_secret_stands_anywhere(
    settings: Settings,
    log: StringIO,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """Whoever takes all that the bot has written, after any step of its life or in the middle of one, finds no secret in any
    encoding; what was withdrawn is gone even sealed, of SQLite from every file; no file tells when it came. PostgreSQL's
    own files, its write-ahead log among them, may keep what was deleted, but sealed: there no secret stands either."""
    server = None
    if not settings.database_url.startswith("sqlite"):
        server = request.getfixturevalue("server").pgdata
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    sends = ("photo", "document", "video") if server is None else ("photo",)
    life = Life(settings, work_on(Database(settings.database_url), settings), log, folder, server, sends)
    life.secrets |= keys_of(settings)
    await live(life)
    assert sorted(life.found) == []
    assert life.stood == life.doomed.keys()
    assert life.survived == set()
    assert life.times == {0.0}
    if server is not None:
        assert {place.split("/")[1] for place, _ in life.places if place.startswith("server/")} >= {
            "base",
            "pg_wal",
        }


@pytest.mark.newest  # it tries the search, not the bot
async def test_the_search_catches_a_bot_that_neither_seals_nor_hashes(
    settings_on_sqlite: Settings, log: StringIO, folder: Path
) -> None:
    """With a scheme that seals nothing, hashes that hash nothing and a log as Python writes it the same search finds all that
    these protect, in every column that holds anything of it. What is never kept is not found even then."""
    settings = settings_on_sqlite
    outspoken = logging.StreamHandler(log)
    logging.getLogger().addHandler(outspoken)
    plain = Scheme(lambda _key, content, _context: content, lambda _key, sealed, _context: sealed)
    safe = Safe(RingSeal(settings.ring, plain), Unhashed(settings.lookup), settings.audit)
    work = work_on(Unemptied(settings.database_url), settings, safe)
    life = Life(settings, work, log, folder, by_command=False)
    life.secrets |= keys_of(settings)
    await live(life)
    assert life.secrets.keys() - NEVER_KEPT - life.names_found == set()
    assert NEVER_KEPT & life.names_found == set()
    columns = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert columns - life.columns_found - ONLY_WITHOUT_SECRETS.keys() == set()
    assert ONLY_WITHOUT_SECRETS.keys() <= columns


def test_what_may_be_found_has_a_reason() -> None:
    """The table names only what is planted for the public."""
    assert all(reason and may for may, reason in ALLOWED.values())
