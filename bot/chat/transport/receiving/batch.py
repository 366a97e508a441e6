"""A batch: updates processed in order inside one transaction, which also records their ids, the answers they
are owed, and what was delivered since the last batch.

What an update means is none of this module's business: a `BatchHandler` that stands above is handed in."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql, sqlite
from telegram import Bot

from bot.chat.transport.receiving import backlog
from bot.chat.transport.receiving.admission import Arrival, admitted, arrivals, counted
from bot.chat.transport.receiving.plain_updates import AnyUpdate, read
from bot.chat.transport.receiving.updates import RawUpdate, id_of, message_of, once_each, shape_of
from bot.chat.transport.sending.outbox import Call, Delivered, Drained, Outbox, OwedRow, deletions, forget
from bot.services import allowances, sent_messages
from bot.services.allowances import Crowd
from bot.services.ring_sealed import RingSealed
from bot.services.unit import Unit
from db.models import FailedUpdate, SeenUpdate


@dataclass(frozen=True, slots=True)
class Batch:
    """Updates that were never processed before, each once and in their order, with the transaction and the outbox
    of the batch, and what the sender knew when it began. `crowd` is what the people who wrote have asked today, `numbers`
    tells by its id the how manieth update of its chat today each is."""

    unit: Unit
    outbox: Outbox
    updates: Sequence[AnyUpdate]
    drained: Drained
    crowd: Crowd = field(default_factory=lambda: Crowd({}))
    numbers: Mapping[int, int] = field(default_factory=dict)


class BatchHandler(Protocol):
    """Whatever gives updates their meaning."""

    async def handle(self, batch: Batch) -> None:
        """Do all that these updates ask for; answers go to the outbox. Whatever it raises makes the batch fail."""

    async def with_open_forms(self, unit: Unit, chat_ids: Collection[int]) -> Collection[int]:
        """Those of these private chats in which a form is open, of which nothing may be dropped."""

    def is_urgent(self, raw: RawUpdate) -> bool:
        """Whether an update wants all to stop, so that it is kept however much its person has written today."""

    async def apologize(self, unit: Unit, outbox: Outbox, raw: RawUpdate, reference: str) -> None:
        """Tell the person whose update was set aside a reference, as far as the update says who that is, and note the message
        that it brings, so that it can be deleted."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What is left to be done once a batch is committed: rows to be sent, and reports and rows of which nothing more is.
    `waiting`: some of its updates wait their turn."""

    rows: Sequence[OwedRow] = ()
    dropped_reports: Sequence[str] = ()
    dropped_rows: Sequence[int] = ()
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class BatchProcessor:
    """Processes batches and the updates that fail alone. It never commits: whoever gave the unit does."""

    bot: Bot
    handler: BatchHandler

    async def process(
        self, unit: Unit, raws: Sequence[RawUpdate], drained: Drained, busy: Collection[int] = ()
    ) -> BatchResult:
        """Process these updates, but for those that were processed before and those that have to wait their turn, as all of
        `busy` chats do, and record what was delivered.

        Raises BadUpdateError for an update that cannot be read, and what the handler raised."""
        unseen = await _unseen(unit, raws)
        counts = counted(unseen)
        crowd = await allowances.count(unit, counts)
        now, later = admitted(list(arrivals(unseen, crowd, counts)), crowd, busy)
        result = await self._handle(unit, now, crowd, drained)
        await self._put_off(unit, later, crowd)
        await allowances.note_reports_open(unit, crowd)
        return replace(result, waiting=bool(later))

    async def _put_off(self, unit: Unit, later: Sequence[Arrival], crowd: Crowd) -> None:
        """Keep updates for later. Of somebody who has nothing open and has written more than is answered on a day the last
        urgent one alone is kept, in the place of any before it, so that no flood fills the disk."""
        over = [one for one in later if one.chat_id is not None and backlog.is_over(unit, one, crowd)]
        chat_ids = {one.chat_id for one in over if one.chat_id is not None}
        open_ = await self.handler.with_open_forms(unit, chat_ids) if over else ()
        urgent = {one.chat_id: one for one in over if self.handler.is_urgent(one.raw)}
        dropped = [one for one in over if one.chat_id not in open_ and urgent.get(one.chat_id) is not one]
        senders = {crowd.by_chat[chat_id].sender for chat_id in urgent if chat_id and chat_id not in open_}
        await backlog.drop_over(unit, senders)
        gone = set(_ids(one.raw for one in dropped))
        await backlog.put(unit, [one for one in later if id_of(one.raw) not in gone], crowd)
        for one in dropped:
            _note_dropped(unit, one)

    async def process_waiting(self, unit: Unit, turn: Sequence[Arrival], drained: Drained) -> BatchResult:
        """Process updates whose turn has come, and record what was delivered. Raises as `process` does."""
        taken = await backlog.take(unit, _ids(one.raw for one in turn))
        turn = [one for one in turn if id_of(one.raw) in taken]
        crowd = await allowances.of(unit, {one.chat_id for one in turn if one.chat_id is not None})
        result = await self._handle(unit, turn, crowd, drained)
        await allowances.note_reports_open(unit, crowd)
        return result

    async def _handle(
        self, unit: Unit, now: Sequence[Arrival], crowd: Crowd, drained: Drained
    ) -> BatchResult:
        outbox = Outbox(unit, drained.numbers, drained.tried)
        drained = await _recorded(unit, outbox, drained)
        updates = [read(one.raw, self.bot) for one in now]
        numbers = {update.update_id: one.number for update, one in zip(updates, now, strict=True)}
        await self.handler.handle(Batch(unit, outbox, updates, drained, crowd, numbers))
        await outbox.write()
        await unit.session.flush()
        return BatchResult(outbox.rows, outbox.dropped_reports, outbox.dropped_rows)

    async def set_aside(
        self,
        unit: Unit,
        raw: RawUpdate,
        reference: str,
        numbers: Mapping[bytes, int] | None = None,
        *,
        waited: bool = False,
    ) -> BatchResult:
        """Keep the shape of an update that failed alone, sealed under a reference, and note it as seen, so that it
        never comes again; one that `waited` was seen when it came. It makes do with any JSON object."""
        update_id, outbox = id_of(raw), Outbox(unit, numbers)
        sealed = unit.safe.ring.seal(json.dumps(shape_of(raw)).encode(), _context(reference))
        failed = FailedUpdate(reference=reference, update_id=update_id or 0, raw=sealed, hour=unit.hour)
        unit.session.add(failed)
        if waited:
            await backlog.take(unit, _ids([raw]))
        else:
            await _note_seen(unit, _ids([raw]))
        await self.handler.apologize(unit, outbox, raw, reference)
        await outbox.write()
        return BatchResult(outbox.rows)


_NOTE_SEEN: Mapping[str, Executable] = {
    name: insert(SeenUpdate).on_conflict_do_nothing().returning(SeenUpdate.id)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


def _context(reference: str) -> str:
    return f"failed_updates.raw:{reference}"


RING_SEALED = RingSealed(FailedUpdate.raw, lambda row: _context(row.reference))


async def _recorded(unit: Unit, outbox: Outbox, drained: Drained) -> Drained:
    """Record what was delivered; what of it was still owed. What had been dropped while it was under way, since its report
    was withdrawn, its moderator revoked or its chat cleared, is taken back out of the chat."""
    owed = await forget(unit, [done.row.id for done in drained.delivered])
    for done in drained.delivered:
        _note(unit, done)
        if done.row.id not in owed and done.message_ids:
            chat_id = Call.of(unit.safe.ring, done.row).params["chat_id"]
            for call in deletions(chat_id, done.message_ids):
                outbox.add(done.row.chat_hash, call)
    return replace(drained, delivered=[done for done in drained.delivered if done.row.id in owed])


def _note(unit: Unit, done: Delivered) -> None:
    """Keep what stands in the chat for what was delivered: messages that can be deleted later, those that could not be
    deleted yet (a dice can after a day), and the doubt whether there are more."""
    chat_hash, report_id, stay = done.row.chat_hash, done.row.report_id, done.row.stay
    for message_id in done.message_ids:
        sent_messages.note(unit, chat_hash, message_id, report_id, stay)
    for message_id in done.left:
        sent_messages.note(unit, chat_hash, message_id, report_id)
    if done.doubtful:
        sent_messages.note_doubt(unit, chat_hash, report_id, stay)


def _note_dropped(unit: Unit, one: Arrival) -> None:
    """Keep the id of a message that nobody reads, so that it goes when its chat is cleared; of a flood that something remains."""
    message_id, most = message_of(one.raw), 2 * unit.settings.updates_a_day
    if message_id is None or (one.chat_id or -1) < 0 or one.number > most + 1:  # of groups nothing is kept
        return
    chat_hash = unit.safe.pseudonyms.chat(one.chat_id or 0)
    if one.number <= most:
        sent_messages.note(unit, chat_hash, message_id)
    else:
        sent_messages.note_doubt(unit, chat_hash)


async def _note_seen(unit: Unit, update_ids: Collection[int]) -> set[int]:
    """Note updates as processed by this transaction; those that were by no earlier one."""
    if not update_ids:
        return set()
    seen = [{"id": update_id, "hour": unit.hour} for update_id in update_ids]
    connection = await unit.session.connection()
    return set(await connection.scalars(_NOTE_SEEN[connection.dialect.name], seen))


def _ids(raws: Iterable[RawUpdate]) -> Collection[int]:
    return [update_id for raw in raws if (update_id := id_of(raw)) is not None]


async def _unseen(unit: Unit, raws: Sequence[RawUpdate]) -> list[RawUpdate]:
    """Updates that no earlier transaction processed; this one has. A set of ids and not the newest id alone: after a week
    without updates Telegram begins anew at a random one (Bot API, Update)."""
    by_id = once_each(raws)
    new = await _note_seen(unit, by_id)
    return [raw for update_id, raw in by_id.items() if update_id in new]
