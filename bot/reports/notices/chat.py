"""Notices in reporters' chats: a question waits, a draft expires, a reply expired, a chat is unreachable."""

import logging
import random
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, Renderer, act_button
from bot.form.flow import question
from bot.form.screen import ButtonRole, Key, Phrase, Said
from bot.reports.notices import service as reporter_notices_service
from bot.reports.talk import service as talk_service
from bot.reports.talk import ways
from bot.reports.talk.messages import Sign
from bot.safety.sealing import UnsealError
from bot.settings import Settings, worded
from bot.store import drafting, sent_messages
from bot.store.drafting import OpenDraft
from bot.store.unit import UnitOfWork
from bot.transport.call import Call, Delivered, deletions
from bot.transport.outbox import Outbox
from db.models import Report

log = logging.getLogger(__name__)
MOST_AT_ONCE = 200
MOST_OPENED = 1000
"""Most open replies that are decrypted after a report is deleted. Others are destroyed once abandoned."""


def words_of_notice(settings: Settings, language: str) -> Phrase:
    """Text of a notice: the operator's, or one that does not mention reports."""
    own = worded(settings.talk_notice, language)
    return Said(own) if own else Key("reporter.talk.notice")


async def enqueue_question(
    renderer: Renderer, unit: UnitOfWork, outbox: Outbox, way_ids: Collection[int]
) -> None:
    """Enqueue a notice for each chat of these reply channels that is still due."""
    due = await ways.take_due(unit, way_ids)
    random.SystemRandom().shuffle(due)
    for way, older in due:
        button = act_button("reporter.talk.open", "qopen", role=ButtonRole.ONWARD)
        message = renderer.message(way.language, [words_of_notice(unit.settings, way.language)], [[button]])
        params = {"chat_id": way.chat_id, **message.params(), "disable_notification": True}
        call = Call("sendMessage", params, deletes=tuple(older), passing=True, way=way.row.id)
        outbox.add(unit.safe.pseudonyms.chat(way.chat_id), call)


async def note_told(unit: UnitOfWork, outbox: Outbox, delivered: Sequence[Delivered]) -> None:
    """Record delivered notices for later ones to replace. Deletes older ones that were not replaced."""
    told: dict[int, list[int]] = {}
    for done in delivered:
        way = Call.of(unit.safe.ring, done.row).way if done.message_ids else None
        if way is not None:
            told.setdefault(way, []).extend(done.message_ids)
            # Otherwise an additional row would reveal a chat that was asked something.
            sent_messages.scatter(unit, done.row.chat_hash, reached=True)
    for chat_id, ids in (await ways.note_told(unit, told)).items():
        for call in deletions(chat_id, sorted(ids)):
            outbox.add(unit.safe.pseudonyms.chat(chat_id), replace(call, passing=True))


async def note_unreachable(unit: UnitOfWork, delivered: Sequence[Delivered]) -> None:
    """Forget unreachable chats."""
    lost = [Call.of(unit.safe.ring, done.row) for done in delivered if done.unreachable]
    chat_ids = {call.params.get("chat_id") for call in lost if not call.guarded}
    await forget_unreachable(unit, [one for one in chat_ids if isinstance(one, int)])


async def forget_unreachable(unit: UnitOfWork, chat_ids: Collection[int]) -> None:
    """Forget the reply channels of these chats, and tell the moderators."""
    for report_id in await ways.lost(unit, chat_ids):
        report = await unit.session.get(Report, report_id)
        if report is not None and report.data_key_id is not None:
            try:
                await talk_service.sign(unit, report, Sign.LOST)
            except UnsealError:  # one damaged report must not stop the recording of deliveries
                log.error("a talk does not open: nobody is told that its reporter was lost")  # noqa: TRY400 - no trace helps


async def enqueue_reminders(renderer: Renderer, unit: UnitOfWork, outbox: Outbox) -> None:
    for open_draft in await reporter_notices_service.take_silent(unit, MOST_AT_ONCE):
        chat_id = drafting.address(unit, open_draft.row)
        drafting.note_reminded(unit, open_draft)
        if chat_id is None:
            continue
        said = Key("reporter.reminder", {"hours": reporter_notices_service.reminder_hours(unit.settings)})
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


async def put_away(renderer: Renderer, unit: UnitOfWork, outbox: Outbox) -> None:
    """Destroy replies untouched for `reply_hours`, and enqueue the deletion of their messages."""
    for reply in await reporter_notices_service.silent_replies(unit, MOST_AT_ONCE):
        await _put_away(renderer, unit, outbox, reply)


async def take_back_gone(renderer: Renderer, unit: UnitOfWork, outbox: Outbox) -> None:
    """Destroy replies to deleted reports at once and silently, since another person may have the phone. Each
    has to be decrypted, so this runs only after a report was deleted."""
    if await sent_messages.take_replies_ended(unit):
        await put_away(renderer, unit, outbox)  # an emptied reply has no report any more
        for reply in await talk_service.about_nothing(unit, MOST_OPENED):
            await _put_away(renderer, unit, outbox, reply)


async def _put_away(renderer: Renderer, unit: UnitOfWork, outbox: Outbox, reply: OpenDraft) -> None:
    chat_id = drafting.address(unit, reply.row)
    if chat_id is not None:
        await _clear(renderer, unit, outbox, reply, chat_id)
        await talk_service.ask_again(unit, [chat_id])
    await drafting.wipe(unit, reply)


async def _clear(
    renderer: Renderer, unit: UnitOfWork, outbox: Outbox, reply: OpenDraft, chat_id: int
) -> None:
    chat_hash = reply.row.chat_hash
    dropped = await outbox.drop_shown(chat_hash)
    taken = await sent_messages.take(unit, chat_hash)
    left = renderer.message(reply.language, [Key("reporter.left")]).params()
    for call in deletions(chat_id, taken.ids, {"chat_id": chat_id, **left}):
        outbox.add(chat_hash, replace(call, passing=True))
    if taken.doubtful or dropped.doubtful:
        remains = renderer.message(reply.language, [Key("reporter.may_remain")]).params()
        params = {"chat_id": chat_id, **remains, "disable_notification": True}
        outbox.add(chat_hash, Call("sendMessage", params, passing=True))
    for receipt in dropped.receipts:
        outbox.add(chat_hash, receipt)
    # Otherwise a low number of rows would reveal a chat that has not answered.
    sent_messages.scatter(unit, chat_hash)
