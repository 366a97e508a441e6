"""Pages of the audit log, newest first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, select

from bot.desk.asking.service import READY
from bot.desk.card.service import CHECKLIST
from bot.desk.decisions.service import REJECTION_REASONS
from bot.desk.people import service as people_service
from bot.form.screen import Key, Phrase, Said
from bot.reports.claims import read_reference
from bot.store import audit
from bot.store.unit import UnitOfWork
from db.models import AuditEntry, Moderator

PAGE = 12
_SUBJECT = re.compile(r"[0-9A-Za-z]{4,16}")


class EntriesAsked(StrEnum):
    ALL = "all"
    SUBJECT = "ref"
    PERSON = "by"
    WHOSE = "as"


@dataclass(frozen=True, slots=True)
class EntryView:
    """Selection of entries: all, about `name`, or by `name`. `code`, at most 36 characters, stands in a button."""

    about: EntriesAsked
    name: str = ""
    code: str = EntriesAsked.ALL

    @property
    def where(self) -> list[ColumnElement[bool]]:
        if self.about is EntriesAsked.ALL:
            return []
        return [(AuditEntry.subject if self.about is EntriesAsked.SUBJECT else AuditEntry.actor) == self.name]


EVERYTHING = EntryView(EntriesAsked.ALL)


def of_person(moderator: Moderator) -> EntryView:
    return EntryView(EntriesAsked.PERSON, moderator.alias, f"{EntriesAsked.PERSON}-{moderator.id}")


async def typed(unit: UnitOfWork, words: str) -> EntryView | None:
    """Selection for a typed alias, past ones too, or a reference, even of a destroyed report. None if unknown."""
    for moderator in await people_service.list_moderators(unit):
        if moderator.alias == words:
            return of_person(moderator)
    # Typed text, perhaps a name, must not reach a statement that the database may log. It is compared with known actors here.
    once = set(await unit.session.scalars(select(AuditEntry.actor).where(AuditEntry.act == "enrol")))
    if words in once | {audit.SYSTEM, audit.REPORTER}:
        of_actor = select(AuditEntry.id).where(AuditEntry.actor == words).order_by(AuditEntry.id).limit(1)
        if (number := await unit.session.scalar(of_actor)) is not None:
            return EntryView(EntriesAsked.PERSON, words, f"{EntriesAsked.WHOSE}-{number}")
    ref = read_reference(words)
    known = select(AuditEntry.id).where(AuditEntry.subject == ref).limit(1)
    if _SUBJECT.fullmatch(ref) and await unit.session.scalar(known) is not None:
        return EntryView(EntriesAsked.SUBJECT, ref, f"{EntriesAsked.SUBJECT}-{ref}")
    return None


async def read(unit: UnitOfWork, code: str) -> EntryView | None:
    about, _, name = code.partition("-")
    match about:
        case EntriesAsked.ALL:
            return EVERYTHING
        case EntriesAsked.SUBJECT if _SUBJECT.fullmatch(name):
            return EntryView(EntriesAsked.SUBJECT, name, code)
        case EntriesAsked.PERSON:
            moderator = await unit.session.get(Moderator, name)
            return of_person(moderator) if moderator is not None else None
        case EntriesAsked.WHOSE if name.isdecimal():
            entry = await unit.session.get(AuditEntry, int(name))
            return EntryView(EntriesAsked.PERSON, entry.actor, code) if entry is not None else None
    return None


@dataclass(frozen=True, slots=True)
class AuditPage:
    entries: Sequence[AuditEntry]
    older: int | None = None
    newer: int | None = None


async def page(
    unit: UnitOfWork, view: EntryView, *, below: int | None = None, above: int | None = None
) -> AuditPage:
    query = select(AuditEntry).where(*view.where).limit(PAGE + 1)
    if above is not None:
        query = query.where(AuditEntry.id > above).order_by(AuditEntry.id)
    else:
        query = query.order_by(AuditEntry.id.desc())
    if below is not None:
        query = query.where(AuditEntry.id < below)
    found = (await unit.session.scalars(query)).all()
    is_followed = len(found) > PAGE
    if above is not None and not is_followed:  # the newest page, shown whole
        return await page(unit, view)
    entries = found[:PAGE] if above is None else found[:PAGE][::-1]
    older = entries[-1].id if is_followed else None
    has_newer = entries and (below is not None or above is not None)
    return AuditPage(entries, older, entries[0].id if has_newer else None)


ACTS = frozenset(
    {
        *("submit", "withdraw", "answer", "add", "urgent", "safe", "skipped", "no_more", "lost", "alarm"),
        *("claim", "release", "hand_over", "expire", "reopen", "correct", "ask", "set_aside", "resume"),
        *("file", "take", "place", "note", "unnote", "check", "uncheck", "similar", "seal"),
        *("edit", "propose", "confirm", "disclaim_names", "endorse", "approve", "translate", "reject"),
        *("duplicate", "revive", "join", "leave", "relate", "part", "same_person", "other_person", "consent"),
        *("erase", "export", "open_data", "country_update", "stats", "audit", "verify", "head", "originals"),
        *("clock", "restart", "adopt", "recipient", "search", "undo", "foreign", "proved"),
        *("share_ask", "share_confirm", "share_decline", "share_make"),
        *("share_unmade", "share_void", "share_expire"),
        *("form_propose", "form_confirm", "form_decline", "form_end", "update_text"),
        *("archive", "unseal_ask", "unseal", "unseal_decline", "reseal"),
        *("invite", "enrol", "settings", "revoke", "void", "block", "unblock"),
    }
)
"""Acts with a text `moderator.audit.act.<act>`. An act of another version is shown as its code."""
_CODES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "ask": ("talk.ready.", tuple(READY)),
    **dict.fromkeys(("check", "uncheck"), ("moderator.check.", tuple(CHECKLIST))),
    "reject": ("moderator.reason.", tuple(REJECTION_REASONS)),
}
_EXPORTS = {"export", *(one for one in ACTS if one.startswith("share_"))}


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
    if entry.act in _EXPORTS and entry.detail.count(":") >= 2:
        return Said(_exported(entry.detail))
    start, codes = _CODES.get(entry.act, ("moderator.role.", tuple(people_service.ROLES)))
    if entry.detail in codes:
        return Key(start + entry.detail)
    return Said(entry.detail) if entry.detail else None


def _exported(spec: str) -> str:
    parts = spec.split(":")
    filters = [parts.pop().replace(";", ", ")] if "=" in parts[-1] else []
    *asked, since, until = parts
    days = [f"{since or '…'} – {until or '…'}"] if since or until else []
    return ", ".join([" ".join(asked), *days, *filters])
