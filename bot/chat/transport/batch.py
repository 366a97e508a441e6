"""A batch: updates processed in order inside one transaction, which also records their ids, the answers they
are owed, and what was delivered since the last batch.

What an update means is none of this module's business: a `BatchHandler` that stands above is handed in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from telegram import Bot, Update

from bot.chat.transport import sent_messages
from bot.chat.transport.outbox import Drained, Outbox, forget
from bot.chat.transport.updates import RawUpdate, id_of, once_each, parsed, shape_of
from bot.services.ring_sealed import RingSealed
from bot.services.unit import Unit
from db.models import FailedUpdate, OutboxRow, SeenUpdate


@dataclass(frozen=True, slots=True)
class Batch:
    """Updates that were never processed before, each once and in their order, with the transaction and the outbox
    of the batch, and what the sender knew when it began."""

    unit: Unit
    outbox: Outbox
    updates: Sequence[Update]
    drained: Drained


class BatchHandler(Protocol):
    """Whatever gives updates their meaning."""

    async def handle(self, batch: Batch) -> None:
        """Do all that these updates ask for; answers go to the outbox. Whatever it raises makes the batch fail."""

    def apologize(self, unit: Unit, outbox: Outbox, raw: RawUpdate, reference: str) -> None:
        """Tell the person whose update was set aside a reference, as far as the update says who that is."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What is left to be done once a batch is committed: rows to be sent, and reports whose rows are not."""

    rows: Sequence[OutboxRow] = ()
    dropped_reports: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class BatchProcessor:
    """Processes batches and the updates that fail alone. It never commits: whoever gave the unit does."""

    bot: Bot
    handler: BatchHandler

    async def process(self, unit: Unit, raws: Sequence[RawUpdate], drained: Drained) -> BatchResult:
        """Process these updates, but for those that were processed before, and record what was delivered.

        Raises BadUpdateError for an update that cannot be read, and what the handler raised."""
        outbox = Outbox(unit)
        await forget(unit, [done.row.id for done in drained.delivered])
        for done in drained.delivered:
            for message_id in done.message_ids:
                sent_messages.note(unit, done.row.chat_hash, message_id, done.row.report_id)
        updates = [parsed(raw, self.bot) for raw in await _unseen(unit, raws)]
        await self.handler.handle(Batch(unit, outbox, updates, drained))
        unit.session.add_all(SeenUpdate(id=update.update_id, hour=unit.hour) for update in updates)
        unit.session.add_all(outbox.rows)
        await unit.session.flush()
        return BatchResult(outbox.rows, outbox.dropped_reports)

    def set_aside(self, unit: Unit, raw: RawUpdate, reference: str) -> BatchResult:
        """Keep the shape of an update that failed alone, sealed under a reference, and note it as seen, so that it
        never comes again. It makes do with any JSON object."""
        update_id, outbox = id_of(raw), Outbox(unit)
        sealed = unit.safe.ring.seal(json.dumps(shape_of(raw)).encode(), _context(reference))
        failed = FailedUpdate(reference=reference, update_id=update_id or 0, raw=sealed, hour=unit.hour)
        unit.session.add(failed)
        if update_id is not None:
            unit.session.add(SeenUpdate(id=update_id, hour=unit.hour))
        self.handler.apologize(unit, outbox, raw, reference)
        unit.session.add_all(outbox.rows)
        return BatchResult(outbox.rows)


def _context(reference: str) -> str:
    return f"failed_updates.raw:{reference}"


RING_SEALED = RingSealed(FailedUpdate.raw, lambda row: _context(row.reference))


async def _unseen(unit: Unit, raws: Sequence[RawUpdate]) -> list[RawUpdate]:
    """Updates that no earlier transaction processed. A set of ids and not the newest id alone: after a week
    without updates Telegram begins anew at a random one (Bot API, Update)."""
    by_id = once_each(raws)
    seen = set(await unit.session.scalars(select(SeenUpdate.id).where(SeenUpdate.id.in_(by_id))))
    return [raw for update_id, raw in by_id.items() if update_id not in seen]
