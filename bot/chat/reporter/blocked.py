"""Somebody whose new reports are not taken: what they may still do, and what they are told, once a day."""

from bot.chat.screens.callback import Act, decode
from bot.chat.turn import Turn
from bot.chat.typed_commands import name_in
from bot.form.screen import Key
from bot.safety.receipt import holds_code
from bot.services import allowances
from bot.settings import worded

COMMANDS = ("/status", "/withdraw", "/cancel", "/panic", "/privacy", "/help")
"""What deletes, tells of what was sent, or what is kept. Nobody loses the right to that."""
ACTS = frozenset({"withdraw", "keep", "clear", "prove", "nocode", "panicnow"}) | frozenset(
    {"cread", "curgent", "csafe", "clet", "cletyes", "cstay", "cnever", "cwithdraw"}
    | {"qopen", "qskip", "qnever", "qstop", "qstay"}
)
"""The buttons that go with these commands, and with what moderators have asked: whoever is asked may answer. Whoever has written more
today than the bot answers has them too."""


def may(turn: Turn) -> bool:
    """Whether this update is for something that a blocked sender may do. What was begun goes on until it is sent or deleted: nothing can
    be begun while somebody is blocked, but the answer to a question, so that an open form says enough."""
    if turn.chat.open_draft is not None:
        return True
    query, message = turn.update.callback_query, turn.update.message
    if query is not None:
        data = decode(query.data or "")
        # A button of a form that is over takes what is left of it out of the chat.
        return data.verb in ACTS if isinstance(data, Act) else data is not None
    words = turn.typed
    if message is not None and (name := name_in(message.text)):
        return f"/{name}" in COMMANDS
    # A code, or the part of one that the bot asked for.
    is_reply = message is not None and message.reply_to_message is not None
    return is_reply or holds_code(words)


async def tell(turn: Turn) -> None:
    """Say kindly that no reports are taken, and which other ways there are: once a day."""
    settings, allowance = turn.unit.settings, turn.chat.allowance
    turn.answer_tap()
    if allowance is None or allowance.told_blocked:
        return
    allowances.note_told_blocked(turn.unit, allowance)
    contact = worded(settings.organisation_contact, turn.language)
    other = [Key("reporter.blocked.contact", {"contact": contact})] if contact else []
    turn.say("reporter.blocked", *other)
