"""How a form ends in a chat: sent with a receipt, wiped, refused, saved as a moderator's edit, or sent as a reply that leaves nothing."""

from collections.abc import Awaitable, Callable, Mapping

from bot.chat import form_screens
from bot.chat.notices.reporters import questions
from bot.chat.screens.renderer import act_button
from bot.chat.transport.sending.call import Call
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Key, Phrase, Said
from bot.services import sent_messages, vault
from bot.services.desk.card import asking
from bot.services.desk.publishing import editing
from bot.services.reports import intake
from bot.services.reports.drafts import drafting
from bot.services.reports.drafts.drafting import End, OpenDraft
from bot.services.reports.talk import answering
from bot.services.unit import QUESTION_FORM, REPLY_FORM, REPORT_FORM, REVIEW_FORM
from db.models import Report


async def submitted(turn: Turn, ended: OpenDraft) -> None:
    """A report gets its receipt, and moderators hear of it; a moderator's edit is saved, a reply taken in."""
    await SUBMITTED[ended.row.kind](turn, ended)


async def _report_sent(turn: Turn, ended: OpenDraft) -> None:
    receipt = await intake.submit(turn.unit, ended, turn.chat.id)
    sent_messages.scatter(turn.unit, turn.chat.hash)
    if ended.draft.leaves_nothing:
        await answering.ask_again(turn.unit, [turn.chat.id])
    language, check = ended.language, intake.check_of(turn.unit, receipt.code)
    said = [Key("reporter.receipt", {"code": Said(receipt.code)}), Key("reporter.receipt.then")]
    if receipt.may_be_asked:
        said.append(
            Key("reporter.receipt.asked", {"notice": questions.words_of_notice(turn.unit.settings, language)})
        )
    rows = [
        [act_button("reporter.receipt.check", "prove", check, language, ButtonRole.ONWARD)],
        [act_button("reporter.receipt.none", "nocode", language, check)],
        [act_button("reporter.clear", "clear", check, language)],
    ]
    message = turn.renderer.message(language, said, rows)
    turn.owe(Call("sendMessage", {"chat_id": turn.chat.id, **message.params()}, receipt=check))


async def _reply_sent(turn: Turn, ended: OpenDraft) -> None:
    """Moderators hear of it later. Of a report that is gone nothing is kept, and that is said."""
    report = await answering.take(turn.unit, ended)
    said = Key("talk.report.gone" if report is None else "reporter.reply.sent")
    await leave_line(turn, ended.language, said)


async def leave_line(
    turn: Turn, language: str, said: Phrase | None, *, closed: OpenDraft | None = None
) -> None:
    """Clear the chat, then say this in one line; None says nothing. `closed`: a reply that its reporter has closed by hand."""
    doubtful = await clear_chat(turn, closed=closed)
    lines = [*([said] if said is not None else []), *([Key("reporter.may_remain")] if doubtful else [])]
    if lines:
        turn.send(turn.renderer.message(language, lines))
    # Else a chat with fewer rows than others would be one that has answered something.
    sent_messages.scatter(turn.unit, turn.chat.hash)


async def _question_asked(turn: Turn, ended: OpenDraft) -> None:
    """The reporter is told of it later, or has to come by the code."""
    report, is_told = await asking.ask(turn.unit, turn.moderator, ended)
    confirm_question(turn, report, "moderator.asked" if is_told else "moderator.asked.by_code")


def confirm_question(turn: Turn, report: Report, key: str) -> None:
    """Say how the reporter of a report will come to know of what was asked or sent, and what can follow."""
    onward = act_button("moderator.next", "mnext", role=ButtonRole.ONWARD)
    rows = [[act_button("moderator.open", "mopen", report.ref), onward]]
    if report.waits and report.moderator_id == turn.moderator.id:
        rows.insert(0, [act_button("moderator.aside", "maside", report.ref)])
    turn.say(Key(key, {"ref": report.ref}), rows=rows, report_id=report.id)


async def _edit_saved(turn: Turn, ended: OpenDraft) -> None:
    """It is a proposed version now, which is shown next, to be approved."""
    report, version = await editing.save_edit(turn.unit, ended)
    done = Key("moderator.edit.saved", {"ref": report.ref, "version": version.version})
    turn.say(done, rows=[[act_button("moderator.edit.again", "medit", report.ref)]], report_id=report.id)
    turn.saved = report


async def wipe(turn: Turn) -> None:
    """Destroy the open form with its key and files; what asks it leaves the chat."""
    if turn.chat.open_draft is not None:
        await drafting.wipe(turn.unit, turn.chat.open_draft)
        form_screens.drop(turn)


async def cancelled(turn: Turn, ended: OpenDraft) -> None:
    """Everything is gone: the draft, and the chat's messages as far as Telegram lets us."""
    if ended.row.kind == REPORT_FORM:
        await leave_empty(turn, ended.language, Key("reporter.panic"), wholly=True)
    elif ended.row.kind == REPLY_FORM:
        await leave_line(turn, ended.language, Key("reporter.reply.dropped"), closed=ended)
    else:
        dropped = "moderator.ask.dropped" if ended.row.kind == QUESTION_FORM else "reporter.edit_dropped"
        turn.send(turn.renderer.message(ended.language, [Key(dropped)]))


async def without_consent(turn: Turn, ended: OpenDraft) -> None:
    """No consent: nothing was kept, and the chat shows nothing of it either."""
    await leave_empty(turn, ended.language, Key("reporter.no_consent"))


async def leave_empty(
    turn: Turn, language: str, said: Phrase, *, seen: str = "", wholly: bool = False
) -> None:
    """Clear the chat, then say this and no more than how to delete what is left, once the database's log holds nothing of what was
    destroyed. Where that takes long, it is said."""
    doubtful = await clear_chat(turn, seen=seen, wholly=wholly)
    remains = [Key("reporter.may_remain")] if doubtful else []
    lines = [said, older(turn), *remains]
    in_log = turn.renderer.message(language, [*lines, Key("reporter.log_remains")]).params()
    turn.send(turn.renderer.message(language, lines), otherwise=in_log["text"])


def older(turn: Turn) -> Phrase:
    """What the bot cannot delete any more, and how the person can."""
    return Key("reporter.older", {"hours": turn.unit.settings.message_hours})


async def clear_chat(
    turn: Turn, *, closed: OpenDraft | None = None, seen: str = "", wholly: bool = False
) -> bool:
    """Empty the chat for good: whoever is asked something is told of it once more, but not of what a reply was about that was `closed`
    by hand. Whether other messages may remain, whose ids nobody knows."""
    doubtful = await empty_chat(turn, seen=seen, wholly=wholly)
    await answering.ask_again(turn.unit, [turn.chat.id], but=closed)
    return doubtful


async def empty_chat(turn: Turn, *, seen: str = "", wholly: bool = False) -> bool:
    """Delete both sides' messages of this chat that are not older than Telegram allows, the tapped one always; notices that something
    was asked go too, so that whoever calls it has an end at which `clear_chat` is called. A receipt that is still on its way comes
    all the same, at the end of the batch; but not one that was `seen`, by its check, and `wholly` none. Whether other messages may
    remain, whose ids nobody knows."""
    chat = turn.chat
    dropped = await turn.outbox.drop_shown(chat.hash, seen=seen, wholly=wholly)
    chat.receipts = [] if wholly else [*chat.receipts, *dropped.receipts]
    taken = await sent_messages.take(turn.unit, turn.chat.hash)
    vault.note_erasure(turn.unit)
    turn.delete(sorted({*taken.ids, *turn.tapped}), surely=True)
    chat.doubtful = chat.doubtful or taken.doubtful or dropped.doubtful
    return chat.doubtful


SUBMITTED: Mapping[str, Callable[[Turn, OpenDraft], Awaitable[None]]] = {
    REPORT_FORM: _report_sent,
    REVIEW_FORM: _edit_saved,
    REPLY_FORM: _reply_sent,
    QUESTION_FORM: _question_asked,
}
"""By the kind of the form that is sent."""
ENDINGS: Mapping[End, Callable[[Turn, OpenDraft], Awaitable[None]]] = {
    End.SUBMITTED: submitted,
    End.CANCELLED: cancelled,
    End.NO_CONSENT: without_consent,
}
