"""What is asked of an export: a format and a period."""

from dataclasses import dataclass, field
from datetime import date

from bot.errors import Refusal
from bot.services.export.formats import format_named
from bot.services.export.formats.writer import Format
from bot.services.export.selection import Period


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A format, and the days of approval that the export is of."""

    format: Format
    period: Period = field(default_factory=Period)

    @classmethod
    def read(cls, format_name: str, since: str = "", until: str = "") -> "ExportRequest":
        """From words, days as `YYYY-MM-DD` or blank; raises Refusal."""
        format_ = format_named(format_name)
        try:
            first, last = (date.fromisoformat(word) if word else None for word in (since, until))
        except ValueError:
            raise Refusal("moderator.export.how") from None
        if first and last and first > last:
            raise Refusal("moderator.export.how")
        return cls(format_, Period(first, last))

    @classmethod
    def read_spec(cls, spec: str) -> "ExportRequest":
        """The inverse of `spec`; raises Refusal."""
        return cls.read(*spec.split(":"))

    def spec(self) -> str:
        """The request as one word, for an attachment of the outbox and the audit log: `csv:2024-01-01:`."""
        days = (self.period.since, self.period.until)
        return ":".join((self.format.name, *(day.isoformat() if day else "" for day in days)))

    def file_name(self) -> str:
        """A file name that tells the period."""
        days = [day.isoformat() for day in (self.period.since, self.period.until) if day]
        return f"{'_'.join(['kuager', *days])}.{self.format.extension}"
