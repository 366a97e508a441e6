"""The view of a card with the report's history: who did what, and when."""

from collections.abc import Iterator

from bot.chat.moderation.card import pages
from bot.chat.moderation.card.pages import Place
from bot.chat.moderation.references import ago
from bot.chat.turn import Turn
from bot.form.screen import Joined, Key, Phrase, Said
from bot.services import audit
from bot.services.desk.card import history
from bot.services.desk.card.asking import READY
from bot.services.desk.card.history import ACTS, History
from bot.services.desk.card.notes import CHECKLIST
from bot.services.desk.decisions.rejection import REASONS
from db.models import AuditEntry, Report

_ACTORS = {audit.SYSTEM: "moderator.history.by_system", audit.REPORTER: "moderator.history.by_reporter"}


async def show(turn: Turn, report: Report, place: Place) -> None:
    """Owe the chat this view of a report that the moderator holds."""
    found = await history.of_report(turn.unit, report)
    rows = [[pages.button("moderator.card.to_card", report, Place())]]
    pages.put(turn, report, place, _body(turn, report, found), Key("moderator.history.foot"), rows)


def _body(turn: Turn, report: Report, found: History) -> Iterator[Phrase]:
    yield Key("moderator.history", {"ref": report.ref})
    yield Joined(tuple(_line(turn, one) for one in found.entries), "\n")
    if found.more:
        yield Key("moderator.history.more", {"n": history.MOST})


def _line(turn: Turn, entry: AuditEntry) -> Phrase:
    actor = Key(_ACTORS[entry.actor]) if entry.actor in _ACTORS else Said(entry.actor)
    act = Key(f"moderator.history.act.{entry.act}") if entry.act in ACTS else Said(entry.act)
    facts: dict[str, Phrase | str | int] = {
        "age": ago(turn.unit.hour - entry.hour),
        "who": actor,
        "what": act,
    }
    line = Key("moderator.history.line", facts)
    return Joined((line, _detail(entry)), " · ") if entry.detail else line


def _detail(entry: AuditEntry) -> Phrase:
    """What was chosen or which file it was: the code in the moderator's words, where there are some."""
    if entry.act in {"file", "take"}:
        which, _, number = entry.detail.partition(" ")
        return Said(f"№ {number} ⚠️" if which == "original" else f"№ {number}")
    if entry.act == "ask" and entry.detail in READY:
        return Key(f"talk.ready.{entry.detail}")
    if entry.act in {"check", "uncheck"} and entry.detail in CHECKLIST:
        return Key(f"moderator.check.{entry.detail}")
    if entry.act == "reject" and entry.detail in REASONS:
        return Key(f"moderator.reason.{entry.detail}")
    return Said(entry.detail)
