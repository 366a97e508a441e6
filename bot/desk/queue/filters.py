"""Filter of a list of reports, in a form that fits a button."""

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from bot.store.unit import UnitOfWork

CATEGORY, REGION = "category", "region"
_CODE = re.compile(r"([a-z])((?:[A-Z][0-9a-z]*)*)")
_PART = re.compile(r"([A-Z])([0-9a-z]*)")
_FIRST_DAY, _DIGITS = date(1900, 1, 1), 4
_FIELDS = {
    "C": CATEGORY, "R": REGION, "U": "urgent", "A": "asked", "V": "voted",
    "O": "older", "S": "since", "T": "until",
}  # fmt: skip
"""Fields of a filter by their letters in a code."""


class ReportScope(StrEnum):
    """Reports of a list. Values stand in sent buttons and never change their meaning."""

    WAITING = "w"
    """New, or with an expired claim."""
    HELD = "h"
    """Held by any moderator."""
    MINE = "m"
    """Held by the moderator who asks."""
    OPEN = "o"
    """Undecided, held or not. With `asked` also those set aside."""
    ASIDE = "s"
    """Set aside until their reporters answer."""
    APPROVED = "a"
    REJECTED = "r"
    ALL = "x"


TOGGLES = ("urgent", "asked", "voted")
"""Conditions of a filter that are on or off, by their texts `moderator.filter.<name>`."""
DECIDED = frozenset({ReportScope.APPROVED, ReportScope.REJECTED})
UNDECIDED = (ReportScope.WAITING, ReportScope.MINE, ReportScope.HELD, ReportScope.OPEN, ReportScope.ASIDE)


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions of a list.

    - `category`, `region`: codes, '' for any.
    - `asked`: a question waits for an answer.
    - `voted`: approved by some, and more approvals are needed.
    - `older`: least age in days.
    - `since`, `until`: first and last day of the event's beginning.
    """

    scope: ReportScope = ReportScope.WAITING
    category: str = ""
    region: str = ""
    urgent: bool = False
    asked: bool = False
    older: int = 0
    since: date | None = None
    until: date | None = None
    voted: bool = False

    @property
    def dated(self) -> bool:
        return self.since is not None or self.until is not None

    @property
    def narrowed(self) -> bool:
        return self != Filter(self.scope)

    def __str__(self) -> str:
        """Code of at most 26 characters, read by `read`."""
        wanted = ((tag, getattr(self, name)) for tag, name in _FIELDS.items())
        return self.scope.value + "".join(f"{tag}{_written(value)}" for tag, value in wanted if value)


QUEUE, HELD = Filter(), Filter(ReportScope.HELD)
ASKED = Filter(ReportScope.OPEN, asked=True)
"""Undecided reports with a question that waits for an answer."""
VOTED = Filter(voted=True)
"""Waiting reports that need one more approval, or several."""


def read(unit: UnitOfWork, code: str) -> Filter | None:
    """Filter of a button's code. None if invalid, or if the form no longer has the choice."""
    found = _CODE.fullmatch(code)
    if found is None or found[1] not in set(ReportScope):
        return None
    made = Filter(ReportScope(found[1]))
    for tag, value in _PART.findall(found[2]):
        if (changed := _with(unit, made, tag, value)) is None:
            return None
        made = changed
    return made


def _with(unit: UnitOfWork, made: Filter, tag: str, value: str) -> Filter | None:
    match tag:
        case "C" | "R":
            codes = unit.report_forms.labels(_FIELDS[tag])
            new: Any = next((name for name in codes if mark(name) == value), None)
            if new is None:
                return None
        case "U" | "A" | "V":
            new = True
        case "O" | "S" | "T" if value and len(value) <= _DIGITS:
            number = int(value, 36)
            new = number if tag == "O" else _FIRST_DAY + timedelta(days=number)  # at most the year 6498
        case _:
            return None
    return replace(made, **{_FIELDS[tag]: new})


def mark(code: str) -> str:
    """Four characters for a choice's name, distinct within a form."""
    return base64.b32encode(hashlib.sha256(code.encode()).digest())[:_DIGITS].decode().lower()


def _written(value: str | bool | int | date) -> str:
    if isinstance(value, str):
        return mark(value)
    if value is True:
        return ""
    number = (value - _FIRST_DAY).days if isinstance(value, date) else min(value, 999)
    digits = ""
    while number or not digits:
        number, last = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[last] + digits
    return digits
