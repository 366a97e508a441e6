"""The request for an export: its format, days and filters, public or shared between two administrators."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bot.errors import Refusal, WrongArgument
from bot.form.model import Form
from bot.form.typed.intervals import OPEN, is_date, last_day
from bot.languages import exported_codes
from bot.publish import versions
from bot.publish.export.cells import Record
from bot.publish.export.column_values import FREEDOMS
from bot.publish.export.formats import FORMATS, format_named
from bot.publish.export.formats.writing import Format
from bot.publish.export.selection import IN_ARCHIVE, SHARED, ExportScope, Period, number_of, pin_of
from bot.publish.statistics import choices_of
from bot.store.unit import REVIEW_FORM, UnitOfWork

EVENT, REGION, CATEGORY, FREEDOM = "event", "region", "category", "freedom"
LANGUAGE, ROWS, CHANGED, ANONYMOUS = "language", "rows", "changed", "anonymous"
EXAMPLES: Mapping[str, str] = {
    EVENT: "event=2024-01-01..2024-03-31",
    REGION: "region=KZ-75",
    CATEGORY: "category=detention",
    FREEDOM: "freedom=assembly",
    LANGUAGE: "language=ru",
    ROWS: "rows=incidents",
    CHANGED: "changed=last",
    ANONYMOUS: "anonymous=5",
}
INCIDENTS, LAST, NEVER = "incidents", "last", "0"
SMALLEST, LARGEST = 3, 100
"""Bounds of `anonymous`. With two, each person affected would recognise the other."""
MOST_CODES = 8
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")

MOST_SPEC = 240
"""Longest spec that may be asked for. A stored one, with a number for `last`, may be longer."""
_BETWEEN, _BETWEEN_FILTERS = ":", ";"


@dataclass(frozen=True, slots=True)
class EventDays:
    """Period of events, ends included. `text` is `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, or one or two of these around `..`."""

    first: date
    last: date
    text: str

    @classmethod
    def read(cls, text: str) -> "EventDays":
        """Parse `2024-01..2024-03`, `2024..`, or `2024-03` for that month. Raises ValueError."""
        since, dots, until = text.partition(OPEN)
        until = until if dots else since
        if not (since or until) or not all(map(is_date, filter(None, (since, until)))):
            raise ValueError(text)
        first = first_day(since) if since else date.min
        last = last_day(until) if until else date.max
        if first > last:
            raise ValueError(text)
        return cls(first, last, since if since == until else f"{since}{OPEN}{until}")

    def __str__(self) -> str:
        return self.text

    def overlaps(self, record: Record) -> bool:
        """Whether an event may have happened in the period. Unknown ends add no days. An undated event never matches."""
        start, end = record["date_start"], record["date_end"]
        if not (start or end):
            return False
        last = date.max if record["date_ongoing"] else last_day(end or start)
        return first_day(start or end) <= self.last and last >= self.first


def first_day(text: str) -> date:
    """First day of a year, month or day."""
    return date.fromisoformat(f"{text}-01-01"[:10])


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that a row must meet, each with any one of its values, by the names of EXAMPLES.

    - `language`: of the record, its title or its summary.
    - `rows`: INCIDENTS for one record of each incident, with the others as related.
    - `changed`: since the export with that number, the LAST of its basis, or any (NEVER).
    - `anonymous`: least number of rows that look alike (`records`), 0 for unchanged rows.
    """

    event: EventDays | None = None
    region: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    freedom: tuple[str, ...] = ()
    language: str = ""
    rows: str = ""
    changed: str = ""
    anonymous: int = 0

    @classmethod
    def read(cls, words: Iterable[str]) -> "Filters":
        """Parse words as in EXAMPLES. Raises WrongArgument with an example for the faulty one."""
        made = cls()
        for word in words:
            name, _, value = word.partition("=")
            if name not in EXAMPLES:
                about = {"word": word[:40], "filters": ", ".join(EXAMPLES), "example": EXAMPLES[REGION]}
                raise WrongArgument("moderator.export.no_filter", about)
            try:
                made = replace(made, **{name: _read(name, value)})
            except ValueError:
                raise wrong(name) from None
        if made.anonymous and made.changed:  # the difference of two files is small
            raise wrong(ANONYMOUS)
        return made

    def words(self) -> tuple[str, ...]:
        values = ((name, getattr(self, name)) for name in EXAMPLES)
        told = ((name, ",".join(one) if isinstance(one, tuple) else one) for name, one in values if one)
        return tuple(f"{name}={value}" for name, value in told)

    def require_known(self, review: Form) -> None:
        """Raise WrongArgument for a region, category or language that no row can have."""
        violations = choices_of(review, "violations")
        groups = {one.columns.get("group") for one in violations.values()}
        for name, given, known in (
            (REGION, self.region, choices_of(review, REGION)),
            (CATEGORY, self.category, violations.keys() | groups),
            (LANGUAGE, [self.language] if self.language else [], exported_codes()),
        ):
            unknown = next((one for one in given if one not in known), None)
            if unknown is not None:
                raise wrong(name, unknown)

    def passing(self, review: Form) -> Callable[[Record], bool]:
        types = choices_of(review, "violations").items()
        of_groups = [code for code, one in types if one.columns.get("group") in self.category]
        violations = {*self.category, *of_groups}
        own = [f"{text}_{self.language}" for text in ("title", "summary") if self.language]

        def passes(record: Record) -> bool:
            return (
                (self.event is None or self.event.overlaps(record))
                and (not self.region or record["region"] in self.region)
                and (not self.category or not violations.isdisjoint(record["violations"]))
                and (not self.freedom or not set(self.freedom).isdisjoint(record["freedoms"]))
                and (not own or record["language"] == self.language or any(map(record.get, own)))
                and (not self.rows or bool(record["people_counted"]))
            )

        return passes


def _read(name: str, value: str) -> Any:
    if name == EVENT:
        return EventDays.read(value)
    if name == ROWS:
        _require(value == INCIDENTS)
        return value
    if name == CHANGED:
        _require(value == LAST or (value.isascii() and value.isdecimal() and len(value) <= 9))
        return value
    if name == ANONYMOUS:
        _require(value.isascii() and value.isdecimal() and len(value) <= len(str(LARGEST)))
        _require(SMALLEST <= int(value) <= LARGEST)
        return int(value)
    codes = tuple(dict.fromkeys(value.split(",")))
    _require(len(codes) <= MOST_CODES and all(map(_CODE.fullmatch, codes)))
    if name == FREEDOM:
        _require(set(codes) <= set(FREEDOMS))
    if name == LANGUAGE:
        _require(len(codes) == 1)
        return value
    return codes


def _require(right: bool) -> None:
    if not right:
        raise ValueError


def wrong(name: str, value: str = "") -> WrongArgument:
    """Error for a malformed filter, or for an unknown `value` of it."""
    if value:
        return WrongArgument("moderator.export.unknown_value", {"value": value, "example": EXAMPLES[name]})
    return WrongArgument("moderator.export.wrong_filter", {"filter": name, "example": EXAMPLES[name]})


def offered_formats(forms: Mapping[str, Form]) -> Sequence[str]:
    """Names of the formats that have anything to hold."""
    return [name for name, one in FORMATS.items() if not one.of_reporters or versions.answered_forms(forms)]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    format: Format
    period: Period = field(default_factory=Period)
    filters: Filters = field(default_factory=Filters)

    @classmethod
    def read(cls, format_name: str, since: str = "", until: str = "", filters: str = "") -> "ExportRequest":
        """Parse words: days as `YYYY-MM-DD` or blank, filters as in `spec`. Raises Refusal."""
        format_ = format_named(format_name)
        try:
            first, last = (date.fromisoformat(word) if word else None for word in (since, until))
        except ValueError:
            raise Refusal("moderator.export.how") from None
        if first and last and first > last:
            raise Refusal("moderator.export.how")
        words = filter(None, filters.split(_BETWEEN_FILTERS))
        return cls(format_, Period(first, last), Filters.read(words))

    def require_short(self) -> "ExportRequest":
        """Return the request. Raises WrongArgument if its filters are too long to follow."""
        if len(self.spec()) > MOST_SPEC:
            raise WrongArgument("moderator.export.too_many_filters", {"example": EXAMPLES[REGION]})
        return self

    def require_known(self, forms: Mapping[str, Form]) -> None:
        """Raise WrongArgument for a filter or format that no row can meet, and for a format that cannot be anonymous."""
        self.filters.require_known(forms[REVIEW_FORM])
        name, offered = self.format.name, offered_formats(forms)
        if name not in offered:
            about = {"format": name, "formats": ", ".join(offered), "value": name, "example": "format=csv"}
            raise WrongArgument("moderator.export.unknown_format", about)
        if self.format.of_reporters and self.filters.anonymous:
            raise wrong(ANONYMOUS)

    @classmethod
    def read_words(cls, words: Sequence[str]) -> "ExportRequest":
        """Parse typed words: a format, up to two days, and filters such as `region=KZ-75`. Raises Refusal."""
        filters = [word for word in words[1:] if "=" in word]
        days = [word for word in words[1:] if "=" not in word]
        if len(days) > 2:
            raise Refusal("moderator.export.how")
        since, until, *_ = *days, "", ""
        return cls.read(words[0], since, until, _BETWEEN_FILTERS.join(filters)).require_short()

    @classmethod
    def read_spec(cls, spec: str) -> "ExportRequest":
        """Parse the text of `spec`, also of an old one without filters. Raises Refusal."""
        parts = spec.split(_BETWEEN)
        if len(parts) > 4:
            raise Refusal("moderator.export.how")
        return cls.read(*parts)

    def spec(self) -> str:
        """Request as one word, for outbox and audit log: `csv:2024-01-01::region=KZ-75;rows=incidents`."""
        days = (self.period.since, self.period.until)
        parts = [self.format.name, *(day.isoformat() if day else "" for day in days)]
        if words := self.filters.words():
            parts.append(_BETWEEN_FILTERS.join(words))
        return _BETWEEN.join(parts)

    def changed_since(self, export: str) -> "ExportRequest":
        """Request for changes since an export, or for all rows if blank."""
        return replace(self, filters=replace(self.filters, changed=export))

    def basis(self) -> str:
        """Spec without the filter for changes. Exports with equal bases form a series."""
        return self.changed_since("").spec()

    def file_name(self, part: int = 0) -> str:
        days = [day.isoformat() for day in (self.period.since, self.period.until) if day]
        parts = [f"part{part}"] if part else []
        return f"{'_'.join(['kuager', *days, *parts])}.{self.format.extension}"


@dataclass(frozen=True, slots=True)
class SharedExport:
    scope: ExportScope
    request: ExportRequest

    @classmethod
    def read(
        cls, scope: str, format_: str = "", since: str = "", until: str = "", *more: str
    ) -> "SharedExport":
        """Parse words. Raises Refusal, also for `more`: filters are not allowed."""
        known = {"scopes": ", ".join(SHARED), "formats": ", ".join(FORMATS)}
        if scope not in SHARED or more:
            raise Refusal("moderator.sharing.how", known)
        try:
            return cls(ExportScope(scope), ExportRequest.read(format_, since, until))
        except Refusal:
            raise Refusal("moderator.sharing.how", known) from None

    @classmethod
    def read_spec(cls, spec: str) -> "SharedExport":
        """Parse the text of `spec`. Raises Refusal."""
        return cls.read(*spec.split(":"))

    def spec(self) -> str:
        """Shared export in one word, for the request and the audit log: `names:csv:2024-01-01:`."""
        return f"{self.scope}:{self.request.spec()}"

    async def number_of_rows(self, unit: UnitOfWork, most: int) -> int:
        return await number_of(unit, self.request.period, most, self.scope.consents, ~IN_ARCHIVE)

    async def number_archived(self, unit: UnitOfWork, most: int) -> int:
        """Number of rows left out, at most `most`, since they are in the sealed archive."""
        return await number_of(unit, self.request.period, most, self.scope.consents, IN_ARCHIVE)

    async def pin(self, unit: UnitOfWork) -> str:
        """Digest of the versions, which must not change between confirmation and making."""
        return await pin_of(unit, self.request.period, self.scope.consents)
