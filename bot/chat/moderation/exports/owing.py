"""Enqueues exports: files made when they are sent, the manifest, and the texts."""

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
"""Most approved reports of an export in a chat, including those without a row. More are not counted."""
MOST_LOOKED_AT = 200
"""Most versions that a command decrypts to find faulty ones: a twentieth of a second."""
_SURELY_ONE_FILE = 1_000
"""Rows that fit in one file at any length: a row of the CSV takes up to about 5 KB."""


async def owe(turn: Turn, request: ExportRequest) -> None:
    """Enqueue an export and show progress in place of the tapped message. Raises Refusal for too many
    reports and for filters that match nothing. Counts are taken when the file is sent."""
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
    """Number as text, `most` with a plus if it is larger."""
    return f"{most}+" if number > most else str(number)


def parts_of(rows: int) -> int:
    """Most files for so many rows. One more is enqueued for long rows, and not sent if it is empty."""
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
    """Enqueue an export's manifest after its files. Nothing is sent if there are none."""
    caption = turn.renderer.phrase(Key("moderator.export.manifest", {"number": row.number}), turn.language)
    params = {"chat_id": turn.chat.id, "caption": caption, "disable_notification": True}
    turn.call("sendDocument", params, attach={"document": f"manifest:{row.number}"})


def owe_end(turn: Turn, row: Export, opener: str = "exported", shortfall_opener: str = "unexported") -> None:
    """Enqueue the result in place of the tapped message. After a typed command it is sent only if the export
    is incomplete."""
    params = {"chat_id": turn.chat.id, **turn.renderer.message(turn.language, []).params()}
    what = f"{row.number}:{turn.language}"
    if turn.tapped_message_id is None:
        turn.call("sendMessage", params, attach={"text": f"{shortfall_opener}:{what}"})
    else:
        place = {"message_id": turn.tapped_message_id}
        turn.call("editMessageText", params | place, attach={"text": f"{opener}:{what}"})


async def tell_faulty(turn: Turn, period: Period, *, told: bool = False) -> None:
    """Name the reports of a period that every export lacks, with `told` also those with faulty stories.

    A long period is left to the daily notice (`audit_notice`), since decryption would delay other answers.
    """
    if await number_of(turn.unit, period, MOST_LOOKED_AT + 1) > MOST_LOOKED_AT:
        return
    for phrase in faulty.told(await selection.faulty(turn.unit, period, told=told)):
        turn.say(phrase)
