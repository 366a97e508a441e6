"""Somebody who has written more today than the bot answers: what is done all the same, and what they are told, once a day.

Whatever deletes something, and whatever belongs to a receipt or to a talk with moderators, is done however much its person has written:
else the code of a report would stay on a phone that may be searched, and nobody would learn that somebody is in danger."""

from collections.abc import Collection

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
URGENT_ACTS = frozenset(
    {"panicnow", "withdraw", "cwithdraw", "keep", "clear", "prove", "nocode"}
    | {"cnever", "qnever", "qstop", "curgent"}
)
"""Of the buttons that are always done (those of a receipt, of its code and of what moderators ask, as for who is blocked): those that
delete a draft, a report or what a chat shows, that ask for this, that end a talk or a way back, and that somebody is in danger now."""
_MOST_WORDS = 256
"""Characters of a message that is searched for a code: whoever sends one writes little beside it, and a flood of long texts costs no search."""


def is_urgent(texts: Texts, raw: RawUpdate) -> bool:
    """Whether an update, as it came, deletes something or says that somebody is in danger; brings a code, or what was asked for of one, as
    a withdrawal may; says that the bot was blocked, which ends the ways back; or is a /cancel, which counts where a form is open by the
    time of its turn."""
    if is_blocking(raw) or _is_of(URGENT_ACTS, button_of(raw)):
        return True
    if name := name_in(text_of(raw)):
        return name in {*COMMANDS, "cancel"}
    words = words_of(raw)
    if len(words) > _MOST_WORDS:
        return False
    return holds_code(words) or (
        read_part(words) is not None and receipts.asks_for_code(texts, texts.languages, text_replied_to(raw))
    )


def may(turn: Turn) -> bool:
    """Whether this update is for something that is always done. No form is open: in the middle of one everything is."""
    if (query := turn.update.callback_query) is not None:
        # A button of a form that is over takes what is left of it out of the chat.
        return _is_of(ACTS, query.data) or isinstance(decode(query.data or ""), Tap)
    message = turn.update.message
    command = name_in(message.text) if message is not None else ""
    if command:
        return command in COMMANDS
    return holds_code(turn.typed) or receipts.brings_what_was_asked(turn)


def _is_of(verbs: Collection[str], data: str | None) -> bool:
    act = decode(data or "")
    return isinstance(act, Act) and act.verb in verbs


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
