"""The announcer: tells the moderators of new reports, apart from and later than the receipts, so that neither the order of
rows nor a transaction joins a reporter's chat to a report."""

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress

from bot.chat.notices import to_moderators
from bot.chat.screens.renderer import Renderer
from bot.chat.transport.copies import ALONE, Copies, Duty, Word
from bot.chat.transport.sending.outbox import Outbox, Owe
from bot.safety.logs import where
from bot.services.reports import announcements
from bot.services.unit import MakeUnit, Unit

log = logging.getLogger(__name__)
FAULT_SECONDS = 5.0
_RANDOM = random.SystemRandom()


class Announcer:
    """`run` until `stop`. `read` makes units that only read, `owe` lets calls be owed, `due` is set when a report came;
    moderators hear of it between half and one and a half times `seconds` later."""

    def __init__(
        self,
        renderer: Renderer,
        read: MakeUnit,
        owe: Owe,
        due: asyncio.Event,
        seconds: float,
        copies: Copies = ALONE,
    ) -> None:
        self._renderer, self._read, self._owe, self._due = renderer, read, owe, due
        self._seconds, self._duty = seconds, Duty(copies, Word.REPORTS)
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Finish what is under way and end; what was not announced is after the next start."""
        self._stop.set()
        self._due.set()

    async def run(self) -> None:
        """Announce what came, now and whenever something does. A fault of the database is waited for."""
        while not self._stop.is_set():
            self._due.clear()
            if not self._duty.is_ours:
                self._duty.pass_on()
                await self._due.wait()
                continue
            try:
                waiting = await self._waiting()
                if waiting:
                    await self._pause(self._seconds * _RANDOM.uniform(0.5, 1.5))
                    await self._announce(waiting)
                    self._due.set()
            except Exception as error:  # noqa: BLE001 - a boundary: whatever a round fails of, the next is tried
                log.warning("new reports could not be announced: %s", where(error))
                await self._pause(FAULT_SECONDS)
                self._due.set()
            await self._due.wait()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    async def _waiting(self) -> Sequence[str]:
        async with self._read() as unit:
            return await announcements.waiting(unit)

    async def _announce(self, report_ids: Sequence[str]) -> None:
        if self._stop.is_set():
            return

        async def act(unit: Unit, outbox: Outbox) -> None:
            reports = await announcements.take(unit, report_ids)
            _RANDOM.shuffle(reports)
            await to_moderators.notify_new(self._renderer, unit, outbox, reports)

        await self._owe(act)
