"""Endings of a form in a chat: sent, cancelled, refused, or cleared without a trace."""

from collections.abc import Awaitable, Callable, Mapping

from bot.chat.renderer import act_button
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Key, Phrase, Said
from bot.reports.filling import screens as filling_screens
from bot.reports.notices import chat as reporter_notices_chat
from bot.reports.receipts import service as receipts_service
from bot.reports.talk import service as talk_service
from bot.store import drafting, sent_messages, vault
from bot.store.drafting import End, OpenDraft
from bot.store.unit import QUESTION_FORM, REPLY_FORM, REPORT_FORM
from bot.transport.call import Call


async def submitted(turn: Turn, ended: OpenDraft) -> None:
    await (SUBMITTED.get(ended.row.kind) or turn.desk_forms.submitted[ended.row.kind])(turn, ended)


async def _report_sent(turn: Turn, ended: OpenDraft) -> None:
    receipt = await receipts_service.submit(turn.unit, ended, turn.chat.id)
    sent_messages.scatter(turn.unit, turn.chat.hash)
    if ended.draft.leaves_nothing:
        await talk_service.ask_again(turn.unit, [turn.chat.id])
    language, check = ended.language, receipts_service.check_of(turn.unit, receipt.code)
    said = [Key("reporter.receipt", {"code": Said(receipt.code)}), Key("reporter.receipt.then")]
    if receipt.may_be_asked:
        notice = reporter_notices_chat.words_of_notice(turn.unit.settings, language)
        said.append(Key("reporter.receipt.asked", {"notice": notice}))
    rows = [
        [act_button("reporter.receipt.check", "prove", check, language, ButtonRole.ONWARD)],
        [act_button("reporter.receipt.none", "nocode", language, check)],
        [act_button("reporter.clear", "clear", check, language)],
    ]
    message = turn.renderer.message(language, said, rows)
    turn.enqueue(Call("sendMessage", {"chat_id": turn.chat.id, **message.params()}, receipt=check))


async def _reply_sent(turn: Turn, ended: OpenDraft) -> None:
    report = await talk_service.take(turn.unit, ended)
    said = Key("talk.report.gone" if report is None else "reporter.reply.sent")
    await leave_line(turn, ended.language, said)


async def leave_line(
    turn: Turn, language: str, said: Phrase | None, *, closed: OpenDraft | None = None
) -> None:
    """Clear the chat, then say `said` if it is not None. `closed` is a reply that its reporter closed."""
    doubtful = await clear_chat(turn, closed=closed)
    lines = [*([said] if said is not None else []), *([Key("reporter.may_remain")] if doubtful else [])]
    if lines:
        turn.send(turn.renderer.message(language, lines))
    # Otherwise a low number of rows would reveal a chat that has sent a reply.
    sent_messages.scatter(turn.unit, turn.chat.hash)


async def wipe(turn: Turn) -> None:
    """Destroy the open form with its data key and files, and delete its question from the chat."""
    if turn.chat.open_draft is not None:
        await drafting.wipe(turn.unit, turn.chat.open_draft)
        filling_screens.drop(turn)


async def cancelled(turn: Turn, ended: OpenDraft) -> None:
    """Confirm that a draft was deleted. For a reporter the chat is cleared as far as Telegram allows."""
    if ended.row.kind == REPORT_FORM:
        await leave_empty(turn, ended.language, Key("reporter.panic"), wholly=True)
    elif ended.row.kind == REPLY_FORM:
        await leave_line(turn, ended.language, Key("reporter.reply.dropped"), closed=ended)
    else:
        dropped = "moderator.ask.dropped" if ended.row.kind == QUESTION_FORM else "reporter.edit_dropped"
        turn.send(turn.renderer.message(ended.language, [Key(dropped)]))


async def without_consent(turn: Turn, ended: OpenDraft) -> None:
    """Clear the chat of a person who gave no consent. Nothing was stored."""
    await leave_empty(turn, ended.language, Key("reporter.no_consent"))


async def leave_empty(
    turn: Turn, language: str, said: Phrase, *, seen: str = "", wholly: bool = False
) -> None:
    """Clear the chat, then say `said` and how to delete the rest. It waits until the write-ahead log no
    longer holds the destroyed records, or says that it does."""
    doubtful = await clear_chat(turn, seen=seen, wholly=wholly)
    remains = [Key("reporter.may_remain")] if doubtful else []
    older = Key("reporter.older", {"hours": sent_messages.MESSAGE_HOURS})
    lines = [said, older, *remains]
    in_log = turn.renderer.message(language, [*lines, Key("reporter.log_remains")]).params()
    turn.send(turn.renderer.message(language, lines), otherwise=in_log["text"])


async def clear_chat(
    turn: Turn, *, closed: OpenDraft | None = None, seen: str = "", wholly: bool = False
) -> bool:
    """Empty the chat, then enqueue notices of unanswered questions again, except those of a reply that was
    `closed` by its reporter. Returns whether messages with unknown ids may remain."""
    doubtful = await empty_chat(turn, seen=seen, wholly=wholly)
    await talk_service.ask_again(turn.unit, [turn.chat.id], but=closed)
    return doubtful


async def empty_chat(turn: Turn, *, seen: str = "", wholly: bool = False) -> bool:
    """Delete both sides' messages that Telegram allows to delete, always including the tapped one. Returns
    whether messages with unknown ids may remain.

    Notices of questions are deleted too, so callers end with `clear_chat`. Queued receipts are sent later,
    except the one `seen` (by its check), or none with `wholly`.
    """
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
    REPLY_FORM: _reply_sent,
}
"""By the kind of a reporter's form. Those of the desk are in `Turn.desk_forms`."""
ENDINGS: Mapping[End, Callable[[Turn, OpenDraft], Awaitable[None]]] = {
    End.SUBMITTED: submitted,
    End.CANCELLED: cancelled,
    End.NO_CONSENT: without_consent,
}
