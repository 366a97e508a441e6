"""Values of expressions and their conversions, as ODK's JavaRosa does them rather than plain XPath:
comparing a blank with a number is false, dates count as days, selections are names joined by spaces.

Follows https://getodk.github.io/xforms-spec/#xpath-evaluation and JavaRosa's `XPathFuncExpr`.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Protocol

from bot.form.answers import Answer, Chosen, Files, Number, Place, When, Written, degrees

Scalar = str | float | bool | date
"""`date` includes `datetime`; a blank is the empty string."""


class Element(Protocol):
    """One place of an instance: a question, a group, one instance of a repeat, a cell of a choice."""

    @property
    def name(self) -> str:
        """The name, as used in paths."""

    @property
    def lineage(self) -> "Sequence[Element]":
        """From the root to this element, both included."""

    @property
    def position(self) -> int:
        """The 1-based place among the siblings of this name."""

    @property
    def relevant(self) -> bool:
        """Whether this element and all around it are relevant."""

    @property
    def value(self) -> Scalar:
        """The value, blank if irrelevant."""

    def children(self, name: str) -> "Sequence[Element]":
        """The children of this name, in order; `*` names all."""


Nodes = tuple[Element, ...]
Value = Scalar | Nodes

NAN = math.nan
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)\S*)?")
_EPOCH = date(1970, 1, 1).toordinal()


def scalar(value: Value) -> Scalar:
    """The value itself; for a nodeset the value of its first node, a blank if it is empty."""
    if isinstance(value, tuple):
        return value[0].value if value else ""
    return value


def to_text(value: Value) -> str:
    """The value as text: whole numbers without a fraction, dates as ISO 8601, booleans as `true` and `false`."""
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
    text = f"{number:.12f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def to_number(value: Value) -> float:
    """The value as a number: for dates the days since 1970-01-01, NaN for a blank or any other text.

    Goes beyond JavaRosa, which gives NaN, in one case: a text that is an ISO date counts as that date.
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
    """The date (or date and time) that a value stands for: a date, an ISO text, or days since 1970-01-01."""
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
        day = date.fromisoformat(found[1])
        return datetime.combine(day, time.fromisoformat(found[2])) if found[2] else day
    except ValueError:
        return None


def to_boolean(value: Value) -> bool:
    """The value as a boolean: a blank, zero and NaN are false."""
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


def equal(left: Value, right: Value) -> bool:
    """Compares as booleans if either is one, else as numbers if either is one, else as texts."""
    left, right = scalar(left), scalar(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    if isinstance(left, float) or isinstance(right, float):
        return abs(to_number(left) - to_number(right)) < 1e-12 or to_number(left) == to_number(right)
    return to_text(left) == to_text(right)


def answer_value(answer: Answer | None) -> Scalar:
    """What expressions see of an answer: the first day of a date, or of its end where only that is known; the ids of
    files; a place as ODK writes it (latitude, longitude, altitude, accuracy); `voice` for a text that was only spoken;
    a blank for none."""
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
        case Place():
            return f"{degrees(answer.latitude)} {degrees(answer.longitude)} 0 0"
        case None:
            return ""


@lru_cache(maxsize=1024)
def _first_day(text: str | None) -> Scalar:
    return to_date(f"{text}-01-01"[:10]) or "" if text else ""


class Scope(Protocol):
    """What an expression may know besides its nodes."""

    @property
    def now(self) -> datetime:
        """The time of the event, in the configured time zone."""

    @property
    def root(self) -> Element:
        """The root of the instance."""

    def met(self, path: str) -> Element | None:
        """The one element at this path, if it is known already; None where it has to be looked for step by step."""

    def value_at(self, path: str) -> Scalar:
        """The value at an instance path that exists, blank if irrelevant. For paths that `readings` has found."""

    def choice_label(self, path: str, name: str) -> str:
        """The label of a choice of the question at this path; blank if there is none."""


@dataclass(slots=True)
class Context:
    """Where an expression is evaluated: `node` is `.`, `origin` is `current()`. While a constraint checks an
    answer that is not accepted yet, `candidate` is the value of `origin`."""

    scope: Scope
    node: Element
    origin: Element
    candidate: Scalar | None = None
    position: int | None = None


Arguments = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function with the fewest and the most arguments it takes (`most` None: any number)."""

    call: Callable[[Context, Arguments], Value]
    least: int
    most: int | None


class _Nowhere:
    """The node of an expression that looks at none."""

    name, value, position, relevant = "", "", 1, False
    lineage: "tuple[Element, ...]" = ()

    def children(self, name: str) -> "tuple[Element, ...]":
        return ()


_NOWHERE = _Nowhere()


class Reading(Context):
    """The context of an expression that only reads values: `reads` are the instance paths that its paths stand for,
    `known` the values of those that are known."""

    __slots__ = ("known", "reads")

    def __init__(self, scope: Scope, reads: Sequence[str], known: Mapping[str, Scalar]) -> None:
        self.scope = scope
        self.reads = reads
        self.known = known

    node = origin = _NOWHERE
    candidate = position = None


class Fixed(Context):
    """A scope that is itself the context of all expressions whose paths are fixed: they look at nothing but the values at
    those paths, of which `known` has the ones that are known."""

    known: Mapping[str, Scalar]

    @property
    def scope(self) -> Scope:  # type: ignore[override]  # nothing sets it
        """Itself."""
        return self  # type: ignore[return-value]  # whoever inherits this has the rest of a scope

    node = origin = _NOWHERE
    candidate = position = None
    __eq__, __hash__ = object.__eq__, object.__hash__


Closure = Callable[[Context], Value]
Truth = Callable[[Context], bool]
