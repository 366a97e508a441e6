"""Export register in /export history, newest first. It names authors, so it is for administrators."""

from collections.abc import Sequence

from bot.chat.notices.team.to_moderators import named
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Joined, Key, Phrase
from bot.services import audit
from bot.services.desk.roles import Role
from bot.services.export import register
from bot.services.reports.holdings import ExportState
from bot.services.unit import Unit
from db.models import Export

WORD = "history"
A_PAGE = 10


def is_for(turn: Turn) -> bool:
    return turn.moderator.role == Role.ADMIN


def button() -> ActButton:
    return act_button("moderator.export.history.button", "mexlist")


async def show(turn: Turn) -> None:
    """Show a page in place of the tapped message. Raises Refusal for other members."""
    if not is_for(turn):
        raise Refusal("moderator.admins_only")
    below = turn.act.first if turn.tapped_message_id is not None else ""
    if below and not below.isdecimal():
        raise Refusal("reporter.tap.stale")
    found = await register.newest(turn.unit, A_PAGE + 1, int(below) if below else None)
    if below and not found:
        raise Refusal("reporter.tap.stale")
    await audit.record(turn.unit, turn.moderator.alias, "export", "", WORD)
    turn.answer_tap()
    turn.say_in_place(*_told(turn.unit, found[:A_PAGE]), rows=_older(found))


def _told(unit: Unit, found: Sequence[Export]) -> list[Phrase | str]:
    if not found:
        return ["moderator.export.history.none"]
    return [Key("moderator.export.history"), Joined(tuple(_lines(unit, row) for row in found), "\n\n")]


def _lines(unit: Unit, row: Export) -> Phrase:
    match row.state:
        case ExportState.MADE:
            came = Key("moderator.export.history.rows", {"rows": row.rows})
        case ExportState.BROKEN:
            came = Key("moderator.export.history.broken")
        case _:
            came = Key("moderator.export.history.begun")
    return Joined((named(unit, row), came), "\n")


def _older(found: Sequence[Export]) -> list[list[ActButton]]:
    if len(found) <= A_PAGE:
        return []
    return [[act_button("moderator.export.history.older", "mexlist", str(found[A_PAGE - 1].number))]]
