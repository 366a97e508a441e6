"""Records of a country update: rows of the public export, with the values that the document needs."""

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
"""Characters that XML 1.0 excludes, and marks that change the direction of the text around them."""


@dataclass(frozen=True, slots=True)
class Told:
    words: str
    language: str

    @property
    def lines(self) -> Sequence[str]:
        return [line for line in map(_line, self.words.splitlines()) if line]


@dataclass(frozen=True, slots=True, eq=False)
class UpdateRecord:
    """Row of the public export, compared by identity. `place` is its position among the rows."""

    row: Record
    place: int

    def __getitem__(self, column: str) -> Any:
        return _clean(self.row.get(column))

    def listed(self, column: str) -> Sequence[Any]:
        found = self[column]
        return found if isinstance(found, list) else [] if found is None else [found]

    @property
    def ref(self) -> str:
        return str(self["id"])

    @property
    def event(self) -> str:
        """Key of the event: the incident, or the record itself if it belongs to none."""
        return str(self["incident"] or self.ref)

    @property
    def kind(self) -> str:
        return str(self["kind"] or "incident")

    @property
    def date(self) -> str | None:
        """Date in one text (ISO 8601-2), None if unknown."""
        precision, start, end = (self[f"date_{part}"] for part in ("precision", "start", "end"))
        if precision is None:
            return None
        return interval(When(Precision(precision), start, end, ongoing=bool(self["date_ongoing"])))

    def told(self, text: str, language: str) -> Told | None:
        """Title or summary in a language, else in the language it was written in."""
        own, words = self.row.get(f"{text}_{language}"), self.row.get(text)
        if own:
            return Told(own, language)
        codes = (str(self["language"]), *exported_codes())
        in_one = (code for code in codes if self.row.get(f"{text}_{code}") == words)
        return Told(words, next(in_one, str(self["language"] or ""))) if words else None

    def instances(self, repeat: str, *fields: str) -> Iterator[Mapping[str, Any]]:
        columns = {field: self.listed(f"{repeat}_{field}") for field in fields}
        for number in range(max((len(values) for values in columns.values()), default=0)):
            yield {
                field: values[number] if number < len(values) else None for field, values in columns.items()
            }

    @property
    def least_people(self) -> int:
        """Least number of people: those affected, or more if an outcome of theirs concerns more. 0 if
        unknown."""
        outcomes = self.instances("outcomes", "party", "persons")
        persons = (one["persons"] or 0 for one in outcomes if one["party"] == "affected")
        affected = (one or 0 for one in self.listed("affected_number_min"))
        return int(max(sum(affected), *persons, 0))

    @property
    def dates_of_outcomes(self) -> Sequence[str]:
        return [one for one in self.listed("outcomes_date") if one]


def _clean(value: Any) -> Any:
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return _line(value) if isinstance(value, str) else value


def _line(text: str) -> str:
    return " ".join(_NOT_WRITTEN.sub("\N{REPLACEMENT CHARACTER}", text).split())


@dataclass(frozen=True, slots=True)
class Chosen:
    """Records of a period, and those without any known date."""

    dated: Sequence[UpdateRecord]
    undated: Sequence[UpdateRecord]


def belongs(record: UpdateRecord, months: Months) -> bool | None:
    """Whether the date of a record, or of one of its outcomes, touches a period. None where no date is
    known."""
    dates = [*filter(None, [record.date]), *record.dates_of_outcomes]
    return any(touches(span_of(one), months) for one in dates) if dates else None


def by_time(record: UpdateRecord) -> tuple[Any, ...]:
    dates = [record.date] if record.date else record.dates_of_outcomes
    return (*min(map(span_of, dates)), record.place)
