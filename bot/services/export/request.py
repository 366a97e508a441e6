"""What is asked of an export: a format, days of approval and filters."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bot.errors import Refusal, WrongArgument
from bot.services.export.formats import format_named
from bot.services.export.formats.writer import Format
from bot.services.export.rows.filters import EXAMPLES, REGION, Filters
from bot.services.export.versions.selection import Period

MOST_SPEC = 240
"""Characters of a request in one word, as it is asked for. It is kept with a number in place of `last`, which takes some more: what is kept is
always read again."""
_BETWEEN, _BETWEEN_FILTERS = ":", ";"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A format, the days of approval that the export is of, and what narrows it down."""

    format: Format
    period: Period = field(default_factory=Period)
    filters: Filters = field(default_factory=Filters)

    @classmethod
    def read(cls, format_name: str, since: str = "", until: str = "", filters: str = "") -> "ExportRequest":
        """From words, days as `YYYY-MM-DD` or blank, filters as `spec` has them; raises Refusal."""
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
        """This request; raises WrongArgument for one with so many filters that nobody would know what is in it."""
        if len(self.spec()) > MOST_SPEC:
            raise WrongArgument("moderator.export.too_many_filters", {"example": EXAMPLES[REGION]})
        return self

    @classmethod
    def read_words(cls, words: Sequence[str]) -> "ExportRequest":
        """As it is typed: a format, then up to two days, and filters such as `region=KZ-75` anywhere behind it; raises Refusal, also where
        they are too many (`require_short`)."""
        filters = [word for word in words[1:] if "=" in word]
        days = [word for word in words[1:] if "=" not in word]
        if len(days) > 2:
            raise Refusal("moderator.export.how")
        since, until, *_ = *days, "", ""
        return cls.read(words[0], since, until, _BETWEEN_FILTERS.join(filters)).require_short()

    @classmethod
    def read_spec(cls, spec: str) -> "ExportRequest":
        """The inverse of `spec`, also of one that knew no filters; raises Refusal."""
        parts = spec.split(_BETWEEN)
        if len(parts) > 4:
            raise Refusal("moderator.export.how")
        return cls.read(*parts)

    def spec(self) -> str:
        """The request as one word, for an attachment of the outbox and the audit log: `csv:2024-01-01:`, and with filters
        `csv:2024-01-01::region=KZ-75;rows=incidents`."""
        days = (self.period.since, self.period.until)
        parts = [self.format.name, *(day.isoformat() if day else "" for day in days)]
        if words := self.filters.words():
            parts.append(_BETWEEN_FILTERS.join(words))
        return _BETWEEN.join(parts)

    def changed_since(self, export: str) -> "ExportRequest":
        """The same, of what has changed since an export; of all for a blank."""
        return replace(self, filters=replace(self.filters, changed=export))

    def basis(self) -> str:
        """What it is of, whatever has changed: exports of one basis follow each other."""
        return self.changed_since("").spec()

    def file_name(self, part: int = 0) -> str:
        """A file name that tells the period, and which part of several it is."""
        days = [day.isoformat() for day in (self.period.since, self.period.until) if day]
        parts = [f"part{part}"] if part else []
        return f"{'_'.join(['kuager', *days, *parts])}.{self.format.extension}"
