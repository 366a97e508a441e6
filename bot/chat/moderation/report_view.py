"""A report as its moderator sees it: facts, story, voices and pictures, none of which can be forwarded."""

from collections import Counter
from collections.abc import Iterator

from bot.chat.moderation.references import age_of, named_ref
from bot.chat.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.form.answers import FileKind, FileRef, files_of
from bot.form.kinds import answer_phrase
from bot.form.model import Question
from bot.form.screen import ButtonRole, Key, Phrase, Screen, ScreenKind, title_phrase
from bot.services.desk import claims, versions
from bot.services.reports import reading
from bot.services.reports.files import FAILED, PENDING, STORED
from bot.services.reports.reading import ReportContent
from bot.services.reports.states import Status, VersionState
from db.models import Report

SEND_METHODS = {
    FileKind.PHOTO: ("sendPhoto", "photo"),
    FileKind.VIDEO: ("sendVideo", "video"),
    FileKind.AUDIO: ("sendAudio", "audio"),
    FileKind.VOICE: ("sendVoice", "voice"),
    FileKind.DOCUMENT: ("sendDocument", "document"),
}
"""The method that sends a kind of file, and its parameter for it (Bot API)."""
MOST_CAPTION = 500
"""Characters; Telegram takes 1024 UTF-16 units."""


async def open_(turn: Turn) -> None:
    """/open REF, or its button: claim a report and show it; one that is closed is shown only once it is reopened."""
    report = await claims.find(turn.unit, await named_ref(turn))
    if report.status in {Status.APPROVED, Status.REJECTED}:
        asked = Key("moderator.reopen.ask", {"ref": report.ref})
        rows = [
            [act_button("moderator.reopen", "mreopen", report.ref), act_button("moderator.keep", "mkeep")]
        ]
        turn.say(f"state.is_{report.status}", asked, rows=rows)
    else:
        await claims.claim(turn.unit, turn.moderator, report)
        await show(turn, report)
    turn.answer_tap()


async def reopen(turn: Turn) -> None:
    """Its button was tapped: reopen a closed report."""
    report = await claims.find(turn.unit, turn.act.first)
    await claims.reopen(turn.unit, turn.moderator, report)
    turn.answer_tap()
    turn.drop_buttons()
    await show(turn, report)


async def show(turn: Turn, report: Report) -> None:
    """Owe the chat all of a report that the moderator holds, and what can be done with it."""
    content = await reading.content(turn.unit, report)
    screen = Screen(ScreenKind.REVIEW, tuple(_body(turn, report, content)))
    for message in turn.renderer.screen(turn.language, screen, "", 0):
        turn.send(message, report_id=report.id, protect=True)
    if content is not None:
        for ref in _files(content):
            if content.files.get(ref.id) == STORED:
                _send(turn, report, ref)
    then = Key("moderator.report.then", {"ref": report.ref, "hours": turn.unit.settings.claim_hours})
    proposed = bool(await versions.of_report(turn.unit, report, VersionState.PROPOSED))
    turn.say(then, rows=_actions(report, proposed), report_id=report.id, protect=True)


def _actions(report: Report, proposed: bool) -> list[list[ActButton]]:
    """The buttons under a report that is held. Without a proposed version there is nothing to approve."""
    approval = act_button("moderator.approve", "mpreview", report.ref, role=ButtonRole.COMPLETE)
    approve = [approval] if proposed else []
    return [
        [act_button("moderator.edit", "medit", report.ref, role=ButtonRole.ONWARD)],
        [*approve, act_button("moderator.reject", "mask", report.ref, role=ButtonRole.DESTROY)],
        [act_button("moderator.release", "mrelease", report.ref)],
    ]


def _body(turn: Turn, report: Report, content: ReportContent | None) -> Iterator[Phrase]:
    key = "moderator.report.urgent" if report.urgent else "moderator.report"
    yield Key(key, {"ref": report.ref, "age": age_of(turn.unit, report)})
    if content is None:
        yield Key("moderator.content.gone", {"ref": report.ref})
        return
    form = turn.unit.forms["report"]
    for path, answer in content.answers.items():
        question = form.question_at(path)
        if question is not None and not _only_steers(question):
            args = {"question": title_phrase(form, path), "answer": answer_phrase(question, answer)}
            yield Key("moderator.report.line", args)
    if content.sealed:
        yield Key("moderator.report.sealed", {"n": len(content.sealed)})
    states = Counter(content.files.get(ref.id, FAILED) for ref in _files(content))
    for state in (PENDING, FAILED):
        if states[state]:
            yield Key(f"moderator.files.{state}", {"n": states[state]})


def _only_steers(question: Question) -> bool:
    """Whether a question only steered the form, so that a moderator need not see it: consent to keep holds for every
    report, and how long a report is can be seen."""
    return question.role == "consent_store" or "extend" in question.bot


def _files(content: ReportContent) -> Iterator[FileRef]:
    for answer in content.answers.values():
        yield from files_of(answer)


def _send(turn: Turn, report: Report, ref: FileRef) -> None:
    method, parameter = SEND_METHODS[ref.kind]
    caption = f"{report.ref}\n{ref.caption}".rstrip()[:MOST_CAPTION]
    params = {"chat_id": turn.chat.id, "caption": caption, "protect_content": True}
    turn.call(method, params, attach={parameter: f"file:{ref.id}"}, report_id=report.id)
