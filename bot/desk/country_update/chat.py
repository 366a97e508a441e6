"""Command /country_update: the periodical document on civic space, made as a file when it is sent."""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, ActButtons, Renderer, act_button
from bot.chat.turn import Turn
from bot.desk.exports.making import MOST_EXPORTED, enqueue_end, row_of, tell_faulty
from bot.errors import Refusal
from bot.form.screen import Joined, Key, Phrase, Said
from bot.languages import codes, name_of
from bot.publish.country_update import readiness
from bot.publish.country_update.document import TemplateError, read_template
from bot.publish.country_update.readiness import Concerns
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
LISTED = 20
"""Entries on a page of the list before publishing."""
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
    await _look_over(turn, UpdateRequest.read(first, last, language, turn.act.second), 0)


async def show_list(turn: Turn) -> None:
    page = turn.act.second
    await _look_over(turn, UpdateRequest.read_spec(turn.act.first), int(page) if page.isdecimal() else 1)


async def make_anyway(turn: Turn) -> None:
    await _enqueue(turn, UpdateRequest.read_spec(turn.act.first))


async def _look_over(turn: Turn, request: UpdateRequest, page: int) -> None:
    """Enqueue what deserves a look before publishing: numbers, or a page of the list. It is made when it is
    sent, since it opens all records."""
    await _require_few(turn)
    unmade = turn.renderer.phrase(Key("moderator.update.unmade"), turn.language)
    params = {"chat_id": turn.chat.id, **turn.renderer.message(turn.language, []).params()}
    place = {"message_id": turn.tapped_message_id}
    made = {"text": f"readiness:{page}:{turn.language}:{request.spec()}"}
    turn.call("editMessageText", params | place, attach=made, otherwise=unmade)


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


async def _require_few(turn: Turn) -> None:
    if await number_of(turn.unit, Period(), MOST_EXPORTED + 1) > MOST_EXPORTED:
        raise Refusal("moderator.update.too_many", {"most": MOST_EXPORTED})


async def _enqueue(turn: Turn, request: UpdateRequest) -> None:
    await _require_few(turn)
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
    - `readiness:<page>:<language of the chat>:<months>:<language>:<format>`: the list before publishing, its
      numbers as page 0
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

    async def open_readiness(spec: str) -> Mapping[str, Any]:
        page, chats, asked = spec.split(":", 2)
        request = UpdateRequest.read_spec(asked)
        async with read() as unit:
            found = await readiness.look_over(unit, request)
        phrases, rows = _told(found, request, int(page))
        return renderer.message(chats, phrases, rows).params()

    texts = {"updated": open_end, "unupdated": open_shortfall}
    return {"update": open_update, "readiness": open_readiness, **texts}


def _told(found: Concerns, request: UpdateRequest, page: int) -> tuple[Sequence[Phrase], ActButtons]:
    """Numbers by concern, or a page of the list, with buttons."""
    spec, months = request.spec(), request.months
    about = {"first": months.first, "last": months.last, "language": name_of(request.language)}
    make = act_button(f"moderator.ready.make{'_anyway' if found else ''}", "mupdatemake", spec)
    if not found:
        return [Key("moderator.ready.none", about)], [[make]]
    if not page:
        counts = [Key(f"moderator.ready.{one}", {"number": len(refs)}) for one, refs in found.items()]
        show = act_button("moderator.ready.show", "mupdatelist", spec, "1")
        return [Key("moderator.ready.found", about), Joined(tuple(counts), "\n")], [[show], [make]]
    entries = [(one, refs) for one, each in found.items() for refs in each]
    pages = -(-len(entries) // LISTED)
    page = min(page, pages)
    phrases: list[Phrase] = []
    for concern, each in groupby(entries[(page - 1) * LISTED : page * LISTED], key=lambda one: one[0]):
        head = Key(f"moderator.ready.{concern}", {"number": len(found[concern])})
        lines = (Said(" · ".join(f"/open {ref}" for ref in refs)) for _, refs in each)
        phrases.append(Joined((head, *lines), "\n"))
    steps = [one for one in (page - 1, page + 1) if 0 < one <= pages]
    turned = [ActButton(Said(f"{one} / {pages}"), Act("mupdatelist", spec, str(one))) for one in steps]
    return phrases, [*([turned] if turned else []), [make]]


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
