"""Command /release, and the button that cancels a decision."""

from bot.chat import form_screens
from bot.chat.moderation.publishing import editing
from bot.chat.moderation.references import named
from bot.chat.notices.team.to_moderators import notify_released
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key
from bot.services.desk import claims
from bot.services.desk.people import team
from bot.services.desk.publishing import editing as edits
from bot.services.reports.states import Status
from db.models import Report


def require_none(turn: Turn, report: Report) -> None:
    """Raise Refusal while this chat edits the report, since the edit would not be part of the decision."""
    if _is_edited_here(turn, report):
        raise Refusal("moderator.approve.edit_open", {"ref": report.ref})


def forget(turn: Turn, report: Report) -> None:
    """Close the screen of the report's open edit, which has ended or waits for an undo."""
    open_draft = turn.chat.open_draft
    if _is_edited_here(turn, report):
        form_screens.drop(turn)
        turn.chat.open_draft = open_draft if report.status == Status.UNDOABLE else None


def _is_edited_here(turn: Turn, report: Report) -> bool:
    open_draft = turn.chat.open_draft
    return open_draft is not None and open_draft.row.report_id == report.id


async def release(turn: Turn) -> None:
    """Return a report to its place in the queue. An administrator may release a report of another moderator,
    who is told.

    An alarm's button works only while that moderator has not read the additions, so that no work is destroyed
    needlessly.
    """
    report = await named(turn)
    if turn.tapped_message_id is not None and turn.act.second and not _is_unread(report, turn.act.second):
        raise Refusal("moderator.released.read", {"ref": report.ref})
    any_holder = turn.moderator.role == team.ADMIN
    holder = await claims.release(turn.unit, turn.moderator, report, any_holder=any_holder)
    if holder is not None:
        notify_released(turn, holder, report)
    forget(turn, report)
    is_public = report.status == Status.APPROVED
    turn.say(Key("moderator.released.public" if is_public else "moderator.released", {"ref": report.ref}))
    turn.answer_tap()


def _is_unread(report: Report, holder: str) -> bool:
    return report.unread and (report.moderator_id or "").startswith(holder)


async def keep(turn: Turn) -> None:
    turn.answer_tap("moderator.kept")
    turn.drop_buttons()


async def correct(turn: Turn) -> None:
    """Claim an approved report and begin the edit of its public version."""
    report = await named(turn)
    await edits.may_begin(turn.unit, report, turn.chat.open_draft)
    await claims.correct(turn.unit, turn.moderator, report)
    await editing.edit(turn)
