"""Copies of a database: the whole of it between SQLite and PostgreSQL, what lasts of it, and the rows of a backup."""

import asyncio
import base64
import errno
import hashlib
import json
import os
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import TIMEOUT_MAX, Timer
from typing import Any

from sqlalchemy import (
    LargeBinary,
    MetaData,
    Row,
    Table,
    delete,
    func,
    insert,
    make_url,
    select,
    text,
    union_all,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine

from db.engine import APPLICATION, PRAGMAS, SLOTS_AT_ONCE, free_slot, sqlite_engine
from db.models import SLOT_BYTES, Base, FreeSlot, KeySlot, Mark, SentMessage

ROWS_AT_ONCE = 100
MADE_BY_MIGRATIONS = frozenset({KeySlot.__tablename__, FreeSlot.__tablename__})
"""Tables that migrations fill with room for keys."""
TABLES: Sequence[Table] = Base.metadata.sorted_tables
_ALONE = {"busy_timeout": "1000", "locking_mode": "EXCLUSIVE"}
"""Pragmas that lock the file at once (sqlite.org/wal.html, "Use of WAL Without Shared-Memory")."""
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND application_name = :name"
)
SEQUENCE = "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), max({column})) FROM {table}"
_LOCK_NOT_AVAILABLE = "55P03"

Note = Callable[[int], None]


class InUseError(Exception):
    """The source is in use."""


class NotEmptyError(Exception):
    """The target has rows in the named table."""


class UnlikeError(Exception):
    """Copied rows differ in the named table. Nothing of them stays."""


@dataclass(slots=True)
class TableDigest:
    """Row count of a table, and a digest independent of their order."""

    rows: int = 0
    digest: int = 0

    def add(self, rows: Sequence[Row[Any]]) -> None:
        self.rows += len(rows)
        for row in rows:
            hashed = hashlib.sha256(repr(tuple(row)).encode()).digest()
            self.digest = (self.digest + int.from_bytes(hashed)) % 2**256


@asynccontextmanager
async def held(url: str) -> AsyncIterator[AsyncConnection]:
    """Hold one state of a database while no one can write. Raises InUseError if it is in use."""
    if url.startswith("sqlite"):
        await asyncio.to_thread(_require_alone, url)
        engine = sqlite_engine(url, "BEGIN", {**_ALONE, **PRAGMAS, "busy_timeout": "1000"})
    else:
        engine = create_async_engine(url, isolation_level="REPEATABLE READ")
    try:
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(engine.connect())
                await _take(connection)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
                raise InUseError from None
            yield connection
    finally:
        await engine.dispose()


def _require_alone(url: str) -> None:
    """Check without the async driver, whose thread outlives a failure to connect."""
    with closing(sqlite3.connect(str(make_url(url).database), timeout=1)) as file:
        try:
            file.execute("PRAGMA locking_mode=EXCLUSIVE").close()
            file.execute("SELECT count(*) FROM sqlite_schema").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise InUseError from None
            raise


async def _take(connection: AsyncConnection) -> None:
    if connection.dialect.name == "sqlite":
        return  # locked when opened
    await connection.execute(text("SET LOCAL lock_timeout = '5s'"))
    # Before the first query, which fixes the state that this transaction sees.
    await connection.execute(text(f"LOCK TABLE {', '.join(table.name for table in TABLES)} IN SHARE MODE"))
    if await connection.scalar(_OTHERS, {"name": APPLICATION}):
        raise InUseError


async def row_count(connection: AsyncConnection) -> int:
    counts = [await connection.scalar(select(func.count()).select_from(table)) for table in TABLES]
    return sum(count or 0 for count in counts)


async def transfer(
    source: AsyncConnection, url: str, copied: Note = lambda _: None, compared: Note = lambda _: None
) -> Mapping[str, int]:
    """Copy all rows into a migrated, empty database, and compare. Returns each table's row count. Raises
    NotEmptyError and UnlikeError, and leaves the target empty then."""
    is_sqlite = url.startswith("sqlite")
    engine = sqlite_engine(url, "BEGIN IMMEDIATE") if is_sqlite else create_async_engine(url)
    try:
        async with engine.begin() as target:
            await _require_empty(target)
            found = {table.name: await _tally(source, table, copied, target) for table in TABLES}
            for table in TABLES:
                if await _tally(target, table, compared) != found[table.name]:
                    raise UnlikeError(table.name)
    finally:
        await engine.dispose()
    return {name: tally.rows for name, tally in found.items()}


async def _require_empty(target: AsyncConnection) -> None:
    for table in TABLES:
        if table.name not in MADE_BY_MIGRATIONS and await target.scalar(
            select(1).select_from(table).limit(1)
        ):
            raise NotEmptyError(table.name)
    for table in reversed(TABLES):
        if table.name in MADE_BY_MIGRATIONS:
            await target.execute(delete(table))


async def _tally(
    source: AsyncConnection, table: Table, note: Note, target: AsyncConnection | None = None
) -> TableDigest:
    """Read a table in the order of keys, which tells no age, and copy it to a `target`."""
    tally = TableDigest()
    query = select(table).order_by(*table.primary_key.columns)
    result = await source.stream(query.execution_options(yield_per=ROWS_AT_ONCE))
    async for rows in result.partitions(ROWS_AT_ONCE):
        if target is not None:
            await target.execute(insert(table), [dict(row._mapping) for row in rows])  # noqa: SLF001 - its public name
        tally.add(rows)
        note(len(rows))
    column = table.autoincrement_column
    if target is not None and column is not None and target.dialect.name == "postgresql":
        await target.execute(text(SEQUENCE.format(table=table.name, column=column.name)))
    return tally


PASSING = (
    "outbox", "sent_messages", "seen_updates", "failed_updates", "invites", "erasures", "waiting_updates", "day_keys",
    "sender_buckets", "sharing_requests", "blocks", "shown_chats", "take_backs", "ways_back",
    "undoable_decisions",
)  # fmt: skip
"""Tables with rows of minutes or days. Restored later, they would take effect a second time."""
_OWNERS = {"reports": "data_key_id", "public_versions": "data_key_id", "talk_messages": "files_key_id"}
"""Columns with the keys of what lasts, by table."""

_EMPTY_UNUSED = "UPDATE key_slots SET content = ? WHERE number NOT IN (SELECT slot FROM data_keys)"
_FREE_UNUSED = (
    "INSERT INTO free_slots (draw, number) SELECT random() & 0x3FFFFFFFFFFFFFFF, number FROM key_slots "
    "WHERE number NOT IN (SELECT slot FROM data_keys)"
)


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Temporary file that gets the target's name once complete. A broken one would pass for a whole copy."""
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)  # left by a killed process
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield part
        part.replace(target)
    finally:
        for beside in ("", "-journal", "-wal", "-shm"):
            part.with_name(f"{part.name}{beside}").unlink(missing_ok=True)


def copy_kept(source: Path, target: Path) -> None:
    """Copy the lasting data of a database, perhaps of an older revision, into a new file. Raises OSError and
    sqlite3.Error."""
    with new_file(target) as part:
        address = f"{source.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as old, closing(sqlite3.connect(part)) as new:
            old.backup(new)
        _strip(part)


def is_outlived(copy: Path, database: Path) -> bool:
    """Whether a copy is damaged, or holds a data key that the database has destroyed or sealed since. Raises sqlite3.Error."""
    with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as opened:
        try:
            opened.execute("SELECT count(id) FROM data_keys").fetchone()
        except sqlite3.OperationalError:  # it may pass
            raise
        except sqlite3.DatabaseError:
            return True
        opened.execute("ATTACH ? AS live", [f"{database.resolve().as_uri()}?mode=ro"])
        columns = {row[1] for row in opened.execute("PRAGMA main.table_info(data_keys)")}
        was_open = "kept.sealed_to IS NULL" if "sealed_to" in columns else "TRUE"
        gone = f"""
            SELECT 1 FROM main.data_keys AS kept LEFT JOIN live.data_keys AS now ON now.id = kept.id
            WHERE now.id IS NULL OR (now.sealed_to IS NOT NULL AND {was_open}) LIMIT 1
        """  # noqa: S608 - words of our own
        return opened.execute(gone).fetchone() is not None


def _strip(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as new:
        for pragma in ("journal_mode=DELETE", "secure_delete=ON", "foreign_keys=ON"):
            new.execute(f"PRAGMA {pragma}")
        there = {row[0] for row in new.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        used = " UNION ".join(
            f"SELECT {key} FROM {table} WHERE {key} IS NOT NULL"  # noqa: S608 - names of ours
            for table, key in _OWNERS.items()
            if table in there
        )
        new.execute("BEGIN")
        new.execute(f"DELETE FROM files WHERE data_key_id IS NULL OR data_key_id NOT IN ({used})")  # noqa: S608 - the same
        for table in there.intersection(("drafts", *PASSING)):
            new.execute(f"DELETE FROM {table}")  # noqa: S608 - the same
        new.execute(f"DELETE FROM data_keys WHERE id NOT IN ({used})")  # noqa: S608 - the same
        if "key_slots" in there:  # since revision 0003, with marks
            new.execute(
                "DELETE FROM marks WHERE name LIKE 'spilled%' OR name = 'head'"
            )  # about chats (bot.store.message_slots), and outside the database (bot.store.audit)
            new.execute(_EMPTY_UNUSED, [bytes(SLOT_BYTES)])
            new.execute("DELETE FROM free_slots")
            new.execute(_FREE_UNUSED)
        new.execute("COMMIT")
        new.execute("VACUUM")  # clears freed pages


def faults(url: str, seconds: float = TIMEOUT_MAX) -> Sequence[str]:
    """First faults that SQLite finds within `seconds`
    (https://www.sqlite.org/pragma.html#pragma_quick_check). None on PostgreSQL. Raises
    sqlite3.OperationalError for a file that cannot be opened."""
    if not url.startswith("sqlite"):
        return []
    path = Path(make_url(url).database or "").resolve()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as opened:
        timer = Timer(seconds, opened.interrupt)
        timer.start()
        try:
            told = [line for row in opened.execute("PRAGMA quick_check(3)") for line in row[0].splitlines()]
            return [line for line in told if line != "ok" and not line.startswith("***")][:3]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            return []
        except sqlite3.DatabaseError as error:
            return [str(error)]
        finally:
            timer.cancel()
            timer.join()  # must not interrupt a closed connection


_TABLES = Base.metadata.tables
OF_TEAM = frozenset({"sent_messages", "shown_chats"})
"""Tables that keep only rows of moderators' chats, so that these are cleared after a restoration too."""
_LEFT_OUT = {"drafts", *MADE_BY_MIGRATIONS, *PASSING} - OF_TEAM
LASTING: Sequence[Table] = [table for table in TABLES if table.name not in _LEFT_OUT]
PIECE = 1 << 20
"""Bytes of rows after which a piece ends."""
_SEALED_BY = {"data_keys": "id", "files": "data_key_id", **_OWNERS}
"""Columns with the key of a row."""
USED = union_all(*(select(_TABLES[name].c[column]) for name, column in _OWNERS.items()))
_TEAM = select(_TABLES["moderators"].c.chat_hash)
_MARK = _TABLES["marks"].c.name
_WHERE: Mapping[str, Any] = {
    **{name: _TABLES[name].c[_SEALED_BY[name]].in_(USED) for name in ("data_keys", "files")},
    **{name: _TABLES[name].c.chat_hash.in_(_TEAM) for name in OF_TEAM},
    # About chats (bot.store.message_slots), and outside the database (bot.store.audit).
    "marks": ~(_MARK.startswith("spilled") | (_MARK == "head")),
}
_CONTENT = "content"
"""Column of a key's slot, read with the key, so that no destroyed key is written again."""
_REVISION = "alembic_version"


def _query(table: Table) -> Any:
    chosen: Any = select(table).order_by(*table.primary_key.columns)
    if table.name == "data_keys":
        chosen = chosen.add_columns(KeySlot.content).join(KeySlot, KeySlot.number == table.c.slot)
    where = _WHERE.get(table.name)
    return chosen if where is None else chosen.where(where)


@dataclass(slots=True)
class Piece:
    """Some rows of a table: a line of JSON for the columns, and one for each row. Bytes are in base64."""

    table: str
    content: bytes
    rows: Sequence[Any]


async def read_lasting(session: AsyncSession) -> AsyncIterator[Piece]:
    """Read all rows that last, a table after the other, in the order of keys, which tells no age."""
    for table in LASTING:
        query = _query(table)
        head = _line([column.name for column in query.selected_columns])
        result = await session.stream(query.execution_options(yield_per=ROWS_AT_ONCE))
        lines, rows, size = [head], list[Any](), 0
        async for some in result.partitions(ROWS_AT_ONCE):
            lines += (line := [_line(row) for row in some])
            rows += some
            size += sum(map(len, line))
            if size > PIECE:
                yield Piece(table.name, b"".join(lines), rows)
                lines, rows, size = [head], [], 0
        if rows:
            yield Piece(table.name, b"".join(lines), rows)


def _line(values: Sequence[Any]) -> bytes:
    plain = [base64.b64encode(one).decode() if isinstance(one, bytes) else one for one in values]
    return json.dumps(plain, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


@dataclass(slots=True)
class Loading:
    """Rows on their way into an empty database. With `living`, rows that other keys sealed are left out, or
    lose their key.

    - `gone`: ids of files whose rows were left out.
    - `lost`: number of rows without their key, by table.
    """

    connection: AsyncConnection
    living: Collection[str] | None
    gone: set[str] = field(default_factory=set)
    lost: Counter[str] = field(default_factory=Counter)
    _tables: Mapping[str, Table] = field(default_factory=dict)

    async def begin(self) -> None:
        """Empty what migrations filled. Raises FileExistsError if there are other rows."""
        self._tables = await self.connection.run_sync(_tables_of)
        for name in self._tables.keys() - {*MADE_BY_MIGRATIONS, _REVISION, "marks"}:
            if (await self.connection.execute(select(self._tables[name]).limit(1))).first() is not None:
                raise FileExistsError
        for table in (FreeSlot, KeySlot, Mark):
            await self.connection.execute(delete(table))

    async def add(self, table: str, content: bytes) -> None:
        """Load a piece."""
        made = self._tables[table]
        names, *lines = (json.loads(line) for line in content.splitlines())
        binary = {one.name for one in made.columns if isinstance(one.type, LargeBinary)} | {_CONTENT}
        rows = [
            {
                name: one if one is None or name not in binary else base64.b64decode(one)
                for name, one in zip(names, line, strict=True)
            }
            for line in lines
        ]
        if kept := [row for row in rows if self._is_kept(table, row)]:
            if table == "data_keys":
                slots = [{"number": row["slot"], "content": row.pop(_CONTENT)} for row in kept]
                await self.connection.execute(insert(KeySlot), slots)
            await self.connection.execute(made.insert(), kept)

    def _is_kept(self, table: str, row: dict[str, Any]) -> bool:
        column = _SEALED_BY.get(table, "")
        key_id = row.get(column)
        if key_id is None or self.living is None or key_id in self.living:
            return True
        self.lost[table] += 1
        if table in {"data_keys", "files"}:
            self.gone.add(row["id"])
            return False
        row[column] = None
        return True

    async def finish(self, messages: int, free_message: Mapping[str, Any], marks: Mapping[str, str]) -> None:
        """Add free slots for keys, and for `messages` in all. Note `marks`."""
        await self._add_slots(SentMessage, "id", messages, free_message)
        last = await self.connection.scalar(select(func.max(KeySlot.number))) or 0
        number = -(-last // SLOTS_AT_ONCE) * SLOTS_AT_ONCE
        free = await self._add_slots(KeySlot, "number", number, {"content": bytes(SLOT_BYTES)})
        if free:
            await self.connection.execute(insert(FreeSlot), [free_slot(one) for one in free])
        for name, value in marks.items():
            await self.connection.execute(delete(Mark).where(Mark.name == name))
            await self.connection.execute(insert(Mark).values(name=name, value=value))
        if self.connection.dialect.name == "postgresql":
            await self.connection.exec_driver_sql(SEQUENCE.format(table="audit_log", column="id"))

    async def _add_slots(
        self, table: Any, column: str, last: int, content: Mapping[str, Any]
    ) -> Sequence[int]:
        taken = set(await self.connection.scalars(select(table.__table__.c[column])))
        free = [number for number in range(1, last + 1) if number not in taken]
        for at in range(0, len(free), ROWS_AT_ONCE):
            rows = [{column: number, **content} for number in free[at : at + ROWS_AT_ONCE]]
            await self.connection.execute(insert(table.__table__), rows)
        return free


def _tables_of(connection: Any) -> Mapping[str, Table]:
    """Tables of the database as it stands, which may be of an older revision than the models."""
    found = MetaData()
    found.reflect(connection)
    return found.tables
