"""Announcer of new and returned reports to moderators, and of questions to reporters.

It works later than the events, so that neither the order of rows nor a transaction links a reporter's chat to
a report.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.chat.notices.reporters import questions
from bot.chat.notices.team import to_group, to_moderators
from bot.chat.screens.renderer import Renderer
from bot.chat.transport.copies import ALONE, Copies, Duty, Word
from bot.chat.transport.sending.outbox import Outbox, Owe
from bot.safety.logs import where
from bot.services.reports import announcements
from bot.services.reports.talk import ways
from bot.services.unit import MakeUnit, Unit
from bot.waiting import wait_at_most

log = logging.getLogger(__name__)
LOOK_SECONDS = 30.0
FAULT_SECONDS = 5.0
_RANDOM = random.SystemRandom()
Find = Callable[[Unit], Awaitable[Sequence[Any]]]
Notify = Callable[[Renderer, Unit, Outbox, Sequence[Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class News:
    """One kind of news: finds the ids of unannounced records, and enqueues notices in its own transaction."""

    find: Find
    notify: Notify


async def _notify_new(renderer: Renderer, unit: Unit, outbox: Outbox, report_ids: Sequence[str]) -> None:
    reports = await announcements.take(unit, report_ids)
    _RANDOM.shuffle(reports)
    await to_moderators.notify_new(renderer, unit, outbox, reports)
    await to_group.notify(renderer, unit, outbox, reports)


async def _notify_told(renderer: Renderer, unit: Unit, outbox: Outbox, report_ids: Sequence[str]) -> None:
    reports = await announcements.take_told(unit, report_ids)
    _RANDOM.shuffle(reports)
    await to_moderators.notify_told(renderer, unit, outbox, reports)
    await to_group.notify(renderer, unit, outbox, reports)


async def _notify_back(renderer: Renderer, unit: Unit, outbox: Outbox, report_ids: Sequence[str]) -> None:
    reports = await announcements.take_returned(unit, report_ids)
    _RANDOM.shuffle(reports)
    await to_moderators.notify_back(renderer, unit, outbox, reports)
    await to_group.notify(renderer, unit, outbox, reports)


NEWS = (
    News(announcements.waiting, _notify_new),
    News(announcements.told, _notify_told),
    News(announcements.returned, _notify_back),
    News(ways.due, questions.owe),
)


class Announcer:
    """Announces until `stop`.

    `read` makes units of work that only read, `owe` enqueues calls, and `due` is set when there is news.
    Notices are enqueued after a random 0.5 to 1.5 times `seconds`.
    """

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
        """Finish the current round and end. The next start announces the rest."""
        self._stop.set()
        self._due.set()

    async def run(self) -> None:
        while not self._stop.is_set():
            self._due.clear()
            if not self._duty.is_ours:
                self._duty.pass_on()
                await self._due.wait()
                continue
            try:
                for news, ids in await self._waiting():
                    await self._pause(self._seconds * _RANDOM.uniform(0.5, 1.5))
                    await self._announce(news, ids)
                    self._due.set()
            except Exception as error:  # noqa: BLE001 - a boundary: whatever a round fails of, the next is tried
                log.warning("news could not be announced: %s", where(error))
                await self._pause(FAULT_SECONDS)
                self._due.set()
            # A replica that ended may not have passed on that news is due.
            await wait_at_most(self._due, LOOK_SECONDS)

    async def _pause(self, seconds: float) -> None:
        await wait_at_most(self._stop, seconds)

    async def _waiting(self) -> Sequence[tuple[News, Sequence[Any]]]:
        async with self._read() as unit:
            found = [(news, await news.find(unit)) for news in NEWS]
        _RANDOM.shuffle(found)
        return [(news, ids) for news, ids in found if ids]

    async def _announce(self, news: News, ids: Sequence[Any]) -> None:
        if not self._stop.is_set():
            await self._owe(lambda unit, outbox: news.notify(self._renderer, unit, outbox, ids))
