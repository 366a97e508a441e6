"""The card in a chat: opened, protected from forwarding, with its acts."""

from collections.abc import Iterator, Sequence

from bot.chat.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.desk.asking import chat as asking_chat
from bot.desk.card import files as card_files
from bot.desk.card import service as card_service
from bot.desk.card import views as card_views
from bot.desk.card.service import Card
from bot.desk.card.views import CardPage, CardView
from bot.desk.references import age_of, named
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.publish import versions
from bot.reports import claims
from bot.reports.links import Links
from bot.reports.states import Status, VersionState
from bot.store.unit import REPORT_FORM
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
    place = CardPage.read(turn.act.second)
    await _VIEWS[place.view](turn, report, place)


async def show(turn: Turn, report: Report, place: CardPage | None = None) -> None:
    card = await card_service.card(turn.unit, report)
    proposed = bool(await versions.of_report(turn.unit, report, VersionState.PROPOSED))
    views = [
        card_views.notes_button(report, card.notes),
        card_views.view_button("moderator.similar.button", report, CardPage(CardView.SIMILAR)),
    ]
    rows = [
        *card_files.album_buttons(card),
        *card_files.place_buttons(card),
        views,
        *_actions(report, proposed),
    ]
    if card_views.put(turn, report, place or CardPage(), body(turn, card), _foot(turn, report), rows):
        await card_service.note_read(turn.unit, card)  # the newest messages of the talk are on the last page


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
            card_views.view_button("moderator.history.button", report, CardPage(CardView.HISTORY)),
            act_button("moderator.release", "mrelease", report.ref),
            act_button("moderator.more", "mmore", report.ref),
        ],
    ]


def body(turn: Turn, card: Card) -> Iterator[Phrase]:
    """Facts, story and talk of a card."""
    report, content = card.report, card.content
    key = "moderator.report.urgent" if report.urgent else "moderator.report"
    yield Key(key, {"ref": report.ref, "age": age_of(turn.unit, report)})
    if card.approved_by:
        yield Key("moderator.report.approved_by", {"aliases": Joined(tuple(map(Said, card.approved_by)))})
    yield from linked(card.links)
    if content is None:
        yield Key("moderator.content.gone", {"ref": report.ref})
        return
    yield from card_views.lines(turn.unit.forms[REPORT_FORM], content)
    yield from card_files.lines(card)
    yield from asking_chat.lines(turn.unit, card)


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


_VIEWS = {
    CardView.CARD: show,
    CardView.NOTES: card_views.show_notes,
    CardView.SIMILAR: card_views.show_similar,
    CardView.HISTORY: card_views.show_history,
}
