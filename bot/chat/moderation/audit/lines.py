"""Entries of the audit log, day by day."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.chat.moderation import acts
from bot.form.kinds.dates.phrases import date_phrase
from bot.form.screen import Joined, Key, Phrase, Said
from bot.services.unit import SECONDS_AN_HOUR
from db.models import AuditEntry


def by_day(entries: Sequence[AuditEntry], zone: ZoneInfo) -> Iterator[Phrase]:
    """A paragraph for each day: its date, and a line for each entry with the hour in which it was."""
    for day, some in groupby(entries, lambda entry: _time(entry, zone).date()):
        yield Joined((date_phrase(day.isoformat()), *(_line(entry, zone) for entry in some)), "\n")


def _time(entry: AuditEntry, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(entry.hour * SECONDS_AN_HOUR, UTC).astimezone(zone)


def _line(entry: AuditEntry, zone: ZoneInfo) -> Phrase:
    about = (Said(entry.subject) if entry.subject else None, acts.detail(entry))
    what = Joined((acts.act(entry), *(one for one in about if one is not None)), " · ")
    facts: dict[str, Phrase | str | int] = {
        "time": f"{_time(entry, zone):%H:%M}",
        "actor": acts.actor(entry),
        "act": what,
    }
    return Key("moderator.audit.line", facts)
