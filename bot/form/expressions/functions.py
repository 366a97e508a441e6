"""Functions of XPath 1.0 and ODK (https://docs.getodk.org/form-operators-functions/). To add one, list it in FUNCTIONS."""

import base64
import hashlib
import math
import random
import re
import string
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from datetime import date as day
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import TypeVar

from bot.form.expressions.coercion import (
    NAN,
    Arguments,
    EvaluationContext,
    Function,
    Nodes,
    Scalar,
    Value,
    matcher,
    scalar,
    to_boolean,
    to_date,
    to_number,
    to_text,
)
from bot.form.expressions.paths import pulldata

LONGEST_TEXT = 65_536
"""Characters of the longest text that a function makes, so that calculations cannot double one for ever."""

_T = TypeVar("_T")
_EPOCH, _DAY = datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=1)
_EXPONENT = re.compile(r"-?[\d.]*\d[eE][+-]?\d{1,3}")
_CLOCK = re.compile(r"\d\d:\d\d\S*")

_AS_IN_PYTHON = frozenset("ymbdHMSa%")
_FORMATS: Mapping[str, Callable[[datetime], str]] = {
    "Y": lambda moment: f"{moment.year:04}",
    "n": lambda moment: str(moment.month),
    "e": lambda moment: str(moment.day),
    "h": lambda moment: str(moment.hour),
    "3": lambda moment: f"{moment.microsecond // 1000:03}",
}


def _moment(context: EvaluationContext, value: Value) -> day | None:
    """Convert to a date or, in the zone of the form, a date and time. A time alone is of today."""
    value, zone = scalar(value), context.scope.now.tzinfo
    if isinstance(value, str) and _CLOCK.fullmatch(value.strip()):
        value = f"{context.scope.now:%Y-%m-%d}T{value.strip()}"
    try:
        if isinstance(value, float) and math.isfinite(value) and value % 1:
            return (_EPOCH + timedelta(days=value)).astimezone(zone)
        moment = to_date(value)
        return moment.astimezone(zone) if isinstance(moment, datetime) and moment.tzinfo else moment
    except (OverflowError, ValueError):  # beyond the calendar
        return None


def _clock(context: EvaluationContext, value: Value) -> datetime | None:
    """Convert as `_moment`, a date to its first moment."""
    moment, zone = _moment(context, value), context.scope.now.tzinfo
    if moment is None:
        return None
    clock = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return clock if clock.tzinfo else clock.replace(tzinfo=zone)


def _decimal_date_time(context: EvaluationContext, arguments: Arguments) -> Value:
    value = scalar(arguments[0])
    if isinstance(value, float):
        return value
    clock = _clock(context, value)
    return (clock - _EPOCH) / _DAY if clock else NAN


def _decimal_time(context: EvaluationContext, arguments: Arguments) -> Value:
    value = scalar(arguments[0])
    if isinstance(value, float):
        return value - math.floor(value) if math.isfinite(value) else NAN
    clock = _clock(context, value)
    return (clock - clock.replace(hour=0, minute=0, second=0, microsecond=0)) / _DAY if clock else NAN


def _format_date(context: EvaluationContext, arguments: Arguments) -> Value:
    moment = _clock(context, arguments[0])
    if moment is None:
        return ""

    def part(found: re.Match[str]) -> str:
        if found[1] in _AS_IN_PYTHON:
            return moment.strftime(found[0])
        return _FORMATS[found[1]](moment) if found[1] in _FORMATS else found[0]

    return re.sub(r"%(.)", part, to_text(arguments[1]))


def _scalars(arguments: Arguments) -> list[Scalar]:
    listed = ([node.value for node in one] if isinstance(one, tuple) else [one] for one in arguments)
    return [value for values in listed for value in values]


def _total(_: EvaluationContext, arguments: Arguments) -> Value:
    # As in JavaRosa, blanks and texts are skipped.
    numbers = [number for number in map(to_number, _scalars(arguments)) if not math.isnan(number)]
    return math.fsum(numbers) if all(map(math.isfinite, numbers)) else sum(numbers)


def _extreme(choose: Callable[[list[float]], float]) -> Function:
    def call(_: EvaluationContext, arguments: Arguments) -> Value:
        """As in XPath 3, NaN if any is no number. As in JavaRosa, blanks are skipped."""
        numbers = [to_number(value) for value in _scalars(arguments) if value != ""]
        return NAN if not numbers or any(map(math.isnan, numbers)) else choose(numbers)

    return Function(call, 0, None)


def _nodes(value: Value) -> Nodes:
    """The argument of a function whose argument must be a path."""
    return value if isinstance(value, tuple) else ()


def _position(context: EvaluationContext, arguments: Arguments) -> Value:
    if not arguments:
        return float(context.position or context.node.position)
    nodes = _nodes(arguments[0])
    return float(nodes[0].position) if nodes else NAN


def _coalesce(first: Scalar, other: Scalar) -> Value:
    """The first that is neither blank nor NaN, else the last."""
    return other if first == "" or (isinstance(first, float) and math.isnan(first)) else first


def _selected_at(names: str, place: float) -> Value:
    words = names.split()
    return words[int(place)] if 0 <= place < len(words) else ""


def _substr(text: str, start: float, end: float = math.inf) -> Value:
    if math.isnan(start) or math.isnan(end):
        return ""
    first, last = (int(max(-len(text), min(len(text), place))) for place in (start, end))
    return text[first:last]


def _translate(text: str, old: str, new: str) -> Value:
    return text.translate({ord(old[place]): new[place : place + 1] for place in range(len(old))[::-1]})


def _round(number: float, places: float = 0.0) -> Value:
    """Round to the nearest, of two the greater one."""
    if not math.isfinite(number) or not abs(places) <= 30:
        return NAN if abs(places) > 30 else number
    half = ROUND_HALF_UP if number > 0 else ROUND_HALF_DOWN
    exact = Decimal(repr(number)).scaleb(int(places)).to_integral_value(half)
    return float(exact.scaleb(-int(places)))


def _int(value: Scalar) -> Value:
    """The whole part, also of a text with an exponent."""
    found = _EXPONENT.fullmatch(value.strip()) if isinstance(value, str) else None
    number = float(found[0]) if found else to_number(value)
    return float(math.trunc(number)) if math.isfinite(number) else number


def _pow(base: float, exponent: float) -> Value:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.copysign(math.inf, base) if exponent % 2 else math.inf
    except ValueError:
        return NAN if base else math.inf


def _checklist(_: EvaluationContext, arguments: Arguments) -> Value:
    least, most = map(to_number, arguments[:2])
    count = sum(map(to_boolean, _scalars(arguments[2:])))
    return (least < 0 or count >= least) and (most < 0 or count <= most)


def _weighted(_: EvaluationContext, arguments: Arguments) -> Value:
    least, most = map(to_number, arguments[:2])
    factors, weights = _scalars(arguments[2::2]), _scalars(arguments[3::2])
    pairs = zip(factors, weights, strict=False)
    return least <= sum(to_number(weight) for factor, weight in pairs if to_boolean(factor)) <= most


_EARTH = 6_378_100.0
"""Radius at the equator in metres, as in JavaRosa."""


def _points(arguments: Arguments) -> list[tuple[float, float]] | None:
    """Latitudes and longitudes in radians of points, lines and shapes. None if one is not a place."""
    texts = (part for value in _scalars(arguments) for part in to_text(value).strip(" ;").split(";"))
    places = [[to_number(number) for number in text.split()] for text in texts if text.strip()]
    if any(len(place) < 2 or not all(map(math.isfinite, place)) for place in places):
        return None
    return [(math.radians(place[0]), math.radians(place[1])) for place in places]


def _distance(_: EvaluationContext, arguments: Arguments) -> Value:
    if (points := _points(arguments)) is None:
        return NAN
    length = 0.0
    for (north, east), (north2, east2) in pairwise(points):
        across = math.cos(north) * math.cos(north2) * math.cos(east - east2)
        angle = math.sin(north) * math.sin(north2) + across
        length += _EARTH * math.acos(max(-1.0, min(1.0, angle)))
    return length


def _area(_: EvaluationContext, arguments: Arguments) -> Value:
    points = _points(arguments)
    if not points or len(points) < 3:
        return NAN if points is None else 0.0
    (south, west), *others = points
    flat = [(_EARTH * (north - south), _EARTH * (east - west) * math.cos(north)) for north, east in others]
    return abs(sum(y * x2 - x * y2 for (y, x), (y2, x2) in pairwise(flat))) / 2


def _geofence(_: EvaluationContext, arguments: Arguments) -> Value:
    """Whether a point is inside a shape: a ray from it crosses the border an odd number of times."""
    point, shape = _points(arguments[:1]), _points(arguments[1:])
    if not point or not shape:
        return False
    (north, east), inside = point[0], False
    for (y, x), (y2, x2) in pairwise(shape):
        if (y > north) != (y2 > north) and east < (x - x2) * (north - y2) / (y - y2) + x2:
            inside = not inside
    return inside


def _digest(text: str, name: str, encoding: str = "base64") -> Value:
    if name not in {"MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"}:
        return ""
    found = hashlib.new(name.replace("-", ""), text.encode(errors="replace"), usedforsecurity=False).digest()
    return found.hex() if encoding == "hex" else base64.b64encode(found).decode()


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text).decode(errors="replace")
    except ValueError:
        return ""


def _dice(context: EvaluationContext) -> random.Random:
    """Random numbers that stay the same for a draft and a node."""
    path = "/".join(f"{node.name}[{node.position}]" for node in context.origin.lineage)
    return random.Random(f"{context.scope.seed} {path}")  # noqa: S311  # not for secrets


def _uuid(context: EvaluationContext, arguments: Arguments) -> Value:
    if not arguments:
        return str(uuid.UUID(int=_dice(context).getrandbits(128), version=4))
    length = int(min(max(0.0, to_number(arguments[0])), 1000.0))
    return "".join(_dice(context).choices(string.ascii_uppercase + string.digits, k=length))


def shuffled(items: Sequence[_T], seed: float) -> list[_T]:
    """Shuffle as ODK does: inside-out Fisher-Yates by the numbers of Park and Miller."""
    most, found = 2**31 - 1, list[_T]()
    number = math.trunc(math.fmod(seed, most)) if math.isfinite(seed) else 0
    number += most - 1 if number <= 0 else 0
    for place, item in enumerate(items):
        number = number * 16_807 % most
        other = math.floor((number - 1) / (most - 1) * (place + 1))
        found.append(item)
        found[place], found[other] = found[other], item
    return found


def _randomize(context: EvaluationContext, arguments: Arguments) -> Value:
    given = to_number(arguments[1]) if len(arguments) > 1 else float(_dice(context).getrandbits(31))
    return tuple(shuffled(_nodes(arguments[0]), given))


def _substring(text: str, *places: float) -> Value:
    """Letters from a place (1-based), as many as asked, both rounded."""
    start, *count = [math.floor(one + 0.5) if math.isfinite(one) else one for one in places]
    end = start + count[0] if count else math.inf
    return "".join(letter for place, letter in enumerate(text, 1) if start <= place < end)


def _named(context: EvaluationContext, arguments: Arguments) -> Value:
    nodes = _nodes(arguments[0]) if arguments else (context.node,)
    return nodes[0].name if nodes else ""


def _itext(context: EvaluationContext, arguments: Arguments) -> Value:
    """The label of a question, by its id in XForms. Another id is the text itself, as tables keep it."""
    path, mark, _ = (name := to_text(arguments[0])).rpartition(":label")
    return context.scope.label_at(path) if mark else name


def _joined(between: str, arguments: Arguments) -> str:
    text = ""
    for number, value in enumerate(_scalars(arguments)):
        text += (between if number else "") + to_text(value)
        if len(text) > LONGEST_TEXT:
            return text[:LONGEST_TEXT]
    return text


def _fits(text: str, pattern: str) -> bool:
    try:
        return matcher(pattern)(text)
    except re.error:
        return False


_CONVERSIONS: Mapping[str, Callable[[Value], object]] = {
    "b": to_boolean, "n": to_number, "p": _nodes, "t": to_text, "v": scalar,
}  # fmt: skip


def _of(kinds: str, make: Callable[..., Value], least: int | None = None) -> Function:
    """Function of booleans, numbers, nodes of a path, texts or values, one letter each."""
    convert = [_CONVERSIONS[kind] for kind in kinds]

    def call(_: EvaluationContext, arguments: Arguments) -> Value:
        return make(*[to(value) for to, value in zip(convert, arguments, strict=False)])

    return Function(call, len(kinds) if least is None else least, len(kinds))


def _real(work: Callable[..., float], kinds: str = "n") -> Function:
    """Function of numbers, NaN where it is not defined."""

    def make(*numbers: float) -> float:
        try:
            return float(work(*numbers))
        except OverflowError:
            return math.inf
        except ValueError:
            return NAN

    return _of(kinds, make)


def _whole(work: Callable[[float], int]) -> Function:
    return _of("n", lambda number: float(work(number)) if math.isfinite(number) else number)


FUNCTIONS: Mapping[str, Function] = {
    **{
        name: _real(getattr(math, name))
        for name in ("acos", "asin", "atan", "cos", "exp", "sin", "sqrt", "tan")
    },
    **dict.fromkeys(("area", "enclosed-area"), Function(_area, 1, 1)),
    **dict.fromkeys(("format-date", "format-date-time"), Function(_format_date, 2, 2)),
    **dict.fromkeys(("local-name", "name"), Function(_named, 0, 1)),
    "abs": _of("n", abs),
    "atan2": _real(math.atan2, "nn"),
    "base64-decode": _of("t", _from_base64),
    "boolean": _of("b", bool),
    "boolean-from-string": _of("t", lambda text: text in {"1", "true"}),
    "ceiling": _whole(math.ceil),
    "checklist": Function(_checklist, 2, None),
    "coalesce": _of("vv", _coalesce),
    "concat": Function(lambda _, a: _joined("", a), 1, None),
    "contains": _of("tt", lambda text, part: part in text),
    "count": _of("p", lambda nodes: float(len(nodes))),
    "count-non-empty": _of("p", lambda nodes: float(sum(node.value != "" for node in nodes))),
    "count-selected": _of("t", lambda names: float(len(names.split()))),
    "current": Function(lambda context, _: (context.origin,), 0, 0),
    "date": Function(lambda context, a: clock.date() if (clock := _clock(context, a[0])) else "", 1, 1),
    "date-time": Function(lambda context, a: _moment(context, a[0]) or "", 1, 1),
    "decimal-date-time": Function(_decimal_date_time, 1, 1),
    "decimal-time": Function(_decimal_time, 1, 1),
    "digest": _of("ttt", _digest, 2),
    "distance": Function(_distance, 1, None),
    "ends-with": _of("tt", str.endswith),
    "exp10": _real(lambda number: 10.0**number),
    "false": _of("", lambda: False),
    "floor": _whole(math.floor),
    "geofence": Function(_geofence, 2, 2),
    "int": _of("v", _int),
    "jr:choice-name": Function(
        lambda context, a: context.scope.choice_label(to_text(a[1]).strip(), to_text(a[0])), 2, 2
    ),
    "jr:itext": Function(_itext, 1, 1),
    "join": Function(lambda _, a: _joined(to_text(a[0]), a[1:]), 1, None),
    "last": Function(lambda context, _: float(context.size or 1), 0, 0),
    "log": _real(lambda number: math.log(number) if number else -math.inf),
    "log10": _real(lambda number: math.log10(number) if number else -math.inf),
    "max": _extreme(max),
    "min": _extreme(min),
    "namespace-uri": Function(lambda _, __: "", 0, 1),
    "normalize-space": _of("t", lambda text: re.sub("[ \t\r\n]+", " ", text).strip(" "), 0),
    # The full hour: nothing finer may be stored about a reporter.
    "now": Function(lambda context, _: context.scope.now.replace(minute=0, second=0, microsecond=0), 0, 0),
    "number": _of("n", float, 0),
    "once": _of("v", lambda value: value),
    "pi": _of("", lambda: math.pi),
    "position": Function(_position, 0, 1),
    "pow": _of("nn", _pow),
    "pulldata": Function(pulldata, 4, 4),
    "random": Function(lambda context, _: _dice(context).random(), 0, 0),
    "randomize": Function(_randomize, 1, 2),
    "regex": _of("tt", _fits),
    "round": _of("nn", _round, 1),
    "selected-at": _of("tn", _selected_at),
    "starts-with": _of("tt", str.startswith),
    "string": _of("t", str, 0),
    "string-length": _of("t", lambda text: float(len(text)), 0),
    "substr": _of("tnn", _substr, 2),
    "substring-after": _of("tt", lambda text, mark: text.partition(mark)[2] if mark else text),
    "substring-before": _of(
        "tt", lambda text, mark: text.partition(mark)[0] if mark and mark in text else ""
    ),
    "substring": _of("tnn", _substring, 2),
    "sum": Function(_total, 1, 1),
    "today": Function(lambda context, _: context.scope.now.date(), 0, 0),
    "translate": _of("ttt", _translate),
    "true": _of("", lambda: True),
    "uuid": Function(_uuid, 0, 1),
    "weighted-checklist": Function(_weighted, 2, None),
}

LAZY: Mapping[str, Function] = {
    name: Function(lambda _, __: "", least, most)
    for name, least, most in (
        ("if", 3, 3), ("indexed-repeat", 3, 11), ("instance", 1, 1), ("not", 1, 1), ("selected", 2, 2),
    )
}  # fmt: skip
"""Functions that the compiler handles itself, because they choose which arguments to evaluate or are in most
conditions."""

BOOLEAN = frozenset({"not", "selected"})
"""Functions of LAZY whose value is a boolean."""

NODESETS = frozenset({
    "count", "count-non-empty", "local-name", "name", "namespace-uri", "position", "randomize", "sum",
})  # fmt: skip
"""Functions whose first argument must be a path."""

OF_ITS_OWN_NODE = frozenset({"normalize-space", "number", "string", "string-length"})
"""Functions whose argument is the current node if there is none."""

RANDOM = frozenset({"random", "randomize", "uuid"})
"""Functions whose value depends on the draft and the node that asks."""

OF_NODES = NODESETS | RANDOM | {"current", "indexed-repeat", "join", "last"}

CHANGING = RANDOM | {"current", "last", "now", "once", "position", "today"}
"""Functions whose value may differ with equal arguments."""

REFUSED: Mapping[str, str] = {
    "property": "nothing about a phone or its owner is kept",
    "version": "the version of a form is kept beside its answers",
    **dict.fromkeys(("id", "lang"), "a form has no such attributes; use the names of questions"),
    **dict.fromkeys(("document", "doc"), "an expression sees nothing outside its form"),
}
"""Functions left out on purpose, with the reason."""
