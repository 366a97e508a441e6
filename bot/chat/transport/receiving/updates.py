"""Raw updates, read without trust in their shape."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from telegram import Bot, Update

from bot.chat.transport.receiving import promised
from bot.safety.logs import where

RawUpdate = dict[str, Any]
"""An Update as JSON (Bot API)."""
MOST_ID = 2_000_000_000
"""Highest id of the Bot API server (tdlib/td, `TQueue::EventId::MAX_ID`)."""
_MESSAGES = ("message", "edited_message")
_DEEPEST_SHAPE = 32
_LAST_SECOND = 2**32


class BadUpdateError(Exception):
    """An unreadable update. The message names only fields, errors and places in the program."""


def id_of(raw: RawUpdate) -> int | None:
    """Id of an update, or None. An impossible id, used as an offset, would acknowledge unfetched updates."""
    found = raw.get("update_id")
    return found if type(found) is int and 0 <= found <= MOST_ID else None


def once_each(raws: Sequence[RawUpdate]) -> dict[int, RawUpdate]:
    """Updates by id, in order. Raises BadUpdateError for one without a usable id."""
    by_id: dict[int, RawUpdate] = {}
    for raw in raws:
        update_id = id_of(raw)
        if update_id is None:
            raise BadUpdateError("no update_id")
        by_id.setdefault(update_id, raw)
    return by_id


def by_chat(raws: Sequence[RawUpdate]) -> list[list[RawUpdate]]:
    groups: dict[int | None, list[RawUpdate]] = {}
    for raw in raws:
        groups.setdefault(chat_of(raw), []).append(raw)
    return list(groups.values())


def parsed(raw: RawUpdate, bot: Bot) -> Update:
    """PTB's object of an update. Raises BadUpdateError for content that the Bot API does not allow or PTB
    cannot read."""
    asked = {name: raw[name] for name in ("update_id", *promised.kinds()) if raw.get(name) is not None}
    if (broken := promised.broken_in(asked)) is not None:
        raise BadUpdateError(f"{broken} is not what the Bot API promises")
    try:
        return Update.de_json(asked, bot)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError, RecursionError) as error:
        raise BadUpdateError(where(error)) from None


def chat_of(raw: RawUpdate) -> int | None:
    """Chat of a message, a tap or a change of membership."""
    for kind in (*_MESSAGES, "my_chat_member"):
        if isinstance(raw.get(kind), dict):
            return _id(raw, kind, "chat", "id")
    return _id(raw, "callback_query", "from", "id")


def private_chat_of(raw: RawUpdate) -> int | None:
    """Private chat of a message or a tap."""
    message = _at(raw, "callback_query", "message")
    for kind in _MESSAGES:
        message = raw.get(kind) or message
    return _number(message, "chat", "id") if _at(message, "chat", "type") == "private" else None


def tap_of(raw: RawUpdate) -> str | None:
    """Id of a tap, for its answer."""
    found = _at(raw, "callback_query", "id")
    return found if isinstance(found, str) and found else None


def button_of(raw: RawUpdate) -> str | None:
    """Data of the tapped button."""
    found = _at(raw, "callback_query", "data")
    return found if isinstance(found, str) else None


def date_of(raw: RawUpdate) -> int | None:
    """Time of a message or its edit, in seconds since 1970-01-01 UTC."""
    found = _number(raw, "edited_message", "edit_date") or _number(raw, "message", "date")
    return found if found is not None and 0 < found < _LAST_SECOND else None


def message_of(raw: RawUpdate) -> int | None:
    """Id of the message in an update."""
    for kind in _MESSAGES:
        number = _at(raw, kind, "message_id")
        if promised.is_message_id(number):
            return number
    return None


def sent_of(raw: RawUpdate) -> Mapping[str, Any]:
    """Raw new or edited message, or empty."""
    found = next((raw[kind] for kind in _MESSAGES if raw.get(kind)), None)
    return found if isinstance(found, dict) else {}


def is_blocking(raw: RawUpdate) -> bool:
    """Whether a person has blocked the bot."""
    change = raw.get("my_chat_member")
    return (_at(change, "chat", "type"), _at(change, "new_chat_member", "status")) == ("private", "kicked")


def text_of(raw: RawUpdate) -> str:
    """Text of a new message, or blank."""
    found = _at(raw, "message", "text")
    return found if isinstance(found, str) else ""


def words_of(raw: RawUpdate) -> str:
    """Text or caption of a message, or blank."""
    sent = sent_of(raw)
    found = sent.get("text") or sent.get("caption")
    return found if isinstance(found, str) else ""


def text_replied_to(raw: RawUpdate) -> str:
    """Text of the bot's message that is replied to, or blank."""
    asked = _at(raw, "message", "reply_to_message")
    found = _at(asked, "text") if _at(asked, "from", "is_bot") is True else None
    return found if isinstance(found, str) else ""


def language_of(raw: RawUpdate) -> str | None:
    """Language of the person's Telegram, as an IETF tag (Bot API, User)."""
    for kind in (*_MESSAGES, "callback_query"):
        code = _at(raw, kind, "from", "language_code")
        if isinstance(code, str):
            return code
    return None


def shape_of(value: Any, deepest: int = _DEEPEST_SHAPE) -> Any:
    """Names and types of fields, for finding bugs. Content is left out, since no withdrawal would reach it."""
    if deepest == 0:
        return "…"
    match value:
        case dict():
            return {name: shape_of(inner, deepest - 1) for name, inner in value.items()}
        case list():
            return [shape_of(inner, deepest - 1) for inner in value]
        case str():
            return f"text of {len(value)}"
        case bool() | None:
            return value
    return type(value).__name__


def _number(raw: RawUpdate, *names: str) -> int | None:
    found = _at(raw, *names)
    return found if isinstance(found, int) else None


def _id(raw: RawUpdate, *names: str) -> int | None:
    found = _at(raw, *names)
    return found if promised.is_id(found) else None


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


_MOST_KEPT = 1000


@dataclass(slots=True)
class UnusableUpdates:
    """Updates without a usable id that were set aside since the start."""

    _known: set[int] = field(default_factory=set)

    def without_known(self, raws: Iterable[RawUpdate]) -> list[RawUpdate]:
        return [raw for raw in raws if id_of(raw) is not None or _look_of(raw) not in self._known]

    def note(self, raw: RawUpdate) -> None:
        if id_of(raw) is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known.add(_look_of(raw))


def _look_of(raw: RawUpdate) -> int:
    """Hash that recognises an update without keeping its content."""
    try:
        return hash(repr(raw))
    except RecursionError:
        return 0
