"""The outbox: calls to the Bot API that are owed, written in the transaction that owes them, and what became
of them.

Payloads are sealed under the key ring and live until they are delivered: minutes.
"""

import secrets
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    LargeBinary,
    String,
    bindparam,
    delete,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import json_bytes
from bot.safety.sealing import RingSeal
from bot.services.ring_sealed import RingSealed
from bot.services.sent_messages import Stay
from bot.services.unit import MakeUnit, Unit
from db.bulk import Bulk
from db.models import OutboxRow

MOST_DELETED = 100
"""Messages of one deleteMessages (Bot API)."""
_DELETIONS = frozenset({"deleteMessage", "deleteMessages"})
_PADDED_TO = 256
"""Payloads are filled up to multiples of so many bytes: their lengths tell less of what they say."""

_OWED = select(OutboxRow.id).where(OutboxRow.id == bindparam("id"), OutboxRow.chat_hash == bindparam("chat"))
_FORGET = delete(OutboxRow).where(OutboxRow.id.in_(bindparam("ids", expanding=True))).returning(OutboxRow.id)
_COLUMNS = [column.name for column in OutboxRow.__table__.columns]
_WRITE = Bulk(insert(OutboxRow.__table__), _COLUMNS)  # type: ignore[arg-type] # a mapped class has a table

_ARRAYS = {
    "id": BigInteger,
    "chat_hash": LargeBinary,
    "number": Integer,
    "payload": LargeBinary,
    "prompt_step": Integer,
    "report_id": String,
    "hour": Integer,
    "stay": Integer,
}
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
    *(bindparam(name, type_=ARRAY(type_)) for name, type_ in _ARRAYS.items()),
)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the Bot API. `attach` names what is sent with it by the parameter that it fills (see `attachments`);
    `essential` is false for what may be lost without harm (the answer to a tap, an edit of an old message).
    `protect`: an edit that must be sent anew is sent with `protect_content`, which an edit cannot carry. `otherwise` are words
    that are sent when a file is not taken in any way.

    `deletes` are messages of the chat that are deleted before, so that a message can say that it is done; where one of
    them, or of those that a deletion is for, could not be deleted, `if_left` is said instead, or after the deletion.
    `guarded`: it is for a moderator, so it is sent only while the outbox still owes it. `passing`: what it shows leaves the
    chat with the question at hand, and surely."""

    method: str
    params: Mapping[str, Any]
    attach: Mapping[str, str] = field(default_factory=dict)
    essential: bool = True
    protect: bool = False
    otherwise: str = ""
    deletes: Sequence[int] = ()
    if_left: Mapping[str, Any] | None = None
    guarded: bool = False
    passing: bool = False

    @property
    def is_deletion(self) -> bool:
        """Whether it does nothing but delete messages."""
        return self.method in _DELETIONS

    @property
    def is_silent(self) -> bool:
        """Whether nobody reads anything new by it, so that it may be sent to somebody who must not read any more."""
        return self.is_deletion or self.method == "editMessageReplyMarkup" or self._is_bare_answer

    @property
    def _is_bare_answer(self) -> bool:
        return self.method == "answerCallbackQuery" and not self.params.get("text")

    @property
    def shows(self) -> bool:
        """Whether it puts a message into the chat."""
        return self.method.startswith("send")

    @property
    def doomed(self) -> Sequence[int]:
        """The messages that it deletes."""
        if not self.is_deletion:
            return self.deletes
        single = self.params.get("message_id")
        return self.params["message_ids"] if single is None else (single,)

    def instead(self) -> "Call | None":
        """What is tried when Telegram refuses this one. An edit that matters and whose message is gone is sent anew. A photo,
        video or sound that Telegram does not take for one is sent as a document; where that is refused too, it is said."""
        if self.attach and self.otherwise:
            return self._as_document() or self.in_words()
        if self.essential and self.method == "editMessageText":
            params = {name: value for name, value in self.params.items() if name != "message_id"}
            return Call("sendMessage", params | ({"protect_content": True} if self.protect else {}))
        return None

    def _as_document(self) -> "Call | None":
        if self.method == "sendDocument":
            return None
        (name,) = self.attach.values()
        return replace(self, method="sendDocument", attach={"document": name})

    def in_words(self) -> "Call":
        """What is said in place of a file that cannot be sent."""
        params = {"chat_id": self.params["chat_id"], "text": self.otherwise, "protect_content": True}
        return replace(self, method="sendMessage", params=params, attach={})

    def dump(self, ring: RingSeal, row: "OwedRow") -> bytes:
        """Sealed for a row of the outbox, in which alone it opens."""
        plain = {
            "m": self.method,
            "p": self.params,
            "a": self.attach,
            "e": self.essential,
            "o": self.otherwise,
        }
        plain |= {"c": self.protect, "d": self.deletes, "l": self.if_left, "g": self.guarded}
        plain |= {"s": self.passing}
        written = json_bytes.dumped(plain)
        return ring.seal(written + b" " * (-len(written) % _PADDED_TO), _place(row))

    @classmethod
    def of(cls, ring: RingSeal, row: "OwedRow") -> "Call":
        """What a row owes; raises UnsealError for one that was read and does not open."""
        return cls.load(ring, row) if row.call is None else row.call

    @classmethod
    def load(cls, ring: RingSeal, row: "OwedRow | OutboxRow") -> "Call":
        """The same by what is sealed in the row."""
        plain = json_bytes.loaded(ring.unseal(row.payload, _place(row)))
        call = cls(plain["m"], plain["p"], plain["a"], plain["e"], plain["c"], plain.get("o", ""))
        call = replace(call, deletes=plain["d"], if_left=plain["l"], guarded=plain["g"])
        return replace(call, passing=plain.get("s", False))


@dataclass(slots=True, eq=False)
class OwedRow:
    """A row of the outbox as a plain value, which many are made of. `call` is what it owes, where it was made by this process and
    need not be opened."""

    id: int
    chat_hash: bytes
    number: int
    payload: bytes
    prompt_step: int | None
    report_id: str | None
    hour: int
    stay: int
    owner: int | None = None
    call: Call | None = None


def _place(row: OwedRow | OutboxRow) -> str:
    return f"outbox.payload:{row.id}:{row.chat_hash.hex()}:{row.report_id or ''}"


def owed_row(found: Any) -> OwedRow:
    """The same of what was read."""
    return OwedRow(**{name: getattr(found, name) for name in _COLUMNS})


RING_SEALED = RingSealed(OutboxRow.payload, _place)


def deletions(
    chat_id: int, message_ids: Sequence[int], if_left: Mapping[str, Any] | None = None
) -> Iterator[Call]:
    """The calls that delete messages of a chat."""
    if len(message_ids) == 1:
        params: dict[str, Any] = {"chat_id": chat_id, "message_id": message_ids[0]}
        yield Call("deleteMessage", params, if_left=if_left)
        return
    for start in range(0, len(message_ids), MOST_DELETED):
        params = {"chat_id": chat_id, "message_ids": list(message_ids[start : start + MOST_DELETED])}
        yield Call("deleteMessages", params, if_left=if_left)


class Outbox:
    """What one batch owes, in order. `dropped_reports` are those of which the sender must send nothing more,
    `dropped_rows` the ids of other rows that it must not send.

    `numbers` are the last ones that the chats' rows have, `tried` the rows that may have been shown; see `Drained`."""

    def __init__(
        self, unit: Unit, numbers: Mapping[bytes, int] | None = None, tried: frozenset[int] = frozenset()
    ) -> None:
        self._unit = unit
        # PostgreSQL counts on from what it has: there another copy of the bot may owe the chat something too.
        self._is_shared = unit.session.get_bind().dialect.name == "postgresql"
        self._numbers, self._tried = {} if self._is_shared else dict(numbers or {}), tried
        self.rows: list[OwedRow] = []
        self._prompted: set[bytes] = set()
        """The chats that it owes prompts."""
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
    ) -> OwedRow:
        """Owe a call to a chat. A prompt carries the step of its draft, what shows a report carries its id; `stay` tells how
        long what it shows may stay."""
        number = self._numbers[chat_hash] = self._numbers.get(chat_hash, 0) + 1
        kept = int(Stay.NOTHING if call.is_deletion else stay)
        numbers = secrets.randbits(63), chat_hash, number
        row = OwedRow(*numbers, b"", prompt_step, report_id, self._unit.hour, kept, self._unit.copy, call)
        row.payload = call.dump(self._unit.safe.ring, row)
        self.rows.append(row)
        if prompt_step is not None:
            self._prompted.add(chat_hash)
        return row

    async def write(self) -> None:
        """Write the rows by one statement, in an order of its own: where they lie shall not tell theirs."""
        if not self.rows:
            return
        connection, shuffled = await self._unit.session.connection(), list(self.rows)
        secrets.SystemRandom().shuffle(shuffled)
        if self._is_shared:
            await self._append(connection, shuffled)
        else:
            await _WRITE.run(
                connection, [{name: getattr(row, name) for name in _COLUMNS} for row in shuffled]
            )

    async def _append(self, connection: AsyncConnection, rows: Sequence[OwedRow]) -> None:
        """Behind whatever else their chats are owed, to be sent by the copy of the bot that sends that."""
        values = {name: [getattr(row, name) for row in rows] for name in _COLUMNS if name != "owner"}
        given = {row.id: row for row in await connection.execute(_APPEND, values | {"copy": self._unit.copy})}
        for row in rows:
            row.number, row.owner = given[row.id].number, given[row.id].owner

    def drop_prompts(self, chat_hash: bytes) -> bool:
        """Drop this batch's earlier prompts of a chat, since a newer one follows: ten photos get one answer. Whether
        there were any."""
        if chat_hash not in self._prompted:
            return False
        self._prompted.discard(chat_hash)
        before = len(self.rows)
        self.rows = [row for row in self.rows if row.chat_hash != chat_hash or row.prompt_step is None]
        return len(self.rows) < before

    async def drop_shown(self, chat_hash: bytes) -> bool:
        """Drop all that a chat is still owed but deletions, since it is cleared: what came later would stand there. Whether
        some of it may have been shown under ids that nobody knows."""
        self.rows = [row for row in self.rows if row.chat_hash != chat_hash or row.stay == Stay.NOTHING]
        return bool(await self._drop_owed(OutboxRow.chat_hash == chat_hash))

    async def drop_shown_of(
        self, report_id: str, chat_hashes: Collection[bytes], *, whole: bool
    ) -> Collection[bytes]:
        """Drop what these chats are still owed that shows a report; without `whole` not what tells of it unasked. The chats in
        which some of it may have been shown under ids that nobody knows."""
        kept = {Stay.NOTHING} if whole else {Stay.NOTHING, Stay.UNTIL_SEEN}
        self.rows = [
            row
            for row in self.rows
            if row.report_id != report_id or row.chat_hash not in chat_hashes or row.stay in kept
        ]
        return await self._drop_owed(
            OutboxRow.report_id == report_id,
            OutboxRow.chat_hash.in_(chat_hashes),
            OutboxRow.stay.not_in(kept),
        )

    async def _drop_owed(self, *where: ColumnElement[bool]) -> Collection[bytes]:
        """Drop committed rows, but for deletions; the chats of those that may have been shown."""
        gone = delete(OutboxRow).where(OutboxRow.stay != Stay.NOTHING, *where)
        found = await self._unit.session.execute(
            gone.returning(OutboxRow.id, OutboxRow.chat_hash, OutboxRow.owner).execution_options(
                synchronize_session=False
            )
        )
        rows = list(found)
        self.dropped_rows += [row.id for row in rows]
        others = {
            None,
            self._unit.copy,
        }  # of what another copy has in hand nobody knows here whether it was shown
        return {row.chat_hash for row in rows if row.id in self._tried or row.owner not in others}

    def drop_report(self, report_id: str) -> None:
        """Drop what was to be shown of a withdrawn report, by this batch and by the sender."""
        self.dropped_reports.append(report_id)
        self.rows = [row for row in self.rows if row.report_id != report_id]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A row that is done with; `message_ids` are those that Telegram gave for it. `doubtful`: a try of it may have shown
    it under ids that nobody knows. `left` are messages that it was to delete and could not. `unbuilt`: no request can be
    made of it, so the person has to be told that something is missing."""

    row: OwedRow
    message_ids: tuple[int, ...] = ()
    doubtful: bool = False
    left: tuple[int, ...] = ()
    unbuilt: bool = False


@dataclass(frozen=True, slots=True)
class Drained:
    """What the sender knew at one moment: the rows it was done with, and the prompts, by chat and step, that still
    waited and had certainly never been tried. Whatever people had written by then, they wrote without having seen
    these. `numbers` are those of the last rows of the chats that are still owed something, `tried` the ids of rows under its
    charge that may have been shown."""

    delivered: Sequence[Delivered] = ()
    unseen_prompts: frozenset[tuple[bytes, int]] = frozenset()
    numbers: Mapping[bytes, int] = field(default_factory=dict)
    tried: frozenset[int] = frozenset()


async def forget(unit: Unit, row_ids: Collection[int]) -> set[int]:
    """Take rows that are done with out of the outbox; those that were still there. Others were dropped meanwhile."""
    if not row_ids:
        return set()
    return set(await (await unit.session.connection()).scalars(_FORGET, {"ids": list(row_ids)}))


@dataclass(frozen=True, slots=True)
class CommittedOutbox:
    """The outbox as the database has it, read by units of its own."""

    read: MakeUnit

    async def rows(self) -> Sequence[OwedRow]:
        """All that is owed, in the order in which each chat is owed it."""
        return await self._rows()

    async def others(self, known: Collection[int]) -> Sequence[OwedRow]:
        """What is owed beside these rows: another process, such as a command, wrote it."""
        unknown = await self.ids() - set(known)
        return await self._rows(OutboxRow.id.in_(unknown)) if unknown else []

    async def ids(self) -> set[int]:
        """The ids of all rows, or of those that this copy of the bot sends."""
        async with self.read() as unit:
            own = [] if unit.copy is None else [OutboxRow.owner == unit.copy]
            return set(await unit.session.scalars(select(OutboxRow.id).where(*own)))

    async def _rows(self, *where: ColumnElement[bool]) -> Sequence[OwedRow]:
        query = select(*OutboxRow.__table__.columns).where(*where)
        async with self.read() as unit:
            ordered = query.order_by(OutboxRow.chat_hash, OutboxRow.number, OutboxRow.id)
            return [owed_row(found) for found in await unit.session.execute(ordered)]

    async def owes(self, row: OwedRow) -> bool:
        """Whether a row is still there: another process may have revoked the moderator it was for."""
        async with self.read() as unit:
            found = await (await unit.session.connection()).scalar(
                _OWED, {"id": row.id, "chat": row.chat_hash}
            )
            return found is not None


Owe = Callable[[Callable[[Unit, Outbox], Awaitable[None]]], Awaitable[None]]
"""Lets somebody who answers no update owe calls, in a transaction of their own."""
