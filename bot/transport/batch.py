"""Batches: one transaction processes updates and records their answers, and earlier deliveries."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from telegram import Bot

from bot.safety.logs import new_error_reference
from bot.store import allowances, sent_messages
from bot.store.allowances import SenderLimits
from bot.store.unit import UnitOfWork
from bot.store.vault import RingSealed
from bot.transport import backlog
from bot.transport.backlog import Arrival
from bot.transport.call import Call, Delivered, DeliverySnapshot, QueuedRow, deletions
from bot.transport.outbox import Outbox
from bot.transport.reservation import Reserved, note_seen, reserve, wait_for
from bot.transport.updates import (
    AnyUpdate,
    BadUpdateError,
    RawUpdate,
    chat_of,
    id_of,
    ids_of,
    message_of,
    read,
    shape_of,
)
from db.models import FailedUpdate


@dataclass(frozen=True, slots=True)
class Batch:
    """New updates in order, with their `numbers` among their chat's of the day."""

    unit: UnitOfWork
    outbox: Outbox
    updates: Sequence[AnyUpdate]
    drained: DeliverySnapshot
    crowd: SenderLimits = field(default_factory=lambda: SenderLimits({}))
    numbers: Mapping[int, int] = field(default_factory=dict)
    bot: Bot | None = None


class BatchHandler(Protocol):
    """Gives updates their meaning."""

    async def handle(self, batch: Batch) -> None:
        """Process the updates and enqueue answers. An exception fails the batch."""

    async def with_open_forms(self, unit: UnitOfWork, chat_ids: Collection[int]) -> Collection[int]:
        """Private chats with an open form. Their updates are not dropped unless they are blocked."""

    async def blocked(self, unit: UnitOfWork, chat_ids: Collection[int]) -> Collection[int]:
        """Chats that may send no new reports."""

    def is_urgent(self, raw: RawUpdate) -> bool:
        """Whether an update, such as a deletion, is kept however much its sender has written today."""

    def repeated(self, raw: RawUpdate) -> str | None:
        """Key of urgent updates that repeat each other, so that only the last counts."""

    def pass_over(self, unit: UnitOfWork, outbox: Outbox, raws: Sequence[RawUpdate]) -> None:
        """Handle dropped updates, which get no answer."""

    async def apologize(self, unit: UnitOfWork, outbox: Outbox, raw: RawUpdate, reference: str) -> None:
        """Tell the sender an error reference, and note the message for deletion."""

    def tell_waiting(self, unit: UnitOfWork, outbox: Outbox, raw: RawUpdate) -> None:
        """Tell the sender that others wait before them, and that the answer comes in turn."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Follow-up of a committed batch.

    - `waiting`: some updates went to the backlog
    - `newcomers`: number of people with nothing open who were answered
    - `held`, `unrecorded`: updates and deliveries of chats that another replica is working on
    - `owners`: replicas with outbox rows for these chats
    - `handed`: replicas that send rows of this batch
    - `aside`: error references of unreadable updates, each with the reason
    """

    rows: Sequence[QueuedRow] = ()
    dropped_reports: Sequence[str] = ()
    dropped_rows: Sequence[int] = ()
    waiting: bool = False
    newcomers: int = 0
    held: Sequence[RawUpdate] = ()
    unrecorded: Sequence[Delivered] = ()
    owners: Collection[int] = ()
    handed: Collection[int | None] = ()
    aside: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class BatchProcessor:
    """Processes batches in a given unit of work. Never commits."""

    bot: Bot
    handler: BatchHandler

    async def process(
        self,
        unit: UnitOfWork,
        raws: Sequence[RawUpdate],
        drained: DeliverySnapshot,
        busy: Collection[int] = (),
        overdue: Collection[int] = (),
        newcomers: int = backlog.MOST_AT_ONCE,
        *,
        crowded: bool = False,
    ) -> BatchResult:
        """Process new updates and record deliveries.

        Updates beyond the limits or of more `newcomers`, and all of `busy` chats, go to the backlog. Chats in
        `overdue` no longer wait for another replica. If it is `crowded`, newcomers who wait behind others are
        told so once. Raises BadUpdateError for an update without a usable id.
        """
        reserved = await reserve(unit, raws, drained.delivered, overdue)
        counts = backlog.counted(reserved.new)
        crowd = await allowances.count(unit, counts)
        came = list(backlog.arrivals(reserved.new, crowd, counts))
        now, later = backlog.admitted(came, crowd, busy, self.handler.is_urgent, newcomers)
        is_told = crowded and crowd.newcomers_wait
        return await self._handle(unit, now, later, crowd, drained, reserved, crowded=is_told)

    async def _put_off(
        self, unit: UnitOfWork, outbox: Outbox, later: Sequence[Arrival], crowd: SenderLimits
    ) -> None:
        """Add updates to the backlog, but only a few of a flood, which would fill the disk."""
        over = [one for one in later if one.chat_id is not None and backlog.is_over(unit, one, crowd)]
        others = await self._most_others(unit, over, crowd) if over else {}
        over = [one for one in over if one.chat_id in others]
        dropped = await self._dropped(unit, over, others, crowd)
        gone = set(ids_of(one.raw for one in dropped))
        await backlog.put(unit, [one for one in later if id_of(one.raw) not in gone], crowd)
        await backlog.take(unit, gone - set(ids_of(one.raw for one in over)))
        most_noted = 2 * unit.settings.updates_a_day  # so that a flood costs little
        noted = [one for one in dropped if _place(one, crowd) <= most_noted]
        for one in noted:
            if (message_id := message_of(one.raw)) is not None and (one.chat_id or -1) > 0:
                sent_messages.note(unit, unit.safe.pseudonyms.chat(one.chat_id or 0), message_id)
        for one in over:
            if (one.chat_id or -1) > 0 and _place(one, crowd) == most_noted + 1:  # nothing is kept of groups
                sent_messages.note_doubt(unit, unit.safe.pseudonyms.chat(one.chat_id or 0))
        self.handler.pass_over(unit, outbox, [one.raw for one in noted])

    async def _most_others(
        self, unit: UnitOfWork, over: Sequence[Arrival], crowd: SenderLimits
    ) -> Mapping[int, int]:
        chat_ids = {one.chat_id for one in over if one.chat_id is not None}
        open_ = await self.handler.with_open_forms(unit, chat_ids)
        blocked = await self.handler.blocked(unit, open_) if open_ else ()
        most = {
            one: 0 if crowd.by_chat[one].told_enough else backlog.TOLD for one in chat_ids if one not in open_
        }
        return most | dict.fromkeys(blocked, backlog.MOST_OF_BLOCKED)

    async def _dropped(
        self, unit: UnitOfWork, over: Sequence[Arrival], others: Mapping[int, int], crowd: SenderLimits
    ) -> Sequence[Arrival]:
        urgent = {one.chat_id for one in over if self.handler.is_urgent(one.raw)}
        senders = {one: crowd.by_chat[one] for one, most in others.items() if most or one in urgent}
        waiting = await backlog.over(unit, senders) if senders else {}
        dropped: list[Arrival] = []
        for chat_id, most in others.items():
            found = [*waiting.get(chat_id, ()), *(one for one in over if one.chat_id == chat_id)]
            stay = backlog.kept(found, most, self.handler.is_urgent, self.handler.repeated)
            ids = set(ids_of(one.raw for one in stay))
            dropped += [one for one in found if id_of(one.raw) not in ids]
        return dropped

    async def process_waiting(
        self,
        unit: UnitOfWork,
        turn: Sequence[Arrival],
        drained: DeliverySnapshot,
        overdue: Collection[int] = (),
    ) -> BatchResult:
        """Process backlog updates whose turn has come. Raises the errors of `process`."""
        raws = [one.raw for one in turn]
        reserved = await reserve(unit, raws, drained.delivered, overdue, came=False)
        taken = await backlog.take(unit, ids_of(reserved.new))
        turn = [one for one in turn if id_of(one.raw) in taken]
        crowd = await allowances.of(unit, {one.chat_id for one in turn if one.chat_id is not None})
        return await self._handle(unit, turn, (), crowd, drained, reserved)

    async def _handle(
        self,
        unit: UnitOfWork,
        now: Sequence[Arrival],
        later: Sequence[Arrival],
        crowd: SenderLimits,
        drained: DeliverySnapshot,
        reserved: Reserved,
        *,
        crowded: bool = False,
    ) -> BatchResult:
        outbox = Outbox(unit, drained.numbers, drained.tried)
        drained = await _recorded(unit, outbox, drained, reserved)
        updates, unreadable = self._read(now)
        newcomers = {one.chat_id for one in now if one.chat_id and not crowd.by_chat[one.chat_id].in_report}
        numbers = {id_of(one.raw) or 0: one.number for one in now}
        await self.handler.handle(Batch(unit, outbox, updates, drained, crowd, numbers, self.bot))
        for raw, reference, _ in unreadable:
            await self._keep(unit, outbox, raw, reference)
        await self._put_off(unit, outbox, later, crowd)
        for one in later if crowded else ():
            self._tell_waiting(unit, outbox, one, crowd)
        result, owners = await written(unit, outbox), frozenset(reserved.owners)
        await allowances.note_reports_open(unit, crowd)
        aside = [(reference, why) for _, reference, why in unreadable]
        result = replace(result, waiting=bool(later), newcomers=len(newcomers), aside=aside, owners=owners)
        return replace(result, held=reserved.held, unrecorded=reserved.unrecorded)

    def _tell_waiting(self, unit: UnitOfWork, outbox: Outbox, one: Arrival, crowd: SenderLimits) -> None:
        sender = crowd.by_chat.get(one.chat_id or 0)
        if sender is None or sender.in_report or sender.told_waiting or backlog.is_over(unit, one, crowd):
            return
        if message_of(one.raw) is not None and (one.chat_id or 0) > 0:
            sender.told_waiting = True
            self.handler.tell_waiting(unit, outbox, one.raw)

    def _read(
        self, now: Sequence[Arrival]
    ) -> tuple[Sequence[AnyUpdate], Sequence[tuple[RawUpdate, str, str]]]:
        """Readable updates, and unreadable ones with a reference and the reason."""
        updates, unreadable = [], []
        for one in now:
            try:
                updates.append(read(one.raw, self.bot))
            except BadUpdateError as error:
                unreadable.append((one.raw, new_error_reference(), str(error)))
        return updates, unreadable

    async def _keep(self, unit: UnitOfWork, outbox: Outbox, raw: RawUpdate, reference: str) -> None:
        sealed = unit.safe.ring.seal(json.dumps(shape_of(raw)).encode(), _context(reference))
        row = FailedUpdate(reference=reference, update_id=id_of(raw) or 0, raw=sealed, hour=unit.hour)
        unit.session.add(row)
        await self.handler.apologize(unit, outbox, raw, reference)

    async def set_aside(
        self,
        unit: UnitOfWork,
        raw: RawUpdate,
        reference: str,
        numbers: Mapping[bytes, int] | None = None,
        *,
        waited: bool = False,
    ) -> BatchResult:
        """Keep the sealed shape of an update that failed alone, and mark it as seen, so that it never comes
        again. Works for any JSON object."""
        outbox, ids = Outbox(unit, numbers), ids_of([raw])
        if (chat_id := chat_of(raw)) is not None:
            await wait_for(unit, unit.safe.pseudonyms.chat(chat_id))
        if ids and not await (backlog.take(unit, ids) if waited else note_seen(unit, ids)):
            return BatchResult()  # another replica was first
        await self._keep(unit, outbox, raw, reference)
        return await written(unit, outbox)


def _context(reference: str) -> str:
    return f"failed_updates.raw:{reference}"


RING_SEALED = RingSealed(FailedUpdate.raw, lambda row: _context(row.reference))


async def _recorded(
    unit: UnitOfWork, outbox: Outbox, drained: DeliverySnapshot, reserved: Reserved
) -> DeliverySnapshot:
    """Record deliveries. Returns those whose outbox row still existed. Messages of rows dropped meanwhile, as
    by a withdrawal, are deleted again, unless recorded before, perhaps by another replica."""
    for done in reserved.recorded:
        doomed = () if done.row.id in reserved.owed else done.message_ids
        if doomed and set(doomed) <= set(await sent_messages.known(unit, done.row.chat_hash)):
            continue
        _note(unit, done)
        if doomed:
            chat_id = Call.of(unit.safe.ring, done.row).params["chat_id"]
            for call in deletions(chat_id, doomed):
                outbox.add(done.row.chat_hash, call)
    owed = [done for done in reserved.recorded if done.row.id in reserved.owed]
    return replace(drained, delivered=owed)


async def written(unit: UnitOfWork, outbox: Outbox) -> BatchResult:
    await outbox.write()
    await unit.session.flush()
    own = [row for row in outbox.rows if row.owner == unit.copy]
    handed = {row.owner for row in outbox.rows} - {unit.copy}
    return BatchResult(own, outbox.dropped_reports, outbox.dropped_rows, handed=handed)


def _note(unit: UnitOfWork, done: Delivered) -> None:
    """Note messages for deletion. An edited one was noted before. A dice can be deleted only after a day."""
    chat_hash, report_id, stay = done.row.chat_hash, done.row.report_id, done.row.stay
    is_noted = done.edited_at is not None and report_id is None and stay == sent_messages.Stay.DAYS
    for message_id in () if is_noted else done.message_ids:
        sent_messages.note(unit, chat_hash, message_id, report_id, stay)
    for message_id in done.left:
        sent_messages.note(unit, chat_hash, message_id, report_id)
    if done.doubtful:
        sent_messages.note_doubt(unit, chat_hash, report_id, stay)


def _place(one: Arrival, crowd: SenderLimits) -> int:
    return crowd.by_chat[one.chat_id or 0].outside(one.number)
