"""Values as Uwazi's import reads them. Nothing can be escaped there: `|` parts values, `::` a group from its value, `:` the ends of a
period. Source: huridocs/uwazi, app/api/csv."""

import re
from collections.abc import Iterable

from bot.form.typed.dates.intervals import last_day, text_of

_STRUCTURE = {"|": "¦", "::": "∷"}
"""What parts values, and the character that stands in its place within one."""
_BLANK = {"null", "undefined", "n/a"}
"""Words that the import takes for no value."""
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_OPEN = {"", ".."}
"""Ends of a period that are not known (ISO 8601-2)."""


def in_thesaurus(label: str) -> str:
    """A label as a value of a thesaurus: one line without what would part it."""
    for mark, instead in _STRUCTURE.items():
        label = label.replace(mark, instead)
    plain = " ".join(label.split()).strip(":- ")
    return f"({plain})" if plain.casefold() in _BLANK else plain


def several(values: Iterable[str]) -> str:
    """Values of a thesaurus in one cell."""
    return "|".join(values)


def within(group: str, label: str) -> str:
    """A value of a thesaurus that belongs to a group."""
    return f"{group}::{label}"


def period(start: str, end: str) -> str:
    """From the first day of what it began in to the last day of what it ended in; an end that is not known is blank."""
    first = "" if start in _OPEN else f"{start}-01-01"[:10]
    last = "" if end in _OPEN else text_of(last_day(end))
    return f"{first}:{last}" if first or last else ""


def period_of(date: str) -> str:
    """The same of a date in one text."""
    start, _, end = date.partition("/") if "/" in date else (date, "", date)
    return period(start, end)


def rich(text: str) -> str:
    """A text for a property of rich text, in which nothing is a tag, a link behind other words or an image from elsewhere."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("[", r"\[")


def property_name(name: str, taken: set[str]) -> str:
    """The name that Uwazi makes of a property's label, by its older and its newer rule alike, and that no other has."""
    plain = _NOT_IN_NAMES.sub("_", name.lower()).strip("_") or "question"
    found, number = plain, 1
    while found in taken:
        number += 1
        found = f"{plain}_{number}"
    taken.add(found)
    return found
