"""Export requests: a format, days of approval and filters."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bot.errors import Refusal, WrongArgument
from bot.services.export.formats import format_named
from bot.services.export.formats.writer import Format
from bot.services.export.rows.filters import EXAMPLES, REGION, Filters
from bot.services.export.versions.selection import Period

MOST_SPEC = 240
"""Longest spec that may be asked for. A stored one, with a number for `last`, may be longer and is always
accepted."""
_BETWEEN, _BETWEEN_FILTERS = ":", ";"


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

    @classmethod
    def read_words(cls, words: Sequence[str]) -> "ExportRequest":
        """Parse typed words: a format, up to two days, and filters such as `region=KZ-75` anywhere after it.
        Raises Refusal."""
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
        """Request as one word, for the outbox and the audit log:
        `csv:2024-01-01::region=KZ-75;rows=incidents`."""
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
