"""Rows that a backup holds: read from one state of a database, and loaded into an empty one, SQLite or PostgreSQL."""

import base64
import json
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    MetaData,
    Select,
    Table,
    delete,
    func,
    insert,
    inspect,
    literal,
    not_,
    select,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.key_slots import BLOCK, free_slot
from db.models import (
    SLOT_BYTES,
    DataKey,
    File,
    FreeSlot,
    KeySlot,
    Mark,
    Moderator,
    PublicVersion,
    Report,
    SentMessage,
    ShownChat,
    TalkMessage,
)
from db.transfers import MADE_BY_MIGRATIONS, PASSING, ROWS_AT_ONCE, SEQUENCE, TABLES

OF_TEAM = frozenset({SentMessage.__tablename__, ShownChat.__tablename__})
"""Tables of which only rows of moderators' chats last, so that these are cleared after a restoration too."""
_LEFT_OUT = {"drafts", *MADE_BY_MIGRATIONS, *PASSING} - OF_TEAM
LASTING: Sequence[Table] = [table for table in TABLES if table.name not in _LEFT_OUT]
PIECE = 1 << 20
"""Bytes of rows after which a piece ends."""
_USED = union_all(
    select(Report.data_key_id), select(PublicVersion.data_key_id), select(TalkMessage.files_key_id)
)
_SEALED_BY = {
    DataKey.__tablename__: "id",
    File.__tablename__: "data_key_id",
    Report.__tablename__: "data_key_id",
    PublicVersion.__tablename__: "data_key_id",
    TalkMessage.__tablename__: "files_key_id",
}
_TEAM = select(Moderator.chat_hash)
_WHERE: Mapping[str, ColumnElement[bool]] = {
    DataKey.__tablename__: DataKey.id.in_(_USED),
    File.__tablename__: File.data_key_id.in_(_USED),
    SentMessage.__tablename__: SentMessage.chat_hash.in_(_TEAM),
    ShownChat.__tablename__: ShownChat.chat_hash.in_(_TEAM),
    # About chats (bot.store.shelves), and outside the database (bot.store.audit).
    Mark.__tablename__: not_(Mark.name.startswith("spilled") | (Mark.name == "head")),
}
_CONTENT = "content"
"""Column of a key's slot, read with the key, so that no destroyed key is written again."""
_REVISION = "alembic_version"


def _query(table: Table) -> Select[Any]:
    chosen: Select[Any] = select(table).order_by(*table.primary_key.columns)
    if table.name == DataKey.__tablename__:
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

    async def begin(self) -> str | None:
        """Empty what migrations filled. Returns the name of another table with rows, if there is one."""
        self._tables = await self.connection.run_sync(_tables)
        for name in self._tables.keys() - {*MADE_BY_MIGRATIONS, _REVISION, Mark.__tablename__}:
            if await self.connection.scalar(select(literal(1)).select_from(self._tables[name]).limit(1)):
                return name
        for table in (FreeSlot, KeySlot, Mark):
            await self.connection.execute(delete(table))
        return None

    async def add(self, table: str, content: bytes) -> None:
        """Load a piece. Raises KeyError and ValueError for one that does not fit the database."""
        made = self._tables[table]
        names, *lines = (json.loads(line) for line in content.splitlines())
        binary = {one.name for one in made.columns if isinstance(one.type, LargeBinary)} | {_CONTENT}
        rows = []
        for line in lines:
            row = dict(zip(names, line, strict=True))
            for name in binary & row.keys():
                row[name] = base64.b64decode(row[name], validate=True) if row[name] is not None else None
            rows.append(row)
        if kept := [row for row in rows if self._is_kept(table, row)]:
            if table == DataKey.__tablename__:
                slots = [{"number": row["slot"], "content": row.pop(_CONTENT)} for row in kept]
                await self.connection.execute(insert(KeySlot), slots)
            await self.connection.execute(insert(made), kept)

    def _is_kept(self, table: str, row: dict[str, Any]) -> bool:
        column = _SEALED_BY.get(table, "")
        key_id = row.get(column)
        if key_id is None or self.living is None or key_id in self.living:
            return True
        self.lost[table] += 1
        if table in {DataKey.__tablename__, File.__tablename__}:
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
            await self.connection.execute(text(SEQUENCE.format(table="audit_log", column="id")))

    async def _add_slots(
        self, table: Any, column: str, last: int, content: Mapping[str, Any]
    ) -> Sequence[int]:
        taken = set(await self.connection.scalars(select(table.__table__.c[column])))
        free = [number for number in range(1, last + 1) if number not in taken]
        for at in range(0, len(free), ROWS_AT_ONCE):
            rows = [{column: number, **content} for number in free[at : at + ROWS_AT_ONCE]]
            await self.connection.execute(insert(table.__table__), rows)
        return free


def _tables(connection: Connection) -> Mapping[str, Table]:
    """Tables of the database as it stands, which may be of an older revision than the models."""
    found = inspect(connection)
    return {
        name: Table(name, MetaData(), *(Column(one["name"], one["type"]) for one in found.get_columns(name)))
        for name in found.get_table_names()
    }
