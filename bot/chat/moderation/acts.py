"""Entries of the audit log in words: actor, act and detail."""

from collections.abc import Mapping

from bot.form.screen import Key, Phrase, Said
from bot.services import audit
from bot.services.desk.card.asking import READY
from bot.services.desk.card.notes import CHECKLIST
from bot.services.desk.decisions.rejection import REASONS
from bot.services.desk.people.team import ROLES
from db.models import AuditEntry

ACTS = frozenset(
    {
        *("submit", "withdraw", "answer", "add", "urgent", "safe", "skipped", "no_more", "lost", "alarm"),
        *("claim", "release", "expire", "reopen", "correct", "ask", "set_aside", "resume"),
        *("file", "take", "place", "note", "unnote", "check", "uncheck", "similar"),
        *("edit", "propose", "confirm", "disclaim_names", "endorse", "approve", "translate", "reject"),
        *("duplicate", "revive", "join", "leave", "relate", "part", "consent"),
        *("erase", "export", "open_data", "country_update", "stats", "audit", "verify", "head", "originals"),
        *("clock", "restart", "adopt", "search", "undo", "foreign", "proved"),
        *(
            "share_ask",
            "share_confirm",
            "share_decline",
            "share_make",
            "share_unmade",
            "share_void",
            "share_expire",
        ),
        *("invite", "enrol", "settings", "revoke", "void", "block", "unblock"),
    }
)
"""Acts with a text `moderator.audit.act.<act>`. An act of another version is shown as its code."""
_CODES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "ask": ("talk.ready.", tuple(READY)),
    "check": ("moderator.check.", tuple(CHECKLIST)),
    "uncheck": ("moderator.check.", tuple(CHECKLIST)),
    "reject": ("moderator.reason.", tuple(REASONS)),
}
_EXPORTS = {"export", *(one for one in ACTS if one.startswith("share_"))}
_DAYS = 2


def actor(entry: AuditEntry) -> Phrase:
    if entry.actor in {audit.SYSTEM, audit.REPORTER}:
        return Key(f"moderator.audit.actor.{entry.actor}")
    return Said(entry.actor)


def act(entry: AuditEntry) -> Phrase:
    return Key(f"moderator.audit.act.{entry.act}") if entry.act in ACTS else Said(entry.act)


def detail(entry: AuditEntry) -> Phrase | None:
    """Chosen code or file, in words if it has any. None if the act has no detail."""
    if entry.act in {"file", "take"}:
        which, _, number = entry.detail.partition(" ")
        return Said(f"№ {number} ⚠️" if which == "original" else f"№ {number}")
    if entry.act == audit.RESTART:
        return Key(f"moderator.audit.why.{entry.detail.partition(' ')[0]}")
    if entry.act in _EXPORTS and entry.detail.count(":") >= _DAYS:
        return Said(_exported(entry.detail))
    start, codes = _CODES.get(entry.act, ("moderator.role.", tuple(ROLES)))
    if entry.detail in codes:
        return Key(start + entry.detail)
    return Said(entry.detail) if entry.detail else None


def _exported(spec: str) -> str:
    """Readable specification of an export: `csv`, or `csv, 2026-01-01 – …, region=KZ-75`."""
    parts = spec.split(":")
    filters = [parts.pop().replace(";", ", ")] if "=" in parts[-1] else []
    *asked, since, until = parts
    days = [f"{since or '…'} – {until or '…'}"] if since or until else []
    return ", ".join([" ".join(asked), *days, *filters])
