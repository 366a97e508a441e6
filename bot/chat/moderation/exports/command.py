"""/export as it is typed, and the button that makes the file."""

from bot.chat.moderation.exports import history, steps
from bot.chat.moderation.exports.owing import owe
from bot.chat.moderation.exports.wish import Wish
from bot.chat.turn import Turn
from bot.services.export.request import ExportRequest


async def export(turn: Turn) -> None:
    """/export [format] [first day] [last day] [filters]; without words, buttons. /export history: what there has been."""
    words = turn.argument.split()
    if words == [history.WORD]:
        await history.show(turn)
    elif words:
        await owe(turn, ExportRequest.read_words(words))
    else:
        steps.ask_format(turn)


async def chosen(turn: Turn) -> None:
    """All was chosen: make the file."""
    wish = Wish.read(turn.unit, turn.act.first, turn.act.second)
    await owe(turn, wish.request(turn.unit))
    turn.answer_tap()
