"""How a form ends in a chat: sent with a receipt, wiped, refused, or saved as a moderator's edit."""

from collections.abc import Awaitable, Callable, Mapping

from bot.chat.notices import notify_new
from bot.chat.renderer import act_button
from bot.chat.transport import sent_messages
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Key, Said
from bot.services import vault
from bot.services.desk import editing
from bot.services.reports import intake
from bot.services.reports.drafting import End, OpenDraft
from bot.services.unit import REPORT_FORM, REVIEW_FORM


async def submitted(turn: Turn, ended: OpenDraft) -> None:
    """A report gets its receipt, and moderators hear of it; a moderator's edit is saved."""
    if ended.row.kind == REVIEW_FORM:
        await _edit_saved(turn, ended)
        return
    receipt = await intake.submit(turn.unit, ended)
    message = turn.renderer.message(
        ended.row.language,
        [Key("reporter.receipt", {"code": Said(receipt.code)}), Key("reporter.receipt.then")],
        [
            [
                act_button(
                    "reporter.receipt.check",
                    "prove",
                    intake.check_of(turn.unit, receipt.code),
                    ended.row.language,
                )
            ],
            [act_button("reporter.receipt.none", "nocode", ended.row.language)],
            [act_button("reporter.clear", "clear", role=ButtonRole.ONWARD)],
        ],
    )
    turn.send(message)
    await notify_new(turn, receipt.report)


async def _edit_saved(turn: Turn, ended: OpenDraft) -> None:
    """It is a proposed version now, which can be approved."""
    report, version = await editing.save_edit(turn.unit, ended)
    done = Key("moderator.edit.saved", {"ref": report.ref, "version": version.version})
    rows = [
        [act_button("moderator.approve", "mpreview", report.ref, role=ButtonRole.COMPLETE)],
        [act_button("moderator.edit.again", "medit", report.ref)],
    ]
    turn.say(done, rows=rows, report_id=report.id)


async def cancelled(turn: Turn, ended: OpenDraft) -> None:
    """Everything is gone: the draft, and the chat's messages as far as Telegram lets us."""
    said = Key("reporter.edit_dropped")
    if ended.row.kind == REPORT_FORM:
        await clear_chat(turn)
        said = Key("reporter.wiped", {"hours": turn.unit.settings.message_hours})
    turn.send(turn.renderer.message(ended.row.language, [said]))


async def without_consent(turn: Turn, ended: OpenDraft) -> None:
    """No consent: nothing was kept, and the chat shows nothing of it either."""
    await clear_chat(turn)
    turn.send(turn.renderer.message(ended.row.language, [Key("reporter.no_consent")]))


async def clear_chat(turn: Turn) -> None:
    """Delete both sides' messages of this chat that are not older than Telegram allows."""
    await turn.unit.session.flush()  # the ids noted in this batch are to be found too
    ids = await sent_messages.take(turn.unit, turn.chat.hash)
    vault.note_erasure(turn.unit)
    for call in sent_messages.deletions(turn.chat.id, ids):
        turn.outbox.add(turn.chat.hash, call)


ENDINGS: Mapping[End, Callable[[Turn, OpenDraft], Awaitable[None]]] = {
    End.SUBMITTED: submitted,
    End.CANCELLED: cancelled,
    End.NO_CONSENT: without_consent,
}
