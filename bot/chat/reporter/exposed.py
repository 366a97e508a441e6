"""Deletion of dangerous messages that are not answered: contacts, locations and receipt codes.

It is silent. Only if Telegram refuses a deletion does the person learn how to delete by hand.
"""

from collections.abc import Iterable

from telegram import Message

from bot.chat.screens.renderer import Renderer
from bot.chat.transport.receiving.plain_updates import AnyMessage
from bot.chat.transport.receiving.updates import RawUpdate, chat_of, message_of, sent_of, words_of
from bot.chat.transport.sending.call import Call, deletions
from bot.chat.turn import Turn
from bot.form.screen import Key
from bot.safety.receipt import holds_code

_KINDS = ("contact", "location", "venue")


def delete(turn: Turn) -> None:
    """Delete the message of a refused turn if it is dangerous."""
    message = turn.update.message or turn.update.edited_message
    if message is not None and (holds_code(turn.typed) or _is_dangerous(message)):
        turn.delete([message.message_id], surely=True)


def _is_dangerous(message: AnyMessage) -> bool:
    return isinstance(message, Message) and any(getattr(message, kind) for kind in _KINDS)


def deletions_of(renderer: Renderer, language: str, raws: Iterable[RawUpdate]) -> Iterable[Call]:
    """Deletions of the dangerous messages among raw updates of one chat."""
    raws = [raw for raw in raws if _is_sent_dangerously(raw)]
    message_ids = [number for raw in raws if (number := message_of(raw)) is not None]
    chat_id = chat_of(raws[0]) if raws else None
    if chat_id is None:
        return ()
    left = renderer.message(language, [Key("reporter.left")]).params()
    return deletions(chat_id, message_ids, {"chat_id": chat_id, **left})


def _is_sent_dangerously(raw: RawUpdate) -> bool:
    message = sent_of(raw)
    return any(message.get(kind) for kind in _KINDS) or holds_code(words_of(raw))
