"""An entry of the audit log in words."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.form.kinds.dates.phrases import date_phrase
from bot.form.screen import Joined, Key, Phrase, Said
from bot.services import audit
from bot.services.desk.decisions.rejection import REASONS
from bot.services.desk.people.team import ROLES
from bot.services.unit import SECONDS_AN_HOUR
from db.models import AuditEntry

ACTS = frozenset(
    {
        *("submit", "withdraw", "answer", "add", "urgent", "safe", "skipped", "no_more", "lost"),
        *("claim", "release", "expire", "reopen", "correct", "ask", "file", "place"),
        *("edit", "propose", "confirm", "endorse", "approve", "reject"),
        *("erase", "export", "stats", "audit", "verify", "head", "originals", "clock"),
        *("share_ask", "share_confirm", "share_decline", "share_make", "share_void", "share_expire"),
        *("invite", "enrol", "settings", "revoke", "void", "block", "unblock"),
    }
)
"""The acts that have words, `moderator.audit.act.<act>`; another one, of another version, is told by its code."""


def by_day(entries: Sequence[AuditEntry], zone: ZoneInfo) -> Iterator[Phrase]:
    """A paragraph for each day: its date, and a line for each entry with the hour in which it was."""
    for day, some in groupby(entries, lambda entry: _time(entry, zone).date()):
        yield Joined((date_phrase(day.isoformat()), *(_line(entry, zone) for entry in some)), "\n")


def _time(entry: AuditEntry, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(entry.hour * SECONDS_AN_HOUR, UTC).astimezone(zone)


def _line(entry: AuditEntry, zone: ZoneInfo) -> Phrase:
    facts = {"time": f"{_time(entry, zone):%H:%M}", "actor": _actor(entry.actor), "act": _act(entry)}
    return Key("moderator.audit.line", facts)


def _actor(actor: str) -> Phrase:
    return Key(f"moderator.audit.actor.{actor}") if actor in {audit.SYSTEM, audit.REPORTER} else Said(actor)


def _act(entry: AuditEntry) -> Phrase:
    about = tuple(one for one in (Said(entry.subject), _detail(entry)) if one != Said(""))
    act = Key(f"moderator.audit.act.{entry.act}") if entry.act in ACTS else Said(entry.act)
    return Joined((act, *about), " · ") if about else act


def _detail(entry: AuditEntry) -> Phrase:
    """The code that belongs to an act: a reason and a role in words, all else as it is."""
    if entry.act == "reject" and entry.detail in REASONS:
        return Key(f"moderator.reason.{entry.detail}")
    if entry.detail in ROLES:
        return Key(f"moderator.role.{entry.detail}")
    return Said(entry.detail)
