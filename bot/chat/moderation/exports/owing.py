"""Owing an export: its files, which are made when they are sent, the manifest beside them, and what is said of it."""

from bot.chat.notices.team import faulty
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key
from bot.services.export import register
from bot.services.export.making import MOST_ROWS_IN_CHAT
from bot.services.export.request import ExportRequest
from bot.services.export.versions import selection
from bot.services.export.versions.selection import Period, number_of
from bot.services.unit import REVIEW_FORM
from db.models import Export

MOST_EXPORTED = 20_000
"""Approved reports that an export in a chat looks at, also those that have no row: more are not even counted."""
MOST_LOOKED_AT = 200
"""Versions that a command opens to see what is held back: a twentieth of a second."""
_SURELY_ONE_FILE = 1_000
"""Rows that have room in one file, however long they are: a row of the CSV takes up to some 5 KB."""


async def owe(turn: Turn, request: ExportRequest) -> None:
    """Owe an export, and say in place of the tapped message how far it is. Raises Refusal for what is too much, and for filters of which
    no row can be. What its words count is counted when they are sent."""
    request.filters.require_known(turn.unit.forms[REVIEW_FORM])
    number = await number_of(turn.unit, request.period, MOST_EXPORTED + 1)
    if number > MOST_EXPORTED:
        raise Refusal("moderator.export.too_many", {"most": MOST_EXPORTED})
    await tell_faulty(turn, request.period)
    row = await register.begin(turn.unit, turn.moderator.alias, request)
    if not number:
        await register.break_off(turn.unit, row.number)
        turn.say_in_place(Key("moderator.export.empty", {"shared": 0, "counted": 0}))
        return
    if turn.tapped_message_id is not None:
        turn.say_in_place(Key("moderator.export.making", {"number": row.number}))
    _owe_files(turn, row, parts_of(number))
    owe_manifest(turn, row)
    owe_end(turn, row)


def capped(number: int, most: int) -> str:
    """A number, or `most` with a plus where there are more, which are not counted."""
    return f"{most}+" if number > most else str(number)


def parts_of(rows: int) -> int:
    """How many files at most so many rows take. One more than that is owed, since rows may be long: what is left over is not sent."""
    return 1 if rows <= _SURELY_ONE_FILE else -(-rows // MOST_ROWS_IN_CHAT) + 1


def _owe_files(turn: Turn, row: Export, parts: int) -> None:
    untaken = turn.renderer.phrase(Key("moderator.export.too_large"), turn.language)
    for part in range(parts):
        made = {
            "document": f"export:{row.number}:{part}:{parts}:{row.spec}",
            "caption": f"exportpart:{row.number}:{part}:{turn.language}",
        }
        turn.call("sendDocument", {"chat_id": turn.chat.id}, attach=made, otherwise=untaken)


def owe_manifest(turn: Turn, row: Export) -> None:
    """Owe what an export is, behind its files: nothing where it has none."""
    caption = turn.renderer.phrase(Key("moderator.export.manifest", {"number": row.number}), turn.language)
    params = {"chat_id": turn.chat.id, "caption": caption, "disable_notification": True}
    turn.call("sendDocument", params, attach={"document": f"manifest:{row.number}"})


def owe_end(turn: Turn, row: Export, opener: str = "exported", shortfall_opener: str = "unexported") -> None:
    """What has come of it, in place of the tapped message; of what was typed only where not all has come."""
    params = {"chat_id": turn.chat.id, **turn.renderer.message(turn.language, []).params()}
    what = f"{row.number}:{turn.language}"
    if turn.tapped_message_id is None:
        turn.call("sendMessage", params, attach={"text": f"{shortfall_opener}:{what}"})
    else:
        place = {"message_id": turn.tapped_message_id}
        turn.call("editMessageText", params | place, attach={"text": f"{opener}:{what}"})


async def tell_faulty(turn: Turn, period: Period, *, told: bool = False) -> None:
    """Say which reports of a period no export holds although it should, with `told` also for what their reporters told, if any. Of a long period that is left to the daily
    notice (`audit_notice`): each version would have to be opened now, while everybody waits."""
    if await number_of(turn.unit, period, MOST_LOOKED_AT + 1) > MOST_LOOKED_AT:
        return
    for phrase in faulty.told(await selection.faulty(turn.unit, period, told=told)):
        turn.say(phrase)
