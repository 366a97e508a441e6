"""What a person begins: a report, or something that is added to one. There are so many of a day."""

from bot.chat.notices.team import floods
from bot.chat.turn import Turn
from bot.services.reports.drafts import drafting


async def count(turn: Turn) -> None:
    """Count one more. Raises Refusal for somebody who has begun as many today as one person can; administrators hear of whoever has,
    once nothing is left of the day or, where no note was free then, with the next that they try."""
    allowance = turn.chat.allowance
    if allowance is None:
        return
    try:
        await drafting.require_allowed(turn.unit, allowance)
    finally:
        if allowance.reports >= turn.unit.settings.reports_a_day:
            await floods.tell(turn, floods.REPORTS, allowance.reports)
