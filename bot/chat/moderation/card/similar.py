"""View of a card with reports that may be about the same event. The moderator decides whether they are."""

from collections.abc import Iterator

from bot.chat.moderation.card import pages
from bot.chat.moderation.card.pages import Place
from bot.chat.moderation.references import age_of
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton
from bot.chat.turn import Turn
from bot.form.screen import Joined, Key, Label, Phrase, Said
from bot.services.desk.card import similar
from bot.services.desk.card.similar import Similar, Words
from bot.services.unit import REPORT_FORM
from db.models import Report

_A_ROW = 3


async def show(turn: Turn, report: Report, place: Place) -> None:
    found = await similar.to_report(turn.unit, turn.moderator, report)
    opens = [ActButton(Said(one.report.ref), Act("mopen", one.report.ref)) for one in found]
    rows = [opens[at : at + _A_ROW] for at in range(0, len(opens), _A_ROW)]
    body = [Key("moderator.similar", {"ref": report.ref}), *(_line(turn, one) for one in found)]
    if not found:
        body.append(Key("moderator.similar.none"))
    back = [pages.button("moderator.card.to_card", report, Place())]
    pages.put(turn, report, place, body, Key("moderator.similar.foot"), [*rows, back])


def _line(turn: Turn, one: Similar) -> Key:
    facts: dict[str, Phrase | str | int] = {
        "ref": one.report.ref,
        "state": Key(f"moderator.similar.state.{one.report.status}"),
        "kind": _kind(turn, one.report),
        "age": age_of(turn.unit, one.report),
        "why": Joined(tuple(_why(one))),
    }
    return Key("moderator.similar.line", facts)


def _why(one: Similar) -> Iterator[Phrase]:
    yield Key("moderator.similar.date.same" if one.same_date else "moderator.similar.date.near")
    if one.same_kind:
        yield Key("moderator.similar.kind")
    if one.words is not Words.OTHER:
        yield Key(f"moderator.similar.words.{one.words.name.lower()}")


def _kind(turn: Turn, report: Report) -> Phrase:
    question = turn.unit.forms[REPORT_FORM].by_role.get("category")
    label = question.labels.get(report.category or "") if question is not None else None
    return Label(label) if label is not None else Said(report.category or "—")
