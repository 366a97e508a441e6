"""Periodic jobs of the leader, and notices of floods."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.chat.notices.team.to_moderators import notify_admins
from bot.chat.screens.renderer import act_button
from bot.chat.transport.copies import Copies
from bot.chat.turn import Turn
from bot.form.screen import Key
from bot.services.desk.people import blocks, team

ELSEWHERE_SECONDS = 5.0


async def again_and_again(copies: Copies, once: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Call `once`, which must not raise, every `seconds` while this replica is the leader."""
    while True:
        if not copies.keeps_house:
            await asyncio.sleep(ELSEWHERE_SECONDS)
            continue
        # Shielded: a cancelled transaction leaves the driver's thread behind.
        await asyncio.shield(asyncio.ensure_future(once()))
        await asyncio.sleep(seconds)


MOST_TOLD = 3
"""Most floods announced on a day. /blocks lists all."""
INSIDE = 10
"""Multiple of the daily limit from which messages inside a form, which are never refused, count as a flood.
"""
MESSAGES, REPORTS = "moderator.flood.messages", "moderator.flood.reports"


async def tell(turn: Turn, what: str, number: int) -> None:
    """Record that this turn's sender reached a daily limit, and tell the administrators once a day."""
    if turn.chat.moderator is not None or turn.chat.blocked or turn.chat.noted:
        return
    turn.chat.noted = True
    noted = await blocks.note_flood(turn.unit, turn.chat.id)
    if noted is None or noted[1] > MOST_TOLD:
        return
    button = act_button("moderator.block.do", "mblock", noted[0])
    said = Key(what, {"n": number, "days": turn.unit.settings.block_days})
    notify_admins(turn, await team.admins(turn.unit), said, [[button]])
