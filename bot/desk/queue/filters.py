"""Filter of a list of reports, in a form that fits a button."""

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from bot.form.model import Form, Question
from bot.store.unit import REPORT_FORM, UnitOfWork

CATEGORY, REGION = "category", "region"
_CODE = re.compile(r"([a-z])((?:[A-Z][0-9a-z]*)*)")
_PART = re.compile(r"([A-Z])([0-9a-z]*)")
_FIRST_DAY, _DIGITS = date(1900, 1, 1), 4
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


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
        parts = {
            "C": mark(self.category) if self.category else None,
            "R": mark(self.region) if self.region else None,
            "U": "" if self.urgent else None,
            "A": "" if self.asked else None,
            "V": "" if self.voted else None,
            "O": _written(min(self.older, 999)) if self.older else None,
            "S": None if self.since is None else _written((self.since - _FIRST_DAY).days),
            "T": None if self.until is None else _written((self.until - _FIRST_DAY).days),
        }
        return self.scope.value + "".join(
            f"{tag}{value}" for tag, value in parts.items() if value is not None
        )


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
    made, form = Filter(ReportScope(found[1])), unit.forms[REPORT_FORM]
    for tag, value in _PART.findall(found[2]):
        changed = _with(made, form, tag, value)
        if changed is None:
            return None
        made = changed
    return made


def _with(made: Filter, form: Form, tag: str, value: str) -> Filter | None:
    match tag:
        case "C" | "R":
            role = CATEGORY if tag == "C" else REGION
            code = _marked(form.by_role.get(role), value)
            if code is None:
                return None
            return replace(made, category=code) if tag == "C" else replace(made, region=code)
        case "U":
            return replace(made, urgent=True)
        case "A":
            return replace(made, asked=True)
        case "V":
            return replace(made, voted=True)
        case "O" | "S" | "T" if value and len(value) <= _DIGITS:
            return _with_number(made, tag, int(value, 36))
    return None


def _with_number(made: Filter, tag: str, number: int) -> Filter:
    if tag == "O":
        return replace(made, older=number)
    day = _FIRST_DAY + timedelta(days=number)  # four digits end in the year 6498
    return replace(made, since=day) if tag == "S" else replace(made, until=day)


def mark(code: str) -> str:
    """Four characters for a choice's name, distinct within a form."""
    return base64.b32encode(hashlib.sha256(code.encode()).digest())[:_DIGITS].decode().lower()


def _marked(question: Question | None, marked: str) -> str | None:
    names = (choice.name for choice in question.choices) if question is not None else ()
    return next((name for name in names if mark(name) == marked), None)


def _written(number: int) -> str:
    digits = ""
    while number or not digits:
        number, last = divmod(number, 36)
        digits = _ALPHABET[last] + digits
    return digits
