"""The edit that is open in a chat, where its report is decided."""

from bot.chat import form_screens
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.services.reports.states import Status
from db.models import Report


def require_none(turn: Turn, report: Report) -> None:
    """Raise Refusal while this chat's open form is the edit of this report: what is decided would not be what was written."""
    if _is_edited_here(turn, report):
        raise Refusal("moderator.approve.edit_open", {"ref": report.ref})


def forget(turn: Turn, report: Report) -> None:
    """The open edit of this report is over, or waits for the decision to be undone: its screen is no longer asked."""
    open_draft = turn.chat.open_draft
    if _is_edited_here(turn, report):
        form_screens.drop(turn)
        turn.chat.open_draft = open_draft if report.status == Status.UNDOABLE else None


def _is_edited_here(turn: Turn, report: Report) -> bool:
    open_draft = turn.chat.open_draft
    return open_draft is not None and open_draft.row.report_id == report.id
