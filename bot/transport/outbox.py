"""The outbox: calls to the Bot API written in their transaction, read back, and taken over from lost copies."""

import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, delete, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from bot.safety import pseudonym
from bot.safety.sealing import UnsealError
from bot.store.sent_messages import Stay
from bot.store.unit import MakeUnit, UnitOfWork
from bot.transport.call import COLUMNS, Call, QueuedRow, queued_row
from db.engine import Bulk, padded_to_power_of_two
from db.models import OutboxRow

_TABLE: Any = OutboxRow.__table__
_WRITE = Bulk(insert(_TABLE), COLUMNS)
_ARRAYS = {column.name: ARRAY(column.type) for column in _TABLE.columns if column.name != "owner"}
_APPEND = text(f"""
    INSERT INTO outbox ({", ".join(_ARRAYS)}, owner)
    SELECT new.id, new.chat_hash, coalesce(last.number, 0) + new.number, new.payload, new.prompt_step, new.report_id,
        new.hour, new.stay, CASE WHEN last.number IS NULL THEN :copy ELSE last.owner END
    FROM unnest({", ".join(f":{name}" for name in _ARRAYS)}) AS new ({", ".join(_ARRAYS)})
    LEFT JOIN LATERAL (
        SELECT number, owner FROM outbox WHERE outbox.chat_hash = new.chat_hash ORDER BY number DESC LIMIT 1
    ) AS last ON true
    RETURNING id, number, owner
""").bindparams(  # noqa: S608 - names of ours
    bindparam("copy", type_=Integer),
    *(bindparam(name, type_=type_) for name, type_ in _ARRAYS.items()),
)


@dataclass(frozen=True, slots=True)
class Dropped:
    """Calls dropped from a cleared chat.

    - `doubtful`: some may have been shown under unknown ids
    - `receipts`: receipt codes that no one can look up and the reporter may not have seen. They are enqueued
      again, after all other messages
    """

    doubtful: bool
    receipts: Sequence[Call] = ()


class Outbox:
    """Calls of one batch, in order. `numbers` and `tried` are those of `DeliverySnapshot`."""

    def __init__(
        self,
        unit: UnitOfWork,
        numbers: Mapping[bytes, int] | None = None,
        tried: frozenset[int] = frozenset(),
    ) -> None:
        self._unit = unit
        # PostgreSQL numbers the rows itself, since another replica may enqueue calls to the chat too.
        self._is_shared = unit.session.get_bind().dialect.name == "postgresql"
        self._numbers, self._tried = {} if self._is_shared else dict(numbers or {}), tried
        self.rows: list[QueuedRow] = []
        self._prompted: set[bytes] = set()
        self.dropped_reports: list[str] = []
        self.dropped_rows: list[int] = []

    def add(
        self,
        chat_hash: bytes,
        call: Call,
        *,
        prompt_step: int | None = None,
        report_id: str | None = None,
        stay: int = Stay.DAYS,
    ) -> QueuedRow:
        """Enqueue a call. `prompt_step` is the step of a prompt's draft, `report_id` the report it shows,
        `stay` how long its message may stay."""
        number = self._numbers[chat_hash] = self._numbers.get(chat_hash, 0) + 1
        kept = int(Stay.NOTHING if call.is_deletion else stay)
        numbers = secrets.randbits(63), chat_hash, number
        row = QueuedRow(*numbers, b"", prompt_step, report_id, self._unit.hour, kept, self._unit.copy, call)
        row.payload = call.dump(self._unit.safe.ring, row)
        self.rows.append(row)
        if prompt_step is not None:
            self._prompted.add(chat_hash)
        return row

    async def write(self) -> None:
        """Write the rows, shuffled, so that positions reveal no order."""
        if not self.rows:
            return
        connection, rows = await self._unit.session.connection(), pseudonym.shuffled(self.rows)
        if not self._is_shared:
            await _WRITE.run(connection, [{name: getattr(row, name) for name in COLUMNS} for row in rows])
            return
        values = {name: [getattr(row, name) for row in rows] for name in _ARRAYS}
        given = {row.id: row for row in await connection.execute(_APPEND, values | {"copy": self._unit.copy})}
        for row in rows:  # one replica sends all calls of a chat
            row.number, row.owner = given[row.id].number, given[row.id].owner

    def drop_prompts(self, chat_hash: bytes) -> bool:
        """Drop earlier prompts of this batch: ten photos get one answer. Returns whether there were any."""
        if chat_hash not in self._prompted:
            return False
        self._prompted.discard(chat_hash)
        before = len(self.rows)
        self.rows = [row for row in self.rows if row.chat_hash != chat_hash or row.prompt_step is None]
        return len(self.rows) < before

    async def has_queued_prompt(self, chat_hash: bytes, step: int) -> bool:
        """Whether any replica has a prompt of this step queued."""
        owed = select(OutboxRow.id).where(OutboxRow.chat_hash == chat_hash, OutboxRow.prompt_step == step)
        return await self._unit.session.scalar(owed.limit(1)) is not None

    async def drop_shown(self, chat_hash: bytes, *, seen: str = "", wholly: bool = False) -> Dropped:
        """Drop a cleared chat's calls, except deletions and answers to taps. `seen` is the check of a receipt
        code that the reporter has. `wholly` drops receipts too."""
        gone = [row for row in self.rows if row.chat_hash == chat_hash and not _leaves_nothing(row)]
        self.rows = [row for row in self.rows if row.chat_hash != chat_hash or _leaves_nothing(row)]
        owed = [] if wholly else await self._owed_receipts(chat_hash)
        unseen = [row for row in owed if not self._was_seen(row, seen)]
        doubtful = bool(await self._drop_owed(OutboxRow.chat_hash == chat_hash))
        kept = [] if wholly else [row.call for row in (*unseen, *gone) if row.call and row.call.receipt]
        return Dropped(doubtful, kept)

    async def drop_receipt(self, chat_hash: bytes, seen: str) -> bool:
        """Drop the receipt that the reporter has. Returns whether it was queued."""
        again = [row.id for row in await self._owed_receipts(chat_hash) if self._was_seen(row, seen)]
        return bool(await self._drop_owed(OutboxRow.id.in_(again)))

    def _was_seen(self, row: QueuedRow, seen: str) -> bool:
        """Whether the reporter has this receipt. Codes may share a check, but an unsent one was not seen."""
        return row.call is not None and row.call.receipt == seen and self._may_have_shown(row.id, row.owner)

    async def _owed_receipts(self, chat_hash: bytes) -> Sequence[QueuedRow]:
        """Committed rows with receipt codes. Those that do not open are never sent, so they are left out."""
        shown = OutboxRow.stay != Stay.NOTHING, OutboxRow.prompt_step.is_(None)
        query = select(*_TABLE.columns).where(OutboxRow.chat_hash == chat_hash, *shown)
        rows = [queued_row(row) for row in await self._unit.session.execute(query)]
        for row in rows:
            with suppress(UnsealError):
                row.call = Call.load(self._unit.safe.ring, row)
        return [row for row in rows if row.call is not None and row.call.receipt]

    async def drop_shown_of(
        self, report_id: str, chat_hashes: Collection[bytes], *, whole: bool
    ) -> Collection[bytes]:
        """Drop calls that show a report, with `whole` also notices. Returns chats that may have shown some."""
        kept = {Stay.NOTHING} if whole else {Stay.NOTHING, Stay.UNTIL_SEEN}
        self.rows = [
            row
            for row in self.rows
            if row.report_id != report_id or row.chat_hash not in chat_hashes or row.stay in kept
        ]
        theirs = OutboxRow.report_id == report_id, OutboxRow.chat_hash.in_(chat_hashes)
        return await self._drop_owed(*theirs, OutboxRow.stay.not_in(kept))

    async def _drop_owed(self, *where: ColumnElement[bool]) -> Collection[bytes]:
        gone = delete(OutboxRow).where(OutboxRow.stay != Stay.NOTHING, *where)
        gone = gone.execution_options(synchronize_session=False)
        columns = OutboxRow.id, OutboxRow.chat_hash, OutboxRow.owner
        rows = list(await self._unit.session.execute(gone.returning(*columns)))
        self.dropped_rows += [row.id for row in rows]
        return {row.chat_hash for row in rows if self._may_have_shown(row.id, row.owner)}

    def _may_have_shown(self, row_id: int, owner: int | None) -> bool:
        """Whether a row may have been shown. Assumed of other replicas' rows."""
        return row_id in self._tried or owner not in {None, self._unit.copy}

    def drop_report(self, report_id: str) -> None:
        """Drop all calls that show a withdrawn report."""
        self.dropped_reports.append(report_id)
        self.rows = [row for row in self.rows if row.report_id != report_id]


def _leaves_nothing(row: QueuedRow) -> bool:
    return row.stay == Stay.NOTHING or (row.call is not None and row.call.method == "answerCallbackQuery")


Enqueue = Callable[[Callable[[UnitOfWork, Outbox], Awaitable[None]]], Awaitable[None]]
"""Enqueues calls that answer no update, in a transaction of their own."""


_OWED = select(OutboxRow.id).where(OutboxRow.id == bindparam("id"), OutboxRow.chat_hash == bindparam("chat"))
_FORGET = delete(OutboxRow).where(OutboxRow.id.in_(bindparam("ids", expanding=True))).returning(OutboxRow.id)


async def forget_rows(unit: UnitOfWork, row_ids: Collection[int]) -> set[int]:
    """Delete rows. Returns the ids that were still there."""
    if not row_ids:
        return set()
    connection = await unit.session.connection()
    return set(await connection.scalars(_FORGET, {"ids": padded_to_power_of_two(row_ids)}))


@dataclass(frozen=True, slots=True)
class CommittedOutbox:
    read: MakeUnit

    async def rows(self, *where: ColumnElement[bool]) -> Sequence[QueuedRow]:
        """Rows, ordered within each chat."""
        query = select(*_TABLE.columns).where(*where)
        async with self.read() as unit:
            ordered = query.order_by(OutboxRow.chat_hash, OutboxRow.number, OutboxRow.id)
            return [queued_row(found) for found in await unit.session.execute(ordered)]

    async def others(self, known: Collection[int]) -> Sequence[QueuedRow]:
        """Rows of other processes, such as a command."""
        unknown = await self.ids() - set(known)
        return await self.rows(OutboxRow.id.in_(unknown)) if unknown else []

    async def ids(self) -> set[int]:
        """Ids of all rows, or of this replica's."""
        async with self.read() as unit:
            own = [] if unit.copy is None else [OutboxRow.owner == unit.copy]
            return set(await unit.session.scalars(select(OutboxRow.id).where(*own)))

    async def owes(self, row: QueuedRow) -> bool:
        """Whether a row still exists. A command may have revoked its moderator."""
        async with self.read() as unit:
            connection = await unit.session.connection()
            return await connection.scalar(_OWED, {"id": row.id, "chat": row.chat_hash}) is not None


async def take_over(
    unit: UnitOfWork, is_gone: Callable[[int], bool]
) -> tuple[Sequence[QueuedRow], Sequence[QueuedRow]]:
    """Take over rows, in order: those never tried, and those of ended replicas, which may have been shown."""
    of_others = or_(OutboxRow.owner.is_(None), OutboxRow.owner != unit.copy)
    owners = set(await unit.session.scalars(select(OutboxRow.owner).where(of_others).distinct()))
    gone = [owner for owner in owners if owner is not None and is_gone(owner)]
    left = await _take(unit, OutboxRow.owner.in_(gone)) if gone else []
    return await _take(unit, OutboxRow.owner.is_(None)) if None in owners else [], left


async def _take(unit: UnitOfWork, which: ColumnElement[bool]) -> Sequence[QueuedRow]:
    # Locked rows are left for the next time: the lock of a dead host can last until the server drops it.
    free = select(_TABLE.c.id).where(which).with_for_update(skip_locked=True)
    taken = update(_TABLE).where(_TABLE.c.id.in_(free)).values(owner=unit.copy).returning(*_TABLE.columns)
    rows = [queued_row(found) for found in await unit.session.execute(taken)]
    return sorted(rows, key=lambda row: (row.chat_hash, row.number, row.id))


async def leave_rows(unit: UnitOfWork, tried: Collection[bytes]) -> None:
    """Release this replica's rows. Rows of `tried` chats keep its number, so that the next owner knows."""
    left = update(OutboxRow).where(OutboxRow.owner == unit.copy, OutboxRow.chat_hash.not_in(tried))
    await unit.session.execute(left.values(owner=None).execution_options(synchronize_session=False))
