"""Additions of a reporter to a sent report, asked for or not."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, select

from bot.errors import Refusal
from bot.form.answers import FileRef, Files, TextPart, Written
from bot.form.screen import Key, Phrase, Said
from bot.reports.states import UNDECIDED, Move, Status, after
from bot.reports.talk import messages, ways
from bot.reports.talk.messages import Message, MessageContent, Sign
from bot.settings import Settings, worded
from bot.store import audit, drafting, vault
from bot.store.drafting import OpenDraft
from bot.store.unit import HOURS_A_DAY, REPLY_FORM, UnitOfWork
from db.models import DraftRow, Report

WORDS = "/reply/words"
_ABOUT, _QUESTIONS = "/reply/about", "/reply/questions"
"""Hidden answers of a reply: its report's id, and its questions' numbers."""
MOST_SIGNS_A_DAY = 12
"""Signs of safety, and permissions to ask again, within a day (UTC)."""
OPEN = UNDECIDED
"""States of a report that takes unasked additions."""


async def begin(
    unit: UnitOfWork, chat_hash: bytes, report: Report, language: str, asked: Sequence[Message]
) -> OpenDraft:
    """Begin a reply, to these questions or unasked, in a chat without a draft. It leaves no message. Raises
    Refusal for a destroyed report, or, unasked, a decided one."""
    if report.data_key_id is None:
        raise Refusal("talk.report.gone")
    if not asked and report.status not in OPEN:
        raise Refusal("talk.report.closed")
    reply = await drafting.start(unit, chat_hash, REPLY_FORM, language)
    hidden = {_ABOUT: report.id, _QUESTIONS: " ".join(str(one.number) for one in asked)}
    told = {path: Written((TextPart(text),)) for path, text in hidden.items() if text}
    answers = {**reply.draft.answers, **told}
    reply.draft = reply.draft.changed(answers=answers, leaves_nothing=True)
    return reply


def widen(open_draft: OpenDraft, asked: Sequence[Message]) -> None:
    """Let an open reply answer these questions too, which the reporter was shown meanwhile."""
    numbers = questions_of(open_draft) | {one.number for one in asked}
    if not questions_of(open_draft) or numbers == questions_of(open_draft):
        return
    text = " ".join(map(str, sorted(numbers)))
    answers = {**open_draft.draft.answers, _QUESTIONS: Written((TextPart(text),))}
    open_draft.draft, open_draft.changed = open_draft.draft.changed(answers=answers), True


def questions_of(open_draft: OpenDraft) -> frozenset[int]:
    return frozenset(int(one) for one in _hidden(open_draft, _QUESTIONS).split())


async def report_of(unit: UnitOfWork, open_draft: OpenDraft) -> Report | None:
    """Report of a reply, or None once destroyed."""
    found = await unit.session.get(Report, report_id_of(open_draft), populate_existing=True)
    return found if found is not None and found.data_key_id is not None else None


def report_id_of(open_draft: OpenDraft) -> str:
    """Id of a reply's report, "" for a reply that was emptied."""
    return _hidden(open_draft, _ABOUT)


def is_about(open_draft: OpenDraft, report: Report) -> bool:
    return report_id_of(open_draft) == report.id


async def silent_replies(unit: UnitOfWork, limit: int) -> list[OpenDraft]:
    """At most `limit` replies untouched for `reply_hours`, and up to an hour more."""
    query = select(DraftRow).where(DraftRow.kind == REPLY_FORM, ~_is_busy(unit)).limit(limit)
    # Locked on PostgreSQL, so that a person who goes on with a reply keeps it.
    rows = await unit.session.scalars(query.with_for_update(skip_locked=True))
    return await drafting.those_that_open(unit, rows.all())


async def busy_replies(unit: UnitOfWork, limit: int) -> list[OpenDraft]:
    """At most `limit` replies touched within `reply_hours`."""
    query = select(DraftRow).where(DraftRow.kind == REPLY_FORM, _is_busy(unit)).limit(limit)
    return await drafting.those_that_open(unit, (await unit.session.scalars(query)).all())


def _is_busy(unit: UnitOfWork) -> ColumnElement[bool]:
    return DraftRow.touched_hour >= unit.hour - unit.settings.reply_hours


async def about_nothing(unit: UnitOfWork, limit: int) -> Sequence[OpenDraft]:
    """Recently touched replies to destroyed reports."""
    replies = [(report_id_of(one), one) for one in await busy_replies(unit, limit)]
    about = {report_id for report_id, _ in replies}
    query = select(Report.id).where(Report.id.in_(about), Report.data_key_id.is_not(None))
    kept = {"", *(await unit.session.scalars(query))} if about else set()
    return await _still_there(unit, [one for report_id, one in replies if report_id not in kept])


async def _still_there(unit: UnitOfWork, found: Sequence[OpenDraft]) -> list[OpenDraft]:
    """Drafts among these that still exist, locked."""
    query = select(DraftRow.id).where(DraftRow.id.in_([one.row.id for one in found]))
    ids = set(await unit.session.scalars(query.with_for_update())) if found else set()
    return [one for one in found if one.row.id in ids]


def _hidden(open_draft: OpenDraft, path: str) -> str:
    answer = open_draft.draft.answers.get(path)
    return answer.text if isinstance(answer, Written) else ""


def told(open_draft: OpenDraft) -> tuple[str, tuple[FileRef, ...]]:
    text, refs = "", list[FileRef]()
    for answer in drafting.submission(open_draft).values():
        if isinstance(answer, Written):
            text = "\n".join(filter(None, (text, answer.text)))
            refs += answer.voices
        elif isinstance(answer, Files):
            refs += answer.files
    return text, tuple(refs)


def tells_nothing(open_draft: OpenDraft) -> bool:
    text, refs = told(open_draft)
    return not text.strip() and not refs


async def take(unit: UnitOfWork, open_draft: OpenDraft) -> Report | None:
    """Take in a finished reply, in any state of the report. None, with nothing kept, if it is destroyed."""
    row = open_draft.row
    open_draft.changed = False
    await audit.begin(unit)  # before any row, in the order of a claim
    await unit.session.flush()
    report = await report_of(unit, open_draft)
    text, refs = told(open_draft)
    await unit.session.delete(row)
    if report is None:
        await vault.destroy(unit, [row.data_key_id])
        return None
    key_id = None
    if refs and row.data_key_id is not None:
        # Under its old id the key stood beside the hash of the reporter's chat.
        key_id = await vault.rename(unit, row.data_key_id)
    else:
        await vault.destroy(unit, [row.data_key_id])
    asked = questions_of(open_draft)
    if key_id is not None and text and await vault.is_archived(unit, report.data_key_id):
        # The words are sealed at once, without their files, which may be on their way.
        await _tell(unit, report, MessageContent(text, hour=unit.hour), asked)
        text = ""
    await _tell(unit, report, MessageContent(text, refs, hour=unit.hour), asked, key_id)
    await audit.record(unit, audit.REPORTER, "answer" if asked else "add", report.ref)
    return report


async def sign(unit: UnitOfWork, report: Report, what: Sign, asked: Sequence[Message] = ()) -> None:
    """Store a reporter's sign by button.

    - Danger makes an undecided report urgent.
    - A wish for no more questions destroys the reply channel.
    - A repeated sign is not stored, and an unread one is replaced.

    Raises Refusal for a destroyed report, for danger in a decided one, and for signs of safety over
    `MOST_SIGNS_A_DAY`. Danger and refused questions have no daily limit.
    """
    if await audit.begin(unit):  # before any row, as in `take`
        await unit.session.flush()
        await unit.session.refresh(report)  # a moderator may have decided meanwhile
    if report.data_key_id is None:
        raise Refusal("talk.report.gone")
    if await vault.is_archived(unit, report.data_key_id):
        await _sign_sealed(unit, report, what)
        return
    said = await messages.newest(unit, report)
    before = messages.last_about(said, _about(what))
    unread = before if before is not None and before.open else None
    again = what in {one.words.sign for one in (*said[:1], unread) if one is not None}
    if what is Sign.SAFE and not again:
        _require_not_too_often(unit, said, messages.SAFETY)
    if what is Sign.URGENT and not again and report.status not in OPEN:
        raise Refusal("talk.report.closed")
    if what is Sign.URGENT and report.status in OPEN:
        report.urgent = True
    numbers = {one.number for one in asked}
    # A question can cross its refusal, and a reply channel be made after it. Then a repeated sign still has work.
    forgotten = what in {Sign.NO_MORE, Sign.LOST} and await ways.forget(unit, [report.id])
    if again and not forgotten and not await messages.close(unit, report, numbers):
        return  # a second tap
    if unread is not None:
        times = unread.words.times + 1 if _is_of_today(unit, unread) else 1
        words = MessageContent(sign=what, hour=unit.hour, times=times)
        await messages.put_in_place(unit, report, unread, words)
        is_news = (what is Sign.URGENT and not again) or report.status == Status.NEEDS_INFO
        await _heard(unit, report, numbers, is_news=is_news)
        return
    await _tell(unit, report, MessageContent(sign=what, hour=unit.hour), numbers)
    await audit.record(unit, audit.REPORTER if what is not Sign.LOST else audit.SYSTEM, what, report.ref)


async def _sign_sealed(unit: UnitOfWork, report: Report, what: Sign) -> None:
    """Store a sign on a sealed report, whose earlier ones cannot be read."""
    if what is Sign.URGENT:
        raise Refusal("talk.report.closed")
    if what in messages.ASKING:
        if not await ways.forget(unit, [report.id]) and what is Sign.NO_MORE:
            return  # a second tap
    else:
        await _require_few_today(unit, report)
    await _tell(unit, report, MessageContent(sign=what, hour=unit.hour), ())
    await audit.record(unit, audit.REPORTER if what is not Sign.LOST else audit.SYSTEM, what, report.ref)


def _about(what: Sign) -> Collection[Sign]:
    return next((about for about in (messages.SAFETY, messages.ASKING) if what in about), ())


def _is_of_today(unit: UnitOfWork, one: Message) -> bool:
    return one.words.hour // HOURS_A_DAY == unit.day


def _require_not_too_often(unit: UnitOfWork, said: Sequence[Message], about: Collection[Sign]) -> None:
    of_today = [one.words for one in said if one.from_reporter and _is_of_today(unit, one)]
    if sum(one.times for one in of_today if one.sign in about) >= MOST_SIGNS_A_DAY:
        raise Refusal("reporter.code.enough")


async def _require_few_today(unit: UnitOfWork, report: Report) -> None:
    if await messages.added_today(unit, report) >= MOST_SIGNS_A_DAY:
        raise Refusal("reporter.code.enough")


async def let(unit: UnitOfWork, report: Report, chat_id: int, code: str) -> None:
    """Let moderators ask in this chat. Raises Refusal for a destroyed report, or too many changes today."""
    if report.data_key_id is None:
        raise Refusal("talk.report.gone")
    if await vault.is_archived(unit, report.data_key_id):
        await _require_few_today(unit, report)
    else:
        _require_not_too_often(unit, await messages.newest(unit, report), messages.ASKING)
    await come(unit, report, chat_id)
    await ways.make(unit, report, chat_id, report.language, code)


async def sign_no_more(unit: UnitOfWork, chat_id: int) -> None:
    for way in await ways.of_chats(unit, [chat_id]):
        report = await unit.session.get(Report, way.row.report_id)
        if report is not None and report.data_key_id is not None:
            await sign(unit, report, Sign.NO_MORE, await messages.open_questions(unit, report))
    await ways.forget_chat(unit, chat_id)


async def _tell(
    unit: UnitOfWork,
    report: Report,
    what: MessageContent,
    asked: Collection[int],
    files_key_id: str | None = None,
) -> None:
    await messages.add(unit, report, what, from_reporter=True, open_=True, files_key_id=files_key_id)
    await _heard(unit, report, asked, is_news=True)


async def _heard(unit: UnitOfWork, report: Report, asked: Collection[int], *, is_news: bool) -> None:
    await messages.close(unit, report, asked)
    if report.status == Status.NEEDS_INFO:
        resume(report)
    report.unread = True
    if is_news:
        report.untold = unit.reported = True
    await ways.prolong_of(unit, report)
    vault.note_erasure(unit)


def resume(report: Report) -> None:
    report.status = after(Status(report.status), Move.RESUME)
    report.claimed_until_hour = None


async def come(unit: UnitOfWork, report: Report, chat_id: int) -> tuple[ways.Way | None, bool]:
    """Handle a reporter who came with the receipt code. Returns the reply channel to this chat, if any, and whether
    one to another chat was destroyed. Replies open elsewhere are emptied, since they may be in other hands."""
    way = await ways.of_report(unit, report)
    if way is not None and way.chat_id != chat_id and await audit.begin(unit):  # before any row, as in `take`
        way = await ways.of_report(unit, report)
    has_moved = way is not None and way.chat_id != chat_id
    if has_moved:
        await ways.forget(unit, [report.id])
    if report.data_key_id is not None:  # else `about_nothing` finds them
        await _empty_elsewhere(unit, report, unit.safe.pseudonyms.chat(chat_id))
    return (None if has_moved else way), has_moved


async def _empty_elsewhere(unit: UnitOfWork, report: Report, chat_hash: bytes) -> None:
    """Empty open replies to a report in other chats. Their messages go at that chat's next update or the next sweep."""
    about = await _open_elsewhere(unit, report, chat_hash)
    if about and await audit.begin(unit):  # before any row, as in `take`
        about = await _open_elsewhere(unit, report, chat_hash)
    for reply in await _still_there(unit, about):
        await drafting.empty(unit, reply)


async def _open_elsewhere(unit: UnitOfWork, report: Report, chat_hash: bytes) -> Sequence[OpenDraft]:
    await unit.session.flush()  # replies begun in this batch
    query = select(DraftRow).where(DraftRow.kind == REPLY_FORM, DraftRow.chat_hash != chat_hash)
    replies = await drafting.those_that_open(unit, (await unit.session.scalars(query)).all())
    return [one for one in replies if is_about(one, report)]


async def ask_again(unit: UnitOfWork, chat_ids: Collection[int], *, but: OpenDraft | None = None) -> None:
    """Tell these chats again of open questions, but not of the report of `but`, which was closed."""
    closed = "" if but is None else report_id_of(but)
    found = [way for way in await ways.of_chats(unit, chat_ids) if way.row.report_id != closed]
    waiting = await messages.waiting(unit, [way.row.report_id for way in found]) if found else ()
    for way in found:
        if way.row.report_id in waiting:
            way.row.asked = unit.reported = True
    vault.note_erasure(unit)


def words_of_notice(settings: Settings, language: str) -> Phrase:
    """Text of a notice: the operator's, or one that does not mention reports."""
    own = worded(settings.talk_notice, language)
    return Said(own) if own else Key("reporter.talk.notice")
