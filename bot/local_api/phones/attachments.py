"""Contacts, locations, venues and dice that a phone sends; missing fields are filled in, numbers become numbers."""

from bot.local_api.methods.sending_other import coordinates
from bot.local_api.protocol.errors import bad_request
from bot.local_api.protocol.json_values import JSON
from bot.local_api.protocol.params import Params
from bot.local_api.state.chats import Person

_NOT_FIELDS = frozenset({"bot", "chat_id", "key"})
_INTEGERS = ("live_period", "value", "user_id")
_DEFAULTS: dict[str, JSON] = {
    "contact": {"phone_number": "+77010000000", "first_name": "Contact"},
    "location": {"latitude": 43.238, "longitude": 76.945},
    "venue": {"title": "Place", "address": "Street"},
    "dice": {"emoji": "🎲", "value": 4},
}
ATTACHMENT_KINDS = tuple(_DEFAULTS)
"""The fields of the Bot API's Message that can be attached."""


def given_fields(call: Params) -> JSON:
    """What a request says about the attachment itself. Raises ApiError for what must be an integer and is not."""
    about = {name: value for name, value in call.values.items() if name not in _NOT_FIELDS}
    for name in _INTEGERS:
        if name in about and (number := call.integer(name)) is not None:
            about[name] = number
        elif name in about:
            raise bad_request(f"{name} must be an integer")
    return about


def _location(about: JSON) -> JSON:
    location = {**_DEFAULTS["location"], **about}
    return {**location, **coordinates(Params(location))}


def _venue(call: Params, about: JSON) -> JSON:
    location = call.structure("location", "location") or {
        name: about.pop(name) for name in ("latitude", "longitude") if name in about
    }
    if not isinstance(location, dict):
        raise bad_request("can't parse location JSON object")
    return {**_DEFAULTS["venue"], **about, "location": _location(location)}


def attachment(kind: str, call: Params, person: Person) -> JSON:
    """The fields of a message that carries one of ATTACHMENT_KINDS. Raises ApiError."""
    about = given_fields(call)
    if kind == "location":
        return {"location": _location(about)}
    if kind == "venue":
        venue = _venue(call, about)
        # The message has the location a second time, "for backward compatibility" (Bot API, Message).
        return {"venue": venue, "location": venue["location"]}
    body = {**_DEFAULTS[kind], **about}
    if kind == "contact" and call.boolean("own"):
        body |= {"user_id": person.id, "first_name": person.first_name}
    body.pop("own", None)
    return {kind: body}
