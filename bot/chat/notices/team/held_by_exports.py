"""What is said of the exports and documents that held a withdrawn report: to administrators, who can ask whoever has the files to delete it."""

from bot.form.screen import Joined, Key, Phrase, Said
from bot.services import audit
from bot.services.export import register
from bot.services.export.register import Holding, OtherDocument
from bot.services.export.versions.scope import Scope
from bot.services.unit import Unit
from db.models import Export

MOST_NAMED = 10
"""Exports that one message names, the newest first."""


def held_by_exports(unit: Unit, ref: str, held: Holding) -> Phrase:
    """How many there are, since when, and the newest by number, day, who made them and format; a lock marks what left encrypted."""
    newest = Joined(tuple(named(unit, one) for one in held.newest), "\n")
    told: dict[str, Phrase | str | int] = {
        "ref": Said(ref),
        "number": held.number,
        "since": held.since(unit),
        "exports": newest,
    }
    return Key("moderator.notice.exported", told)


def named(unit: Unit, row: Export) -> Phrase:
    """An export or another document: its number, its day, who made it and what it is."""
    told: dict[str, Phrase | str | int] = {
        "number": row.number,
        "day": register.day_of(unit, row.hour),
        "format": _what(row),
    }
    who = Key("moderator.audit.actor.system") if row.actor == audit.SYSTEM else Said(row.actor)
    return Key("moderator.notice.exported.line", told | {"who": who})


def _what(row: Export) -> Phrase | str:
    match row.scope:
        case OtherDocument.COUNTRY_UPDATE:
            first, last, language, format_ = row.spec.split(":")
            told = {"first": first, "last": last, "language": language, "format": format_.upper()}
            return Key("moderator.export.what.country_update", told)
        case OtherDocument.OPEN_DATA:
            return Key("moderator.export.what.open_data", {"year": row.spec.partition(":")[0]})
    format_ = row.spec.partition(":")[0].upper()
    return format_ if row.scope == Scope.PUBLIC else f"{format_} 🔒"
