"""A batch: updates processed in order inside one transaction, which also records their ids, the answers they
are owed, and what was delivered since the last batch.

What an update means is none of this module's business: a `BatchHandler` that stands above is handed in."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlalchemy import select
from telegram import Bot, Update

from bot.chat.transport import backlog, sent_messages
from bot.chat.transport.admission import Arrival, admitted, arrivals, counted
from bot.chat.transport.outbox import Drained, Outbox, forget
from bot.chat.transport.updates import RawUpdate, id_of, once_each, parsed, shape_of
from bot.services import allowances
from bot.services.allowances import Crowd
from bot.services.unit import Unit
from db.models import FailedUpdate, OutboxRow, SeenUpdate


@dataclass(frozen=True, slots=True)
class Batch:
    """Updates that were never processed before, each once and in their order, with the transaction and the outbox
    of the batch, and what the sender knew when it began. `crowd` is what the people who wrote have asked today, `numbers`
    tells by its id the how manieth update of its chat today each is."""

    unit: Unit
    outbox: Outbox
    updates: Sequence[Update]
    drained: Drained
    crowd: Crowd = field(default_factory=lambda: Crowd({}))
    numbers: Mapping[int, int] = field(default_factory=dict)


class BatchHandler(Protocol):
    """Whatever gives updates their meaning."""

    async def handle(self, batch: Batch) -> None:
        """Do all that these updates ask for; answers go to the outbox. Whatever it raises makes the batch fail."""

    def apologize(self, unit: Unit, outbox: Outbox, raw: RawUpdate, reference: str) -> None:
        """Tell the person whose update was set aside a reference, as far as the update says who that is."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What is left to be done once a batch is committed: rows to be sent, and reports whose rows are not. `waiting`:
    some of its updates wait their turn."""

    rows: Sequence[OutboxRow] = ()
    dropped_reports: Sequence[str] = ()
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class BatchProcessor:
    """Processes batches and the updates that fail alone. It never commits: whoever gave the unit does."""

    bot: Bot
    handler: BatchHandler

    async def process(self, unit: Unit, raws: Sequence[RawUpdate], drained: Drained) -> BatchResult:
        """Process these updates, but for those that were processed before and those that have to wait their turn, and
        record what was delivered.

        Raises BadUpdateError for an update that cannot be read, and what the handler raised."""
        unseen = await _unseen(unit, raws)
        counts = counted(unseen)
        crowd = await allowances.count(unit, counts)
        now, later = admitted(list(arrivals(unseen, crowd, counts)), crowd)
        result = await self._handle(unit, now, crowd, drained)
        await backlog.put(unit, later, crowd)
        _note_seen(unit, unseen)
        await allowances.note_reports_open(unit, crowd)
        await unit.session.flush()
        return replace(result, waiting=bool(later))

    async def process_waiting(self, unit: Unit, turn: Sequence[Arrival], drained: Drained) -> BatchResult:
        """Process updates whose turn has come, and record what was delivered. Raises as `process` does."""
        await backlog.forget(unit, _ids(turn))
        crowd = await allowances.of(unit, {one.chat_id for one in turn if one.chat_id is not None})
        result = await self._handle(unit, turn, crowd, drained)
        await allowances.note_reports_open(unit, crowd)
        return result

    async def _handle(
        self, unit: Unit, now: Sequence[Arrival], crowd: Crowd, drained: Drained
    ) -> BatchResult:
        outbox = Outbox(unit)
        await forget(unit, [done.row.id for done in drained.delivered])
        for done in drained.delivered:
            for message_id in done.message_ids:
                sent_messages.note(unit, done.row.chat_hash, message_id, done.row.report_id)
        updates = [parsed(one.raw, self.bot) for one in now]
        numbers = {update.update_id: one.number for update, one in zip(updates, now, strict=True)}
        await self.handler.handle(Batch(unit, outbox, updates, drained, crowd, numbers))
        unit.session.add_all(outbox.rows)
        await unit.session.flush()
        return BatchResult(outbox.rows, outbox.dropped_reports)

    async def set_aside(
        self, unit: Unit, raw: RawUpdate, reference: str, *, waited: bool = False
    ) -> BatchResult:
        """Keep the shape of an update that failed alone, sealed under a reference, and note it as seen, so that it
        never comes again; one that `waited` was seen when it came. It makes do with any JSON object."""
        update_id, outbox = id_of(raw), Outbox(unit)
        sealed = unit.safe.ring.seal(json.dumps(shape_of(raw)).encode(), f"failed_updates.raw:{reference}")
        failed = FailedUpdate(reference=reference, update_id=update_id or 0, raw=sealed, hour=unit.hour)
        unit.session.add(failed)
        if waited:
            await backlog.forget(unit, [update_id] if update_id is not None else [])
        else:
            _note_seen(unit, [raw])
        self.handler.apologize(unit, outbox, raw, reference)
        unit.session.add_all(outbox.rows)
        return BatchResult(outbox.rows)


def _note_seen(unit: Unit, raws: Sequence[RawUpdate]) -> None:
    ids = (id_of(raw) for raw in raws)
    unit.session.add_all(SeenUpdate(id=one, hour=unit.hour) for one in ids if one is not None)


def _ids(turn: Sequence[Arrival]) -> Collection[int]:
    return [update_id for one in turn if (update_id := id_of(one.raw)) is not None]


async def _unseen(unit: Unit, raws: Sequence[RawUpdate]) -> list[RawUpdate]:
    """Updates that no earlier transaction processed. A set of ids and not the newest id alone: after a week
    without updates Telegram begins anew at a random one (Bot API, Update)."""
    by_id = once_each(raws)
    seen = set(await unit.session.scalars(select(SeenUpdate.id).where(SeenUpdate.id.in_(by_id))))
    return [raw for update_id, raw in by_id.items() if update_id not in seen]
