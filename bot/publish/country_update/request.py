"""The request for an update (months, language, format), its spans of time, and its records."""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from bot.errors import Refusal
from bot.form.typed.intervals import OPEN, last_day
from bot.languages import codes, exported_codes
from bot.publish.export.cells import Record, date_of, writable
from bot.publish.export.request import first_day
from bot.publish.persons import Person
from bot.publish.published_languages import language_told

_MONTH = re.compile(r"(19|2[01])\d\d-(0[1-9]|1[0-2])")

Span = tuple[date, date]

_NOT_WRITTEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
"""Characters that XML 1.0 excludes, and marks that change the direction of the text around them."""


class UpdateFormat(StrEnum):
    """Format of the document. The value is the file's extension."""

    DOCX = "docx"
    HTML = "html"
    MARKDOWN = "md"

    @property
    def mime(self) -> str:
        word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        return {self.DOCX: word, self.HTML: "text/html", self.MARKDOWN: "text/markdown"}[self]


@dataclass(frozen=True, slots=True)
class Months:
    """Period of months, `YYYY-MM`, both included."""

    first: str
    last: str

    @property
    def since(self) -> date:
        return date.fromisoformat(f"{self.first}-01")

    @property
    def until(self) -> date:
        return last_day(self.last)


class Edition(StrEnum):
    """Length of the document. The full edition adds charts, tables, a chronology and all facts in its annex."""

    SHORT = "short"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """Request for an update. `charts` and `tables` are None where the edition decides."""

    months: Months
    language: str
    format: UpdateFormat
    edition: Edition = Edition.SHORT
    charts: bool | None = None
    tables: bool | None = None

    @classmethod
    def read(cls, first: str, last: str, language: str, format_: str, edition: str = "") -> "UpdateRequest":
        formats = {str(one): one for one in UpdateFormat}
        editions = {"": Edition.SHORT, **{str(one): one for one in Edition}}
        is_period = _MONTH.fullmatch(first) and _MONTH.fullmatch(last) and first <= last
        if not is_period or language not in codes() or format_ not in formats or edition not in editions:
            raise Refusal("moderator.update.how")
        return cls(Months(first, last), language, formats[format_], editions[edition])

    @property
    def is_full(self) -> bool:
        return self.edition is Edition.FULL

    @property
    def has_charts(self) -> bool:
        return self.is_full if self.charts is None else self.charts

    @property
    def has_tables(self) -> bool:
        return self.is_full if self.tables is None else self.tables

    @classmethod
    def read_spec(cls, spec: str) -> "UpdateRequest":
        """Inverse of `spec`. One of an older version names no edition, and was full."""
        words, switches = spec.split(":"), len(("first", "last", "language", "format", "edition"))
        if not switches - 1 <= len(words) <= switches + 2 or set(words[switches:]) - _SWITCHES.keys():
            raise Refusal("moderator.update.how")
        request = cls.read(*[*words, Edition.FULL][:switches])
        shown = {name: value for word in words[switches:] for name, value in [_SWITCHES[word]]}
        return replace(request, charts=shown.get("charts"), tables=shown.get("tables"))

    def spec(self) -> str:
        """Request as one word, for the outbox and the audit log: `2023-01:2024-04:ru:docx:short`, then switches
        where they differ from the edition."""
        about = (self.months.first, self.months.last, self.language, self.format, self.edition)
        asked = ("charts", self.charts), ("tables", self.tables)
        return ":".join((*about, *(word for word, one in _SWITCHES.items() if one in asked)))

    def file_name(self) -> str:
        return f"country-update_{self.months.first}_{self.months.last}_{self.language}.{self.format}"


_SWITCHES = {f"{sign}{name}": (name, sign == "+") for name in ("charts", "tables") for sign in "+-"}


def span_of(text: str) -> Span:
    """Span of a date in one text (ISO 8601-2)."""
    start, slash, end = text.partition("/")
    if not slash or end == "":
        return first_day(start), last_day(start)
    if start == OPEN:
        return first_day(end), last_day(end)
    return first_day(start), date.max if end == OPEN else last_day(end)


def touches(span: Span, months: Months) -> bool:
    return span[0] <= months.until and span[1] >= months.since


def months_of(span: Span, within: Months) -> Iterator[str]:
    day, last = max(span[0], within.since), min(span[1], within.until)
    while day <= last:
        yield day.isoformat()[:7]
        day = day.replace(day=monthrange(day.year, day.month)[1]) + timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class UpdateRecord:
    """Row `place` of the public export, compared by identity, with its translations and linked persons."""

    row: Record
    place: int
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    persons: Sequence[Person] = ()

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
        return date_of(self.row)

    def told(self, text: str, language: str) -> tuple[list[str], str]:
        """Lines of the title or summary, and their language: this one, else the one they were written in."""
        words = self.row.get(f"{text}_{language}")
        if not words:
            words, codes = self.row.get(text) or "", (str(self["language"]), *exported_codes())
            in_one = (code for code in codes if self.row.get(f"{text}_{code}") == words)
            language = next(in_one, str(self["language"] or ""))
        lines = [line for line in map(clean_line, words.splitlines()) if line]
        return lines, language if lines else ""

    def in_language(self, words: str, language: str) -> tuple[str, str]:
        """Short text in a language if there is a translation, else as written, with the language it is in."""
        own = language_told(words, str(self["language"] or "")) or language
        known = self.translations.get(language, {}) if own != language else {}
        said = next((said for text, said in known.items() if _plain(text) == words), None)
        return (words, own) if said is None else (_plain(said), language)

    def instances(self, repeat: str, *fields: str) -> Iterator[Mapping[str, Any]]:
        columns = (self.listed(f"{repeat}_{field}") for field in fields)
        return (dict(zip(fields, values, strict=True)) for values in zip_longest(*columns))

    @property
    def least_people(self) -> int:
        """Least number of people affected, or of an outcome of theirs if that concerns more. 0 if unknown."""
        outcomes = self.instances("outcomes", "party", "persons")
        persons = (one["persons"] or 0 for one in outcomes if one["party"] == "affected")
        affected = (one or 0 for one in self.listed("affected_number_min"))
        return int(max(sum(affected), *persons, 0))

    @property
    def number_of_people(self) -> int | None:
        """Number of people affected, None unless it is known exactly."""
        numbers = self.instances("affected", "number_min", "number_max", "number_more_than")
        ranges = [tuple(one.values()) for one in numbers]
        is_exact = all(least == most and not more_than for least, most, more_than in ranges)
        return sum(least or 0 for least, *_ in ranges) or None if is_exact else None

    @property
    def groups(self) -> Sequence[str]:
        """Groups of all people affected."""
        return [code for one in self.listed("affected_groups") for code in one or ()]

    @property
    def dates_of_outcomes(self) -> Sequence[str]:
        return [one for one in self.listed("outcomes_date") if one]


def _clean(value: Any) -> Any:
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return clean_line(value) if isinstance(value, str) else value


def _plain(text: str) -> str:
    """Line as it stands in a row, without invisible marks."""
    return clean_line(writable(text)[0])


def clean_line(text: str) -> str:
    """Text in a line, without characters that a document cannot hold or that turn others."""
    return " ".join(_NOT_WRITTEN.sub("\N{REPLACEMENT CHARACTER}", text).split())


def belongs(record: UpdateRecord, months: Months) -> bool | None:
    """Whether the date of a record, or of one of its outcomes, touches a period. None if no date is known."""
    spans = [span_of(one) for one in (record.date, *record.dates_of_outcomes) if one]
    return any(touches(span, months) for span in spans) if spans else None


def by_time(record: UpdateRecord) -> tuple[Any, ...]:
    dates = [record.date] if record.date else record.dates_of_outcomes
    return (*min(map(span_of, dates)), record.place)
