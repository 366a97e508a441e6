"""History view of a card."""

from collections.abc import Iterator

from bot.chat.moderation import acts
from bot.chat.moderation.card import pages
from bot.chat.moderation.card.pages import Place
from bot.chat.moderation.references import ago
from bot.chat.turn import Turn
from bot.form.screen import Joined, Key, Phrase
from bot.services.desk.card import history
from bot.services.desk.card.history import History
from db.models import AuditEntry, Report


async def show(turn: Turn, report: Report, place: Place) -> None:
    found = await history.of_report(turn.unit, report)
    rows = [[pages.button("moderator.card.to_card", report, Place())]]
    pages.put(turn, report, place, _body(turn, report, found), Key("moderator.history.foot"), rows)


def _body(turn: Turn, report: Report, found: History) -> Iterator[Phrase]:
    yield Key("moderator.history", {"ref": report.ref})
    yield Joined(tuple(_line(turn, one) for one in found.entries), "\n")
    if found.more:
        yield Key("moderator.history.more", {"n": history.MOST})


def _line(turn: Turn, entry: AuditEntry) -> Phrase:
    facts: dict[str, Phrase | str | int] = {
        "age": ago(turn.unit.hour - entry.hour),
        "who": acts.actor(entry),
        "what": acts.act(entry),
    }
    line, detail = Key("moderator.history.line", facts), acts.detail(entry)
    return line if detail is None else Joined((line, detail), " · ")
