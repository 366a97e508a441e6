"""Correcting what was approved: a new version, begun at once."""

from bot.chat.moderation.publishing import editing
from bot.chat.moderation.references import named
from bot.chat.turn import Turn
from bot.services.desk import claims
from bot.services.desk.publishing import editing as edits


async def correct(turn: Turn) -> None:
    """Its button was tapped: take up an approved report and begin the edit of what is public."""
    report = await named(turn)
    await edits.may_begin(turn.unit, report, turn.chat.open_draft)
    await claims.correct(turn.unit, turn.moderator, report)
    await editing.edit(turn)
