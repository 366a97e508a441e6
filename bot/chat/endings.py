"""How a form ends in a chat: sent with a receipt, wiped, refused, or saved as a moderator's edit."""

from collections.abc import Awaitable, Callable, Mapping

from bot.chat.screens.renderer import act_button
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Key, Phrase, Said
from bot.services import sent_messages, vault
from bot.services.desk import editing
from bot.services.reports import intake
from bot.services.reports.drafting import End, OpenDraft
from bot.services.unit import REPORT_FORM, REVIEW_FORM


async def submitted(turn: Turn, ended: OpenDraft) -> None:
    """A report gets its receipt, and moderators hear of it; a moderator's edit is saved."""
    if ended.row.kind == REVIEW_FORM:
        await _edit_saved(turn, ended)
        return
    receipt = await intake.submit(turn.unit, ended, turn.chat.id)
    sent_messages.scatter(turn.unit, turn.chat.hash)
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
                    ButtonRole.ONWARD,
                )
            ],
            [act_button("reporter.receipt.none", "nocode", ended.row.language)],
            [act_button("reporter.clear", "clear")],
        ],
    )
    turn.send(message)


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
    if ended.row.kind == REPORT_FORM:
        await leave_empty(turn, ended.row.language, Key("reporter.panic"))
    else:
        turn.send(turn.renderer.message(ended.row.language, [Key("reporter.edit_dropped")]))


async def without_consent(turn: Turn, ended: OpenDraft) -> None:
    """No consent: nothing was kept, and the chat shows nothing of it either."""
    await leave_empty(turn, ended.row.language, Key("reporter.no_consent"))


async def leave_empty(turn: Turn, language: str, said: Phrase) -> None:
    """Clear the chat, then say this and no more than how to delete what is left."""
    doubtful = await clear_chat(turn)
    remains = [Key("reporter.may_remain")] if doubtful else []
    turn.send(turn.renderer.message(language, [said, older(turn), *remains]))


def older(turn: Turn) -> Phrase:
    """What the bot cannot delete any more, and how the person can."""
    return Key("reporter.older", {"hours": turn.unit.settings.message_hours})


async def clear_chat(turn: Turn) -> bool:
    """Delete both sides' messages of this chat that are not older than Telegram allows, the tapped one always. Whether
    others may remain, whose ids nobody knows."""
    under_way = await turn.outbox.drop_shown(turn.chat.hash)
    taken = await sent_messages.take(turn.unit, turn.chat.hash)
    vault.note_erasure(turn.unit)
    turn.delete(sorted({*taken.ids, *turn.tapped}), surely=True)
    return taken.doubtful or under_way


ENDINGS: Mapping[End, Callable[[Turn, OpenDraft], Awaitable[None]]] = {
    End.SUBMITTED: submitted,
    End.CANCELLED: cancelled,
    End.NO_CONSENT: without_consent,
}
