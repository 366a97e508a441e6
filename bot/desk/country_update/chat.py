"""Command /country_update: the periodical document on civic space, made as a file when it is sent."""

import logging
from collections.abc import Mapping
from datetime import date, timedelta

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, Renderer, act_button
from bot.chat.turn import Turn
from bot.desk.exports.making import MOST_EXPORTED, enqueue_end, row_of, tell_faulty
from bot.errors import Refusal
from bot.form.screen import Key, Said
from bot.languages import codes, name_of
from bot.publish.country_update.document import TemplateError, read_template
from bot.publish.country_update.request import UpdateFormat, UpdateRequest
from bot.publish.export import register
from bot.publish.export.register import OtherDocument
from bot.publish.export.selection import Period, number_of
from bot.reports.links import ExportState
from bot.store.unit import MakeUnit
from bot.transport.delivery import Attachment, GoneError, Opener, UnmadeError

log = logging.getLogger(__name__)
PERIODS = ("month", "quarter", "months12", "this_year", "last_year")
"""Periods with a button: the last month, the last 3 and 12 months, this year until now, last year."""
MOST_TOLD = 1_000
"""Most records of a document in a chat. Other answers wait while Word writes them."""
_BETWEEN = "_"


async def ask(turn: Turn) -> None:
    """Handle /country_update [first month] [last month] [language] [format]. Without arguments, offer
    buttons."""
    words = turn.argument.split()
    if words:
        await _enqueue(turn, UpdateRequest.read(*[*words, "", "", ""][:4]))
    else:
        _ask_months(turn)


def _ask_months(turn: Turn) -> None:
    today = turn.unit.now.date()
    rows = [
        [act_button(f"moderator.update.period.{name}", "mupdate", *months_of(name, today))]
        for name in PERIODS
    ]
    turn.say_in_place("moderator.update.ask", rows=rows)


async def months_chosen(turn: Turn) -> None:
    first, last = turn.act.first, turn.act.second
    if not first and not last:
        _ask_months(turn)
        return
    UpdateRequest.read(first, last, codes()[0], UpdateFormat.DOCX)
    months = f"{first}{_BETWEEN}{last}"
    asked = Key("moderator.update.language", {"first": first, "last": last})
    rows = [[ActButton(Said(name_of(one)), Act("mupdatein", months, one))] for one in codes()]
    turn.say_in_place(asked, rows=[*rows, [act_button("moderator.filter.back", "mupdate")]])


async def language_chosen(turn: Turn) -> None:
    months, language = turn.act.first, turn.act.second
    first, _, last = months.partition(_BETWEEN)
    UpdateRequest.read(first, last, language, UpdateFormat.DOCX)
    chosen = f"{months}{_BETWEEN}{language}"
    rows = [[act_button(f"moderator.update.format.{one}", "mupdateas", chosen, one)] for one in UpdateFormat]
    back = act_button("moderator.filter.back", "mupdate", first, last)
    asked = Key("moderator.update.format", {"language": Said(name_of(language))})
    turn.say_in_place(asked, rows=[*rows, [back]])


async def format_chosen(turn: Turn) -> None:
    months, _, language = turn.act.first.rpartition(_BETWEEN)
    first, _, last = months.partition(_BETWEEN)
    await _enqueue(turn, UpdateRequest.read(first, last, language, turn.act.second))


def months_of(period: str, today: date) -> tuple[str, str]:
    last = today.replace(day=1) - timedelta(days=1)
    match period:
        case "this_year":
            return f"{today.year}-01", f"{today.year}-{today.month:02}"
        case "last_year":
            return f"{today.year - 1}-01", f"{today.year - 1}-12"
    back = {"month": 0, "quarter": 2, "months12": 11}[period]
    month = last.year * 12 + last.month - 1 - back
    return f"{month // 12}-{month % 12 + 1:02}", last.isoformat()[:7]


async def _enqueue(turn: Turn, request: UpdateRequest) -> None:
    if await number_of(turn.unit, Period(), MOST_EXPORTED + 1) > MOST_EXPORTED:
        raise Refusal("moderator.update.too_many", {"most": MOST_EXPORTED})
    await tell_faulty(turn, Period())
    what = OtherDocument.COUNTRY_UPDATE
    row = await register.begin_other(turn.unit, turn.moderator.alias, what, request.spec())
    if turn.tapped_message_id is not None:
        turn.say_in_place(Key("moderator.update.making", {"number": row.number}))
    told = {"number": row.number, "idle": turn.unit.settings.idle_minutes}
    caption = turn.renderer.phrase(Key("moderator.update.caption", told), turn.language)
    unmade = turn.renderer.phrase(Key("moderator.update.unmade"), turn.language)
    params = {"chat_id": turn.chat.id, "caption": caption}
    made = {"document": f"update:{row.number}:{turn.language}:{request.spec()}"}
    turn.call("sendDocument", params, attach=made, otherwise=unmade)
    enqueue_end(turn, row, "updated")


def country_update_openers(read: MakeUnit, write: MakeUnit, renderer: Renderer) -> Mapping[str, Opener]:
    """Openers of calls:

    - `update:<number>:<language of the chat>:<months>:<language>:<format>`: the file
    - `updated:<number>:<language of the chat>`: the result in words
    - `unupdated:<number>:<language of the chat>`: the result only if nothing was sent or said
    """

    async def open_update(spec: str) -> Attachment:
        number, chats, asked = spec.split(":", 2)
        if not number.isdecimal():  # a call of an older version without a number: it can be requested again
            raise UnmadeError
        made = await _made(read, write, int(number), UpdateRequest.read_spec(asked))
        if not isinstance(made, Key):
            return made
        async with write() as unit:
            await register.break_off(unit, int(number))
        raise UnmadeError(renderer.phrase(made, chats))

    async def open_end(spec: str) -> str:
        number, chats = spec.split(":")
        row = await row_of(read, number)
        made = Key("moderator.update.made", {"number": row.number, "rows": row.rows})
        unmade = Key("moderator.update.unfinished", {"number": row.number})
        return renderer.message(chats, [made if row.state == ExportState.MADE else unmade]).html

    async def open_shortfall(spec: str) -> str:
        number, _ = spec.split(":")
        if (await row_of(read, number)).state != ExportState.BEGUN:
            raise GoneError  # the file, or the text in its place, is the answer
        return await open_end(spec)

    return {"update": open_update, "updated": open_end, "unupdated": open_shortfall}


async def _made(read: MakeUnit, write: MakeUnit, number: int, request: UpdateRequest) -> Attachment | Key:
    from bot.publish.country_update import service as country_update_service  # noqa: PLC0415 - a start needs no library of pictures

    async with read() as unit:
        path = unit.settings.update_template if request.format is UpdateFormat.DOCX else None
    name = request.file_name()
    try:
        template = read_template(path) if path is not None else None
        content = await country_update_service.make(
            read, write, number, request, name, template, most=MOST_TOLD
        )
    except TemplateError as error:
        log.error("KUAGER_UPDATE_TEMPLATE is wrong: %s", error)  # noqa: TRY400 - no trace helps
        return Key("moderator.update.template")
    except country_update_service.TooManyRecordsError as error:
        return Key("moderator.update.too_long", {"number": error.number, "most": MOST_TOLD})
    return name, content, request.format.mime
