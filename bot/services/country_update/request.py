"""Request for a country update: months, language, format."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.errors import Refusal
from bot.form.typed.dates.intervals import OPEN
from bot.languages import codes

_EARLIEST, _LATEST = "1900-01", "2199-12"
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


class UpdateFormat(StrEnum):
    """Format of the document. The value is the file's extension."""

    DOCX = "docx"
    HTML = "html"
    MARKDOWN = "md"

    @property
    def mime(self) -> str:
        return _MIMES[self]


_MIMES = {
    UpdateFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    UpdateFormat.HTML: "text/html",
    UpdateFormat.MARKDOWN: "text/markdown",
}


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
        year, month = map(int, self.last.split("-"))
        return date(year, month, monthrange(year, month)[1])


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    months: Months
    language: str
    format: UpdateFormat

    @classmethod
    def read(cls, first: str, last: str, language: str, format_: str) -> "UpdateRequest":
        if not _is_month(first) or not _is_month(last) or first > last or language not in codes():
            raise Refusal("moderator.update.how")
        try:
            return cls(Months(first, last), language, UpdateFormat(format_))
        except ValueError:
            raise Refusal("moderator.update.how") from None

    @classmethod
    def read_spec(cls, spec: str) -> "UpdateRequest":
        words = spec.split(":")
        if len(words) != len(("first", "last", "language", "format")):
            raise Refusal("moderator.update.how")
        return cls.read(*words)

    def spec(self) -> str:
        """Request as one word, for the outbox and the audit log: `2023-01:2024-04:ru:docx`."""
        return ":".join((self.months.first, self.months.last, self.language, self.format))

    def file_name(self) -> str:
        return f"country-update_{self.months.first}_{self.months.last}_{self.language}.{self.format}"


def _is_month(word: str) -> bool:
    return _MONTH.fullmatch(word) is not None and _EARLIEST <= word <= _LATEST


Span = tuple[date, date]
_MONTHS = 12


def span_of(text: str) -> Span:
    """Span of a date in one text (ISO 8601-2)."""
    start, slash, end = text.partition("/")
    if not slash or end == "":
        return _first(start), _last(start)
    if start == OPEN:
        return _first(end), _last(end)
    return _first(start), date.max if end == OPEN else _last(end)


def touches(span: Span, months: Months) -> bool:
    return span[0] <= months.until and span[1] >= months.since


def months_of(span: Span, within: Months) -> Iterator[str]:
    day, last = max(span[0], within.since), min(span[1], within.until)
    while day <= last:
        yield day.isoformat()[:7]
        day = day.replace(day=monthrange(day.year, day.month)[1]) + timedelta(days=1)


def _first(text: str) -> date:
    return date.fromisoformat(f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01"[:10])


def _last(text: str) -> date:
    if len(text) == len("YYYY-MM-DD"):
        return date.fromisoformat(text)
    year, month = (int(text[:4]), int(text[5:7])) if len(text) > 4 else (int(text), _MONTHS)
    return date(year, month, monthrange(year, month)[1])
