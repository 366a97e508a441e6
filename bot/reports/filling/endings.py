"""Endings of a form in a chat: sent, cancelled, refused, cleared without a trace, or, after a reminder, abandoned."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, delete, or_, select

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, Renderer, act_button
from bot.chat.turn import Turn
from bot.form.flow import question
from bot.form.screen import ButtonRole, Key, Phrase, Said
from bot.reports.filling import screens as filling_screens
from bot.reports.receipts import service as receipts_service
from bot.reports.talk import service as talk_service
from bot.settings import Settings
from bot.store import drafting, sent_messages, vault
from bot.store.drafting import End, OpenDraft
from bot.store.unit import HOURS_A_DAY, QUESTION_FORM, REPLY_FORM, REPORT_FORM, REVIEW_FORM, UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import DraftRow


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
        notice = talk_service.words_of_notice(turn.unit.settings, language)
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
    """Clear the chat of a person who gave no consent. What was held before it is destroyed with the draft."""
    await leave_empty(turn, ended.language, Key("reporter.no_consent"))


async def leave_empty(
    turn: Turn, language: str, said: Phrase, *, seen: str = "", wholly: bool = False
) -> None:
    """Clear the chat, then say `said` and how to delete the rest, once the write-ahead log is empty, or that it is not."""
    doubtful = await clear_chat(turn, seen=seen, wholly=wholly)
    remains = [Key("reporter.may_remain")] if doubtful else []
    older = Key("reporter.older", {"hours": sent_messages.MESSAGE_HOURS})
    lines = [said, older, *remains]
    in_log = turn.renderer.message(language, [*lines, Key("reporter.log_remains")]).params()
    turn.send(turn.renderer.message(language, lines), otherwise=in_log["text"])


async def clear_chat(
    turn: Turn, *, closed: OpenDraft | None = None, seen: str = "", wholly: bool = False
) -> bool:
    """Empty the chat (`empty_chat`), and enqueue notices of unanswered questions again, but not of a `closed` reply."""
    doubtful = await empty_chat(turn, seen=seen, wholly=wholly)
    await talk_service.ask_again(turn.unit, [turn.chat.id], but=closed)
    return doubtful


async def empty_chat(turn: Turn, *, seen: str = "", wholly: bool = False) -> bool:
    """Delete both sides' messages that Telegram allows to delete, always including the tapped one. Returns whether
    messages with unknown ids may remain. Notices of questions are deleted too, so callers end with `clear_chat`.
    Queued receipts are sent later, except the one `seen` (by its check), or none with `wholly`."""
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


_MOST_REMINDER_HOURS = 12
_MOST_REMINDED = 200


def reminder_hours(settings: Settings) -> int:
    """Hours from a reminder to the end of a silent draft. 0 if drafts are too short-lived for one."""
    return min(_MOST_REMINDER_HOURS, settings.draft_hours // 4)


async def take_silent(unit: UnitOfWork, limit: int) -> list[OpenDraft]:
    """At most `limit` drafts to remind of now. Each comes once, until its person asks again."""
    hours = reminder_hours(unit.settings)
    if not hours:
        return []
    silent = unit.hour - unit.settings.draft_hours + hours
    query = select(DraftRow).where(DraftRow.reminds, DraftRow.touched_hour <= silent).limit(limit)
    # Locked on PostgreSQL, since another replica may look for them too.
    rows = (await unit.session.scalars(query.with_for_update(skip_locked=True))).all()
    found = await drafting.those_that_open(unit, rows)
    for row in rows:
        row.reminds = False
    return found


async def enqueue_reminders(renderer: Renderer, unit: UnitOfWork, outbox: Outbox) -> None:
    for open_draft in await take_silent(unit, _MOST_REMINDED):
        chat_id = drafting.address(unit, open_draft.row)
        drafting.note_reminded(unit, open_draft)
        if chat_id is None:
            continue
        said = Key("reporter.reminder", {"hours": reminder_hours(unit.settings)})
        message = renderer.message(open_draft.row.language, [said], _rows(unit, open_draft))
        params = {"chat_id": chat_id, **message.params(), "disable_notification": True}
        outbox.add(open_draft.row.chat_hash, Call("sendMessage", params, passing=True))


def _rows(unit: UnitOfWork, open_draft: OpenDraft) -> list[list[ActButton]]:
    named = _named(open_draft)
    rows = [[act_button("reporter.reminder.go_on", "resume", *named, role=ButtonRole.ONWARD)]]
    if question.may_be_sent_unfinished(open_draft.filling_at(unit.now)):
        rows.append([act_button("flow.unfinished.send", "sendnow", *named, role=ButtonRole.COMPLETE)])
    rows.append([act_button("reporter.reminder.delete", "panicnow", *named, role=ButtonRole.DESTROY)])
    return rows


def is_meant(act: Act, open_draft: OpenDraft) -> bool:
    """Whether a reminder's button is about this draft at its current step, with no later answer."""
    return (act.first, act.second) == _named(open_draft)


def _named(open_draft: OpenDraft) -> tuple[str, str]:
    return open_draft.row.id[:4], str(open_draft.draft.step)


async def silent(unit: UnitOfWork, limit: int) -> Sequence[str]:
    return (await unit.session.scalars(select(DraftRow.id).where(_is_silent(unit)).limit(limit))).all()


def _is_silent(unit: UnitOfWork) -> ColumnElement[bool]:
    """Condition: untouched for `draft_hours`, or an edit of a practice report for a day."""
    touched, hours = DraftRow.touched_hour, unit.settings.draft_hours
    is_practice = and_(DraftRow.kind == REVIEW_FORM, DraftRow.report_id.is_(None))
    is_due = or_(touched < unit.hour - hours, is_practice)
    return and_(touched < unit.hour - min(hours, HOURS_A_DAY), is_due)


async def wipe_silent(unit: UnitOfWork, draft_ids: Collection[str]) -> int:
    """Destroy those of these drafts that are silent, and enqueue notices again for chats that a reply kept clear."""
    chat_ids = await drafting.addresses(unit, draft_ids)
    still = select(DraftRow).where(DraftRow.id.in_(draft_ids), _is_silent(unit))
    # Locked on PostgreSQL, so that a person who goes on with a draft keeps it.
    rows = (await unit.session.scalars(still.with_for_update(skip_locked=True))).all()
    if rows:
        await unit.session.execute(delete(DraftRow).where(DraftRow.id.in_([row.id for row in rows])))
        await vault.destroy(unit, [row.data_key_id for row in rows])
        vault.note_erasure(unit)  # as in `drafting._destroy`
    if chat_ids:
        await talk_service.ask_again(unit, chat_ids)
    return len(rows)


async def held_over(unit: UnitOfWork, *, lock: bool = False) -> list[OpenDraft]:
    """Drafts that hold messages from before consent beyond their time."""
    query = select(DraftRow).where(DraftRow.position != "", DraftRow.data_key_id.is_not(None))
    # Locked on PostgreSQL, so that a person who agrees meanwhile keeps them.
    rows = await unit.session.scalars(query.with_for_update(skip_locked=True) if lock else query)
    return [one for one in await drafting.those_that_open(unit, rows.all()) if drafting.is_over(unit, one)]


async def forget_held(unit: UnitOfWork) -> None:
    """Destroy these messages with their keys."""
    for one in await held_over(unit, lock=True):
        await drafting.forget(unit, one)
