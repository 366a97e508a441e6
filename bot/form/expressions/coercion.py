"""Values and their conversions, as in ODK's JavaRosa (`XPathFuncExpr`) rather than plain XPath: a blank compared with a
number is false, dates count as days, selections are names joined by spaces."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache, reduce
from typing import Protocol

from bot.form.answers import Answer, Chosen, Files, GeoPoint, Number, When, Written, degrees
from bot.form.model import Table

Scalar = str | float | bool | date
"""A value. `date` includes `datetime`, and a blank is the empty string."""

NAN = math.nan
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)")
_DATE = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)(?:T(\S+))?")
_DAY = timedelta(days=1)
_CLOCK = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_EPOCH = date(1970, 1, 1).toordinal()


class Element(Protocol):
    """A question, a group, an instance of a repeat, or a cell of a choice. `lineage` are the elements from the root to
    it, `position` is its number (1-based) among siblings of its name. An irrelevant one is blank, with all inside."""

    @property
    def name(self) -> str: ...
    @property
    def lineage(self) -> "Sequence[Element]": ...
    @property
    def position(self) -> int: ...
    @property
    def relevant(self) -> bool: ...
    @property
    def value(self) -> Scalar: ...

    def children(self, name: str) -> "Sequence[Element]":
        """Children of this name in order, `*` for all."""


Nodes = tuple[Element, ...]
Value = Scalar | Nodes


def scalar(value: Value) -> Scalar:
    """The value, or that of a nodeset's first node, blank if there is none."""
    if isinstance(value, tuple):
        return value[0].value if value else ""
    return value


def to_text(value: Value) -> str:
    """Convert to text: numbers without exponent or needless fraction, dates as ISO 8601, `true` and `false`."""
    if isinstance(value, str):  # nearly always
        return value
    value = scalar(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, str):
        return value
    if not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    return str(int(value)) if value == int(value) else f"{Decimal(repr(value)):f}"


def to_number(value: Value) -> float:
    """Convert to a number: dates, also in a text, as days since 1970-01-01, blanks and other texts as NaN."""
    if isinstance(value, float):  # nearly always
        return value
    value = scalar(value)
    if isinstance(value, str):
        text = value.strip().replace(",", ".")
        if _NUMBER.fullmatch(text):
            return float(text)
        value = (to_date(text) if text else None) or NAN
    return _days(value) if isinstance(value, date) else float(value)


def to_order(value: Value) -> float:
    """Convert to a number that tells before from after: as `to_number`, but the time of a day counts too, also alone."""
    if isinstance(value, float):  # nearly always
        return value
    value = scalar(value)
    if isinstance(value, str) and "T" not in value and ":" not in value:
        return to_number(value)
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        value = f"1970-01-01T{value}"
    moment = to_date(value) if isinstance(value, str) and "T" in value else value
    if not isinstance(moment, datetime):
        return to_number(value)
    return _days(moment) + (moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)) / _DAY


def _days(moment: date) -> float:
    return float(moment.toordinal() - _EPOCH)


def to_date(value: Value) -> date | None:
    """Convert a date, an ISO text or days since 1970-01-01. A time keeps its offset."""
    value = scalar(value)
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        is_day = -_EPOCH < value <= date.max.toordinal() - _EPOCH
        return date.fromordinal(math.trunc(value) + _EPOCH) if is_day else None
    found = _DATE.fullmatch(value.strip())
    if found is None:
        return None
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        return datetime.combine(day, time.fromisoformat(found[4])) if found[4] else day
    except ValueError:
        return None


def to_boolean(value: Value) -> bool:
    """Convert to a boolean: a blank, zero and NaN are false, several nodes and a group true."""
    if isinstance(value, bool):  # nearly always
        return value
    if isinstance(value, tuple) and (len(value) > 1 or any(node.children("*") for node in value)):
        return True
    value = scalar(value)
    return bool(value) and value == value  # noqa: PLR0124  # NaN is the one value unequal to itself


def compared(holds: Callable[[Scalar, Scalar], bool], left: Value, right: Value) -> bool:
    """Whether a comparison holds, of several nodes for any."""
    if isinstance(left, tuple) and len(left) > 1:
        if isinstance(right, bool):
            return holds(True, right)
        return any(compared(holds, node.value, right) for node in left)
    if isinstance(right, tuple) and len(right) > 1:
        return compared(lambda one, other: holds(other, one), right, left)
    return holds(scalar(left), scalar(right))


def equal(left: Scalar, right: Scalar) -> bool:
    """Compare as booleans if either is one, else as numbers, else as texts."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    if isinstance(left, float) or isinstance(right, float):
        return abs(to_number(left) - to_number(right)) < 1e-12 or to_number(left) == to_number(right)
    return to_text(left) == to_text(right)


_MOST_REPEATED, _LONGEST_PATTERN, _LONGEST_MATCHED = 500, 2_000, 10_000
_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(?!\})\d*,?\d*\}|\(\?:|.", re.DOTALL)
_SPAN = re.compile(r"\{(\d*)(,?)(\d*)\}")
_SPANS = {"*": "{0,}", "+": "{1,}", "?": "{0,1}"}
_Ends = Callable[[str, frozenset[int]], frozenset[int]]
"""Places in a text where a part of a pattern may end, by those where it may begin."""


@lru_cache(maxsize=256)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a whole text of up to 10,000 characters fits a pattern, as in JavaRosa. Those that Python's `re` could
    follow for ever (see `runaway`) are matched by sets of places. Raises `re.error` for a pattern that is invalid, too
    long, or neither safe nor regular."""
    if len(pattern) > _LONGEST_PATTERN or pattern.count("(") > 50:
        raise re.error("it is too long")
    try:
        compiled = re.compile(pattern)
    except OverflowError as error:
        raise re.error("it repeats too much") from error
    if not runaway(pattern):
        return lambda text: len(text) <= _LONGEST_MATCHED and compiled.fullmatch(text) is not None
    ends, size = _alternatives(_PART.findall(pattern.removeprefix("(?i)"))[::-1], compiled.flags)
    if size > _MOST_REPEATED:
        raise re.error("it repeats too much")
    return lambda text: len(text) <= _LONGEST_MATCHED and len(text) in ends(text, frozenset({0}))


def runaway(pattern: str) -> bool:
    """Whether `re` may take cubic time or more, as for `(a+)+`: a group or more than two parts are repeated. Many
    harmless patterns match too."""
    parts = _PART.findall(pattern)
    repeated = [number for number, part in enumerate(parts) if part in {"*", "+"} or _SPAN.fullmatch(part)]
    return len(repeated) > 2 or any(parts[number - 1] == ")" for number in repeated)


def _alternatives(parts: list[str], flags: int) -> tuple[_Ends, int]:
    """Matcher of parts, taken from the end of the list up to a closing bracket, and its size."""
    options: list[list[tuple[_Ends, int]]] = [[]]
    while parts and (part := parts.pop()) != ")":
        if part == "|":
            options.append([])
        elif part in {"(", "(?:"}:
            options[-1].append(_alternatives(parts, flags))
        elif (span := _SPAN.fullmatch(_SPANS.get(part, part))) is None:
            options[-1].append((_letter(re.compile(part, flags)), 1))
        elif not options[-1]:
            raise re.error("it repeats what already repeats around a condition")
        else:
            if parts and parts[-1] in {"?", "+"}:  # lazy or possessive: almost always the same texts fit
                parts.pop()
            inner, size = options[-1].pop()
            least = int(span[1] or 0)
            most = int(span[3]) if span[3] else _LONGEST_MATCHED * 2 if span[2] else least
            options[-1].append((_repeated(inner, least, most), size * max(1, least, int(span[3] or 0))))

    def ends(text: str, starts: frozenset[int]) -> frozenset[int]:
        ways = (reduce(lambda found, one: one[0](text, found), option, starts) for option in options)
        return frozenset().union(*ways)

    return ends, sum(size for option in options for _, size in option)


def _letter(letter: re.Pattern[str]) -> _Ends:
    return lambda text, starts: frozenset(
        found.end() for place in starts if (found := letter.match(text, place))
    )


def _repeated(inner: _Ends, least: int, most: int) -> _Ends:
    def ends(text: str, starts: frozenset[int]) -> frozenset[int]:
        for _ in range(least):
            starts = inner(text, starts)
        found = starts
        for _ in range(least, most):
            starts = inner(text, starts) - found
            if not starts:
                break
            found |= starts
        return found

    return ends


def answer_value(answer: Answer | None) -> Scalar:
    """Value of an answer in expressions: of a date its first day, or that of its only known end, of files their
    ids, of a point its latitude, longitude, altitude and accuracy as in ODK, of a text only spoken `voice`."""
    match answer:
        case Chosen():
            return " ".join(answer.names)
        case Written():
            return answer.text or ("voice" if answer.voices else "")
        case Number():
            return float(answer.value)
        case When():
            return _first_day(answer.start or answer.end)
        case Files():
            return " ".join(file.id for file in answer.files)
        case GeoPoint():
            return f"{degrees(answer.latitude)} {degrees(answer.longitude)} 0 0"
        case None:
            return ""


@lru_cache(maxsize=1024)
def _first_day(text: str | None) -> Scalar:
    return to_date(f"{text}-01-01"[:10]) or "" if text else ""


class ExpressionScope(Protocol):
    """Environment of an expression besides its nodes. `now` is the time of the event, in the configured time zone.
    All that is random comes from `seed`, which stays the same for a draft."""

    now: datetime
    seed: str

    def met(self, path: str) -> Element | None:
        """The one element at this path. None if it must be searched."""

    def value_at(self, path: str) -> Scalar:
        """Value at an existing instance path, blank if irrelevant."""

    def choice_label(self, path: str, name: str) -> str:
        """Label of a choice of the question at this path, or blank."""

    def table(self, name: str) -> Table | None:
        """The form's table of this name."""

    def label_at(self, path: str) -> str:
        """Label of the question at this path, or blank."""


@dataclass(slots=True)
class EvaluationContext:
    """Context of an evaluation: `node` is `.`, `origin` is `current()`. For a constraint, `candidate` is the
    new value of `origin`. `position` and `size` are those of a condition in brackets."""

    scope: ExpressionScope
    node: Element
    origin: Element
    candidate: Scalar | None = None
    position: int | None = None
    size: int | None = None


Arguments = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function with the least and most arguments, None for any number."""

    call: Callable[[EvaluationContext, Arguments], Value]
    least: int
    most: int | None


@dataclass(slots=True)
class Reading:
    """Context of an expression that only reads values, at the instance paths `reads`. `known` are those computed so far."""

    scope: ExpressionScope
    reads: Sequence[str]
    known: Mapping[str, Scalar]


Closure = Callable[[EvaluationContext], Value]
Truth = Callable[[EvaluationContext], bool]
