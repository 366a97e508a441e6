"""Becoming a moderator: the invitation's link, then an alias."""

from bot.chat.commands import menu
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key
from bot.services.desk import team


async def open_invite(turn: Turn, token: str) -> None:
    """/start with the token of an invitation: ask for an alias."""
    if turn.chat.filling is not None:
        raise Refusal("moderator.invite.draft_open")
    await team.open_invite(turn.unit, token, turn.chat.hash)
    turn.say("moderator.invite.welcome", "moderator.alias.ask")


async def enrol(turn: Turn, words: str) -> bool:
    """Take a text as the alias that was asked for; False when none was. Raises Refusal for a bad alias."""
    if not await team.enrolling(turn.unit, [turn.chat.hash]):
        return False
    language = turn.language
    turn.chat.moderator = await team.enrol(turn.unit, turn.chat.hash, turn.chat.id, words, language)
    set_commands(turn)
    turn.say(Key("moderator.enrolled", {"alias": turn.chat.moderator.alias}), "moderator.help")
    return True


def set_commands(turn: Turn) -> None:
    """Give this chat the moderators' command menu, in their language (Bot API, BotCommandScopeChat)."""
    params = {
        "commands": menu(turn.renderer.texts, turn.language, moderator=True),
        "scope": {"type": "chat", "chat_id": turn.chat.id},
    }
    turn.call("setMyCommands", params, essential=False)
