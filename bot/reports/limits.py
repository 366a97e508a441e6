"""Senders who are blocked or over their daily limit: the acts left to them, and deletion of exposed messages."""

from collections.abc import Iterable

from telegram import Message

from bot.chat.buttons import Act, Tap, decode, name_in
from bot.chat.renderer import Renderer
from bot.chat.turn import Turn
from bot.form.screen import Key
from bot.reports.receipts import chat as receipts_chat
from bot.safety.pseudonym import holds_code, read_part
from bot.settings import worded
from bot.store import allowances
from bot.texts import Texts
from bot.transport import updates
from bot.transport.call import Call, deletions

BLOCKED_COMMANDS = ("/status", "/withdraw", "/cancel", "/panic", "/privacy", "/help")
"""Commands that delete, or that tell what was sent or is stored. Every person keeps the right to them."""
BLOCKED_ACTS = frozenset({"withdraw", "keep", "clear", "prove", "nocode", "panicnow", "privacy"}) | frozenset(
    {"cread", "curgent", "csafe", "clet", "cletyes", "cstay", "cnever", "cwithdraw"}
    | {"qopen", "qskip", "qnever", "qstop", "qstay"}
)
"""Buttons of these commands and of moderators' questions. Senders over the daily limit may use them too."""
COMMANDS_OVER_LIMIT = frozenset({"panic", "withdraw", "status"})
_MOST_WORDS = 256
"""Most characters of a message searched for a code, so that a flood of long texts costs no search."""
_KINDS = ("contact", "location", "venue")


def may_blocked(turn: Turn) -> bool:
    """Whether a blocked sender may make this update. An open form is finished or deleted as usual: a blocked sender
    can only begin an answer to a question."""
    if turn.chat.open_draft is not None:
        return True
    query, message = turn.update.callback_query, turn.update.message
    if query is not None:
        data = decode(query.data or "")
        # A button of an ended form deletes its own message.
        return data.verb in BLOCKED_ACTS if isinstance(data, Act) else data is not None
    words = turn.typed
    if message is not None and (name := name_in(message.text)):
        return f"/{name}" in BLOCKED_COMMANDS
    # A receipt code, or the part of one that the bot asked for.
    is_reply = message is not None and message.reply_to_message is not None
    return is_reply or holds_code(words)


async def tell_blocked(turn: Turn) -> None:
    """Say once a day that reports are refused, and name other ways to report."""
    settings, allowance = turn.unit.settings, turn.chat.allowance
    turn.answer_tap()
    if allowance is None or allowance.told_blocked:
        return
    allowance.told_blocked = True
    allowances.note(turn.unit, allowance)
    contact = worded(settings.organisation_contact, turn.language)
    other = [Key("reporter.blocked.contact", {"contact": contact})] if contact else []
    turn.say("reporter.blocked", *other)


def is_urgent(texts: Texts, raw: updates.RawUpdate) -> bool:
    """Whether a raw update must be answered even over the daily limit:

    - a deletion, a danger signal, or a receipt code, by button, command, text or reply
    - a block of the bot, which ends the reply channels
    - /cancel, since a form may be open at its turn
    """
    if updates.is_blocking(raw) or _is_of_acts(updates.button_of(raw)):
        return True
    if name := name_in(updates.text_of(raw)):
        return name in {*COMMANDS_OVER_LIMIT, "cancel"}
    words = updates.words_of(raw)
    if len(words) > _MOST_WORDS:
        return False
    is_part, asked = read_part(words) is not None, updates.text_replied_to(raw)
    return holds_code(words) or (is_part and receipts_chat.asks_for_code(texts, texts.languages, asked))


def repeated(raw: updates.RawUpdate) -> str | None:
    """Key of urgent updates with one effect: a button's data, a bare command, or a block of the bot. None for others."""
    if updates.is_blocking(raw):
        return "blocking"
    words = updates.text_of(raw)
    is_bare = len(words.split()) == 1
    return updates.button_of(raw) or (f"/{name_in(words)}" if is_bare and name_in(words) else None)


def may_over_limit(turn: Turn) -> bool:
    """Whether an update outside a form is answered over the daily limit, as all inside one are."""
    if (query := turn.update.callback_query) is not None:
        # A button of an ended form deletes its own message.
        return _is_of_acts(query.data) or isinstance(decode(query.data or ""), Tap)
    message = turn.update.message
    command = name_in(message.text) if message is not None else ""
    if command:
        is_open = turn.chat.open_draft is not None  # it holds what came before consent
        return command in COMMANDS_OVER_LIMIT or (is_open and command == "cancel")
    return holds_code(turn.typed) or receipts_chat.brings_what_was_asked(turn)


def _is_of_acts(data: str | None) -> bool:
    act = decode(data or "")
    return isinstance(act, Act) and act.verb in BLOCKED_ACTS


async def tell_over_limit(turn: Turn) -> None:
    """Say once a day what still works over the limit. Taps are always answered, lest buttons seem broken."""
    allowance = turn.chat.allowance
    if allowance is None or allowance.told_enough:
        turn.answer_tap("reporter.enough_today", alert=True)
        return
    allowance.told_enough = True
    allowances.note(turn.unit, allowance)
    turn.answer_tap()
    turn.say("reporter.enough_today", "reporter.enough_today.still")


def delete(turn: Turn) -> None:
    """Delete the message of a refused turn if it is dangerous."""
    message = turn.update.message or turn.update.edited_message
    is_dangerous = isinstance(message, Message) and any(getattr(message, kind) for kind in _KINDS)
    if message is not None and (is_dangerous or holds_code(turn.typed)):
        turn.delete([message.message_id], surely=True)


def deletions_of(renderer: Renderer, language: str, raws: Iterable[updates.RawUpdate]) -> Iterable[Call]:
    """Deletions of the dangerous messages among raw updates of one chat."""
    raws = [
        raw
        for raw in raws
        if any(updates.sent_of(raw).get(kind) for kind in _KINDS) or holds_code(updates.words_of(raw))
    ]
    message_ids = [number for raw in raws if (number := updates.message_of(raw)) is not None]
    chat_id = updates.chat_of(raws[0]) if raws else None
    if chat_id is None:
        return ()
    left = renderer.message(language, [Key("reporter.left")]).params()
    return deletions(chat_id, message_ids, {"chat_id": chat_id, **left})
