"""Notes for colleagues and the checklist of verification: what moderators write of a report for each other.

Both stand beside the report and go with it (`reports.beside`); whoever holds the report reads them. They hold their hours themselves.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot.errors import Refusal
from bot.safety.pseudonym import Purpose
from bot.services import audit, vault
from bot.services.reports import beside
from bot.services.unit import Unit
from db.models import Moderator, Report

CHECKLIST = ("source", "date", "place", "files", "second", "similar", "harm")
"""What is verified, by the names of the texts `moderator.check.<name>`."""
MOST_NOTES = 30
LONGEST = 1000
"""Characters of a note."""
_NAME_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Note:
    """What a moderator, by alias, wrote in an hour."""

    text: str
    alias: str
    hour: int


@dataclass(frozen=True, slots=True)
class Check:
    """Who found something of the checklist to be so, and when."""

    alias: str
    hour: int


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of a report in order, and what of the checklist was found to be so."""

    notes: tuple[Note, ...] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Notes":
        """The inverse of `asdict`; of nothing, nothing."""
        checks = {name: Check(**one) for name, one in data.get("checks", {}).items()}
        return cls(tuple(Note(**one) for one in data.get("notes", ())), checks)


async def of_report(unit: Unit, report: Report) -> Notes:
    """What was noted of a report; nothing once it was destroyed. Raises UnsealError when its key has left the ring."""
    return Notes.from_json(await beside.read(unit, report))


async def add(unit: Unit, moderator: Moderator, report: Report, text: str) -> None:
    """Note something of a report that the moderator holds; raises Refusal for what is too long, or too much."""
    words = text.strip()
    if len(words) > LONGEST:
        raise Refusal("moderator.note.too_long", {"most": LONGEST, "n": len(words) - LONGEST})
    found = await of_report(unit, report)
    if len(found.notes) >= MOST_NOTES:
        raise Refusal("moderator.note.too_many", {"ref": report.ref, "n": MOST_NOTES})
    note = Note(words, moderator.alias, unit.hour)
    await _keep(unit, report, replace(found, notes=(*found.notes, note)))
    await audit.record(unit, moderator.alias, "note", report.ref)


def name_of_newest(unit: Unit, moderator: Moderator, report: Report, found: Notes) -> str | None:
    """What a button names the moderator's newest note by, so that another tap takes no other one back: a keyed hash of where it stands
    and what it says. None where they have none."""
    place = _newest(moderator, found)
    if place is None:
        return None
    note = found.notes[place]
    said = f"{report.id}:{place}:{note.hour}:{note.alias}:{note.text}"
    return unit.safe.pseudonyms.of(Purpose.NOTE, said).hex()[:_NAME_DIGITS]


def _newest(moderator: Moderator, found: Notes) -> int | None:
    own = [place for place, one in enumerate(found.notes) if one.alias == moderator.alias]
    return own[-1] if own else None


async def take_back(unit: Unit, moderator: Moderator, report: Report, name: str) -> None:
    """Destroy the moderator's newest note of a report that they hold; raises Refusal when they have none, or it is not the one of this
    name."""
    found = await of_report(unit, report)
    place = _newest(moderator, found)
    if place is None:
        raise Refusal("moderator.note.none", {"ref": report.ref})
    if name != name_of_newest(unit, moderator, report, found):
        raise Refusal("reporter.tap.stale")
    await _keep(unit, report, replace(found, notes=(*found.notes[:place], *found.notes[place + 1 :])))
    vault.note_erasure(unit)
    await audit.record(unit, moderator.alias, "unnote", report.ref)


async def toggle(unit: Unit, moderator: Moderator, report: Report, name: str) -> None:
    """Find something of the checklist to be so, or not after all, of a report that the moderator holds. Raises Refusal for anything
    else."""
    if name not in CHECKLIST:
        raise Refusal("reporter.tap.stale")
    found = await of_report(unit, report)
    others = {one: check for one, check in found.checks.items() if one != name}
    is_new = name not in found.checks
    checks = others | {name: Check(moderator.alias, unit.hour)} if is_new else others
    await _keep(unit, report, replace(found, checks=checks))
    await audit.record(unit, moderator.alias, "check" if is_new else "uncheck", report.ref, name)


async def _keep(unit: Unit, report: Report, notes: Notes) -> None:
    await beside.keep(unit, report, asdict(notes))
