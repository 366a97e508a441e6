"""Notices to reporters that moderators have asked something: silent, without a word of it, one in a chat at a time. They come later
than the questions and apart from them, so that no transaction joins a report to a chat."""

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
    """What a notice says: the operator's words, or some that say nothing of reports."""
    own = worded(settings.talk_notice, language)
    return Said(own) if own else Key("reporter.talk.notice")


async def owe(renderer: Renderer, unit: Unit, outbox: Outbox, way_ids: Collection[int]) -> None:
    """Owe a notice to each chat to which one of these ways leads that are still due."""
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
    """Remember which messages are notices, so that the next ones take their places; and delete those that were sent before a newer
    one could do so."""
    told: dict[int, list[int]] = {}
    for done in delivered:
        way = Call.of(unit.safe.ring, done.row).way if done.message_ids else None
        if way is not None:
            told.setdefault(way, []).extend(done.message_ids)
            # Else a chat with a row more than others would be one that was asked something.
            sent_messages.scatter(unit, done.row.chat_hash, reached=True)
    for chat_id, ids in (await ways.note_told(unit, told)).items():
        for call in deletions(chat_id, sorted(ids)):
            outbox.add(unit.safe.pseudonyms.chat(chat_id), replace(call, passing=True))


log = logging.getLogger(__name__)


async def note(unit: Unit, delivered: Sequence[Delivered]) -> None:
    """Forget the chats of which Telegram has said so, whatever was to be sent there."""
    lost = [Call.of(unit.safe.ring, done.row) for done in delivered if done.unreachable]
    chat_ids = {call.params.get("chat_id") for call in lost if not call.guarded}
    await forget(unit, [one for one in chat_ids if isinstance(one, int)])


async def forget(unit: Unit, chat_ids: Collection[int]) -> None:
    """Forget these chats."""
    for report_id in await ways.lost(unit, chat_ids):
        report = await unit.session.get(Report, report_id)
        if report is not None and report.data_key_id is not None:
            try:
                await answering.sign(unit, report, Sign.LOST)
            except (
                UnsealError
            ):  # what cannot be told of one report must not keep deliveries from being recorded
                log.error("a talk does not open: nobody is told that its reporter was lost")  # noqa: TRY400 - no trace helps
