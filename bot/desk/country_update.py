"""Command /country_update: the periodical document on civic space, made as a file when it is sent."""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, ActButtons, Renderer, act_button, shortened
from bot.chat.turn import Turn
from bot.desk.exports import MOST_EXPORTED, enqueue_end, row_of, tell_faulty
from bot.desk.people import service as people_service
from bot.errors import Refusal
from bot.form.screen import Joined, Key, Phrase, Said
from bot.languages import codes, name_of
from bot.publish import own_texts
from bot.publish.country_update import readiness
from bot.publish.country_update.document import TemplateError, read_template
from bot.publish.country_update.readiness import Concerns
from bot.publish.country_update.request import Edition, UpdateFormat, UpdateRequest
from bot.publish.export import register
from bot.publish.export.register import OtherDocument
from bot.publish.export.selection import Period, number_of
from bot.publish.own_texts import OwnPart
from bot.reports.links import ExportState
from bot.store.unit import MakeUnit
from bot.transport.call import Attachment, GoneError, Opener, UnmadeError

log = logging.getLogger(__name__)
PERIODS = ("month", "quarter", "months12", "this_year", "last_year")
"""Periods with a button: the last month, the last 3 and 12 months, this year until now, last year."""
LISTED = 20
"""Entries on a page of the list before publishing."""
MOST_TOLD = 1_000
"""Most records of a document in a chat. Other answers wait while Word writes them."""
_BETWEEN = "_"
_OF = re.compile(r"(\d{4}-\d\d) – (\d{4}-\d\d), (\w+)")
_MOST_SHOWN, _MOST_NAMES = 3_000, 10


async def ask(turn: Turn) -> None:
    """Handle /country_update [first month] [last month] [language] [format] [edition]. Without any, offer buttons."""
    first, last, language, format_, edition, *more = [*turn.argument.split(), *[""] * 5]
    if any(more):
        raise Refusal("moderator.update.how")
    if first:
        await _enqueue(turn, UpdateRequest.read(first, last, language, format_, edition))
    else:
        _ask_months(turn)


def _ask_months(turn: Turn) -> None:
    today = turn.unit.now.date()
    periods = [(f"moderator.update.period.{name}", months_of(name, today)) for name in PERIODS]
    turn.say_in_place("moderator.update.ask", rows=[[act_button(key, "mupdate", *of)] for key, of in periods])


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
    """Offer formats of an edition, the other edition, and the organisation's own texts."""
    months, chosen = turn.act.first, f"{turn.act.first}{_BETWEEN}{turn.act.second}"
    request = _chosen(chosen, UpdateFormat.DOCX)
    rows = [[act_button(f"moderator.update.format.{one}", "mupdateas", chosen, one)] for one in UpdateFormat]
    other = Edition.SHORT if request.is_full else Edition.FULL
    instead = f"{request.language}{_BETWEEN}{other}"
    rows.append([act_button(f"moderator.update.edition.{other}", "mupdatein", months, instead)])
    own = f"{months}{_BETWEEN}{request.language}"
    rows += [[act_button(f"moderator.update.own.{one}", "mupdateown", own, one)] for one in OwnPart]
    back = act_button("moderator.filter.back", "mupdate", request.months.first, request.months.last)
    edition = Key(f"moderator.update.edition.{request.edition}")
    told = Key("moderator.update.format", {"language": Said(name_of(request.language)), "edition": edition})
    turn.say_in_place(told, rows=[*rows, [back]])


async def format_chosen(turn: Turn) -> None:
    await _look_over(turn, _chosen(turn.act.first, turn.act.second), 0)


def _chosen(words: str, format_: str) -> UpdateRequest:
    """Request of a button: `2026-01_2026-06_ru`, then the edition if it is not the short one."""
    first, last, language, edition = [*words.split(_BETWEEN), "", "", ""][:4]
    return UpdateRequest.read(first, last, language, format_, edition)


async def own_asked(turn: Turn) -> None:
    """Show an own text of the months and language, and ask for another one."""
    request, part = _own_part(turn)
    now = (await own_texts.read_texts(turn.unit, request.language, request.months)).get(part)
    if now is not None and now.text:
        clear = act_button("moderator.update.own.clear", "mupdateno", turn.act.first, part)
        period = f"{now.months.first} – {now.months.last}"
        told = Key("moderator.update.own.now", {"period": period})
        turn.say(told, Said(shortened(now.text, _MOST_SHOWN)), rows=[[clear]])
    else:
        turn.say("moderator.update.own.none")
    of = f"{request.months.first} – {request.months.last}, {request.language}"
    turn.ask_reply(Key(f"moderator.update.own.ask.{part}", {"of": of}), "…")


async def own_cleared(turn: Turn) -> None:
    request, part = _own_part(turn)
    await own_texts.set_text(turn.unit, turn.moderator.alias, part, request.language, request.months, "")
    turn.say_in_place("moderator.update.own.cleared")


async def own_replied(turn: Turn) -> bool:
    """Keep a text that replies to the question of `own_asked`. Returns False for any other message."""
    admin = turn.chat.moderator
    if admin is None or admin.role != people_service.ADMIN:
        return False
    for part in OwnPart:
        found = _OF.fullmatch(turn.replied_about(f"moderator.update.own.ask.{part}", "of", {}) or "")
        if found is None:
            continue
        request = UpdateRequest.read(found[1], found[2], found[3], UpdateFormat.DOCX)
        about = part, request.language, request.months, turn.message.text or ""
        names = await own_texts.set_text(turn.unit, admin.alias, *about)
        turn.say("moderator.update.own.kept")
        if names:
            turn.say(Key("moderator.update.own.names", {"names": Said(", ".join(names[:_MOST_NAMES]))}))
        return True
    return False


def _own_part(turn: Turn) -> tuple[UpdateRequest, OwnPart]:
    if turn.act.second not in set(OwnPart):
        raise Refusal("moderator.update.how")
    return _chosen(turn.act.first, UpdateFormat.DOCX), OwnPart(turn.act.second)


async def show_list(turn: Turn) -> None:
    page = turn.act.second
    await _look_over(turn, UpdateRequest.read_spec(turn.act.first), int(page) if page.isdecimal() else 1)


async def make_anyway(turn: Turn) -> None:
    await _enqueue(turn, UpdateRequest.read_spec(turn.act.first))


async def _look_over(turn: Turn, request: UpdateRequest, page: int) -> None:
    """Enqueue what deserves a look before publishing, as numbers or a list. It opens all records when sent."""
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
