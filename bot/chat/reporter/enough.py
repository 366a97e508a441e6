"""Somebody who has written more today than the bot answers: what is done all the same, and what they are told, once a day.

Whatever deletes something, and whatever belongs to a receipt, is done however much its person has written: else the code of a report
would stay on a phone that may be searched."""

from bot.chat.reporter import receipts
from bot.chat.screens.callback import Act, Tap, decode
from bot.chat.transport.receiving.updates import (
    RawUpdate,
    button_of,
    is_blocking,
    text_of,
    text_replied_to,
)
from bot.chat.turn import Turn
from bot.chat.typed_commands import name_in
from bot.safety.receipt import holds_code, read_part
from bot.services import allowances
from bot.texts import Texts

DELETING = frozenset({"panic", "withdraw"})
COMMANDS = DELETING | {"status"}
"""The commands that delete, and the one that tells of what was sent."""
ACTS = frozenset(
    {"panicnow", "withdraw", "cwithdraw", "keep", "clear", "prove", "nocode"} | {"cnever", "qstop"}
)
"""The buttons that delete a draft, a report or what a chat shows, that ask for this, and that end a talk or a way back."""


def is_urgent(texts: Texts, raw: RawUpdate) -> bool:
    """Whether an update, as it came, deletes something, says that the bot was blocked, which ends the ways back, or is a /cancel, which
    counts where a form is open by the time of its turn."""
    words = text_of(raw)
    if name_in(words) in {*DELETING, "cancel"} or _is_of_acts(button_of(raw)) or is_blocking(raw):
        return True
    asked = text_replied_to(raw)
    return receipts.check_asked(texts, texts.languages, asked) is not None and read_part(words) is not None


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
