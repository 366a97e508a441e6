"""Pages of the audit log, newest first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, select

from bot.services import audit
from bot.services.desk.claims import read_reference
from bot.services.desk.people import team
from bot.services.unit import Unit
from db.models import AuditEntry, Moderator

PAGE = 12
_SUBJECT = re.compile(r"[0-9A-Za-z]{4,16}")


class About(StrEnum):
    ALL = "all"
    SUBJECT = "ref"
    PERSON = "by"
    WHOSE = "as"


@dataclass(frozen=True, slots=True)
class View:
    """Selection of entries: all, about `name`, or by `name`. `code` is its form in a button, at most 36
    characters."""

    about: About
    name: str = ""
    code: str = About.ALL

    @property
    def where(self) -> list[ColumnElement[bool]]:
        if self.about is About.ALL:
            return []
        return [(AuditEntry.subject if self.about is About.SUBJECT else AuditEntry.actor) == self.name]


EVERYTHING = View(About.ALL)


def of_person(moderator: Moderator) -> View:
    return View(About.PERSON, moderator.alias, f"{About.PERSON}-{moderator.id}")


async def typed(unit: Unit, words: str) -> View | None:
    """Selection for a typed alias, past ones too, or a reference, even of a destroyed report. None if
    unknown to the log."""
    for moderator in await team.list_moderators(unit):
        if moderator.alias == words:
            return of_person(moderator)
    # Typed text, perhaps a name, must not reach a statement that the database may log. It is compared with known actors here.
    once = set(await unit.session.scalars(select(AuditEntry.actor).where(AuditEntry.act == "enrol")))
    if words in once | {audit.SYSTEM, audit.REPORTER}:
        of_actor = select(AuditEntry.id).where(AuditEntry.actor == words).order_by(AuditEntry.id).limit(1)
        if (number := await unit.session.scalar(of_actor)) is not None:
            return View(About.PERSON, words, f"{About.WHOSE}-{number}")
    ref = read_reference(words)
    known = select(AuditEntry.id).where(AuditEntry.subject == ref).limit(1)
    if _SUBJECT.fullmatch(ref) and await unit.session.scalar(known) is not None:
        return View(About.SUBJECT, ref, f"{About.SUBJECT}-{ref}")
    return None


async def read(unit: Unit, code: str) -> View | None:
    about, _, name = code.partition("-")
    match about:
        case About.ALL:
            return EVERYTHING
        case About.SUBJECT if _SUBJECT.fullmatch(name):
            return View(About.SUBJECT, name, code)
        case About.PERSON:
            moderator = await unit.session.get(Moderator, name)
            return of_person(moderator) if moderator is not None else None
        case About.WHOSE if name.isdecimal():
            entry = await unit.session.get(AuditEntry, int(name))
            return View(About.PERSON, entry.actor, code) if entry is not None else None
    return None


@dataclass(frozen=True, slots=True)
class AuditPage:
    entries: Sequence[AuditEntry]
    older: int | None = None
    newer: int | None = None


async def page(unit: Unit, view: View, *, below: int | None = None, above: int | None = None) -> AuditPage:
    if above is not None:
        return await _newer(unit, view, above)
    query = select(AuditEntry).where(*view.where).order_by(AuditEntry.id.desc()).limit(PAGE + 1)
    if below is not None:
        query = query.where(AuditEntry.id < below)
    found = (await unit.session.scalars(query)).all()
    entries = found[:PAGE]
    older = entries[-1].id if len(found) > PAGE else None
    return AuditPage(entries, older, entries[0].id if below is not None and entries else None)


async def _newer(unit: Unit, view: View, above: int) -> AuditPage:
    query = (
        select(AuditEntry).where(*view.where, AuditEntry.id > above).order_by(AuditEntry.id).limit(PAGE + 1)
    )
    found = (await unit.session.scalars(query)).all()
    if len(found) <= PAGE:  # the newest page, shown whole
        return await page(unit, view)
    entries = found[:PAGE][::-1]
    return AuditPage(entries, entries[-1].id, entries[0].id)
