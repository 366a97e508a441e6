"""/country_update: the periodical document on civic space, as a file in an administrator's chat. The batch owes it; it is made when it
is sent."""

from collections.abc import Mapping
from datetime import date, timedelta

from bot.chat.moderation.exports.owing import MOST_EXPORTED, tell_consent_differs
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton
from bot.chat.transport.sending.attachments import Attachment, LostError, Opener
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key, Said
from bot.languages import codes, name_of
from bot.services import audit
from bot.services.country_update.request import UpdateFormat, UpdateRequest
from bot.services.country_update.template import TemplateError, read_template
from bot.services.export.versions.selection import Period, number_of
from bot.services.unit import MakeUnit

PERIODS = ("month", "quarter", "months12", "this_year", "last_year")
"""The periods that have a button: the last month, the last three and twelve, this year until now, the last one."""
MOST_TOLD = 1_000
"""Records of one document in a chat: Word takes some milliseconds for each, and whoever else is owed an answer waits meanwhile."""
_BETWEEN = "_"
"""Between two words in one word of a button."""


async def ask(turn: Turn) -> None:
    """/country_update [first month] [last month] [language] [format]; without words, buttons for months, language and format."""
    words = turn.argument.split()
    if words:
        await _send(turn, UpdateRequest.read(*[*words, "", "", ""][:4]))
        return
    rows = [
        [
            ActButton(
                Key(f"moderator.update.period.{name}"), Act("mupdate", *months_of(name, turn.unit.now.date()))
            )
        ]
        for name in PERIODS
    ]
    turn.say("moderator.update.ask", rows=rows)


async def months_chosen(turn: Turn) -> None:
    """Months were tapped: in which language?"""
    first, last = turn.act.first, turn.act.second
    UpdateRequest.read(first, last, codes()[0], UpdateFormat.DOCX)
    months = f"{first}{_BETWEEN}{last}"
    turn.answer_tap()
    asked = Key("moderator.update.language", {"first": first, "last": last})
    turn.say(asked, rows=[[ActButton(Said(name_of(one)), Act("mupdatein", months, one))] for one in codes()])


async def language_chosen(turn: Turn) -> None:
    """A language was tapped: in which format?"""
    months, language = turn.act.first, turn.act.second
    _request(months, language, UpdateFormat.DOCX)
    turn.answer_tap()
    chosen = f"{months}{_BETWEEN}{language}"
    rows = [
        [ActButton(Key(f"moderator.update.format.{one}"), Act("mupdateas", chosen, one))]
        for one in UpdateFormat
    ]
    turn.say(Key("moderator.update.format", {"language": Said(name_of(language))}), rows=rows)


async def format_chosen(turn: Turn) -> None:
    """A format was tapped: that was all."""
    months, _, language = turn.act.first.rpartition(_BETWEEN)
    await _send(turn, _request(months, language, turn.act.second))
    turn.answer_tap()


def months_of(period: str, today: date) -> tuple[str, str]:
    """The first and the last month of a period that has a button."""
    last = today.replace(day=1) - timedelta(days=1)
    match period:
        case "this_year":
            return f"{today.year}-01", f"{today.year}-{today.month:02}"
        case "last_year":
            return f"{today.year - 1}-01", f"{today.year - 1}-12"
    back = {"month": 0, "quarter": 2, "months12": 11}[period]
    month = last.year * 12 + last.month - 1 - back
    return f"{month // 12}-{month % 12 + 1:02}", last.isoformat()[:7]


def _request(months: str, language: str, format_: str) -> UpdateRequest:
    first, _, last = months.partition(_BETWEEN)
    return UpdateRequest.read(first, last, language, format_)


async def _send(turn: Turn, request: UpdateRequest) -> None:
    """Owe the file. Every public version is opened for it, whatever its period."""
    if await number_of(turn.unit, Period(), MOST_EXPORTED + 1) > MOST_EXPORTED:
        raise Refusal("moderator.update.too_many", {"most": MOST_EXPORTED})
    await tell_consent_differs(turn, Period())
    await audit.record(turn.unit, turn.moderator.alias, "country_update", "", request.spec())
    idle = {"idle": turn.unit.settings.idle_minutes}
    caption = turn.renderer.phrase(Key("moderator.update.caption", idle), turn.language)
    unmade = turn.renderer.phrase(Key("moderator.update.unmade"), turn.language)
    params = {"chat_id": turn.chat.id, "caption": caption}
    turn.call("sendDocument", params, attach={"document": f"update:{request.spec()}"}, otherwise=unmade)


def openers(read: MakeUnit) -> Mapping[str, Opener]:
    """`update:<months>:<language>:<format>` as a file."""

    async def open_update(spec: str) -> Attachment:
        from bot.services.country_update import making  # noqa: PLC0415 - a start needs no library of pictures

        request = UpdateRequest.read_spec(spec)
        async with read() as unit:
            path = unit.settings.update_template if request.format is UpdateFormat.DOCX else None
        try:
            template = read_template(path) if path is not None else None
            content = await making.make(read, request, template, most=MOST_TOLD)
        except TemplateError as error:
            raise LostError(f"KUAGER_UPDATE_TEMPLATE is wrong: {error}") from None
        except making.TooManyRecordsError as error:
            raise LostError(f"{error} records are too many for a country update in a chat") from None
        return request.file_name(), content, request.format.mime

    return {"update": open_update}
