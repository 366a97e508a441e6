"""Blocked senders, whose new reports are refused: what they may still do, and the notice they get once a
day."""

from bot.chat.screens.callback import Act, decode
from bot.chat.turn import Turn
from bot.chat.typed_commands import name_in
from bot.form.screen import Key
from bot.safety.receipt import holds_code
from bot.services import allowances
from bot.settings import worded

COMMANDS = ("/status", "/withdraw", "/cancel", "/panic", "/privacy", "/help")
"""Commands that delete, or that tell what was sent or is stored. Every person keeps the right to them."""
ACTS = frozenset({"withdraw", "keep", "clear", "prove", "nocode", "panicnow"}) | frozenset(
    {"cread", "curgent", "csafe", "clet", "cletyes", "cstay", "cnever", "cwithdraw"}
    | {"qopen", "qskip", "qnever", "qstop", "qstay"}
)
"""Buttons of these commands and of moderators' questions. Senders over the daily limit may use them too."""


def may(turn: Turn) -> bool:
    """Whether a blocked sender may make this update.

    An open form is finished or deleted as usual: a blocked sender can only begin an answer to a question.
    """
    if turn.chat.open_draft is not None:
        return True
    query, message = turn.update.callback_query, turn.update.message
    if query is not None:
        data = decode(query.data or "")
        # A button of an ended form deletes its own message.
        return data.verb in ACTS if isinstance(data, Act) else data is not None
    words = turn.typed
    if message is not None and (name := name_in(message.text)):
        return f"/{name}" in COMMANDS
    # A receipt code, or the part of one that the bot asked for.
    is_reply = message is not None and message.reply_to_message is not None
    return is_reply or holds_code(words)


async def tell(turn: Turn) -> None:
    """Say once a day that reports are refused, and name other ways to report."""
    settings, allowance = turn.unit.settings, turn.chat.allowance
    turn.answer_tap()
    if allowance is None or allowance.told_blocked:
        return
    allowances.note_told_blocked(turn.unit, allowance)
    contact = worded(settings.organisation_contact, turn.language)
    other = [Key("reporter.blocked.contact", {"contact": contact})] if contact else []
    turn.say("reporter.blocked", *other)
