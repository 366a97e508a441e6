"""SQLite's driver, with one hop to its thread a statement.

aiosqlite hops for each of a statement's cursor, its execution, its rows and its closing, for the beginning of a transaction,
and for a rollback of none: six hops where one does. A hop costs more than most statements of the bot.
"""

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
"""Rows that come with the hop of their statement; further ones are for streams."""


class Connection(aiosqlite.Connection):
    """A connection whose transactions begin with their first statement, by `begin`. `arguments` and `options` are those of
    `sqlite3.connect`, `pragmas` are set as soon as it is open.

    It makes no use of the connection beside its thread, so a caller that is cancelled leaves nothing half done: what it asked
    for runs to its end before the rollback does."""

    def __init__(
        self, begin: str, pragmas: Mapping[str, str], arguments: Sequence[Any], options: Mapping[str, Any]
    ) -> None:
        self._opened: list[sqlite3.Connection] = []
        """What the thread has opened, which whoever asked for it may not have waited for."""
        super().__init__(partial(_open, self._opened, pragmas, arguments, options), iter_chunk_size=64)
        # A daemon, since a process that fails must end.
        self._thread = Thread(target=_work, args=(self._tx, self._opened), daemon=True)
        self._begin = begin
        self._is_untouched = True
        self._has_begun = False
        """Whether a transaction was begun that was neither committed nor rolled back from here; of the driver's thread alone."""

    def stop(self) -> asyncio.Future[Any] | None:
        """End the thread, and close what it has opened: aiosqlite forgets that where the caller was cancelled while it was opened."""
        self._tx.put_nowait((None, partial(_close, self._opened)))
        return super().stop()

    def cursor(self) -> "Cursor":  # type: ignore[override] # SQLAlchemy asks for one, and enters it
        """A cursor, without a hop."""
        return Cursor(self)

    async def transact(self, act: Callable[[sqlite3.Connection], _T]) -> _T:
        """What `act` gives on the driver's thread, in a transaction."""
        self._is_untouched = False
        return await self._hop(partial(self._begun, act))

    async def close_cursor(self, cursor: sqlite3.Cursor) -> None:
        """Close what is left of a stream."""
        await self._hop(cursor.close)

    async def fetch(self, cursor: sqlite3.Cursor, count: int) -> list[Any]:
        """So many more rows of a stream; all with -1."""
        return await self._hop(cursor.fetchall if count < 0 else partial(cursor.fetchmany, count))

    async def commit(self) -> None:
        """Commit, if anything was done. Raises sqlite3.OperationalError if SQLite has rolled it back."""
        if not self._is_untouched:
            await self._hop(self._end)
            self._is_untouched = True

    async def rollback(self) -> None:
        """Roll back, if anything was done that was not committed."""
        if not self._is_untouched:
            await self._hop(self._undo)
            self._is_untouched = True

    async def _hop(self, act: Callable[[], _T]) -> _T:
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
        """On a full disk, say, SQLite rolls back by itself (https://www.sqlite.org/lang_transaction.html). Whoever caught
        that error and went on would commit the second half of a transaction without the first."""
        if self._has_begun and not self._conn.in_transaction:
            lost = sqlite3.OperationalError("SQLite has rolled this transaction back")
            lost.sqlite_errorcode = sqlite3.SQLITE_ABORT_ROLLBACK
            lost.sqlite_errorname = "SQLITE_ABORT_ROLLBACK"
            raise lost


class Cursor:
    """A cursor as SQLAlchemy's adapter uses it (PEP 249, awaited)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()
        self._rest: sqlite3.Cursor | None = None
        """The driver's cursor while it may have more rows."""
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Run a statement, and take its first rows along."""

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
        """Run a statement for each of these."""

        def act(raw: sqlite3.Connection) -> sqlite3.Cursor:
            cursor = raw.executemany(sql, parameters)
            cursor.close()
            return cursor

        self._note(await self._connection.transact(act), [])
        return self

    async def fetchone(self) -> Any:
        """The next row, or None."""
        return next(iter(await self.fetchmany(1)), None)

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """So many of the next rows."""
        wanted = self.arraysize if size is None else size
        if self._rest is not None and len(self._rows) < wanted:
            self._rows += await self._connection.fetch(self._rest, wanted - len(self._rows))
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    async def fetchall(self) -> list[Any]:
        """All further rows."""
        if self._rest is not None:
            self._rows += await self._connection.fetch(self._rest, -1)
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def close(self) -> None:
        """Let go of what is left of a stream; else there is nothing to do."""
        if self._rest is not None:
            rest, self._rest = self._rest, None
            await self._connection.close_cursor(rest)

    def _note(self, cursor: sqlite3.Cursor, rows: list[Any]) -> None:
        self.description, self.rowcount = cursor.description, cursor.rowcount
        self.lastrowid = cursor.lastrowid
        self._rows = deque(rows)


def _work(asked: _TxQueue, opened: Sequence[sqlite3.Connection]) -> None:
    """What aiosqlite's thread does, which ends as soon as an event loop that is to be told something is closed: whoever is cancelled just
    before that has asked it to close the connection, and waits for nothing."""
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
    # Without an isolation level the driver begins no transactions of its own, which would be deferred ones.
    connection: sqlite3.Connection = sqlite3.connect(*arguments, **{**options, "isolation_level": None})
    opened.append(connection)
    for name, value in pragmas.items():
        connection.execute(f"PRAGMA {name}={value}").close()
    return connection


def _close(opened: list[sqlite3.Connection]) -> None:
    while opened:
        opened.pop().close()
