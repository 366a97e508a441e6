"""Notes for colleagues and the checklist of verification, kept beside the report and destroyed with it
(`reports.beside`)."""

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
"""Items of the checklist, by their texts `moderator.check.<name>`."""
MOST_NOTES = 30
LONGEST = 1000
_NAME_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    alias: str
    hour: int


@dataclass(frozen=True, slots=True)
class Check:
    alias: str
    hour: int


@dataclass(frozen=True, slots=True)
class Notes:
    notes: tuple[Note, ...] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Notes":
        """Inverse of `asdict`. An empty mapping gives empty notes."""
        checks = {name: Check(**one) for name, one in data.get("checks", {}).items()}
        return cls(tuple(Note(**one) for one in data.get("notes", ())), checks)


async def of_report(unit: Unit, report: Report) -> Notes:
    """Notes of a report, empty once destroyed. Raises UnsealError when its key has left the ring."""
    return Notes.from_json(await beside.read(unit, report))


async def add(unit: Unit, moderator: Moderator, report: Report, text: str) -> None:
    """Add a note to a report that the moderator holds. Raises Refusal for a text too long or one note too
    many."""
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
    """Name of the moderator's newest note, or None: a keyed hash, so that a second tap removes no other
    note."""
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
    """Destroy the moderator's newest note. Raises Refusal when there is none, or it has another name."""
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
