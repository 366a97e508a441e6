"""Functions of XPath 1.0 and ODK (https://docs.getodk.org/form-operators-functions/) whose value depends on
the form alone. To add one, list it in FUNCTIONS."""

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

from bot.form.expressions import patterns
from bot.form.expressions.coercion import (
    NAN,
    Arguments,
    Element,
    EvaluationContext,
    Function,
    Nodes,
    Scalar,
    Value,
    scalar,
    to_boolean,
    to_date,
    to_number,
    to_text,
)
from bot.form.expressions.tables import pulldata

LONGEST_TEXT = 65_536
"""Characters of the longest text that a function makes, so that calculations cannot double one for ever."""

_T = TypeVar("_T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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
    if isinstance(value, float) and math.isfinite(value) and value % 1:
        near = abs(value) < timedelta.max.days / 400
        return (_EPOCH + timedelta(days=value)).astimezone(zone) if near else None
    if isinstance(value, str) and _CLOCK.fullmatch(value.strip()):
        value = f"{context.scope.now:%Y-%m-%d}T{value.strip()}"
    moment = to_date(value)
    try:
        return moment.astimezone(zone) if isinstance(moment, datetime) and moment.tzinfo else moment
    except OverflowError:  # at the ends of the calendar
        return None


def date(context: EvaluationContext, arguments: Arguments) -> Value:
    moment = _moment(context, arguments[0])
    if moment is None:
        return ""
    return moment.date() if isinstance(moment, datetime) else moment


def _clock(moment: day) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time())


def decimal_date_time(context: EvaluationContext, arguments: Arguments) -> Value:
    value = scalar(arguments[0])
    moment = _moment(context, value)
    if moment is None or isinstance(value, float):
        return value if isinstance(value, float) else NAN
    clock = _clock(moment)
    aware = clock if clock.tzinfo else clock.replace(tzinfo=context.scope.now.tzinfo)
    return (aware - _EPOCH) / timedelta(days=1)


def decimal_time(context: EvaluationContext, arguments: Arguments) -> Value:
    value = scalar(arguments[0])
    if isinstance(value, float):
        return value - math.floor(value) if math.isfinite(value) else NAN
    moment = _moment(context, value)
    if moment is None:
        return NAN
    clock = _clock(moment).replace(tzinfo=None)
    return (clock - datetime.combine(clock, time())) / timedelta(days=1)


def format_date(context: EvaluationContext, arguments: Arguments) -> Value:
    found = _moment(context, arguments[0])
    if found is None:
        return ""
    moment = _clock(found)

    def part(found: re.Match[str]) -> str:
        if found[1] in _AS_IN_PYTHON:
            return moment.strftime(found[0])
        return _FORMATS[found[1]](moment) if found[1] in _FORMATS else found[0]

    return re.sub(r"%(.)", part, to_text(arguments[1]))


def now(context: EvaluationContext, _: Arguments) -> Value:
    """The full hour: nothing finer may be stored about a reporter."""
    return context.scope.now.replace(minute=0, second=0, microsecond=0)


def _scalars(arguments: Arguments) -> list[Scalar]:
    listed = ([node.value for node in one] if isinstance(one, tuple) else [one] for one in arguments)
    return [value for values in listed for value in values]


def _total(_: EvaluationContext, arguments: Arguments) -> Value:
    """The sum. As in JavaRosa, blanks and texts are skipped."""
    numbers = [number for number in map(to_number, _scalars(arguments)) if not math.isnan(number)]
    return math.fsum(numbers) if all(map(math.isfinite, numbers)) else sum(numbers)


def _extreme(choose: Callable[[list[float]], float]) -> Callable[[EvaluationContext, Arguments], Value]:
    def call(_: EvaluationContext, arguments: Arguments) -> Value:
        """As in XPath 3, NaN if any is no number. As in JavaRosa, blanks are skipped."""
        numbers = [to_number(value) for value in _scalars(arguments) if value != ""]
        return NAN if not numbers or any(map(math.isnan, numbers)) else choose(numbers)

    return call


def _position(context: EvaluationContext, arguments: Arguments) -> Value:
    if not arguments:
        return float(context.position or context.node.position)
    nodes = _nodes(arguments)
    return float(nodes[0].position) if nodes else NAN


def _coalesce(_: EvaluationContext, arguments: Arguments) -> Value:
    """The first that is neither blank nor NaN, else the last."""
    first, other = map(scalar, arguments)
    return other if first == "" or (isinstance(first, float) and math.isnan(first)) else first


def _nodes(arguments: Arguments) -> Nodes:
    """The argument of a function whose argument must be a path."""
    return arguments[0] if isinstance(arguments[0], tuple) else ()


def _selected_at(_: EvaluationContext, arguments: Arguments) -> Value:
    names, place = to_text(arguments[0]).split(), to_number(arguments[1])
    return names[int(place)] if 0 <= place < len(names) else ""


def _substr(_: EvaluationContext, arguments: Arguments) -> Value:
    text, start = to_text(arguments[0]), to_number(arguments[1])
    end = to_number(arguments[2]) if len(arguments) > 2 else float(len(text))
    return "" if math.isnan(start) or math.isnan(end) else text[_place(start, text) : _place(end, text)]


def _place(number: float, text: str) -> int:
    """Index into the text, from the end if negative, limited to its length."""
    number = number + len(text) if number < 0 else number
    return int(max(0.0, min(float(len(text)), number)))


def _translate(_: EvaluationContext, arguments: Arguments) -> Value:
    text, old, new = map(to_text, arguments)
    table: dict[int, str | None] = {}
    for place, letter in enumerate(old):
        table.setdefault(ord(letter), new[place] if place < len(new) else None)
    return text.translate(table)


def _round(_: EvaluationContext, arguments: Arguments) -> Value:
    """Round to the nearest, of two the greater one."""
    number = to_number(arguments[0])
    places = to_number(arguments[1]) if len(arguments) > 1 else 0.0
    if not math.isfinite(number) or not abs(places) <= 30:
        return NAN if abs(places) > 30 else number
    half = ROUND_HALF_UP if number > 0 else ROUND_HALF_DOWN
    exact = Decimal(repr(number)).scaleb(int(places)).to_integral_value(half)
    return float(exact.scaleb(-int(places)))


def _whole(work: Callable[[float], int]) -> Callable[[EvaluationContext, Arguments], Value]:
    def call(_: EvaluationContext, arguments: Arguments) -> Value:
        number = to_number(arguments[0])
        return float(work(number)) if math.isfinite(number) else number

    return call


def _int(context: EvaluationContext, arguments: Arguments) -> Value:
    """The whole part, also of a text with an exponent."""
    value = scalar(arguments[0])
    found = _EXPONENT.fullmatch(value.strip()) if isinstance(value, str) else None
    return _whole(math.trunc)(context, [float(found[0]) if found else value])


def _pow(_: EvaluationContext, arguments: Arguments) -> Value:
    base, exponent = to_number(arguments[0]), to_number(arguments[1])
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.copysign(math.inf, base) if exponent % 2 else math.inf
    except ValueError:
        return NAN if base else math.inf


def _real(work: Callable[..., float]) -> Callable[[EvaluationContext, Arguments], Value]:
    """Function of numbers, NaN where it is not defined."""

    def call(_: EvaluationContext, arguments: Arguments) -> Value:
        try:
            return float(work(*map(to_number, arguments)))
        except OverflowError:
            return math.inf
        except ValueError:
            return NAN

    return call


def _logarithm(work: Callable[[float], float]) -> Callable[[EvaluationContext, Arguments], Value]:
    return _real(lambda number: work(number) if number else -math.inf)


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

Points = list[tuple[float, float]]


def _points(arguments: Arguments) -> Points | None:
    """Latitudes and longitudes in radians of points, lines and shapes. None if one is not a place."""
    texts = (part for value in _scalars(arguments) for part in to_text(value).strip(" ;").split(";"))
    places = [[to_number(number) for number in text.split()] for text in texts if text.strip()]
    if any(len(place) < 2 or not all(map(math.isfinite, place)) for place in places):
        return None
    return [(math.radians(place[0]), math.radians(place[1])) for place in places]


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    across = math.cos(one[0]) * math.cos(other[0]) * math.cos(one[1] - other[1])
    return _EARTH * math.acos(max(-1.0, min(1.0, math.sin(one[0]) * math.sin(other[0]) + across)))


def _distance(_: EvaluationContext, arguments: Arguments) -> Value:
    points = _points(arguments)
    return NAN if points is None else sum((_apart(*pair) for pair in pairwise(points)), 0.0)


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


def _digest(_: EvaluationContext, arguments: Arguments) -> Value:
    text, name, *encoding = map(to_text, arguments)
    if name not in {"MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"}:
        return ""
    found = hashlib.new(name.replace("-", ""), text.encode(errors="replace"), usedforsecurity=False).digest()
    return found.hex() if encoding == ["hex"] else base64.b64encode(found).decode()


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
    dice = _dice(context)
    if not arguments:
        return str(uuid.UUID(int=dice.getrandbits(128), version=4))
    length = to_number(arguments[0])
    return "".join(
        dice.choices(string.ascii_uppercase + string.digits, k=int(min(length, 1000)) if length > 0 else 0)
    )


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
    return tuple(shuffled(_nodes(arguments), given))


def _substring(_: EvaluationContext, arguments: Arguments) -> Value:
    text, numbers = (
        to_text(arguments[0]),
        [
            math.floor(number + 0.5) if math.isfinite(number) else number
            for number in map(to_number, arguments[1:])
        ],
    )
    end = sum(numbers) if len(numbers) > 1 else math.inf
    return "".join(letter for place, letter in enumerate(text, 1) if numbers[0] <= place < end)


def _named(context: EvaluationContext, arguments: Arguments) -> Value:
    nodes: Sequence[Element] = _nodes(arguments) if arguments else (context.node,)
    return nodes[0].name if nodes else ""


def _itext(context: EvaluationContext, arguments: Arguments) -> Value:
    """The label of a question, by its id in XForms. Another id is the text itself, as tables keep it."""
    path, mark, _ = (name := to_text(arguments[0])).rpartition(":label")
    return context.scope.label_at(path) if mark else name


def _joined(between: str, arguments: Arguments) -> str:
    return between.join(map(to_text, _scalars(arguments)))[:LONGEST_TEXT]


def _normalized(text: str) -> str:
    return re.sub("[ \t\r\n]+", " ", text).strip(" ")


def _fits(text: str, pattern: str) -> bool:
    try:
        return patterns.matcher(pattern)(text)
    except re.error:
        return False


def _text(make: Callable[..., Value]) -> Callable[[EvaluationContext, Arguments], Value]:
    return lambda _, arguments: make(*map(to_text, arguments))


FUNCTIONS: Mapping[str, Function] = {
    "abs": Function(lambda _, a: abs(to_number(a[0])), 1, 1),
    "acos": Function(_real(math.acos), 1, 1),
    "area": Function(_area, 1, 1),
    "asin": Function(_real(math.asin), 1, 1),
    "atan": Function(_real(math.atan), 1, 1),
    "atan2": Function(_real(math.atan2), 2, 2),
    "base64-decode": Function(_text(_from_base64), 1, 1),
    "boolean": Function(lambda _, a: to_boolean(a[0]), 1, 1),
    "boolean-from-string": Function(_text(lambda text: text in {"1", "true"}), 1, 1),
    "ceiling": Function(_whole(math.ceil), 1, 1),
    "checklist": Function(_checklist, 2, None),
    "coalesce": Function(_coalesce, 2, 2),
    "concat": Function(lambda _, a: _joined("", a), 1, None),
    "contains": Function(_text(lambda text, part: part in text), 2, 2),
    "cos": Function(_real(math.cos), 1, 1),
    "count": Function(lambda _, a: float(len(_nodes(a))), 1, 1),
    "count-non-empty": Function(lambda _, a: float(sum(node.value != "" for node in _nodes(a))), 1, 1),
    "count-selected": Function(_text(lambda names: float(len(names.split()))), 1, 1),
    "current": Function(lambda context, _: (context.origin,), 0, 0),
    "date": Function(date, 1, 1),
    "date-time": Function(lambda context, a: _moment(context, a[0]) or "", 1, 1),
    "decimal-date-time": Function(decimal_date_time, 1, 1),
    "decimal-time": Function(decimal_time, 1, 1),
    "depend": Function(lambda _, a: a[0], 1, None),
    "digest": Function(_digest, 2, 3),
    "distance": Function(_distance, 1, None),
    "enclosed-area": Function(_area, 1, 1),
    "ends-with": Function(_text(lambda text, part: text.endswith(part)), 2, 2),
    "exp": Function(_real(math.exp), 1, 1),
    "exp10": Function(_real(lambda number: 10.0**number), 1, 1),
    "false": Function(lambda _, __: False, 0, 0),
    "floor": Function(_whole(math.floor), 1, 1),
    "format-date": Function(format_date, 2, 2),
    "format-date-time": Function(format_date, 2, 2),
    "geofence": Function(_geofence, 2, 2),
    "int": Function(_int, 1, 1),
    "jr:choice-name": Function(
        lambda context, a: context.scope.choice_label(to_text(a[1]).strip(), to_text(a[0])), 2, 2
    ),
    "jr:itext": Function(_itext, 1, 1),
    "join": Function(lambda _, a: _joined(to_text(a[0]), a[1:]), 1, None),
    "last": Function(lambda context, _: float(context.size or 1), 0, 0),
    "local-name": Function(_named, 0, 1),
    "log": Function(_logarithm(math.log), 1, 1),
    "log10": Function(_logarithm(math.log10), 1, 1),
    "max": Function(_extreme(max), 0, None),
    "min": Function(_extreme(min), 0, None),
    "name": Function(_named, 0, 1),
    "namespace-uri": Function(lambda _, __: "", 0, 1),
    "normalize-space": Function(_text(_normalized), 0, 1),
    "now": Function(now, 0, 0),
    "number": Function(lambda _, a: to_number(a[0]), 0, 1),
    "once": Function(lambda _, a: a[0], 1, 1),
    "pi": Function(lambda _, __: math.pi, 0, 0),
    "position": Function(_position, 0, 1),
    "pow": Function(_pow, 2, 2),
    "pulldata": Function(pulldata, 4, 4),
    "random": Function(lambda context, _: _dice(context).random(), 0, 0),
    "randomize": Function(_randomize, 1, 2),
    "regex": Function(_text(_fits), 2, 2),
    "round": Function(_round, 1, 2),
    "selected-at": Function(_selected_at, 2, 2),
    "sin": Function(_real(math.sin), 1, 1),
    "sqrt": Function(_real(math.sqrt), 1, 1),
    "starts-with": Function(_text(lambda text, part: text.startswith(part)), 2, 2),
    "string": Function(lambda _, a: to_text(a[0]), 0, 1),
    "string-length": Function(_text(lambda text: float(len(text))), 0, 1),
    "substr": Function(_substr, 2, 3),
    "substring-after": Function(_text(lambda text, mark: text.partition(mark)[2] if mark else text), 2, 2),
    "substring-before": Function(
        _text(lambda text, mark: text.partition(mark)[0] if mark and mark in text else ""), 2, 2
    ),
    "substring": Function(_substring, 2, 3),
    "sum": Function(_total, 1, 1),
    "tan": Function(_real(math.tan), 1, 1),
    "today": Function(lambda context, _: context.scope.now.date(), 0, 0),
    "translate": Function(_translate, 3, 3),
    "true": Function(lambda _, __: True, 0, 0),
    "uuid": Function(_uuid, 0, 1),
    "weighted-checklist": Function(_weighted, 2, None),
}

LAZY: Mapping[str, Function] = {
    "if": Function(lambda _, __: "", 3, 3),
    "indexed-repeat": Function(lambda _, __: "", 3, 11),
    "instance": Function(lambda _, __: "", 1, 1),
    "not": Function(lambda _, __: "", 1, 1),
    "selected": Function(lambda _, __: "", 2, 2),
}
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
    **dict.fromkeys(
        ("id", "lang", "unparsed-entity-uri"), "a form has no such attributes; use the names of questions"
    ),
    **dict.fromkeys(("document", "doc"), "an expression sees nothing outside its form"),
}
"""Functions left out on purpose, with the reason."""
