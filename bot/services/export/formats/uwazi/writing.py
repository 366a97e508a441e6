"""Values for Uwazi's import, which has no escapes: `|` separates values, `::` a group from its value, `:`
the ends of a period. Source: huridocs/uwazi, app/api/csv."""

import re
from collections.abc import Iterable

from bot.form.typed.dates.intervals import last_day, text_of

_STRUCTURE = {"|": "¦", "::": "∷"}
_BLANK = {"null", "undefined", "n/a"}
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_OPEN = {"", ".."}


def in_thesaurus(label: str) -> str:
    """Label as a value of a thesaurus: one line without separators."""
    for mark, instead in _STRUCTURE.items():
        label = label.replace(mark, instead)
    plain = " ".join(label.split()).strip(":- ")
    return f"({plain})" if plain.casefold() in _BLANK else plain


def several(values: Iterable[str]) -> str:
    return "|".join(values)


def within(group: str, label: str) -> str:
    return f"{group}::{label}"


def period(start: str, end: str) -> str:
    """Period from the first day of `start` to the last day of `end`. An unknown end is blank."""
    first = "" if start in _OPEN else f"{start}-01-01"[:10]
    last = "" if end in _OPEN else text_of(last_day(end))
    return f"{first}:{last}" if first or last else ""


def period_of(date: str) -> str:
    start, _, end = date.partition("/") if "/" in date else (date, "", date)
    return period(start, end)


def rich(text: str) -> str:
    """Text for a rich text property, with tags, hidden links and remote images disabled."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("[", r"\[")


def property_name(name: str, taken: set[str]) -> str:
    """Unique name that Uwazi derives from a property's label, by its older and newer rule alike."""
    plain = _NOT_IN_NAMES.sub("_", name.lower()).strip("_") or "question"
    found, number = plain, 1
    while found in taken:
        number += 1
        found = f"{plain}_{number}"
    taken.add(found)
    return found
