"""/release, and thinking better of a decision."""

from bot.chat.moderation.decisions import open_edits
from bot.chat.moderation.references import named
from bot.chat.notices.team.to_moderators import notify_released
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key
from bot.services.desk import claims
from bot.services.desk.people import team
from bot.services.reports.states import Status
from db.models import Report


async def release(turn: Turn) -> None:
    """/release REF, or its button: back into the queue, or to where it stood. An administrator may release what another holds, who is told
    so; by the button of an alarm only as long as that one has not read what was told: else work would be destroyed for nothing."""
    report = await named(turn)
    if turn.tapped_message_id is not None and turn.act.second and not _is_unread(report, turn.act.second):
        raise Refusal("moderator.released.read", {"ref": report.ref})
    any_holder = turn.moderator.role == team.ADMIN
    holder = await claims.release(turn.unit, turn.moderator, report, any_holder=any_holder)
    if holder is not None:
        notify_released(turn, holder, report)
    open_edits.forget(turn, report)
    is_public = report.status == Status.APPROVED
    turn.say(Key("moderator.released.public" if is_public else "moderator.released", {"ref": report.ref}))
    turn.answer_tap()


def _is_unread(report: Report, holder: str) -> bool:
    return report.unread and (report.moderator_id or "").startswith(holder)


async def keep(turn: Turn) -> None:
    """The moderator thought better of it: nothing happens."""
    turn.answer_tap("moderator.kept")
    turn.drop_buttons()
