"""Functions of XPath 1.0 and ODK (https://docs.getodk.org/form-operators-functions/) whose value depends on
the form alone. To add one, list it in FUNCTIONS."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from bot.form.expressions.coercion import (
    NAN,
    Arguments,
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

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_AS_IN_PYTHON = frozenset("ymbdHMSa%")
_FORMATS: Mapping[str, Callable[[datetime], str]] = {
    "Y": lambda moment: f"{moment.year:04}",
    "n": lambda moment: str(moment.month),
    "e": lambda moment: str(moment.day),
    "h": lambda moment: str(moment.hour),
    "3": lambda moment: f"{moment.microsecond // 1000:03}",
}


def date(_: EvaluationContext, arguments: Arguments) -> Value:
    moment = to_date(arguments[0])
    if moment is None:
        return ""
    return moment.date() if isinstance(moment, datetime) else moment


def decimal_date_time(context: EvaluationContext, arguments: Arguments) -> Value:
    moment = to_date(arguments[0])
    if moment is None:
        return NAN
    clock = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    aware = clock if clock.tzinfo else clock.replace(tzinfo=context.scope.now.tzinfo)
    return (aware - _EPOCH).total_seconds() / 86_400


def format_date(_: EvaluationContext, arguments: Arguments) -> Value:
    day = to_date(arguments[0])
    if day is None:
        return ""
    moment = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)  # noqa: DTZ001

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


def _numbers(arguments: Arguments) -> list[float]:
    """Numbers among the arguments. As in JavaRosa, blanks and texts are skipped."""
    return [number for number in map(to_number, _scalars(arguments)) if not math.isnan(number)]


def _position(context: EvaluationContext, arguments: Arguments) -> Value:
    if not arguments:
        return float(context.position or context.node.position)
    nodes = _nodes(arguments)
    return float(nodes[0].position) if nodes else NAN


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
    number = to_number(arguments[0])
    places = to_number(arguments[1]) if len(arguments) > 1 else 0.0
    if not math.isfinite(number) or not abs(places) <= 20:
        return number
    if not places:
        return float(math.floor(number + 0.5))
    exact = Decimal(repr(number)).scaleb(int(places)).to_integral_value(ROUND_HALF_UP)
    return float(exact.scaleb(-int(places)))


def _int(_: EvaluationContext, arguments: Arguments) -> Value:
    number = to_number(arguments[0])
    return float(math.trunc(number)) if math.isfinite(number) else number


def _pow(_: EvaluationContext, arguments: Arguments) -> Value:
    base, exponent = to_number(arguments[0]), to_number(arguments[1])
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.copysign(math.inf, base) if exponent % 2 else math.inf
    except ValueError:
        return NAN if base else math.inf


def _text(make: Callable[..., Value]) -> Callable[[EvaluationContext, Arguments], Value]:
    return lambda _, arguments: make(*map(to_text, arguments))


FUNCTIONS: Mapping[str, Function] = {
    "abs": Function(lambda _, a: abs(to_number(a[0])), 1, 1),
    "boolean": Function(lambda _, a: to_boolean(a[0]), 1, 1),
    "boolean-from-string": Function(_text(lambda text: text == "1" or text.lower() == "true"), 1, 1),
    "coalesce": Function(lambda _, a: next((value for value in map(scalar, a) if value != ""), ""), 2, 2),
    "concat": Function(lambda _, a: "".join(map(to_text, _scalars(a))), 1, None),
    "contains": Function(_text(lambda text, part: part in text), 2, 2),
    "count": Function(lambda _, a: float(len(_nodes(a))), 1, 1),
    "count-non-empty": Function(lambda _, a: float(sum(node.value != "" for node in _nodes(a))), 1, 1),
    "count-selected": Function(_text(lambda names: float(len(names.split()))), 1, 1),
    "current": Function(lambda context, _: (context.origin,), 0, 0),
    "date": Function(date, 1, 1),
    "date-time": Function(lambda _, a: to_date(a[0]) or "", 1, 1),
    "decimal-date-time": Function(decimal_date_time, 1, 1),
    "ends-with": Function(_text(lambda text, part: text.endswith(part)), 2, 2),
    "false": Function(lambda _, __: False, 0, 0),
    "format-date": Function(format_date, 2, 2),
    "format-date-time": Function(format_date, 2, 2),
    "int": Function(_int, 1, 1),
    "jr:choice-name": Function(
        lambda context, a: context.scope.choice_label(to_text(a[1]).strip(), to_text(a[0])), 2, 2
    ),
    "join": Function(lambda _, a: to_text(a[0]).join(map(to_text, _scalars(a[1:]))), 1, None),
    "max": Function(lambda _, a: max(_numbers(a), default=NAN), 1, None),
    "min": Function(lambda _, a: min(_numbers(a), default=NAN), 1, None),
    "normalize-space": Function(_text(lambda text: " ".join(text.split())), 0, 1),
    "now": Function(now, 0, 0),
    "number": Function(lambda _, a: to_number(a[0]), 1, 1),
    "position": Function(_position, 0, 1),
    "pow": Function(_pow, 2, 2),
    "pulldata": Function(pulldata, 4, 4),
    "regex": Function(_text(lambda text, pattern: re.fullmatch(pattern, text) is not None), 2, 2),
    "round": Function(_round, 1, 2),
    "selected-at": Function(_selected_at, 2, 2),
    "starts-with": Function(_text(lambda text, part: text.startswith(part)), 2, 2),
    "string": Function(lambda _, a: to_text(a[0]), 1, 1),
    "string-length": Function(_text(lambda text: float(len(text))), 0, 1),
    "substr": Function(_substr, 2, 3),
    "substring-after": Function(_text(lambda text, mark: text.partition(mark)[2] if mark else text), 2, 2),
    "substring-before": Function(
        _text(lambda text, mark: text.partition(mark)[0] if mark and mark in text else ""), 2, 2
    ),
    "sum": Function(lambda _, a: math.fsum(_numbers(a)), 1, 1),
    "today": Function(lambda context, _: context.scope.now.date(), 0, 0),
    "translate": Function(_translate, 3, 3),
    "true": Function(lambda _, __: True, 0, 0),
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

NODESETS = frozenset({"count", "count-non-empty", "position", "sum"})
"""Functions whose argument must be a path."""

OF_ITS_OWN_NODE = frozenset({"normalize-space", "string-length"})
"""Functions whose argument is the current node if there is none."""

OF_NODES = NODESETS | {"current", "indexed-repeat", "join"}

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("random", "uuid"), "its value would change whenever the form is looked at"),
    "randomize": "the order of choices must stay the same in every chat",
    "floor": "ODK does not have it; use int() or round()",
    "ceiling": "ODK does not have it; use round()",
    "substring": "ODK does not have it; use substr(), which counts from 0",
    "last": "ODK does not have it; use count()",
    "once": "a calculation keeps nothing from before; give a question a default instead",
    "property": "nothing about a phone or its owner is kept",
    **dict.fromkeys(("document", "doc"), "an expression sees nothing outside its form"),
}
"""Functions left out on purpose, with the reason."""
