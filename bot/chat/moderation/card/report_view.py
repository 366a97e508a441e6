"""A report as its moderator sees it: facts, story, what is known of its files and what was said since, none of which can be forwarded."""

from collections.abc import Iterator, Sequence

from bot.chat.moderation.card import asking, files
from bot.chat.moderation.references import age_of, named
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.form.kinds import answer_phrase
from bot.form.model import Form
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said, Screen, ScreenKind, title_phrase
from bot.services.desk import claims
from bot.services.desk.card import cards
from bot.services.desk.card.cards import Card
from bot.services.desk.publishing import versions
from bot.services.reports.intake import CONSENT_ASK
from bot.services.reports.links import Links
from bot.services.reports.states import Status, VersionState
from db.models import Report

_UNSHOWN = frozenset({"consent_store", CONSENT_ASK})
"""The roles of questions that only steer the form."""


async def open_(turn: Turn) -> None:
    """/open REF, or its button: claim a report and show it; one that is closed is shown only once it is reopened."""
    report = await named(turn)
    if report.status in {Status.APPROVED, Status.REJECTED}:
        _ask_whether_again(turn, report)
    else:
        await claims.claim(turn.unit, turn.moderator, report)
        await show(turn, report)
    turn.answer_tap()


def _ask_whether_again(turn: Turn, report: Report) -> None:
    """A report that was decided is worked on again only by whoever means it: an approved one is corrected, a rejected one reopened."""
    approved = report.status == Status.APPROVED
    asked = Key("moderator.correct.ask" if approved else "moderator.reopen.ask", {"ref": report.ref})
    again = act_button("moderator.reopen", "mreopen", report.ref)
    rows = [[again, act_button("moderator.keep", "mkeep")]]
    if approved:
        rows.insert(0, [act_button("moderator.correct", "mcorrect", report.ref, role=ButtonRole.ONWARD)])
        rows.append([act_button("moderator.more", "mmore", report.ref)])
    turn.say(f"state.is_{report.status}", asked, rows=rows)


async def reopen(turn: Turn) -> None:
    """Its button was tapped: open a report that was decided, to look at it first."""
    report = await claims.find(turn.unit, turn.act.first)
    begin = claims.correct if report.status == Status.APPROVED else claims.reopen
    await begin(turn.unit, turn.moderator, report)
    turn.answer_tap()
    turn.drop_buttons()
    await show(turn, report)


async def show(turn: Turn, report: Report) -> None:
    """Owe the chat all of a report that the moderator holds, and what can be done with it."""
    card = await cards.card(turn.unit, report)
    screen = Screen(ScreenKind.REVIEW, tuple(_body(turn, card)))
    for message in turn.renderer.screen(turn.language, screen, "", 0):
        turn.send(message, report_id=report.id, protect=True)
    settings = turn.unit.settings
    times = {"idle": settings.idle_minutes, "most": settings.shown_minutes}
    then = Key("moderator.report.then", {"ref": report.ref, "hours": settings.claim_hours, **times})
    proposed = bool(await versions.of_report(turn.unit, report, VersionState.PROPOSED))
    turn.say(
        then,
        rows=[*files.buttons(card), *_actions(report, proposed)],
        report_id=report.id,
        protect=True,
    )
    await cards.read(turn.unit, card)


def _actions(report: Report, proposed: bool) -> list[list[ActButton]]:
    """The buttons under a report that is held. Without a proposed version there is nothing to approve."""
    approval = act_button("moderator.approve", "mpreview", report.ref, role=ButtonRole.COMPLETE)
    approve = [approval] if proposed else []
    return [
        [
            act_button("moderator.edit", "medit", report.ref, role=ButtonRole.ONWARD),
            act_button("moderator.ask.button", "maskq", report.ref),
        ],
        [*approve, act_button("moderator.reject", "mask", report.ref, role=ButtonRole.DESTROY)],
        [
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
    form = turn.unit.forms["report"]
    if left := tuple(title_phrase(form, path) for path in content.unanswered if _is_shown(form, path)):
        yield Key("moderator.report.unfinished", {"questions": Joined(left, "\n")})
    for path, answer in content.answers.items():
        question = form.question_at(path)
        if question is not None and _is_shown(form, path):
            args = {"question": title_phrase(form, path), "answer": answer_phrase(question, answer)}
            yield Key("moderator.report.line", args)
    if content.sealed:
        yield Key("moderator.report.sealed", {"n": len(content.sealed)})
    yield from files.lines(card)
    yield from asking.lines(turn.unit, card)


def linked(links: Links) -> Iterator[Phrase]:
    """What a report belongs with, a line a kind."""
    if links.incident:
        args = {"incident": links.incident, "refs": _refs(links.together)}
        yield Key("moderator.report.incident", args)
    if links.related:
        yield Key("moderator.report.related", {"refs": _refs(links.related)})
    if links.duplicates:
        yield Key("moderator.report.duplicates", {"refs": _refs(links.duplicates)})


def _refs(refs: Sequence[str]) -> Phrase:
    return Joined(tuple(map(Said, refs))) if refs else Said("—")


def _is_shown(form: Form, path: str) -> bool:
    """Whether the form has the question still, and it did not only steer the form, so that a moderator need not see it:
    consent to keep holds for every report, whether its reporter can be asked is told with the talk, as it is now, and how long a
    report is can be seen."""
    question = form.question_at(path)
    return question is not None and question.role not in _UNSHOWN and "extend" not in question.bot
