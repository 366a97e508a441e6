"""Places: a point of the map sent from the phone, or its degrees typed.

The phone is never asked where it is: no button and no prompt of a geopoint does that.
"""

import re

from bot.form.answers import Place
from bot.form.events import Located, Wrote
from bot.form.flow.objections import objection
from bot.form.flow.route import forward
from bot.form.flow.turn import Turn
from bot.form.kinds.values import is_on_earth
from bot.form.model import Kind
from bot.form.screen import Key, Phrase

_POINTED = r"[+-]?\d{1,3}(?:\.\d{1,15})?"
_COMMAED = r"[+-]?\d{1,3},\d{1,15}"
_DEGREES = re.compile(
    rf"({_POINTED})(?:\s*[,;]\s*|\s+)({_POINTED})|({_COMMAED})(?:\s*;\s*|,?\s+)({_COMMAED})", re.ASCII
)


def locate(turn: Turn, event: Located) -> Turn:
    """A point of the map as the answer to the question at hand, in place of one it had."""
    if turn.question is None or turn.question.kind is not Kind.GEOPOINT:
        return turn.say("flow.place.not_here")
    reason = _reason(turn, event.latitude, event.longitude)
    return _take(turn, event.latitude, event.longitude) if reason is None else turn.say(reason)


def type_place(turn: Turn, event: Wrote) -> Turn:
    """Degrees in a person's own typing; whole degrees alone are rather a number of a house or of people."""
    found = _DEGREES.fullmatch(event.text.replace("°", "").replace("−", "-").strip())
    pair = [group.replace(",", ".") for group in found.groups() if group] if found else []
    if not any("." in number for number in pair):
        return turn.keep(event.text, event.source).say("flow.place.not_understood")
    latitude, longitude = map(float, pair)
    reason = _reason(turn, latitude, longitude)
    if reason is not None:
        return turn.keep(event.text, event.source).say(reason)
    return _take(turn, latitude, longitude)


def _reason(turn: Turn, latitude: float, longitude: float) -> Phrase | None:
    """Why these degrees cannot be the answer; None if they can."""
    if not is_on_earth(latitude, longitude):
        return Key("flow.place.nowhere")
    return objection(turn, turn.position, Place(latitude, longitude))


def _take(turn: Turn, latitude: float, longitude: float) -> Turn:
    turn = turn.put(turn.position, Place(float(latitude), float(longitude))).unkept()
    # While it is asked whether to wipe all, that stays on the screen.
    return turn.say("flow.use_buttons") if turn.confirming else forward(turn)
