"""The driver of SQLite: as many hops to its thread as statements, and nothing lost by it."""

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from db.engine import Database
from db.models import SeenUpdate
from db.sqlite_driver import Connection

MANY = 1234
"""More rows than come with a statement."""


class Watched(sqlite3.Connection):
    """A connection that notes that it was closed."""

    is_closed = False

    def close(self) -> None:
        """Close it."""
        super().close()
        self.is_closed = True


@pytest.fixture
async def database(migrated_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty SQLite database."""
    made = Database(f"sqlite+aiosqlite:///{shutil.copy(migrated_file, tmp_path)}")
    yield made
    await made.close()


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was asked of the driver's thread."""
    asked: list[object] = []
    execute = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, act: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(act)
        return await execute(self, act, *args, **kwargs)  # type: ignore[no-untyped-call] # it has no types

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return asked


async def test_a_statement_is_one_hop_and_the_commit_another(database: Database, hops: list[object]) -> None:
    """Beginning, rows and closing come along."""
    await _write(database, 3)  # connects
    async with database.write() as session:
        hops.clear()
        await session.execute(insert(SeenUpdate), [{"id": 10, "hour": 1}])
        assert (await session.scalars(select(SeenUpdate.id))).all() == [0, 1, 2, 10]
        assert len(hops) == 2
    assert len(hops) == 3


async def test_a_transaction_in_which_nothing_was_done_takes_no_hop(
    database: Database, hops: list[object]
) -> None:
    """Neither to begin nor to end."""
    await _write(database, 1)
    hops.clear()
    async with database.write():
        pass
    assert not hops


async def test_all_rows_come_and_a_stream_gives_them_by_and_by(
    database: Database, hops: list[object]
) -> None:
    """However many there are."""
    await _write(database, MANY)
    query = select(SeenUpdate.id).order_by(SeenUpdate.id)
    async with database.read() as session:
        assert list(await session.scalars(query)) == list(range(MANY))
        hops.clear()
        found = await session.stream_scalars(query.execution_options(yield_per=100))
        assert [row async for row in found] == list(range(MANY))
        assert len(hops) > MANY // 100 - 6


async def test_a_stream_that_is_left_early_blocks_nobody(database: Database) -> None:
    """Its cursor is closed with it."""
    await _write(database, MANY)
    async with database.read() as session:
        async for _ in await session.stream_scalars(select(SeenUpdate.id).execution_options(yield_per=600)):
            break
    assert await database.truncate_log()


async def test_an_error_leaves_the_connection_usable(database: Database) -> None:
    """What was written before it in the transaction is rolled back."""
    await _write(database, 1)
    with pytest.raises(IntegrityError):
        await _write_twice(database)
    assert await _count(database) == 1
    await _write(database, 1, first=50)
    assert await _count(database) == 2


async def test_a_transaction_that_sqlite_rolled_back_is_not_gone_on_with(database: Database) -> None:
    """As it may do on a full disk: neither a statement nor the commit begins anew behind the back of who caught the error,
    and the next transaction is whole."""
    await _write(database, 1)
    for go_on in (True, False):
        with pytest.raises(OperationalError, match="rolled this transaction back"):
            await _go_on_after_a_rollback(database, with_a_statement=go_on)
        assert await _count(database) == 1
    await _write(database, 1, first=50)
    assert await _count(database) == 2


async def _go_on_after_a_rollback(database: Database, *, with_a_statement: bool) -> None:
    async with database.write() as session:
        await session.execute(insert(SeenUpdate), [{"id": 7, "hour": 1}])
        connection = await session.connection()
        with pytest.raises(IntegrityError):
            await connection.exec_driver_sql("INSERT OR ROLLBACK INTO seen_updates (id, hour) VALUES (0, 1)")
        if with_a_statement:
            await session.execute(insert(SeenUpdate), [{"id": 8, "hour": 1}])


async def test_who_is_cancelled_in_a_statement_leaves_no_transaction_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement may still run on its thread when its caller is gone: the next writer finds nothing of it."""
    await _write(database, 1)
    reached = asyncio.Event()
    transact = Connection.transact

    async def slow(self: Connection, act: Any) -> Any:
        running = asyncio.ensure_future(transact(self, act))
        await asyncio.sleep(0)  # the statement is on its way
        reached.set()
        return await running

    async def write() -> None:
        async with database.write() as session:
            await session.execute(insert(SeenUpdate), [{"id": 7, "hour": 1}])
            await asyncio.sleep(60)

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "transact", slow)
        task = asyncio.create_task(write())
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await _count(database) == 1
    await _write(database, 1, first=50)
    assert await _count(database) == 2


@pytest.mark.parametrize("is_cancelled", [True, False], ids=["cancelled", "refused"])
async def test_who_gets_no_connection_leaves_none_open(tmp_path: Path, *, is_cancelled: bool) -> None:
    """The thread may open it for a caller who is gone, or have opened what turns out to be no database."""
    made: list[Watched] = []
    begun, go_on = threading.Event(), threading.Event()

    def watched(*arguments: Any, **options: Any) -> Watched:
        made.append(Watched(*arguments, **options))
        begun.set()
        assert go_on.wait(30)
        return made[0]

    pragmas = {} if is_cancelled else {"journal_mode": "WAL"}
    (tmp_path / "one.db").write_text("This is no database. " * 50)
    connection = Connection("BEGIN", pragmas, [tmp_path / "one.db"], {"factory": watched})
    opening = asyncio.ensure_future(connection)
    assert await asyncio.to_thread(begun.wait, 30)
    if is_cancelled:
        opening.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError if is_cancelled else sqlite3.DatabaseError):
        await opening
    await asyncio.to_thread(connection._thread.join, 30)
    assert [one.is_closed for one in made] == [True]


def test_whoever_is_cancelled_just_before_the_loop_ends_leaves_no_connection_open(tmp_path: Path) -> None:
    """The thread may be at a statement then, and can tell nobody of its end."""
    made: list[Watched] = []
    begun, go_on = threading.Event(), threading.Event()

    def watched(*arguments: Any, **options: Any) -> Watched:
        made.append(Watched(*arguments, **options))
        return made[0]

    def slow(_connection: sqlite3.Connection) -> None:
        begun.set()
        assert go_on.wait(30)

    connection = Connection("BEGIN", {}, [tmp_path / "one.db"], {"factory": watched})

    async def leave() -> None:
        await connection
        working = asyncio.ensure_future(connection.transact(slow))
        assert await asyncio.to_thread(begun.wait, 30)
        working.cancel()
        connection.stop()  # as the pool does, which cannot wait when somebody is cancelled

    asyncio.run(leave())
    go_on.set()
    connection._thread.join(30)
    assert (connection._thread.is_alive(), made[0].is_closed) == (False, True)


async def _write(database: Database, count: int, *, first: int = 0) -> None:
    async with database.write() as session:
        await session.execute(insert(SeenUpdate), [{"id": first + n, "hour": 1} for n in range(count)])


async def _write_twice(database: Database) -> None:
    async with database.write() as session:
        await session.execute(insert(SeenUpdate), [{"id": 7, "hour": 1}])
        await session.execute(insert(SeenUpdate), [{"id": 0, "hour": 1}])


async def _count(database: Database) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(SeenUpdate)) or 0
