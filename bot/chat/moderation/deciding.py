"""/approve, /reject and /release, each after a second look."""

from telegram import Update

from bot.chat.callback import Act
from bot.chat.moderation.subject import button, forget_edit, moderator_of, ref_of
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key, Said, Screen, ScreenKind
from bot.services.desk import claims, decisions, team
from bot.services.export import exports
from bot.services.export.selection import Consent
from db.models import Report


async def approve(update: Update, turn: Turn) -> None:
    """/approve REF: show exactly what would be exported."""
    await _preview(turn, await ref_of(update, turn))


async def tapped_preview(turn: Turn, act: Act) -> None:
    """The same by a button."""
    await _preview(turn, act.first)
    turn.answer_tap()


async def _preview(turn: Turn, ref: str) -> None:
    report = await claims.take(turn.unit, moderator_of(turn), ref)
    _no_open_edit(turn, report)
    proposal = await decisions.proposal(turn.unit, report)
    number = proposal.version.version
    row = exports.preview(turn.unit, report, number, proposal.content, turn.language)
    title = Key("moderator.approve.title", {"ref": report.ref, "version": number})
    screen = Screen(ScreenKind.REVIEW, (title, *(Said(f"{name}: {cell}") for name, cell in row)))
    for message in turn.renderer.screen(turn.language, screen, "", 0):
        turn.send(message, report_id=report.id, protect=True)
    confirm = button("moderator.approve.confirm", "mapprove", report.ref, proposal.proof)
    rows = [[confirm], [button("moderator.keep", "mkeep")]]
    turn.say(_use(report), "moderator.approve.ask", rows=rows, report_id=report.id, protect=True)


def _no_open_edit(turn: Turn, report: Report) -> None:
    filling = turn.chat.filling
    if filling is not None and filling.row.report_id == report.id:
        raise Refusal("moderator.approve.edit_open", {"ref": report.ref})


def _use(report: Report) -> str:
    """What the reporter's consent makes of an approval; without a known one nothing leaves."""
    return f"moderator.use.{report.consent_use if report.consent_use in set(Consent) else 'none'}"


async def tapped_approve(turn: Turn, act: Act) -> None:
    """The approval was confirmed for the version that was shown."""
    moderator = moderator_of(turn)
    report = await claims.take(turn.unit, moderator, act.first)
    _no_open_edit(turn, report)
    await decisions.approve(turn.unit, moderator, report, act.second)
    turn.answer_tap()
    turn.drop_buttons()
    turn.say(Key("moderator.approved", {"ref": report.ref}), rows=[[button("moderator.next", "mnext")]])


async def reject(update: Update, turn: Turn) -> None:
    """/reject REF: ask for the reason."""
    await _ask_reason(turn, await ref_of(update, turn))


async def tapped_reject(turn: Turn, act: Act) -> None:
    """The same by a button."""
    await _ask_reason(turn, act.first)
    turn.answer_tap()


async def _ask_reason(turn: Turn, ref: str) -> None:
    report = await claims.take(turn.unit, moderator_of(turn), ref)
    rows = [
        [button(f"moderator.reason.{reason}", "mreject", report.ref, reason)] for reason in decisions.REASONS
    ]
    asked = Key("moderator.reject.ask", {"ref": report.ref, "days": turn.unit.settings.rejected_days})
    turn.say(asked, rows=[*rows, [button("moderator.keep", "mkeep")]], report_id=report.id)


async def tapped_reason(turn: Turn, act: Act) -> None:
    """The reason was tapped: the report is rejected."""
    moderator = moderator_of(turn)
    report = await claims.take(turn.unit, moderator, act.first)
    await decisions.reject(turn.unit, moderator, report, act.second)
    forget_edit(turn, report)
    turn.answer_tap()
    turn.drop_buttons()
    turn.say(Key("moderator.rejected", {"ref": report.ref}), rows=[[button("moderator.next", "mnext")]])


async def release(update: Update, turn: Turn) -> None:
    """/release REF."""
    await _release(turn, await ref_of(update, turn))


async def tapped_release(turn: Turn, act: Act) -> None:
    """The same by a button."""
    await _release(turn, act.first)
    turn.answer_tap()
    turn.drop_buttons()


async def _release(turn: Turn, ref: str) -> None:
    moderator = moderator_of(turn)
    report = await claims.find(turn.unit, ref)
    any_holder = moderator.role == team.ADMIN
    await claims.release(turn.unit, moderator, report, any_holder=any_holder)
    forget_edit(turn, report)
    turn.say(Key("moderator.released", {"ref": report.ref}))


async def tapped_keep(turn: Turn, act: Act) -> None:
    """Thought better of it: nothing happens."""
    del act
    turn.answer_tap("moderator.kept")
    turn.drop_buttons()
