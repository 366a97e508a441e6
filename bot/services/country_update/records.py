"""The records of an update: the rows of the public export, with what the document asks of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.form.answers import Precision, When
from bot.form.typed.dates.intervals import interval
from bot.languages import exported_codes
from bot.services.country_update.request import Months, span_of, touches
from bot.services.export.rows.table import Record

_NOT_WRITTEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
"""What no XML can hold (XML 1.0, Char), and what turns the direction of the text around it."""


@dataclass(frozen=True, slots=True)
class Told:
    """Words in a language, as they were written."""

    words: str
    language: str

    @property
    def lines(self) -> Sequence[str]:
        """Its paragraphs, cleaned."""
        return [line for line in map(_line, self.words.splitlines()) if line]


@dataclass(frozen=True, slots=True, eq=False)
class UpdateRecord:
    """A row of the public export; another one is another record, whatever it says. `row` has its values by the names of the columns, repeats as lists of their fields by
    `instances`; `place` is where it stands among the rows."""

    row: Record
    place: int

    def __getitem__(self, column: str) -> Any:
        """A value, cleaned; None where the installation's form has no such column."""
        return _clean(self.row.get(column))

    def listed(self, column: str) -> Sequence[Any]:
        """The values of a column that has several, none for none."""
        found = self[column]
        return found if isinstance(found, list) else [] if found is None else [found]

    @property
    def ref(self) -> str:
        """What it is called in every export."""
        return str(self["id"])

    @property
    def event(self) -> str:
        """What tells the events of records apart: the incident, or the record that belongs to none."""
        return str(self["incident"] or self.ref)

    @property
    def kind(self) -> str:
        """Its kind; that of a form without kinds is an incident."""
        return str(self["kind"] or "incident")

    @property
    def date(self) -> str | None:
        """Its date in one text; None if it is not known."""
        precision, start, end = (self[f"date_{part}"] for part in ("precision", "start", "end"))
        if precision is None:
            return None
        return interval(When(Precision(precision), start, end, ongoing=bool(self["date_ongoing"])))

    def told(self, text: str, language: str) -> Told | None:
        """The title or the summary: in a language, else in that which it is written in."""
        own, words = self.row.get(f"{text}_{language}"), self.row.get(text)
        if own:
            return Told(own, language)
        codes = (str(self["language"]), *exported_codes())
        in_one = (code for code in codes if self.row.get(f"{text}_{code}") == words)
        return Told(words, next(in_one, str(self["language"] or ""))) if words else None

    def instances(self, repeat: str, *fields: str) -> Iterator[Mapping[str, Any]]:
        """The instances of a repeat, each with the values of these fields."""
        columns = {field: self.listed(f"{repeat}_{field}") for field in fields}
        for number in range(max((len(values) for values in columns.values()), default=0)):
            yield {
                field: values[number] if number < len(values) else None for field, values in columns.items()
            }

    @property
    def least_people(self) -> int:
        """How many people at least: those affected, or more where an outcome of theirs is of more; 0 if unknown."""
        outcomes = self.instances("outcomes", "party", "persons")
        persons = (one["persons"] or 0 for one in outcomes if one["party"] == "affected")
        affected = (one or 0 for one in self.listed("affected_number_min"))
        return int(max(sum(affected), *persons, 0))

    @property
    def dates_of_outcomes(self) -> Sequence[str]:
        """The dates of its outcomes that are known."""
        return [one for one in self.listed("outcomes_date") if one]


def _clean(value: Any) -> Any:
    """A value whose texts every format can hold, in one line."""
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return _line(value) if isinstance(value, str) else value


def _line(text: str) -> str:
    return " ".join(_NOT_WRITTEN.sub("\N{REPLACEMENT CHARACTER}", text).split())


@dataclass(frozen=True, slots=True)
class Chosen:
    """The records of a period: those that belong to it, and those of which nobody knows when they were."""

    dated: Sequence[UpdateRecord]
    undated: Sequence[UpdateRecord]


def belongs(record: UpdateRecord, months: Months) -> bool | None:
    """Whether a record belongs to a period: its own date, or the date of one of its outcomes, has a day in it. None where no date is
    known."""
    dates = [*filter(None, [record.date]), *record.dates_of_outcomes]
    return any(touches(span_of(one), months) for one in dates) if dates else None


def by_time(record: UpdateRecord) -> tuple[Any, ...]:
    """The order of records: by their dates, those without one by their outcomes'."""
    dates = [record.date] if record.date else record.dates_of_outcomes
    return (*min(map(span_of, dates)), record.place)
