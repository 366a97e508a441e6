"""Card of a report, which cannot be forwarded, and its actions."""

from collections.abc import Iterator, Sequence

from bot.chat.moderation.card import albums, asking, facts, files, history, notes, pages, similar
from bot.chat.moderation.card import place as point
from bot.chat.moderation.card.pages import Place, View
from bot.chat.moderation.references import age_of, named
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.services.desk import claims
from bot.services.desk.card import cards
from bot.services.desk.card.cards import Card
from bot.services.desk.publishing import versions
from bot.services.reports.links import Links
from bot.services.reports.states import Status, VersionState
from bot.services.unit import REPORT_FORM
from db.models import Report


async def open_(turn: Turn) -> None:
    """Claim a report and show it. A decided one has to be reopened first."""
    report = await named(turn)
    if report.status in {Status.APPROVED, Status.REJECTED}:
        _ask_whether_again(turn, report)
    else:
        await claims.claim(turn.unit, turn.moderator, report)
        await show(turn, report)
    turn.answer_tap()


def _ask_whether_again(turn: Turn, report: Report) -> None:
    """Ask before a decided report is changed: an approved one is corrected, a rejected one reopened."""
    approved = report.status == Status.APPROVED
    asked = Key("moderator.correct.ask" if approved else "moderator.reopen.ask", {"ref": report.ref})
    again = act_button("moderator.reopen", "mreopen", report.ref)
    rows = [[again, act_button("moderator.keep", "mkeep")]]
    if approved:
        rows.insert(0, [act_button("moderator.correct", "mcorrect", report.ref, role=ButtonRole.ONWARD)])
        rows.append([act_button("moderator.more", "mmore", report.ref)])
    turn.say(f"state.is_{report.status}", asked, rows=rows)


async def reopen(turn: Turn) -> None:
    report = await claims.find(turn.unit, turn.act.first)
    begin = claims.correct if report.status == Status.APPROVED else claims.reopen
    await begin(turn.unit, turn.moderator, report)
    turn.answer_tap()
    turn.drop_buttons()
    await show(turn, report)


async def turn_to(turn: Turn) -> None:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    turn.answer_tap()
    place = Place.read(turn.act.second)
    await _VIEWS[place.view](turn, report, place)


async def show(turn: Turn, report: Report, place: Place | None = None) -> None:
    card = await cards.card(turn.unit, report)
    proposed = bool(await versions.of_report(turn.unit, report, VersionState.PROPOSED))
    views = [
        notes.button(report, card.notes),
        pages.button("moderator.similar.button", report, Place(View.SIMILAR)),
    ]
    rows = [*albums.buttons(card), *point.buttons(card), views, *_actions(report, proposed)]
    if pages.put(turn, report, place or Place(), _body(turn, card), _foot(turn, report), rows):
        await cards.read(turn.unit, card)  # the newest messages of the talk are on the last page


def _actions(report: Report, proposed: bool) -> list[list[ActButton]]:
    """Buttons of a held report. Approval needs a proposed version."""
    approval = act_button("moderator.approve", "mpreview", report.ref, role=ButtonRole.COMPLETE)
    approve = [approval] if proposed else []
    return [
        [
            act_button("moderator.edit", "medit", report.ref, role=ButtonRole.ONWARD),
            act_button("moderator.ask.button", "maskq", report.ref),
        ],
        [*approve, act_button("moderator.reject", "mask", report.ref, role=ButtonRole.DESTROY)],
        [
            pages.button("moderator.history.button", report, Place(View.HISTORY)),
            act_button("moderator.release", "mrelease", report.ref),
            act_button("moderator.more", "mmore", report.ref),
        ],
    ]


def _body(turn: Turn, card: Card) -> Iterator[Phrase]:
    report, content = card.report, card.content
    key = "moderator.report.urgent" if report.urgent else "moderator.report"
    yield Key(key, {"ref": report.ref, "age": age_of(turn.unit, report)})
    if card.approved_by:
        yield Key("moderator.report.approved_by", {"aliases": Joined(tuple(map(Said, card.approved_by)))})
    yield from linked(card.links)
    if content is None:
        yield Key("moderator.content.gone", {"ref": report.ref})
        return
    yield from facts.lines(turn.unit.forms[REPORT_FORM], content)
    yield from files.lines(card)
    yield from asking.lines(turn.unit, card)


def linked(links: Links) -> Iterator[Phrase]:
    if links.incident:
        args = {"incident": links.incident, "refs": _refs(links.together)}
        yield Key("moderator.report.incident", args)
    if links.related:
        yield Key("moderator.report.related", {"refs": _refs(links.related)})
    if links.duplicates:
        yield Key("moderator.report.duplicates", {"refs": _refs(links.duplicates)})


def _refs(refs: Sequence[str]) -> Phrase:
    return Joined(tuple(map(Said, refs))) if refs else Said("—")


def _foot(turn: Turn, report: Report) -> Phrase:
    settings = turn.unit.settings
    times = {"idle": settings.idle_minutes, "most": settings.shown_minutes}
    return Key("moderator.report.then", {"ref": report.ref, "hours": settings.claim_hours, **times})


_VIEWS = {View.CARD: show, View.NOTES: notes.show, View.SIMILAR: similar.show, View.HISTORY: history.show}
