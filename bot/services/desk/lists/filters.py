"""What a list of reports is narrowed down to: one value, which fits a button."""

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from bot.form.model import Form, Question
from bot.services.unit import REPORT_FORM, Unit

CATEGORY, REGION = "category", "region"
"""The roles of the questions by whose answers a list is narrowed down."""
_CODE = re.compile(r"([a-z])((?:[A-Z][0-9a-z]*)*)")
_PART = re.compile(r"([A-Z])([0-9a-z]*)")
_FIRST_DAY, _DIGITS = date(1900, 1, 1), 4
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


class Scope(StrEnum):
    """Which reports a list is of. A value stands in buttons, and never changes its meaning."""

    WAITING = "w"
    """Nobody's: new, or with a claim whose hours are over."""
    HELD = "h"
    """Held by anybody."""
    MINE = "m"
    """Held by whoever asks."""
    OPEN = "o"
    """Not decided, whoever holds them; with `asked` also what is set aside."""
    ASIDE = "s"
    """Set aside until their reporters answer."""
    APPROVED = "a"
    REJECTED = "r"
    ALL = "x"
    """Whatever became of them."""


DECIDED = frozenset({Scope.APPROVED, Scope.REJECTED})
UNDECIDED = (Scope.WAITING, Scope.MINE, Scope.HELD, Scope.OPEN, Scope.ASIDE)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which reports a list shows. `category` and `region` are codes, blank for any; `asked`: a moderator's question has no answer yet;
    `older`: sent at least so many days ago; `since` and `until`: the first and the last day on which what is told may have begun."""

    scope: Scope = Scope.WAITING
    category: str = ""
    region: str = ""
    urgent: bool = False
    asked: bool = False
    older: int = 0
    since: date | None = None
    until: date | None = None

    @property
    def dated(self) -> bool:
        """Whether it asks for days."""
        return self.since is not None or self.until is not None

    @property
    def narrowed(self) -> bool:
        """Whether it leaves out any report of its scope."""
        return self != Filter(self.scope)

    def __str__(self) -> str:
        """In one word of at most 25 characters, from which `read` makes it again."""
        parts = {
            "C": mark(self.category) if self.category else None,
            "R": mark(self.region) if self.region else None,
            "U": "" if self.urgent else None,
            "A": "" if self.asked else None,
            "O": _written(min(self.older, 999)) if self.older else None,
            "S": None if self.since is None else _written((self.since - _FIRST_DAY).days),
            "T": None if self.until is None else _written((self.until - _FIRST_DAY).days),
        }
        return self.scope.value + "".join(
            f"{tag}{value}" for tag, value in parts.items() if value is not None
        )


QUEUE, HELD = Filter(), Filter(Scope.HELD)
ASKED = Filter(Scope.OPEN, asked=True)
"""What waits for an answer of its reporter, whoever holds it."""


def read(unit: Unit, code: str) -> Filter | None:
    """The filter that a button holds; None for anything that none ever held, and for a choice that the form no longer has."""
    found = _CODE.fullmatch(code)
    if found is None or found[1] not in set(Scope):
        return None
    made, form = Filter(Scope(found[1])), unit.forms[REPORT_FORM]
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
        case "O" | "S" | "T" if value and len(value) <= _DIGITS:
            return _with_number(made, tag, int(value, 36))
    return None


def _with_number(made: Filter, tag: str, number: int) -> Filter:
    if tag == "O":
        return replace(made, older=number)
    day = _FIRST_DAY + timedelta(days=number)  # four digits end in the year 6498
    return replace(made, since=day) if tag == "S" else replace(made, until=day)


def mark(code: str) -> str:
    """A choice's name in four characters, however long it is: of a form's few names no two are alike."""
    return base64.b32encode(hashlib.sha256(code.encode()).digest())[:_DIGITS].decode().lower()


def _marked(question: Question | None, marked: str) -> str | None:
    names = (choice.name for choice in question.choices) if question is not None else ()
    return next((name for name in names if mark(name) == marked), None)


def _written(number: int) -> str:
    """In base 36, as `int` reads it."""
    digits = ""
    while number or not digits:
        number, last = divmod(number, 36)
        digits = _ALPHABET[last] + digits
    return digits
