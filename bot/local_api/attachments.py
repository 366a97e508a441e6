"""What a phone attaches that is no file: contacts, places, dice; missing fields are filled in, numbers are numbers."""

from __future__ import annotations

import math

from bot.local_api.apierror import bad_request
from bot.local_api.bodies import point_of
from bot.local_api.params import Params
from bot.local_api.state import JSON, Person

_NOT_SAID = frozenset({"bot", "chat_id", "key"})
_NUMBERS = ("live_period", "heading", "proximity_alert_radius", "value", "user_id", "width", "height")
_FILLED: dict[str, JSON] = {
    "contact": {"phone_number": "+77010000000", "first_name": "Contact"},
    "location": {"latitude": 43.238, "longitude": 76.945},
    "venue": {"title": "Place", "address": "Street"},
    "dice": {"emoji": "🎲", "value": 4},
}
KINDS = tuple(_FILLED)
"""The fields of Message that can be attached."""


def told(call: Params) -> JSON:
    """What a request says of the thing itself, whole numbers as numbers. Raises ApiError for none."""
    about = {name: value for name, value in call.values.items() if name not in _NOT_SAID}
    for name in _NUMBERS:
        if name in about and (number := call.integer(name)) is not None:
            about[name] = number
        elif name in about:
            raise bad_request(f"{name} must be a whole number")
    return about


def _metres(given: object) -> float:
    try:
        metres = float(str(given))
    except ValueError:
        metres = math.nan
    if not math.isfinite(metres):
        raise bad_request("horizontal_accuracy must be a number")
    return metres


def _place(about: JSON) -> JSON:
    place = {**_FILLED["location"], **about}
    place |= point_of(Params(place))
    if "horizontal_accuracy" in place:
        place["horizontal_accuracy"] = _metres(place["horizontal_accuracy"])
    return place


def _venue(call: Params, about: JSON) -> JSON:
    point = call.structure("location", "location") or {
        name: about.pop(name) for name in ("latitude", "longitude") if name in about
    }
    if not isinstance(point, dict):
        raise bad_request("can't parse location JSON object")
    return {**_FILLED["venue"], **about, "location": _place(point)}


def attached(kind: str, call: Params, person: Person) -> JSON:
    """The fields of a message with a thing of one of KINDS. Raises ApiError."""
    about = told(call)
    if kind == "location":
        return {"location": _place(about)}
    if kind == "venue":
        venue = _venue(call, about)
        # A venue's point is told once more (Bot API, Message): "for backward compatibility".
        return {"venue": venue, "location": venue["location"]}
    body = {**_FILLED[kind], **about}
    if kind == "contact":
        body.pop("own", None)
        if call.boolean("own"):
            body |= {"user_id": person.id, "first_name": person.first_name}
    return {kind: body}
