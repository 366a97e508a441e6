"""Setting a report aside: it needs information that only its reporter has."""

from bot.errors import Refusal
from bot.services import audit, shown
from bot.services.desk import claims
from bot.services.desk.decisions import closing
from bot.services.reports.states import Move, Status, after
from bot.services.unit import HOURS_A_DAY, Unit
from db.models import Moderator, Report


async def check(unit: Unit, moderator: Moderator, report: Report, _detail: str = "") -> None:
    """Raise Refusal when the moderator does not hold the report, or no question waits for an answer."""
    after(Status(report.status), Move.SET_ASIDE)
    closing.require_held(unit, moderator, report)
    if not report.waits:
        raise Refusal("moderator.aside.ask_first", {"ref": report.ref})


async def set_aside(unit: Unit, moderator: Moderator, report: Report, detail: str = "") -> None:
    """Take a report out of the queue until its reporter answers, for `talk_days` at most. Raises Refusal as
    `check` does."""
    await check(unit, moderator, report, detail)
    report.status, report.moderator_id = after(Status(report.status), Move.SET_ASIDE), None
    report.claimed_until_hour = unit.hour + unit.settings.talk_days * HOURS_A_DAY
    await claims.drop_edits(unit, report)
    shown.end(unit, report.id)
    await audit.record(unit, moderator.alias, "set_aside", report.ref)
