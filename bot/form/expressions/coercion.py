"""Values and their conversions, as in ODK's JavaRosa rather than plain XPath.

Comparing a blank with a number is false, dates count as days, selections are names joined by spaces. See
https://getodk.github.io/xforms-spec/#xpath-evaluation and JavaRosa's `XPathFuncExpr`.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from bot.form.answers import Answer, Chosen, Files, GeoPoint, Number, When, Written, degrees
from bot.form.model import Table

Scalar = str | float | bool | date
"""A value. `date` includes `datetime`, and a blank is the empty string."""

NAN = math.nan
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)")
_DATE = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)(?:T(\S+))?")
_EPOCH = date(1970, 1, 1).toordinal()


class Element(Protocol):
    """A node: a question, a group, an instance of a repeat, or a cell of a choice."""

    @property
    def name(self) -> str:
        """Name in paths."""

    @property
    def lineage(self) -> "Sequence[Element]":
        """Elements from the root to this one."""

    @property
    def position(self) -> int:
        """Number (1-based) among siblings of this name."""

    @property
    def relevant(self) -> bool:
        """Whether this element and all around it are relevant."""

    @property
    def value(self) -> Scalar:
        """Value, blank if irrelevant."""

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
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return _number_text(value)


def _number_text(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == int(number):
        return str(int(number))
    return f"{Decimal(repr(number)):f}"


def to_number(value: Value) -> float:
    """Convert to a number: dates as days since 1970-01-01, blanks and other texts as NaN.

    Unlike JavaRosa, an ISO date in a text counts as that date.
    """
    if isinstance(value, float):  # nearly always
        return value
    value = scalar(value)
    if isinstance(value, str):
        text = value.strip().replace(",", ".")
        if not text:
            return NAN
        if _NUMBER.fullmatch(text):
            return float(text)
        moment = to_date(text)
        return NAN if moment is None else _days(moment)
    if isinstance(value, date):
        return _days(value)
    return float(value)


def _days(moment: date) -> float:
    return float(moment.toordinal() - _EPOCH)


def to_date(value: Value) -> date | None:
    """Convert a date, an ISO text or days since 1970-01-01. A time keeps its offset."""
    value = scalar(value)
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        return _parsed(value.strip())
    if not -_EPOCH < value <= date.max.toordinal() - _EPOCH:
        return None
    return date.fromordinal(math.trunc(value) + _EPOCH)


def _parsed(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        return datetime.combine(day, time.fromisoformat(found[4])) if found[4] else day
    except ValueError:
        return None


def to_boolean(value: Value) -> bool:
    """Convert to a boolean: a blank, zero and NaN are false."""
    if isinstance(value, bool):  # nearly always
        return value
    value = scalar(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value != ""
    if isinstance(value, date):
        return True
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


def answer_value(answer: Answer | None) -> Scalar:
    """Value of an answer in expressions:

    - a date as its first day, or that of its only known end
    - files as their ids
    - a point as ODK writes it (latitude, longitude, altitude, accuracy)
    - a text that was only spoken as `voice`
    - no answer as a blank
    """
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
    """Environment of an expression besides its nodes."""

    now: datetime
    """Time of the event, in the configured time zone."""

    seed: str
    """Source of all that is random. It stays the same for a draft."""

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
    """Context of an expression that only reads values, at the instance paths `reads`. `known` holds those
    computed so far."""

    scope: ExpressionScope
    reads: Sequence[str]
    known: Mapping[str, Scalar]


Closure = Callable[[EvaluationContext], Value]
Truth = Callable[[EvaluationContext], bool]
