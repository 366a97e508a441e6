"""Chats that take no messages any more: the ways back to them are forgotten, and the moderators learn it."""

import logging
from collections.abc import Collection, Sequence

from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.delivered import Delivered
from bot.safety.sealing import UnsealError
from bot.services.reports.talk import answering, ways
from bot.services.reports.talk.words import Sign
from bot.services.unit import Unit
from db.models import Report

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
