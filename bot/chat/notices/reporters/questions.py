"""Silent notices to reporters that moderators asked something, without the question, one per chat at a time.

They are enqueued later and separately, so that no transaction links a report to a chat.
"""

import logging
import random
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.chat.screens.renderer import Renderer, act_button
from bot.chat.transport.sending.call import Call, deletions
from bot.chat.transport.sending.delivered import Delivered
from bot.chat.transport.sending.outbox import Outbox
from bot.form.screen import ButtonRole, Key, Phrase, Said
from bot.safety.sealing import UnsealError
from bot.services import sent_messages
from bot.services.reports.talk import answering, ways
from bot.services.reports.talk.words import Sign
from bot.services.unit import Unit
from bot.settings import Settings, worded
from db.models import Report

_RANDOM = random.SystemRandom()


def words_of_notice(settings: Settings, language: str) -> Phrase:
    """Text of a notice: the operator's, or one that does not mention reports."""
    own = worded(settings.talk_notice, language)
    return Said(own) if own else Key("reporter.talk.notice")


async def owe(renderer: Renderer, unit: Unit, outbox: Outbox, way_ids: Collection[int]) -> None:
    """Enqueue a notice for each chat of these reply channels that is still due."""
    due = await ways.take_due(unit, way_ids)
    _RANDOM.shuffle(due)
    for telling in due:
        way = telling.way
        button = act_button("reporter.talk.open", "qopen", role=ButtonRole.ONWARD)
        message = renderer.message(way.language, [words_of_notice(unit.settings, way.language)], [[button]])
        params = {"chat_id": way.chat_id, **message.params(), "disable_notification": True}
        call = Call("sendMessage", params, deletes=telling.older, passing=True, way=way.row.id)
        outbox.add(unit.safe.pseudonyms.chat(way.chat_id), call)


async def note_told(unit: Unit, outbox: Outbox, delivered: Sequence[Delivered]) -> None:
    """Record delivered notices, so that later ones replace them, and delete older ones that were not
    replaced."""
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


log = logging.getLogger(__name__)


async def note(unit: Unit, delivered: Sequence[Delivered]) -> None:
    """Forget unreachable chats."""
    lost = [Call.of(unit.safe.ring, done.row) for done in delivered if done.unreachable]
    chat_ids = {call.params.get("chat_id") for call in lost if not call.guarded}
    await forget(unit, [one for one in chat_ids if isinstance(one, int)])


async def forget(unit: Unit, chat_ids: Collection[int]) -> None:
    """Forget the reply channels of these chats, and tell the moderators."""
    for report_id in await ways.lost(unit, chat_ids):
        report = await unit.session.get(Report, report_id)
        if report is not None and report.data_key_id is not None:
            try:
                await answering.sign(unit, report, Sign.LOST)
            except UnsealError:  # one damaged report must not stop the recording of deliveries
                log.error("a talk does not open: nobody is told that its reporter was lost")  # noqa: TRY400 - no trace helps
