"""Updates as Telegram wrote them, read without trust in their shape, and the source they come from."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeGuard

from telegram import Bot, MaybeInaccessibleMessage, Message, Update

from bot.safety.logs import where

Check = Callable[[Any], str | None]
"""Path of the first invalid field: blank for the value itself, None if all are valid."""
MOST_OF_ID = 2**53
"""Ids of chats and people have at most 52 significant bits (Bot API, Chat)."""
MOST_OF_MESSAGE_ID = 2**63
"""Message ids are stored in eight bytes. Telegram's have four."""


def is_id(value: Any) -> TypeGuard[int]:
    """Whether a value can be the id of a chat or a person."""
    return type(value) is int and 0 < abs(value) < MOST_OF_ID


def is_message_id(value: Any) -> TypeGuard[int]:
    """Whether a value can be a message id."""
    return type(value) is int and 0 < value < MOST_OF_MESSAGE_ID


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with these `fields`. Other fields are ignored."""

    fields: Mapping[str, Check]
    needed: Collection[str] = ()

    def __call__(self, value: Any) -> str | None:
        if not isinstance(value, dict):
            return ""
        for name, check in self.fields.items():
            given = value.get(name)
            if given is None and name not in self.needed:
                continue
            if (broken := check(given)) is not None:
                return f"{name}.{broken}" if broken else name
        return None


def _if(holds: Callable[[Any], bool]) -> Check:
    return lambda value: None if holds(value) else ""


def _each(check: Check) -> Check:
    def of_list(value: Any) -> str | None:
        if not isinstance(value, list):
            return ""
        return next((broken for one in value if (broken := check(one)) is not None), None)

    return of_list


def _is_degrees(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


_TEXT, _INTEGER = _if(lambda value: isinstance(value, str)), _if(lambda value: type(value) is int)
_SIZE = _if(lambda value: type(value) is int and 0 <= value < MOST_OF_ID)  # 52 bits too (Bot API, Document)
_ID, _MESSAGE_ID, _DEGREES = _if(is_id), _if(is_message_id), _if(_is_degrees)
_USER = Shape({"id": _ID, "language_code": _TEXT}, {"id"})
_CHAT = Shape({"id": _ID, "type": _TEXT}, {"id", "type"})
_FILE = Shape(
    {"file_unique_id": _TEXT, "file_name": _TEXT, "mime_type": _TEXT, "file_size": _SIZE, "file_id": _TEXT},
    {"file_id"},
)
_LOCATION = Shape({"latitude": _DEGREES, "longitude": _DEGREES}, {"latitude", "longitude"})
_ENTITY = Shape(
    {"type": _TEXT, "offset": _INTEGER, "length": _INTEGER, "url": _TEXT}, {"type", "offset", "length"}
)
_CHANNEL = Shape({"id": _ID, "type": _TEXT, "username": _TEXT}, {"id", "type"})
_ORIGIN = Shape({"type": _TEXT, "chat": _CHANNEL, "message_id": _MESSAGE_ID}, {"type"})
_PLACED: Mapping[str, Check] = {"message_id": _MESSAGE_ID, "date": _INTEGER, "chat": _CHAT}
_MESSAGE = Shape(
    {
        **_PLACED,
        "from": _USER,
        "text": _TEXT,
        "caption": _TEXT,
        "entities": _each(_ENTITY),
        "caption_entities": _each(_ENTITY),
        "forward_origin": _ORIGIN,
        "photo": _each(_FILE),
        **dict.fromkeys(("video", "video_note", "voice", "audio", "document"), _FILE),
        "location": _LOCATION,
        "venue": Shape({"location": _LOCATION}),
        "reply_to_message": Shape({"text": _TEXT}),
        "migrate_to_chat_id": _ID,
        "migrate_from_chat_id": _ID,
    },
    _PLACED,
)
_TAP = Shape({"id": _TEXT, "from": _USER, "message": Shape(_PLACED, _PLACED), "data": _TEXT}, {"id", "from"})
_STATUS = Shape({"status": _TEXT}, {"status"})
_MEMBERSHIP = Shape({"chat": _CHAT, "from": _USER, "new_chat_member": _STATUS}, {"chat", "new_chat_member"})
_UPDATE = Shape(
    {
        "message": _MESSAGE,
        "edited_message": _MESSAGE,
        "callback_query": _TAP,
        "my_chat_member": _MEMBERSHIP,
    }
)


KINDS = tuple(_UPDATE.fields)
"""Kinds of updates that the bot asks for."""


def broken_in(raw: Mapping[str, Any]) -> str | None:
    """Path of the first invalid field of an update, or None."""
    return _UPDATE(raw)


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


def ids_of(raws: Iterable[RawUpdate]) -> list[int]:
    return [update_id for raw in raws if (update_id := id_of(raw)) is not None]


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
    """PTB's object of an update. Raises BadUpdateError for content that breaks the Bot API or PTB."""
    asked = {name: raw[name] for name in ("update_id", *KINDS) if raw.get(name) is not None}
    if (broken := broken_in(asked)) is not None:
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
    return _text(raw, "callback_query", "id") or None


def button_of(raw: RawUpdate) -> str | None:
    """Data of the tapped button."""
    return _text(raw, "callback_query", "data")


def date_of(raw: RawUpdate) -> int | None:
    """Time of a message or its edit, in seconds since 1970-01-01 UTC."""
    found = _number(raw, "edited_message", "edit_date") or _number(raw, "message", "date")
    return found if found is not None and 0 < found < _LAST_SECOND else None


def message_of(raw: RawUpdate) -> int | None:
    """Id of the message in an update."""
    number = sent_of(raw).get("message_id")
    return number if is_message_id(number) else None


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
    return _text(raw, "message", "text") or ""


def words_of(raw: RawUpdate) -> str:
    """Text or caption of a message, or blank."""
    sent = sent_of(raw)
    return _text(sent, "text") or _text(sent, "caption") or ""


def text_replied_to(raw: RawUpdate) -> str:
    """Text of the bot's message that is replied to, or blank."""
    asked = _at(raw, "message", "reply_to_message")
    return (_text(asked, "text") or "") if _at(asked, "from", "is_bot") is True else ""


def language_of(raw: RawUpdate) -> str | None:
    """Language of the person's Telegram, as an IETF tag (Bot API, User)."""
    codes = (_text(raw, kind, "from", "language_code") for kind in (*_MESSAGES, "callback_query"))
    return next((code for code in codes if code is not None), None)


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


def _text(raw: Mapping[str, Any], *names: str) -> str | None:
    found = _at(raw, *names)
    return found if isinstance(found, str) else None


def _number(raw: RawUpdate, *names: str) -> int | None:
    found = _at(raw, *names)
    return found if isinstance(found, int) else None


def _id(raw: RawUpdate, *names: str) -> int | None:
    found = _at(raw, *names)
    return found if is_id(found) else None


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


PRIVATE = "private"
_TEXT_FIELDS = {"message_id", "from", "chat", "date", "text"}
_TAP_FIELDS = {"id", "from", "message", "chat_instance", "data"}
_SHOWN = _TEXT_FIELDS | {
    "edit_date",
    "entities",
    "reply_markup",
    "link_preview_options",
    "has_protected_content",
}


# PTB's objects cost a twentieth of an answer. These have only the fields that handlers use, under PTB's names.


@dataclass(slots=True)
class PlainChat:
    id: int
    type: ClassVar[str] = PRIVATE
    PRIVATE: ClassVar[str] = PRIVATE


@dataclass(slots=True)
class PlainUser:
    """Person who wrote or tapped."""

    language_code: str | None
    first_name: str
    last_name: str | None
    username: str | None


@dataclass(slots=True)
class PlainMessage:
    """A message with nothing but text, or the message whose button was tapped."""

    message_id: int
    chat: PlainChat
    date: int
    text: str | None
    caption: ClassVar[None] = None
    contact: ClassVar[None] = None
    reply_to_message: ClassVar[None] = None


@dataclass(slots=True)
class PlainTap:
    id: str
    data: str
    message: PlainMessage


@dataclass(slots=True)
class PlainUpdate:
    update_id: int
    effective_user: PlainUser
    effective_message: PlainMessage
    message: PlainMessage | None
    callback_query: PlainTap | None = None
    edited_message: ClassVar[None] = None
    my_chat_member: ClassVar[None] = None

    @property
    def effective_chat(self) -> PlainChat:
        return self.effective_message.chat


AnyUpdate = Update | PlainUpdate
AnyMessage = Message | PlainMessage


def sent_at(message: AnyMessage | MaybeInaccessibleMessage) -> int:
    """Telegram's time of a message, in seconds. 0 for one that is inaccessible."""
    return message.date if isinstance(message, PlainMessage) else int(message.date.timestamp())


def read(raw: RawUpdate, bot: Bot) -> AnyUpdate:
    """Read an update with a valid id. Raises BadUpdateError."""
    return plain(raw) or parsed(raw, bot)


def plain(raw: RawUpdate) -> PlainUpdate | None:
    """Read an update with a valid id. None if PTB has to read it."""
    if raw.keys() == {"update_id", "message"}:
        return _plain_text(raw["update_id"], raw["message"])
    if raw.keys() == {"update_id", "callback_query"}:
        return _plain_tap(raw["update_id"], raw["callback_query"])
    return None


def _plain_text(update_id: int, given: Any) -> PlainUpdate | None:
    if not isinstance(given, dict) or given.keys() != _TEXT_FIELDS:
        return None
    user, message = _plain_user(given["from"]), _plain_message(given)
    if user is None or message is None or not message.text:
        return None
    return PlainUpdate(update_id, user, message, message)


def _plain_tap(update_id: int, given: Any) -> PlainUpdate | None:
    if not isinstance(given, dict) or given.keys() != _TAP_FIELDS:
        return None
    tapped, user = given["message"], _plain_user(given["from"])
    if user is None or not isinstance(tapped, dict) or not tapped.keys() <= _SHOWN:
        return None
    message = _plain_message(tapped)
    if message is None or not _are_texts(given["id"], given["data"], given["chat_instance"]):
        return None
    return PlainUpdate(update_id, user, message, None, PlainTap(given["id"], given["data"], message))


def _plain_user(given: Any) -> PlainUser | None:
    if not isinstance(given, dict) or not is_id(given.get("id")):
        return None
    first = given.get("first_name")
    code, last, name = (given.get(one) for one in ("language_code", "last_name", "username"))
    if not isinstance(given.get("is_bot"), bool) or not _are_texts(first, code or "", last or "", name or ""):
        return None
    return PlainUser(code, str(first), last, name)


def _plain_message(given: dict[str, Any]) -> PlainMessage | None:
    chat, number, date = given.get("chat"), given.get("message_id"), given.get("date")
    if not isinstance(chat, dict) or chat.get("type") != PRIVATE or not is_id(chat.get("id")):
        return None
    if not is_message_id(number) or type(date) is not int or not 0 < date < _LAST_SECOND:
        return None
    text = given.get("text")
    return PlainMessage(number, PlainChat(chat["id"]), date, text) if _are_texts(text or "") else None


def _are_texts(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)


MOST_AT_A_TIME = 100
"""Limit on updates given at once, as in getUpdates (Bot API)."""


class Source(Protocol):
    """Source of updates, each repeated until it is `done`. Messages of a chat keep their order, and so do
    taps. Only polling keeps the order between both."""

    @property
    def fault(self) -> str:
        """Reason why no updates come, for the operator, or blank."""

    @property
    def waiting(self) -> int:
        """Number of unfinished updates."""

    @property
    def pending(self) -> int:
        """Number of updates that wait at Telegram, as far as known."""

    def open(self) -> AbstractAsyncContextManager[None]:
        """Receive updates inside the block. Raises SettingsError."""

    async def next(self, *, wait: bool) -> list[RawUpdate]:
        """New updates, or none. Waits for faults to pass. May be cancelled."""

    def done(self, raws: Sequence[RawUpdate]) -> None:
        """Let Telegram forget updates that are durable or set aside."""

    def failed(self) -> None:
        """Give all unfinished updates again."""
