"""Somebody whose reports are not taken: what they may still do, and what they are told, once a day."""

from telegram import Update

from bot.chat.screens.callback import Act, Tap, decode
from bot.chat.turn import Chat, Turn
from bot.form.events import Cancel
from bot.form.screen import Key
from bot.safety.receipt import read_code
from bot.services import allowances
from bot.settings import worded

COMMANDS = ("/status", "/withdraw", "/cancel", "/panic", "/privacy", "/help")
"""What deletes, tells of what was sent, or what is kept. Nobody loses the right to that."""
ACTS = frozenset({"withdraw", "keep", "clear", "prove", "nocode", "panicnow"})
"""The buttons that go with these commands."""


def may(chat: Chat, update: Update) -> bool:
    """Whether this update is for something that a blocked sender may do."""
    if update.callback_query is not None:
        data = decode(update.callback_query.data or "")
        return (isinstance(data, Act) and data.verb in ACTS) or (
            isinstance(data, Tap) and isinstance(data.event, Cancel)
        )
    message = update.message
    if message is None:
        # Without any the bot was blocked or put into a group, and nothing is answered.
        return update.effective_message is None
    words = message.text or ""
    if words.startswith("/"):
        return words.split(maxsplit=1)[0].partition("@")[0].lower() in COMMANDS
    # A code, or the part of one that the bot asked for; in the middle of a report it would be an answer.
    asked = message.reply_to_message is not None and chat.open_draft is None
    return asked or (read_code(words) is not None and chat.open_draft is None)


async def tell(turn: Turn, number: int) -> None:
    """Say kindly that no reports are taken, and which other ways there are: once a day. `number` is that of the update."""
    settings, allowance = turn.unit.settings, turn.chat.allowance
    if number <= settings.updates_a_day:
        turn.answer_tap()
    if allowance is None or allowance.told_blocked:
        return
    await allowances.note_told_blocked(turn.unit, allowance)
    contact = worded(settings.organisation_contact, turn.language)
    other = [Key("reporter.blocked.contact", {"contact": contact})] if contact else []
    turn.say("reporter.blocked", *other)
