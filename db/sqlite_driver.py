"""SQLite driver with one thread switch per statement. A switch costs more than most statements of the bot."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Thread
from typing import Any, Self, TypeVar

import aiosqlite
from aiosqlite.core import _connection_worker_thread, _TxQueue

_T = TypeVar("_T")
_FIRST_ROWS = 500


class Connection(aiosqlite.Connection):
    """A connection whose transactions begin with their first statement, by `begin`. Only its own thread uses
    it, so the work of a cancelled caller ends before the rollback."""

    def __init__(
        self, begin: str, pragmas: Mapping[str, str], arguments: Sequence[Any], options: Mapping[str, Any]
    ) -> None:
        self._opened: list[sqlite3.Connection] = []
        """Connections opened by the thread, even for a cancelled caller."""
        super().__init__(partial(_open, self._opened, pragmas, arguments, options), iter_chunk_size=64)
        # A daemon thread, so that a failing process ends.
        self._thread = Thread(target=_work, args=(self._tx, self._opened), daemon=True)
        self._begin = begin
        self._is_untouched = True
        self._has_begun = False
        """Whether a transaction is open, by the driver's thread."""

    def stop(self) -> asyncio.Future[Any] | None:
        """End the thread and close its connections, even for a cancelled caller."""
        self._tx.put_nowait((None, partial(_close, self._opened)))
        return super().stop()

    def cursor(self) -> "Cursor":  # type: ignore[override] # SQLAlchemy asks for one, and enters it
        return Cursor(self)

    async def transact(self, act: Callable[[sqlite3.Connection], _T]) -> _T:
        """Run `act` on the driver's thread, in a transaction."""
        self._is_untouched = False
        return await self.hop(partial(self._begun, act))

    async def commit(self) -> None:
        """Commit. Raises sqlite3.OperationalError if SQLite has rolled back by itself."""
        if not self._is_untouched:
            await self.hop(self._end)
            self._is_untouched = True

    async def rollback(self) -> None:
        if not self._is_untouched:
            await self.hop(self._undo)
            self._is_untouched = True

    async def hop(self, act: Callable[[], _T]) -> _T:
        """Run `act` on the driver's thread."""
        done: _T = await self._execute(act)  # type: ignore[no-untyped-call] # it has no types
        return done

    def _begun(self, act: Callable[[sqlite3.Connection], _T]) -> _T:
        self._require_whole()
        if not self._has_begun:
            self._conn.execute(self._begin)
            self._has_begun = True
        return act(self._conn)

    def _end(self) -> None:
        self._require_whole()
        self._conn.commit()
        self._has_begun = False

    def _undo(self) -> None:
        self._conn.rollback()
        self._has_begun = False

    def _require_whole(self) -> None:
        """Check that SQLite has not rolled back by itself, as on a full disk
        (https://www.sqlite.org/lang_transaction.html). Otherwise only the second half would be committed."""
        if self._has_begun and not self._conn.in_transaction:
            lost = sqlite3.OperationalError("SQLite has rolled this transaction back")
            lost.sqlite_errorcode = sqlite3.SQLITE_ABORT_ROLLBACK
            lost.sqlite_errorname = "SQLITE_ABORT_ROLLBACK"
            raise lost


class Cursor:
    """A cursor for SQLAlchemy's adapter (PEP 249, awaited)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()
        self._rest: sqlite3.Cursor | None = None
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        def act(raw: sqlite3.Connection) -> tuple[sqlite3.Cursor, list[Any]]:
            cursor = raw.execute(sql, parameters)
            rows = cursor.fetchmany(_FIRST_ROWS) if cursor.description else []
            if len(rows) < _FIRST_ROWS:
                cursor.close()
            return cursor, rows

        cursor, rows = await self._connection.transact(act)
        self._note(cursor, rows)
        self._rest = cursor if len(rows) == _FIRST_ROWS else None
        return self

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> Self:
        def act(raw: sqlite3.Connection) -> sqlite3.Cursor:
            cursor = raw.executemany(sql, parameters)
            cursor.close()
            return cursor

        self._note(await self._connection.transact(act), [])
        return self

    async def fetchone(self) -> Any:
        return next(iter(await self.fetchmany(1)), None)

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        wanted = self.arraysize if size is None else size
        if self._rest is not None and len(self._rows) < wanted:
            missing = wanted - len(self._rows)
            self._rows += await self._connection.hop(partial(self._rest.fetchmany, missing))
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    async def fetchall(self) -> list[Any]:
        if self._rest is not None:
            self._rows += await self._connection.hop(self._rest.fetchall)
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def close(self) -> None:
        if self._rest is not None:
            rest, self._rest = self._rest, None
            await self._connection.hop(rest.close)

    def _note(self, cursor: sqlite3.Cursor, rows: list[Any]) -> None:
        self.description, self.rowcount = cursor.description, cursor.rowcount
        self.lastrowid = cursor.lastrowid
        self._rows = deque(rows)


def _work(asked: _TxQueue, opened: Sequence[sqlite3.Connection]) -> None:
    """Run aiosqlite's worker again after a closed event loop, to close the connection of a cancelled caller."""
    while True:
        try:
            _connection_worker_thread(asked)
        except RuntimeError:
            if opened:
                continue
        return


def _open(
    opened: list[sqlite3.Connection],
    pragmas: Mapping[str, str],
    arguments: Sequence[Any],
    options: Mapping[str, Any],
) -> sqlite3.Connection:
    # Without an isolation level the driver begins no deferred transactions of its own.
    connection: sqlite3.Connection = sqlite3.connect(*arguments, **{**options, "isolation_level": None})
    opened.append(connection)
    for name, value in pragmas.items():
        connection.execute(f"PRAGMA {name}={value}").close()
    return connection


def _close(opened: list[sqlite3.Connection]) -> None:
    while opened:
        opened.pop().close()
