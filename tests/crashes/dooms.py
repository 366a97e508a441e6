"""Moments at which the bot kills itself by SIGKILL: between any two of the steps that the batch loop promises to survive."""

import os
import signal
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.app import wiring
from bot.app.work import Work
from bot.store.unit import UnitOfWork
from bot.transport.api import Api
from bot.transport.backlog import MOST_AT_ONCE
from bot.transport.batch import BatchProcessor, BatchResult
from bot.transport.call import DeliverySnapshot
from bot.transport.committer import Committer
from bot.transport.loop import Loop
from bot.transport.updates import RawUpdate, id_of
from db.models import SeenUpdate

FETCHED = "fetched"
IN_TRANSACTION = "in the transaction"
COMMITTED = "committed but unsent"
SENT = "sent but unrecorded"
MOMENTS = (FETCHED, IN_TRANSACTION, COMMITTED, SENT)


class Doom:
    """The moment of death, at its so-maniest occurrence in this life after so many `seconds` of the machine's. `done` is the newest
    update that an earlier life has done: fetching such again is no new occurrence."""

    def __init__(self, moment: str, occurrence: int, seconds: float, record: Path) -> None:
        self.moment, self.left, self.record = moment, occurrence, record
        self._begins = time.monotonic() + seconds
        self.done = 0

    def meet(self, moment: str) -> None:
        """The bot is at this moment; this may be the last thing it knows."""
        if moment != self.moment or time.monotonic() < self._begins:
            return
        self.left -= 1
        if self.left > 0:
            return
        record = os.open(self.record, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(record, f"{time.monotonic():.3f} {moment}\n".encode())
        os.fsync(record)
        os.kill(os.getpid(), signal.SIGKILL)


async def arm(order: str, work: Work) -> None:
    """Let the wiring use the real parts with a doom added to them. `order` is `moment:occurrence:seconds:record`."""
    moment, occurrence, seconds, record = order.split(":", 3)
    mark_for_removal = Doom(moment, int(occurrence), float(seconds), Path(record))
    async with work.read() as unit:
        mark_for_removal.done = await unit.session.scalar(select(func.max(SeenUpdate.id))) or 0

    class DoomedApi(Api):
        async def call(
            self,
            method: str,
            params: Mapping[str, Any],
            files: Mapping[str, tuple[str, bytes, str]] | None = None,
            *,
            once: bool = False,
        ) -> Any:
            result = await super().call(method, params, files, once=once)
            if method == "sendMessage":
                mark_for_removal.meet(SENT)
            return result

    class DoomedBatchProcessor(BatchProcessor):
        async def process(
            self,
            unit: UnitOfWork,
            raws: Sequence[RawUpdate],
            drained: DeliverySnapshot,
            busy: Collection[int] = (),
            overdue: Collection[int] = (),
            newcomers: int = MOST_AT_ONCE,
            *,
            crowded: bool = False,
        ) -> BatchResult:
            given = raws, drained, busy, overdue, newcomers
            result = await super().process(unit, *given, crowded=crowded)
            if result.rows:
                mark_for_removal.meet(IN_TRANSACTION)
            return result

    class DoomedLoop(Loop):
        async def _next(self) -> list[RawUpdate]:
            raws = await super()._next()
            if any((id_of(raw) or 0) > mark_for_removal.done for raw in raws):
                mark_for_removal.meet(FETCHED)
            return raws

    class DoomedCommitter(Committer):
        def after_commit(self, result: BatchResult) -> None:
            if result.rows:
                mark_for_removal.meet(COMMITTED)
            super().after_commit(result)

    doomed: tuple[type, ...] = (DoomedApi, DoomedBatchProcessor, DoomedCommitter, DoomedLoop)
    for part in doomed:
        setattr(wiring, part.__bases__[0].__name__, part)
