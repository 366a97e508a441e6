"""/export: approved public versions as a file in the moderator's chat."""

from collections.abc import Callable
from datetime import date, timedelta

from bot.chat.notices.team.changed_consent import changed_consent
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, ActButtons
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Joined, Key, Phrase
from bot.services import audit
from bot.services.export.formats import FORMATS
from bot.services.export.request import ExportRequest
from bot.services.export.selection import Period, consent_differs, number_of
from bot.services.export.statistics import statistics

MOST_EXPORTED = 10_000
"""Approved reports of one file in a chat, also of those that have no row: more are not even counted. A bot may send 50 MB at most (Bot API, sendDocument), and a row of the CSV takes up to
some 5 KB."""
MOST_COMPARED = 200
"""Versions that a command opens to compare consents: a twentieth of a second."""
PERIODS = ("all", "month", "last")


async def export(turn: Turn) -> None:
    """/export [format] [first day] [last day]; without words, buttons."""
    words = turn.argument.split()
    if words:
        await _send(turn, ExportRequest.read(*words[:3]))
        return
    turn.say("moderator.export.ask", rows=choices(lambda format_, period: Act("mexport", format_, period)))


def choices(act: Callable[[str, str], Act]) -> ActButtons:
    """A button for each format and period, with the act that goes with the two."""
    return [
        [ActButton(_named(format_, period), act(format_, period)) for format_ in FORMATS]
        for period in PERIODS
    ]


def _named(format_: str, period: str) -> Phrase:
    return Joined((Key(f"moderator.export.format.{format_}"), Key(f"moderator.export.period.{period}")), ": ")


async def chosen(turn: Turn) -> None:
    """A format and a time were tapped."""
    format_, period = turn.act.first, turn.act.second
    since, until = days_of(period, turn.unit.now.date())
    await _send(turn, ExportRequest.read(format_, since, until))
    turn.answer_tap()


def days_of(period: str, today: date) -> tuple[str, str]:
    """The first and the last day of a period that buttons name; blank for all."""
    first = today.replace(day=1)
    if period == "month":
        return first.isoformat(), ""
    if period == "last":
        last = first - timedelta(days=1)
        return last.replace(day=1).isoformat(), last.isoformat()
    return "", ""


async def _send(turn: Turn, request: ExportRequest) -> None:
    """Owe the file; it is made when it is sent. Its caption says what stays out of it."""
    if await number_of(turn.unit, request.period, MOST_EXPORTED + 1) > MOST_EXPORTED:
        raise Refusal("moderator.export.too_many", {"most": MOST_EXPORTED})
    found = await statistics(turn.unit, request.period)
    counts = {"rows": found.rows, "shared": found.shared, "counted": found.counted}
    await tell_consent_differs(turn, request.period)
    await audit.record(turn.unit, turn.moderator.alias, "export", "", request.spec())
    if not found.rows:
        turn.say(Key("moderator.export.empty", counts))
        return
    told = counts | {"idle": turn.unit.settings.idle_minutes, "events": found.events}
    caption = turn.renderer.phrase(Key("moderator.export.caption", told), turn.language)
    params = {"chat_id": turn.chat.id, "caption": caption}
    turn.call("sendDocument", params, attach={"document": f"export:{request.spec()}"})


async def tell_consent_differs(turn: Turn, period: Period) -> None:
    """Say of which reports of a period the consent was changed in the database, if of any. Of a long period that is left to the
    daily notice (`audit_notice`): each version would have to be opened now, while everybody waits."""
    if await number_of(turn.unit, period, MOST_COMPARED + 1) > MOST_COMPARED:
        return
    differing = await consent_differs(turn.unit, period)
    if differing:
        turn.say(changed_consent(differing))
