"""How a form ends in a chat: sent with a receipt, wiped, refused, or a moderator's edit saved."""

from collections.abc import Awaitable, Callable, Mapping

from bot.chat import delivery, moderating
from bot.chat.callback import Act
from bot.chat.renderer import Choice
from bot.chat.turn import Turn
from bot.form.screen import Key, Said
from bot.services import vault
from bot.services.reports import intake
from bot.services.reports.drafting import End, OpenDraft
from bot.services.unit import REPORT_FORM, REVIEW_FORM


async def submitted(turn: Turn, filling: OpenDraft) -> None:
    """The receipt for a report; a moderator's edit goes its own way."""
    if filling.row.kind == REVIEW_FORM:
        await moderating.edit_saved(turn, filling)
        return
    language = filling.row.language
    receipt = await intake.submit(turn.unit, filling)
    message = turn.renderer.message(
        language,
        [Key("reporter.receipt", {"code": Said(receipt.code)}), Key("reporter.receipt.then")],
        [[Choice(Key("reporter.clear"), Act("clear"))]],
    )
    turn.send(message)
    await moderating.notify_new(turn, receipt.report)


async def cancelled(turn: Turn, filling: OpenDraft) -> None:
    """Everything is gone: the draft, and the chat's messages as far as Telegram lets us."""
    language = filling.row.language
    if filling.row.kind == REPORT_FORM:
        await clear_chat(turn)
        turn.send(turn.renderer.message(language, [Key("reporter.wiped")]))
    else:
        turn.send(turn.renderer.message(language, [Key("reporter.edit_dropped")]))


async def refused(turn: Turn, filling: OpenDraft) -> None:
    """No consent: nothing was kept, and the chat shows nothing of it either."""
    await clear_chat(turn)
    turn.send(turn.renderer.message(filling.row.language, [Key("reporter.no_consent")]))


async def clear_chat(turn: Turn) -> None:
    """Delete both sides' messages of this chat that are not older than Telegram allows."""
    await turn.unit.session.flush()
    ids = await delivery.take_messages(turn.unit, turn.chat.hash)
    vault.note_erasure(turn.unit)
    for call in delivery.deletions(turn.chat.id, ids):
        turn.outbox.add(turn.chat.hash, call)


ENDINGS: Mapping[End, Callable[[Turn, OpenDraft], Awaitable[None]]] = {
    End.SUBMITTED: submitted,
    End.CANCELLED: cancelled,
    End.REFUSED: refused,
}
