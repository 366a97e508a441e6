"""Somebody whose reports are not taken: what they may still do, and what they are told, once a day."""

from bot.chat.replies import is_reply
from bot.chat.reporter import receipts
from bot.chat.screens.callback import Act, Tap, decode
from bot.chat.screens.typed_buttons import presses
from bot.chat.turn import Turn
from bot.form.events import Cancel
from bot.form.screen import Key
from bot.safety.receipt import code_in
from bot.services import allowances
from bot.settings import worded

COMMANDS = ("/status", "/withdraw", "/cancel", "/panic", "/privacy", "/help")
"""What deletes, tells of what was sent, or what is kept. Nobody loses the right to that."""
ACTS = frozenset({"withdraw", "keep", "clear", "prove", "nocode", "panicnow"}) | frozenset(
    {"cread", "curgent", "csafe", "clet", "cletyes", "cstay", "cnever", "cwithdraw"}
    | {"qopen", "qskip", "qnever", "qstop", "qstay"}
)
"""The buttons that go with these commands, and with what moderators have asked: whoever is asked may answer."""
_STOPPING = ("flow.cancel", "flow.cancel.sure")
"""Labels of a form's buttons by which it is deleted; they can be typed too."""


def may(turn: Turn) -> bool:
    """Whether this update is for something that a blocked sender may do."""
    query, message, is_open = (
        turn.update.callback_query,
        turn.update.message,
        turn.chat.open_draft is not None,
    )
    if is_reply(turn.chat.open_draft):
        return True
    if query is not None:
        data = decode(query.data or "")
        return data.verb in ACTS if isinstance(data, Act) else data is not None and _stops(data)
    if message is None:
        return False
    words = turn.typed
    if words.startswith("/"):
        return words.split(maxsplit=1)[0].partition("@")[0].lower() in COMMANDS
    if is_open:  # unless the bot asked for it, a code would be an answer
        return presses(turn.renderer.texts, words, *_STOPPING) or receipts.brings_what_was_asked(turn)
    # A code, or the part of one that the bot asked for.
    return message.reply_to_message is not None or code_in(words) is not None


def _stops(tap: Tap) -> bool:
    return isinstance(tap.event, Cancel)


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
