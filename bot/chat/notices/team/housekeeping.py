"""What one copy of the bot alone does, again and again."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.chat.notices.team.to_moderators import notify_admins
from bot.chat.screens.renderer import act_button
from bot.chat.transport.copies import Copies
from bot.chat.turn import Turn
from bot.form.screen import Key
from bot.services.desk.people import blocks, team

ELSEWHERE_SECONDS = 5.0
"""Until a copy of the bot looks again whether it keeps house now."""


async def again_and_again(copies: Copies, once: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Do it once and pause for so many seconds, for ever, while this copy keeps house. `once` raises nothing."""
    while True:
        if not copies.keeps_house:
            await asyncio.sleep(ELSEWHERE_SECONDS)
            continue
        # Shielded: a transaction that is cut off leaves the driver's thread behind.
        await asyncio.shield(asyncio.ensure_future(once()))
        await asyncio.sleep(seconds)


MOST_TOLD = 3
"""Floods of a day that are told; further ones stand in /blocks."""
INSIDE = 10
"""How many times as much as is answered on a day somebody writes until it is a flood also where a report is open, in which nothing is
refused."""
MESSAGES, REPORTS = "moderator.flood.messages", "moderator.flood.reports"


async def tell(turn: Turn, what: str, number: int) -> None:
    """Note that the sender of this turn has reached a limit of the day, or is beyond one, and tell the administrators; once a day."""
    if turn.chat.moderator is not None or turn.chat.blocked or turn.chat.noted:
        return
    turn.chat.noted = True
    noted = await blocks.note_flood(turn.unit, turn.chat.id)
    if noted is None or noted[1] > MOST_TOLD:
        return
    button = act_button("moderator.block.do", "mblock", noted[0])
    said = Key(what, {"n": number, "days": turn.unit.settings.block_days})
    notify_admins(turn, await team.admins(turn.unit), said, [[button]])
