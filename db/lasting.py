"""Rows that a backup holds: read from one state of a database, and loaded into an empty one, SQLite or PostgreSQL."""

import base64
import json
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, LargeBinary, MetaData, Table, delete, func, insert, inspect, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.key_slots import BLOCK, free_slot
from db.models import SLOT_BYTES, Base, DataKey, FreeSlot, KeySlot, Mark, SentMessage
from db.transfers import MADE_BY_MIGRATIONS, PASSING, ROWS_AT_ONCE, SEQUENCE, TABLES

_TABLES = Base.metadata.tables
OF_TEAM = frozenset({"sent_messages", "shown_chats"})
"""Tables that keep only rows of moderators' chats, so that these are cleared after a restoration too."""
_LEFT_OUT = {"drafts", *MADE_BY_MIGRATIONS, *PASSING} - OF_TEAM
LASTING: Sequence[Table] = [table for table in TABLES if table.name not in _LEFT_OUT]
PIECE = 1 << 20
"""Bytes of rows after which a piece ends."""
_OWNERS = {"reports": "data_key_id", "public_versions": "data_key_id", "talk_messages": "files_key_id"}
_SEALED_BY = {"data_keys": "id", "files": "data_key_id", **_OWNERS}
"""Columns with the key of a row."""
_USED = union_all(*(select(_TABLES[name].c[column]) for name, column in _OWNERS.items()))
_TEAM = select(_TABLES["moderators"].c.chat_hash)
_MARK = _TABLES["marks"].c.name
_WHERE: Mapping[str, Any] = {
    **{name: _TABLES[name].c[_SEALED_BY[name]].in_(_USED) for name in ("data_keys", "files")},
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


async def used_keys(session: AsyncSession) -> AsyncIterator[str]:
    """Ids of the data keys that a backup would hold."""
    async for key_id in await session.stream_scalars(select(DataKey.id).where(DataKey.id.in_(_USED))):
        yield key_id


@dataclass(slots=True)
class Piece:
    """Some rows of a table: `content` is a line of JSON for the columns, and one for each row. Bytes are in
    base64."""

    table: str
    content: bytes
    rows: Sequence[Any]


async def read(session: AsyncSession) -> AsyncIterator[Piece]:
    """Read all rows that last, a table after the other, in the order of keys, which tells no age."""
    for table in LASTING:
        query = _query(table)
        head = _line([column.name for column in query.selected_columns])
        result = await session.stream(query.execution_options(yield_per=ROWS_AT_ONCE))
        lines, rows, size = [head], list[Any](), 0
        async for some in result.partitions(ROWS_AT_ONCE):
            lines += (line := [_line([_plain(value) for value in row]) for row in some])
            rows += some
            size += sum(map(len, line))
            if size > PIECE:
                yield Piece(table.name, b"".join(lines), rows)
                lines, rows, size = [head], [], 0
        if rows:
            yield Piece(table.name, b"".join(lines), rows)


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _line(values: Sequence[Any]) -> bytes:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


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
        self._tables = await self.connection.run_sync(_tables)
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
        number = -(-last // BLOCK) * BLOCK
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


def _tables(connection: Any) -> Mapping[str, Table]:
    """Tables of the database as it stands, which may be of an older revision than the models."""
    found = inspect(connection)
    return {
        name: Table(name, MetaData(), *(Column(one["name"], one["type"]) for one in found.get_columns(name)))
        for name in found.get_table_names()
    }
