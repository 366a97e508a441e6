"""/approve, /reject and /release, each after a second look."""

from bot.chat import screens
from bot.chat.moderation.references import named_ref
from bot.chat.renderer import act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import ButtonRole, Key, Said, Screen, ScreenKind
from bot.services.desk import claims, decisions, team
from bot.services.export import exports
from bot.services.export.selection import Consent
from db.models import Report

_NEXT = act_button("moderator.next", "mnext", role=ButtonRole.ONWARD)


async def approve(turn: Turn) -> None:
    """/approve REF, or its button: show exactly what would be exported, and ask."""
    report = await claims.take(turn.unit, turn.moderator, await named_ref(turn))
    _no_open_edit(turn, report)
    proposal = await decisions.proposal(turn.unit, report)
    number = proposal.version.version
    row = exports.preview(turn.unit, report, number, proposal.content, turn.language)
    title = Key("moderator.approve.title", {"ref": report.ref, "version": number})
    screen = Screen(ScreenKind.REVIEW, (title, *(_line(name, cell) for name, cell in row)))
    for message in turn.renderer.screen(turn.language, screen, "", 0):
        turn.send(message, report_id=report.id, protect=True)
    confirm = act_button(
        "moderator.approve.confirm", "mapprove", report.ref, proposal.proof, ButtonRole.COMPLETE
    )
    rows = [[confirm], [act_button("moderator.keep", "mkeep")]]
    turn.say(_use(report), "moderator.approve.ask", rows=rows, report_id=report.id, protect=True)
    turn.answer_tap()


def _line(column: str, cell: str) -> Key:
    return Key("moderator.approve.line", {"column": Said(column), "value": Said(cell)})


def _no_open_edit(turn: Turn, report: Report) -> None:
    if _is_edited_here(turn, report):
        raise Refusal("moderator.approve.edit_open", {"ref": report.ref})


def _use(report: Report) -> str:
    """What the reporter's consent makes of an approval; without a known one nothing leaves."""
    return f"moderator.use.{report.consent_use if report.consent_use in set(Consent) else 'none'}"


async def approve_surely(turn: Turn) -> None:
    """The approval was confirmed for the version that was shown."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    _no_open_edit(turn, report)
    await decisions.approve(turn.unit, turn.moderator, report, turn.act.second)
    turn.answer_tap()
    turn.drop_buttons()
    turn.say(Key("moderator.approved", {"ref": report.ref}), rows=[[_NEXT]])


async def reject(turn: Turn) -> None:
    """/reject REF, or its button: ask for the reason."""
    report = await claims.take(turn.unit, turn.moderator, await named_ref(turn))
    rows = [
        [act_button(f"moderator.reason.{reason}", "mreject", report.ref, reason)]
        for reason in decisions.REASONS
    ]
    asked = Key("moderator.reject.ask", {"ref": report.ref, "days": turn.unit.settings.rejected_days})
    turn.say(asked, rows=[*rows, [act_button("moderator.keep", "mkeep")]], report_id=report.id)
    turn.answer_tap()


async def reject_surely(turn: Turn) -> None:
    """The reason was tapped: the report is rejected."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    await decisions.reject(turn.unit, turn.moderator, report, turn.act.second)
    _forget_edit(turn, report)
    turn.answer_tap()
    turn.drop_buttons()
    turn.say(Key("moderator.rejected", {"ref": report.ref}), rows=[[_NEXT]])


async def release(turn: Turn) -> None:
    """/release REF, or its button: back into the queue. An administrator may release what another holds."""
    report = await claims.find(turn.unit, await named_ref(turn))
    any_holder = turn.moderator.role == team.ADMIN
    await claims.release(turn.unit, turn.moderator, report, any_holder=any_holder)
    _forget_edit(turn, report)
    turn.say(Key("moderator.released", {"ref": report.ref}))
    turn.answer_tap()
    turn.drop_buttons()


async def keep(turn: Turn) -> None:
    """The moderator thought better of it: nothing happens."""
    turn.answer_tap("moderator.kept")
    turn.drop_buttons()


def _is_edited_here(turn: Turn, report: Report) -> bool:
    """Whether this chat's open form is the edit of this report."""
    open_draft = turn.chat.open_draft
    return open_draft is not None and open_draft.row.report_id == report.id


def _forget_edit(turn: Turn, report: Report) -> None:
    """The open edit of this report is gone: its screen is no longer asked."""
    if _is_edited_here(turn, report):
        screens.drop(turn)
