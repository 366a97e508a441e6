"""/export: approved public versions as a file in the moderator's chat."""

from datetime import date, timedelta

from telegram import Update

from bot.chat.callback import Act
from bot.chat.moderation.subject import button, moderator_of, words_of
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key
from bot.services import audit
from bot.services.export.formats import FORMATS
from bot.services.export.request import ExportRequest
from bot.services.export.statistics import statistics

MOST_ROWS = 10_000
"""Rows of one file in a chat: a document of a bot has at most 50 MB (Bot API), a row of the CSV up to some 5 KB."""
_PERIODS = ("all", "month", "last")


async def export(update: Update, turn: Turn) -> None:
    """/export [format] [first day] [last day]; without words, buttons."""
    words = words_of(update)
    if words:
        await _send(turn, ExportRequest.read(*words[:3]))
        return
    rows = [
        [button(f"moderator.export.{format_}.{period}", "mexport", format_, period) for format_ in FORMATS]
        for period in _PERIODS
    ]
    turn.say("moderator.export.ask", rows=rows)


async def tapped_export(turn: Turn, act: Act) -> None:
    """A format and a time were tapped."""
    since, until = _days(act.second, turn.unit.now.date())
    await _send(turn, ExportRequest.read(act.first, since, until))
    turn.answer_tap()


def _days(period: str, today: date) -> tuple[str, str]:
    first = today.replace(day=1)
    if period == "month":
        return first.isoformat(), ""
    if period == "last":
        last = first - timedelta(days=1)
        return last.replace(day=1).isoformat(), last.isoformat()
    return "", ""


async def _send(turn: Turn, request: ExportRequest) -> None:
    """Owe the file; it is made when it is sent. Its caption says what stays out of it."""
    found = await statistics(turn.unit, request.period)
    counts = {"rows": found.rows, "shared": found.shared, "counted": found.counted}
    if found.rows > MOST_ROWS:
        raise Refusal("moderator.export.too_many", {"rows": found.rows, "most": MOST_ROWS})
    await audit.record(turn.unit, moderator_of(turn).alias, "export", "", request.spec())
    if not found.rows:
        turn.say(Key("moderator.export.empty", counts))
        return
    caption = turn.renderer.phrase(Key("moderator.export.caption", counts), turn.language)
    params = {"chat_id": turn.chat.id, "caption": caption}
    turn.call("sendDocument", params, attach={"document": f"export:{request.spec()}"})
