"""Somebody who has written more today than the bot answers: what is done all the same, and what they are told, once a day.

Whatever deletes something, and whatever belongs to a receipt or to a talk with moderators, is done however much its person has written:
else the code of a report would stay on a phone that may be searched, and nobody would learn that somebody is in danger."""

from bot.chat.reporter import receipts
from bot.chat.reporter.blocked import ACTS
from bot.chat.screens.callback import Act, Tap, decode
from bot.chat.transport.receiving.updates import (
    RawUpdate,
    button_of,
    is_blocking,
    text_of,
    text_replied_to,
    words_of,
)
from bot.chat.turn import Turn
from bot.chat.typed_commands import name_in
from bot.safety.receipt import holds_code, read_part
from bot.services import allowances
from bot.texts import Texts

DELETING = frozenset({"panic", "withdraw"})
COMMANDS = DELETING | {"status"}
"""The commands that delete, and the one that tells of what was sent."""
_MOST_WORDS = 256
"""Characters of a message that is searched for a code: whoever sends one writes little beside it, and a flood of long texts costs no search."""


def is_urgent(texts: Texts, raw: RawUpdate) -> bool:
    """Whether an update, as it came, is for something that is always done, as what deletes and that somebody is in danger: by a button, a
    command, a code, or what was asked for of one; says that the bot was blocked, which ends the ways back; or is a /cancel, which counts
    where a form is open by the time of its turn."""
    if is_blocking(raw) or _is_of_acts(button_of(raw)):
        return True
    if name := name_in(text_of(raw)):
        return name in {*COMMANDS, "cancel"}
    words = words_of(raw)
    if len(words) > _MOST_WORDS:
        return False
    return holds_code(words) or (
        read_part(words) is not None and receipts.asks_for_code(texts, texts.languages, text_replied_to(raw))
    )


def repeated(raw: RawUpdate) -> str | None:
    """What urgent updates have in common of which the last does all that the others would: a button's data, a command with nothing
    behind it, or that the bot was blocked. None for any other."""
    if is_blocking(raw):
        return "blocking"
    words = text_of(raw)
    is_bare = len(words.split()) == 1
    return button_of(raw) or (f"/{name_in(words)}" if is_bare and name_in(words) else None)


def may(turn: Turn) -> bool:
    """Whether this update is for something that is always done. No form is open: in the middle of one everything is."""
    if (query := turn.update.callback_query) is not None:
        # A button of a form that is over takes what is left of it out of the chat.
        return _is_of_acts(query.data) or isinstance(decode(query.data or ""), Tap)
    message = turn.update.message
    command = name_in(message.text) if message is not None else ""
    if command:
        return command in COMMANDS
    return holds_code(turn.typed) or receipts.brings_what_was_asked(turn)


def _is_of_acts(data: str | None) -> bool:
    act = decode(data or "")
    return isinstance(act, Act) and act.verb in ACTS


async def tell(turn: Turn) -> None:
    """Say once a day that nothing more is answered, and what still is done. A tap is answered each time: a button that says nothing
    seems broken."""
    allowance = turn.chat.allowance
    if allowance is None or allowance.told_enough:
        turn.answer_tap("reporter.enough_today", alert=True)
        return
    allowances.note_told_enough(turn.unit, allowance)
    turn.answer_tap()
    turn.say("reporter.enough_today", "reporter.enough_today.still")
