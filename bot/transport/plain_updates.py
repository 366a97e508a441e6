"""Fast reading of plain texts and taps in private chats.

PTB's objects cost a twentieth of an answer. These have only the fields that handlers use, under PTB's names.
PTB reads all other updates.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from telegram import Bot, MaybeInaccessibleMessage, Message, Update

from bot.transport.updates import RawUpdate, is_id, is_message_id, parsed

PRIVATE = "private"
_TEXT = {"message_id", "from", "chat", "date", "text"}
_TAP = {"id", "from", "message", "chat_instance", "data"}
_TAPPED = _TEXT | {"edit_date", "entities", "reply_markup", "link_preview_options", "has_protected_content"}
_LAST_SECOND = 2**32


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


def date_of(message: AnyMessage | MaybeInaccessibleMessage) -> int:
    """Telegram's time of a message, in seconds. 0 for one that is inaccessible."""
    return message.date if isinstance(message, PlainMessage) else int(message.date.timestamp())


def read(raw: RawUpdate, bot: Bot) -> AnyUpdate:
    """Read an update with a valid id. Raises BadUpdateError."""
    return plain(raw) or parsed(raw, bot)


def plain(raw: RawUpdate) -> PlainUpdate | None:
    """Read an update with a valid id. None if PTB has to read it."""
    if raw.keys() == {"update_id", "message"}:
        return _text(raw["update_id"], raw["message"])
    if raw.keys() == {"update_id", "callback_query"}:
        return _tap(raw["update_id"], raw["callback_query"])
    return None


def _text(update_id: int, given: Any) -> PlainUpdate | None:
    if not isinstance(given, dict) or given.keys() != _TEXT:
        return None
    user, message = _user(given["from"]), _message(given)
    if user is None or message is None or not message.text:
        return None
    return PlainUpdate(update_id, user, message, message)


def _tap(update_id: int, given: Any) -> PlainUpdate | None:
    if not isinstance(given, dict) or given.keys() != _TAP:
        return None
    tapped, user = given["message"], _user(given["from"])
    if user is None or not isinstance(tapped, dict) or not tapped.keys() <= _TAPPED:
        return None
    message = _message(tapped)
    if message is None or not _are_texts(given["id"], given["data"], given["chat_instance"]):
        return None
    return PlainUpdate(update_id, user, message, None, PlainTap(given["id"], given["data"], message))


def _user(given: Any) -> PlainUser | None:
    if not isinstance(given, dict) or not is_id(given.get("id")):
        return None
    first = given.get("first_name")
    code, last, name = (given.get(one) for one in ("language_code", "last_name", "username"))
    if not isinstance(given.get("is_bot"), bool) or not _are_texts(first, code or "", last or "", name or ""):
        return None
    return PlainUser(code, str(first), last, name)


def _message(given: dict[str, Any]) -> PlainMessage | None:
    chat, number, date = given.get("chat"), given.get("message_id"), given.get("date")
    if not isinstance(chat, dict) or chat.get("type") != PRIVATE or not is_id(chat.get("id")):
        return None
    if not is_message_id(number) or type(date) is not int or not 0 < date < _LAST_SECOND:
        return None
    text = given.get("text")
    return PlainMessage(number, PlainChat(chat["id"]), date, text) if _are_texts(text or "") else None


def _are_texts(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)
