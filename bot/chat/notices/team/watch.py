"""Periodic check for summaries, alarms and decisions that take effect."""

import logging
from collections.abc import Sequence
from functools import partial

from bot.chat.notices.team import alarms as alarms_notice
from bot.chat.notices.team import to_moderators
from bot.chat.notices.team import waiting as waiting_notice
from bot.chat.notices.team.alarms import Waits
from bot.chat.notices.team.housekeeping import again_and_again
from bot.chat.screens.renderer import Renderer
from bot.chat.transport.copies import ALONE, Copies
from bot.chat.transport.sending.outbox import Outbox, Owe
from bot.safety.logs import where
from bot.services.desk.decisions import undoing
from bot.services.desk.people import alarms, waiting
from bot.services.unit import MakeUnit, Unit

log = logging.getLogger(__name__)
LOOK_SECONDS = 20.0


class Watch:
    """Enqueues summaries and alarms for the team, and applies decisions. `owe` enqueues calls in a
    transaction."""

    def __init__(self, read: MakeUnit, owe: Owe, renderer: Renderer, copies: Copies = ALONE) -> None:
        self._read, self._owe, self._renderer, self._copies = read, owe, renderer, copies
        self._waits = Waits()

    async def run(self) -> None:
        await again_and_again(self._copies, self.once, LOOK_SECONDS)

    async def once(self) -> None:
        """Send what is due, then apply decisions, each in its own transaction. A failure is logged."""
        try:
            async with self._read() as unit:
                due = await waiting.due(unit)
                standing = await alarms.standing(unit)
                unopened = self._waits.over(standing, unit.now, unit.settings.urgent_minutes)
                decided = await undoing.due(unit)
            if due or unopened:
                await self._owe(lambda unit, outbox: self._tell(unit, outbox, due, unopened))
            for ref in decided:
                await self._owe(partial(to_moderators.take_effect, self._renderer, ref))
        except Exception as error:  # noqa: BLE001 - a boundary: the next look tries again
            log.warning("the team was not told what waits: %s", where(error))

    async def _tell(
        self, unit: Unit, outbox: Outbox, members: Sequence[str], report_ids: Sequence[str]
    ) -> None:
        await alarms_notice.owe(self._renderer, unit, outbox, report_ids)
        await waiting_notice.owe(self._renderer, unit, outbox, members)
