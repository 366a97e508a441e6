"""Updates as Telegram wrote them, read without trusting their shape: one that is malformed must stop nobody."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from telegram import Bot, Update

from bot.chat.transport.receiving import promised
from bot.safety.logs import where

RawUpdate = dict[str, Any]
"""An Update as JSON (Bot API)."""
MOST_ID = 2_000_000_000
"""The highest that the Bot API server gives (tdlib/td, `TQueue::EventId::MAX_ID`)."""
_MESSAGES = ("message", "edited_message")
_DEEPEST_SHAPE = 32
_LAST_SECOND = 2**32


class BadUpdateError(Exception):
    """An update that cannot be read. Its message says why, by names of fields, kinds of errors and places in the program alone."""


def id_of(raw: RawUpdate) -> int | None:
    """The id of an update; None if it has none, or one that cannot be. An id that is too high would, as an offset,
    acknowledge what was never fetched."""
    found = raw.get("update_id")
    return found if type(found) is int and 0 <= found <= MOST_ID else None


def once_each(raws: Sequence[RawUpdate]) -> dict[int, RawUpdate]:
    """Updates by their ids, in their order. Raises BadUpdateError if one has no usable id."""
    by_id: dict[int, RawUpdate] = {}
    for raw in raws:
        update_id = id_of(raw)
        if update_id is None:
            raise BadUpdateError("no update_id")
        by_id.setdefault(update_id, raw)
    return by_id


def by_chat(raws: Sequence[RawUpdate]) -> list[list[RawUpdate]]:
    """Updates by the chats that they come from, each chat's in their order."""
    groups: dict[int | None, list[RawUpdate]] = {}
    for raw in raws:
        groups.setdefault(chat_of(raw), []).append(raw)
    return list(groups.values())


def parsed(raw: RawUpdate, bot: Bot) -> Update:
    """An update as an object of the library, as far as it is of a kind that was asked for: of another one nothing is read. Raises
    BadUpdateError for what the Bot API does not allow, and for whatever makes the library stumble."""
    asked = {name: raw[name] for name in ("update_id", *promised.kinds()) if raw.get(name) is not None}
    if (broken := promised.broken_in(asked)) is not None:
        raise BadUpdateError(f"{broken} is not what the Bot API promises")
    try:
        return Update.de_json(asked, bot)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError, RecursionError) as error:
        raise BadUpdateError(where(error)) from None


def chat_of(raw: RawUpdate) -> int | None:
    """The chat of a message or of a tap, or the one into which the bot was put or from which it was taken; None also for what
    can be no chat."""
    for kind in (*_MESSAGES, "my_chat_member"):
        if isinstance(raw.get(kind), dict):
            return _id(raw, kind, "chat", "id")
    return _id(raw, "callback_query", "from", "id")


def private_chat_of(raw: RawUpdate) -> int | None:
    """The chat of a message or of a tap; None for whatever else it is, and for one of a group."""
    message = _at(raw, "callback_query", "message")
    for kind in _MESSAGES:
        message = raw.get(kind) or message
    return _number(message, "chat", "id") if _at(message, "chat", "type") == "private" else None


def tap_of(raw: RawUpdate) -> str | None:
    """The id by which a tap is answered; None for whatever else it is."""
    found = _at(raw, "callback_query", "id")
    return found if isinstance(found, str) and found else None


def button_of(raw: RawUpdate) -> str | None:
    """The data of the button that was tapped; None for whatever else it is."""
    found = _at(raw, "callback_query", "data")
    return found if isinstance(found, str) else None


def date_of(raw: RawUpdate) -> int | None:
    """When a person wrote or edited this message, in seconds since 1970-01-01 UTC; None for whatever else it is, and for a
    time that cannot be."""
    found = _number(raw, "edited_message", "edit_date") or _number(raw, "message", "date")
    return found if found is not None and 0 < found < _LAST_SECOND else None


def message_of(raw: RawUpdate) -> int | None:
    """The number of the message that an update brings, as far as it says so."""
    for kind in _MESSAGES:
        number = _at(raw, kind, "message_id")
        if promised.is_message_id(number):
            return number
    return None


def sent_of(raw: RawUpdate) -> Mapping[str, Any]:
    """The new or edited message that an update brings, as it came; empty for whatever else it is."""
    found = next((raw[kind] for kind in _MESSAGES if raw.get(kind)), None)
    return found if isinstance(found, dict) else {}


def is_blocking(raw: RawUpdate) -> bool:
    """Whether it says that a person has blocked the bot."""
    change = raw.get("my_chat_member")
    return (_at(change, "chat", "type"), _at(change, "new_chat_member", "status")) == ("private", "kicked")


def text_of(raw: RawUpdate) -> str:
    """The words of a new message; blank for whatever else it is."""
    found = _at(raw, "message", "text")
    return found if isinstance(found, str) else ""


def words_of(raw: RawUpdate) -> str:
    """The words of a new or edited message, or of its file; blank for whatever else it is."""
    sent = sent_of(raw)
    found = sent.get("text") or sent.get("caption")
    return found if isinstance(found, str) else ""


def text_replied_to(raw: RawUpdate) -> str:
    """The words of the bot's message that a new message replies to; blank where it replies to none of a bot."""
    asked = _at(raw, "message", "reply_to_message")
    found = _at(asked, "text") if _at(asked, "from", "is_bot") is True else None
    return found if isinstance(found, str) else ""


def language_of(raw: RawUpdate) -> str | None:
    """The language that the person's Telegram speaks, as an IETF tag (Bot API, User)."""
    for kind in (*_MESSAGES, "callback_query"):
        code = _at(raw, kind, "from", "language_code")
        if isinstance(code, str):
            return code
    return None


def shape_of(value: Any, deepest: int = _DEEPEST_SHAPE) -> Any:
    """What a bug is found by: which fields there were and of what type, so many levels deep. Names, ids and words are left
    out, since no withdrawal would reach them where this is kept."""
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
    """Those that were set aside since the start: nobody is told of them again."""

    _known: set[int] = field(default_factory=set)

    def without_known(self, raws: Iterable[RawUpdate]) -> list[RawUpdate]:
        """Updates in their order, without those of these."""
        return [raw for raw in raws if id_of(raw) is not None or _look_of(raw) not in self._known]

    def note(self, raw: RawUpdate) -> None:
        """Remember an update that was set aside, if it has no usable id."""
        if id_of(raw) is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known.add(_look_of(raw))


def _look_of(raw: RawUpdate) -> int:
    """A number by which an update is known again, without any of its words."""
    try:
        return hash(repr(raw))
    except RecursionError:
        return 0
