"""Replies to the question which other report is meant."""

from collections.abc import Awaitable, Callable, Mapping

from bot.chat.moderation.decisions import duplicating, linking, menu
from bot.chat.turn import Turn

_TAKES: Mapping[str, Callable[[Turn, str, str], Awaitable[None]]] = {
    duplicating.REPLY: duplicating.close_as_duplicate,
    linking.JOIN_REPLY: linking.join,
    linking.RELATE_REPLY: linking.relate,
}


async def replied(turn: Turn) -> bool:
    """Handle a reply with a reference. Returns False for any other message. Raises Refusal."""
    if turn.chat.moderator is None:
        return False
    asked = menu.replied_about(turn, tuple(_TAKES))
    if asked is None:
        return False
    key, ref = asked
    turn.sit_at_desk()
    await _TAKES[key](turn, ref, turn.message.text or "")
    return True
