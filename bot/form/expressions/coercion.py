"""Values of expressions and their conversions, as ODK's JavaRosa does them rather than plain XPath:
comparing a blank with a number is false, dates count as days, selections are names joined by spaces.

Follows https://getodk.github.io/xforms-spec/#xpath-evaluation and JavaRosa's `XPathFuncExpr`.
"""

import math
import re
from collections.abc import Sequence
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
