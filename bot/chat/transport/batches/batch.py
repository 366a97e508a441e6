"""A batch: updates processed in order inside one transaction, which also records their ids, the answers they
are owed, and what was delivered since the last batch.

What an update means is none of this module's business: a `BatchHandler` that stands above is handed in."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from telegram import Bot

from bot.chat.transport.batches import backlog
from bot.chat.transport.batches.admission import (
    MOST_OF_BLOCKED,
    TOLD,
    Arrival,
    admitted,
    arrivals,
    counted,
    kept,
)
from bot.chat.transport.batches.reservation import Reserved, note_seen, reserve, reserve_turn, wait_for
from bot.chat.transport.receiving.plain_updates import AnyUpdate, read
from bot.chat.transport.receiving.updates import (
    BadUpdateError,
    RawUpdate,
    chat_of,
    id_of,
    message_of,
    shape_of,
)
from bot.chat.transport.sending.call import Call, OwedRow, deletions
from bot.chat.transport.sending.delivered import Delivered, Drained
from bot.chat.transport.sending.outbox import Outbox
from bot.safety.logs import new_error_reference
from bot.services import allowances, sent_messages
from bot.services.allowances import Crowd
from bot.services.unit import Unit
from bot.services.vault import RingSealed
from db.models import FailedUpdate


@dataclass(frozen=True, slots=True)
class Batch:
    """Updates that were never processed before, each once and in their order, with the transaction and the outbox
    of the batch, and what the sender knew when it began. `crowd` is what the people who wrote have asked today, `numbers`
    tells by its id which update of its chat today, counted from 1, each is, `bot` knows its own name."""

    unit: Unit
    outbox: Outbox
    updates: Sequence[AnyUpdate]
    drained: Drained
    crowd: Crowd = field(default_factory=lambda: Crowd({}))
    numbers: Mapping[int, int] = field(default_factory=dict)
    bot: Bot | None = None


class BatchHandler(Protocol):
    """Whatever gives updates their meaning."""

    async def handle(self, batch: Batch) -> None:
        """Do all that these updates ask for; answers go to the outbox. Whatever it raises makes the batch fail."""

    async def with_open_forms(self, unit: Unit, chat_ids: Collection[int]) -> Collection[int]:
        """Those of these private chats in which a form is open, of which nothing may be dropped, unless they are blocked."""

    async def blocked(self, unit: Unit, chat_ids: Collection[int]) -> Collection[int]:
        """Those of these chats from which no new reports are taken."""

    def is_urgent(self, raw: RawUpdate) -> bool:
        """Whether an update deletes something or is for something else that cannot wait, so that it is kept however much its person has
        written today."""

    def repeated(self, raw: RawUpdate) -> str | None:
        """What two urgent updates have in common of which the last counts alone; None for one that repeats no other."""

    def pass_over(self, unit: Unit, outbox: Outbox, raws: Sequence[RawUpdate]) -> None:
        """Do what is done even of updates that are dropped: nobody answers them."""

    async def apologize(self, unit: Unit, outbox: Outbox, raw: RawUpdate, reference: str) -> None:
        """Tell the person whose update was set aside a reference, as far as the update says who that is, and note the message
        that it brings, so that it can be deleted."""


@dataclass(frozen=True, slots=True)
class Aside:
    """An update that could not be read: the reference under which it is kept, and why."""

    reference: str
    why: str


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What is left to be done once a batch is committed: rows to be sent, and reports and rows of which nothing more is.
    `waiting`: some of its updates wait their turn. `held` are updates that were not taken, since another copy of the bot has their
    chats in hand, and `unrecorded` deliveries for the same reason; `owners` are copies that owe these chats something, and
    `handed` those that send something of this batch. `aside` are those of its updates that could not be read."""

    rows: Sequence[OwedRow] = ()
    dropped_reports: Sequence[str] = ()
    dropped_rows: Sequence[int] = ()
    waiting: bool = False
    held: Sequence[RawUpdate] = ()
    unrecorded: Sequence[Delivered] = ()
    owners: Collection[int] = ()
    handed: Collection[int | None] = ()
    aside: Sequence[Aside] = ()


@dataclass(frozen=True, slots=True)
class BatchProcessor:
    """Processes batches and the updates that fail alone. It never commits: whoever gave the unit does."""

    bot: Bot
    handler: BatchHandler

    async def process(
        self,
        unit: Unit,
        raws: Sequence[RawUpdate],
        drained: Drained,
        busy: Collection[int] = (),
        overdue: Collection[int] = (),
    ) -> BatchResult:
        """Process these updates, but for those that were processed before, those of chats that another copy of the bot has in hand,
        and those that have to wait their turn, as all of `busy` chats do; and record what was delivered. `overdue` chats have
        waited long enough for what another copy owes them. What cannot be read is set aside with the rest of the batch.

        Raises BadUpdateError for an update without a usable id, and what the handler raised."""
        reserved = await reserve(unit, raws, drained.delivered, overdue)
        counts = counted(reserved.new)
        crowd = await allowances.count(unit, counts)
        now, later = admitted(
            list(arrivals(reserved.new, crowd, counts)), crowd, busy, self.handler.is_urgent
        )
        outbox = Outbox(unit, drained.numbers, drained.tried)
        aside = await self._handle(unit, outbox, now, crowd, drained, reserved)
        await self._put_off(unit, outbox, later, crowd)
        result = await _result(unit, outbox, reserved, aside)
        await allowances.note_reports_open(unit, crowd)
        return replace(result, waiting=bool(later))

    async def _put_off(self, unit: Unit, outbox: Outbox, later: Sequence[Arrival], crowd: Crowd) -> None:
        """Keep updates for later. Of somebody who has nothing open and has written more than is answered on a day only a few are
        kept, in the place of any before them, so that no flood fills the disk."""
        over = [one for one in later if one.chat_id is not None and backlog.is_over(unit, one, crowd)]
        others = await self._most_others(unit, over, crowd) if over else {}
        over = [one for one in over if one.chat_id in others]
        dropped = await self._dropped(unit, over, others, crowd)
        gone = set(_ids(one.raw for one in dropped))
        await backlog.put(unit, [one for one in later if id_of(one.raw) not in gone], crowd)
        await backlog.drop(unit, sorted(gone - set(_ids(one.raw for one in over))))
        for one in dropped:
            _note_dropped(unit, one, crowd)
        for one in over:
            _note_flood(unit, one, crowd)
        self.handler.pass_over(unit, outbox, [one.raw for one in dropped if _is_noted(unit, one, crowd)])

    async def _most_others(self, unit: Unit, over: Sequence[Arrival], crowd: Crowd) -> Mapping[int, int]:
        """How many updates that are not urgent wait of each of these chats, but of those of which nothing is dropped."""
        chat_ids = {one.chat_id for one in over if one.chat_id is not None}
        open_ = await self.handler.with_open_forms(unit, chat_ids)
        blocked = await self.handler.blocked(unit, open_) if open_ else ()
        most = {one: 0 if crowd.by_chat[one].told_enough else TOLD for one in chat_ids if one not in open_}
        return most | dict.fromkeys(blocked, MOST_OF_BLOCKED)

    async def _dropped(
        self, unit: Unit, over: Sequence[Arrival], others: Mapping[int, int], crowd: Crowd
    ) -> Sequence[Arrival]:
        """Those that are dropped, of these and of what waits already of the same chats and is over."""
        urgent = {one.chat_id for one in over if self.handler.is_urgent(one.raw)}
        senders = {one: crowd.by_chat[one] for one, most in others.items() if most or one in urgent}
        waiting = await backlog.over(unit, senders) if senders else {}
        dropped: list[Arrival] = []
        for chat_id, most in others.items():
            found = [*waiting.get(chat_id, ()), *(one for one in over if one.chat_id == chat_id)]
            stay = kept(found, most, self.handler.is_urgent, self.handler.repeated)
            ids = set(_ids(one.raw for one in stay))
            dropped += [one for one in found if id_of(one.raw) not in ids]
        return dropped

    async def process_waiting(
        self, unit: Unit, turn: Sequence[Arrival], drained: Drained, overdue: Collection[int] = ()
    ) -> BatchResult:
        """Process updates whose turn has come, but for those of chats that another copy has in hand, and record what was delivered.
        Raises as `process` does."""
        reserved = await reserve_turn(unit, [one.raw for one in turn], drained.delivered, overdue)
        free = _ids(reserved.new)
        taken = await backlog.take(unit, free)
        turn = [one for one in turn if id_of(one.raw) in taken]
        crowd = await allowances.of(unit, {one.chat_id for one in turn if one.chat_id is not None})
        outbox = Outbox(unit, drained.numbers, drained.tried)
        aside = await self._handle(unit, outbox, turn, crowd, drained, reserved)
        result = await _result(unit, outbox, reserved, aside)
        await allowances.note_reports_open(unit, crowd)
        return result

    async def _handle(
        self,
        unit: Unit,
        outbox: Outbox,
        now: Sequence[Arrival],
        crowd: Crowd,
        drained: Drained,
        reserved: Reserved,
    ) -> Sequence[Aside]:
        drained = await _recorded(unit, outbox, drained, reserved)
        updates, unreadable = self._read(now)
        numbers = {id_of(one.raw) or 0: one.number for one in now}
        await self.handler.handle(Batch(unit, outbox, updates, drained, crowd, numbers, self.bot))
        return [await self._put_aside(unit, outbox, raw, why) for raw, why in unreadable]

    def _read(self, now: Sequence[Arrival]) -> tuple[Sequence[AnyUpdate], Sequence[tuple[RawUpdate, str]]]:
        """Updates as objects, and those that cannot be read with the reasons."""
        updates, unreadable = [], []
        for one in now:
            try:
                updates.append(read(one.raw, self.bot))
            except BadUpdateError as error:
                unreadable.append((one.raw, str(error)))
        return updates, unreadable

    async def _put_aside(self, unit: Unit, outbox: Outbox, raw: RawUpdate, why: str) -> Aside:
        reference = new_error_reference()
        await self._keep(unit, outbox, raw, reference)
        return Aside(reference, why)

    async def _keep(self, unit: Unit, outbox: Outbox, raw: RawUpdate, reference: str) -> None:
        """Keep the shape of an update, sealed under a reference, and tell its person."""
        sealed = unit.safe.ring.seal(json.dumps(shape_of(raw)).encode(), _context(reference))
        row = FailedUpdate(reference=reference, update_id=id_of(raw) or 0, raw=sealed, hour=unit.hour)
        unit.session.add(row)
        await self.handler.apologize(unit, outbox, raw, reference)

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
        outbox = Outbox(unit, numbers)
        if not await self._is_left(unit, raw, waited=waited):
            return BatchResult()  # another copy of the bot has come before
        await self._keep(unit, outbox, raw, reference)
        return await written(unit, outbox)

    async def _is_left(self, unit: Unit, raw: RawUpdate, *, waited: bool) -> bool:
        """Whether nobody else has done with an update, which this unit has."""
        if (chat_id := chat_of(raw)) is not None:
            await wait_for(unit, unit.safe.pseudonyms.chat(chat_id))
        ids = _ids([raw])
        return not ids or bool(await (backlog.take(unit, ids) if waited else note_seen(unit, ids)))


def _context(reference: str) -> str:
    return f"failed_updates.raw:{reference}"


RING_SEALED = RingSealed(FailedUpdate.raw, lambda row: _context(row.reference))


async def _recorded(unit: Unit, outbox: Outbox, drained: Drained, reserved: Reserved) -> Drained:
    """Record what was delivered; what of it was still owed. What had been dropped while it was under way, since its report
    was withdrawn, its moderator revoked or its chat cleared, is taken back out of the chat; so is what another copy of the bot has
    sent too. What was recorded before stays: by a transaction of whose commit nobody heard, or by a copy that read this one's
    journal."""
    for done in reserved.recorded:
        is_owed = done.row.id in reserved.owed
        if not is_owed and await _was_recorded(unit, done):
            continue
        _note(unit, done)
        if not is_owed and done.message_ids:
            chat_id = Call.of(unit.safe.ring, done.row).params["chat_id"]
            for call in deletions(chat_id, done.message_ids):
                outbox.add(done.row.chat_hash, call)
    owed = [done for done in reserved.recorded if done.row.id in reserved.owed]
    return replace(drained, delivered=owed)


async def _was_recorded(unit: Unit, done: Delivered) -> bool:
    """Whether the database knows of the messages that were delivered, if there are any."""
    if not done.message_ids:
        return False
    return set(done.message_ids) <= set(await sent_messages.known(unit, done.row.chat_hash))


async def _result(unit: Unit, outbox: Outbox, reserved: Reserved, aside: Sequence[Aside]) -> BatchResult:
    result, owners = await written(unit, outbox), frozenset(reserved.owners)
    return replace(result, unrecorded=reserved.unrecorded, held=reserved.held, owners=owners, aside=aside)


async def written(unit: Unit, outbox: Outbox) -> BatchResult:
    """What is owed, written with the unit, and what comes of that."""
    await outbox.write()
    await unit.session.flush()
    own = [row for row in outbox.rows if row.owner == unit.copy]
    handed = {row.owner for row in outbox.rows} - {unit.copy}
    return BatchResult(own, outbox.dropped_reports, outbox.dropped_rows, handed=handed)


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


def _note_dropped(unit: Unit, one: Arrival, crowd: Crowd) -> None:
    """Keep the id of a message that nobody reads, so that it goes when its chat is cleared."""
    message_id = message_of(one.raw)
    if message_id is not None and (one.chat_id or -1) > 0 and _is_noted(unit, one, crowd):
        sent_messages.note(unit, unit.safe.pseudonyms.chat(one.chat_id or 0), message_id)


def _note_flood(unit: Unit, one: Arrival, crowd: Crowd) -> None:
    """Keep of a flood that something remains in the chat, when it grows beyond what is noted: once, whatever comes of this update."""
    if (one.chat_id or -1) > 0 and _place(one, crowd) == _most_noted(unit) + 1:  # of groups nothing is kept
        sent_messages.note_doubt(unit, unit.safe.pseudonyms.chat(one.chat_id or 0))


def _is_noted(unit: Unit, one: Arrival, crowd: Crowd) -> bool:
    """Whether something is done for a message that is dropped: for as many of a day as are answered, so that a flood costs little."""
    return _place(one, crowd) <= _most_noted(unit)


def _most_noted(unit: Unit) -> int:
    return 2 * unit.settings.updates_a_day


def _place(one: Arrival, crowd: Crowd) -> int:
    return crowd.by_chat[one.chat_id or 0].outside(one.number)


def _ids(raws: Iterable[RawUpdate]) -> Collection[int]:
    return [update_id for raw in raws if (update_id := id_of(raw)) is not None]
