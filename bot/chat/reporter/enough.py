"""Senders over the daily limit: which updates are still answered, and the notice they get once a day.

Deletions, receipts and talks with moderators always work. Otherwise a receipt code would stay on a phone that
may be searched, and danger would go unnoticed.
"""

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
_MOST_WORDS = 256
"""Most characters of a message searched for a code, so that a flood of long texts costs no search."""


def is_urgent(texts: Texts, raw: RawUpdate) -> bool:
    """Whether a raw update must be answered even over the daily limit:

    - a deletion, a danger signal, or a receipt code, by button, command, text or reply
    - a block of the bot, which ends the reply channels
    - /cancel, since a form may be open at its turn
    """
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
    """Key of urgent updates with the same effect, so that only the last is needed: a button's data, a bare
    command, or a block of the bot. None for other updates."""
    if is_blocking(raw):
        return "blocking"
    words = text_of(raw)
    is_bare = len(words.split()) == 1
    return button_of(raw) or (f"/{name_in(words)}" if is_bare and name_in(words) else None)


def may(turn: Turn) -> bool:
    """Whether an update outside a form must be answered even over the daily limit. Inside a form every
    update is."""
    if (query := turn.update.callback_query) is not None:
        # A button of an ended form deletes its own message.
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
    """Say once a day that the limit is reached and what still works. A tap is answered each time, since a
    silent button seems broken."""
    allowance = turn.chat.allowance
    if allowance is None or allowance.told_enough:
        turn.answer_tap("reporter.enough_today", alert=True)
        return
    allowances.note_told_enough(turn.unit, allowance)
    turn.answer_tap()
    turn.say("reporter.enough_today", "reporter.enough_today.still")
