"""`db copy`: the whole database into another one."""

import asyncio
import io
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

import migrations
from bot.app.work import Work
from bot.settings import load_settings
from tests.bench import Bench
from tests.bot.app.cli.conftest import Kuager, within

OTHER = "sqlite+aiosqlite:///data/other.db"


async def fill(work: Work) -> None:
    """Three reports and a moderator."""
    bench = Bench(work.database, work.forms, work.settings)
    async with bench.write() as unit:
        await bench.moderator(unit)
        for _ in range(3):
            await bench.submit(unit)


@pytest.mark.usefixtures("set_up")
def test_a_bot_goes_on_with_the_copy(kuager: Kuager, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose tables are made if there are none; its keys open the reports, and the audit log fits its chain."""
    within(fill, load_settings())
    done = kuager("db", "copy", OTHER)
    assert (done.code, done.err) == (0, "")
    assert "Copied, and the same when read back: " in done.out
    assert Path("data/other.db").stat().st_mode & 0o077 == 0
    again = kuager("db", "copy", OTHER)
    assert (again.code, again.out.strip(), again.err.count("\n")) == (2, "", 1)
    assert "there are rows already in its table " in again.err
    monkeypatch.setenv("KUAGER_DATABASE_URL", OTHER)
    checked = kuager("check", "--offline")
    assert checked.code == 0
    assert "well     keys: the ring opens all 3 reports" in checked.out
    assert "well     audit log: fits its chain" in checked.out


@pytest.mark.usefixtures("set_up")
def test_a_copy_that_cannot_be_is_told_in_one_line(kuager: Kuager, monkeypatch: pytest.MonkeyPatch) -> None:
    """And changes nothing; the password of the URL is not repeated."""
    refused = kuager("db", "copy", "mysql://kuager:hunter2@localhost/kuager")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert refused.err.startswith(
        "the URL is wrong: it must start with sqlite+aiosqlite:/// or postgresql+asyncpg://. "
    )
    away = kuager("db", "copy", "postgresql+asyncpg://kuager:hunter2@127.0.0.1:1/kuager")
    assert (away.code, away.err.count("\n")) == (2, 1)
    assert "the database does not answer" in away.err
    assert "hunter2" not in refused.err + away.err
    within(fill, load_settings())
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{load_settings().database_url}\n"))
    same = kuager("db", "copy", "-")
    assert (same.code, same.err.count("\n")) == (2, 1)
    assert "it is the database that is to be copied" in same.err


@pytest.mark.usefixtures("set_up")
def test_a_database_that_is_in_use_is_not_copied(kuager: Kuager) -> None:
    """By the bot, or by another command."""
    with closing(sqlite3.connect("data/kuager.db")) as used:
        used.execute("SELECT count(*) FROM reports").fetchone()
        done = kuager("db", "copy", OTHER)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("KUAGER_DATABASE_URL names a database that is in use. Stop the bot")


@pytest.mark.usefixtures("set_up")
def test_a_copy_of_another_revision_is_told_with_what_to_do(kuager: Kuager) -> None:
    """It has tables, which are somebody's."""
    asyncio.run(migrations.upgrade(OTHER, "0008"))
    done = kuager("db", "copy", OTHER)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "KUAGER_DATABASE_URL is not up to date. Run: python -m bot migrate" in done.err
