"""Schema of the update fields that the bot reads (Bot API, Update), since PTB accepts any value."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

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


def kinds() -> Collection[str]:
    return _UPDATE.fields.keys()


def broken_in(raw: Mapping[str, Any]) -> str | None:
    """Path of the first invalid field of an update, or None."""
    return _UPDATE(raw)
