"""What else can be decided of a report that is held."""

from collections.abc import Iterator

from bot.chat.moderation.references import named
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Key
from bot.services.desk import claims
from bot.services.reports.states import Status
from db.models import Report


async def more(turn: Turn) -> None:
    """The button of a card: the decisions that are rarer than those beside it. What an approved report belongs with is decided without
    taking it up."""
    report = await named(turn)
    if report.status != Status.APPROVED:
        await claims.claim(turn.unit, turn.moderator, report)
    rows = [[one] for one in (*_decisions(report), act_button("moderator.keep", "mkeep"))]
    turn.say(Key("moderator.more.ask", {"ref": report.ref}), rows=rows, report_id=report.id)
    turn.answer_tap()


def _decisions(report: Report) -> Iterator[ActButton]:
    yield act_button("moderator.incident.join", "mjoin", report.ref)
    if report.incident_id is not None:
        yield act_button("moderator.incident.leave", "munjoin", report.ref)
    yield act_button("moderator.relate", "mrelate", report.ref)
    if report.status == Status.APPROVED:
        return
    if report.waits:
        yield act_button("moderator.aside", "maside", report.ref)
    yield act_button("moderator.duplicate", "mdup", report.ref)
    yield act_button("moderator.withdraw", "mwithdraw", report.ref, role=ButtonRole.DESTROY)
