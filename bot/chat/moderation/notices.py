"""Notices to all moderators, without content: a new report, a withdrawn one."""

from collections.abc import Iterable

from bot.chat import delivery
from bot.chat.moderation.subject import button, category
from bot.chat.outbox import Call
from bot.chat.renderer import Choice
from bot.chat.turn import Turn
from bot.form.screen import Key, Phrase
from bot.services import moderators
from bot.services.intake import Withdrawn
from db.models import Moderator, Report

MOST_DELETED = 100
"""Messages of one deleteMessages (Bot API)."""


async def notify_new(turn: Turn, report: Report) -> None:
    """Tell every moderator that a report came: its category, whether it is urgent, its reference."""
    key = "moderator.notice.urgent" if report.urgent else "moderator.notice.new"
    said = Key(key, {"ref": report.ref, "category": category(turn.unit, report)})
    rows = [[button("moderator.open", "mopen", report.ref)]]
    for moderator in await moderators.list_moderators(turn.unit, active=True):
        _notify(turn, moderator, said, rows, report.id)


async def notify_withdrawn(turn: Turn, withdrawn: Withdrawn) -> None:
    """Tell every moderator that a report is gone, and take what was shown of it out of their chats."""
    active = await moderators.list_moderators(turn.unit, active=True)
    shown = await delivery.take_report_messages(
        turn.unit, withdrawn.report_id, [moderator.chat_hash for moderator in active]
    )
    for moderator in active:
        ids = shown.get(moderator.chat_hash, [])
        chat_id = moderators.address(turn.unit, moderator)
        for start in range(0, len(ids), MOST_DELETED):
            params = {"chat_id": chat_id, "message_ids": ids[start : start + MOST_DELETED]}
            turn.outbox.add(moderator.chat_hash, Call("deleteMessages", params))
        _notify(turn, moderator, Key("moderator.notice.withdrawn", {"ref": withdrawn.ref}))


def _notify(
    turn: Turn,
    moderator: Moderator,
    phrase: Phrase,
    rows: Iterable[Iterable[Choice]] = (),
    report_id: str | None = None,
) -> None:
    message = turn.renderer.message(moderator.language, [phrase], rows)
    params = {"chat_id": moderators.address(turn.unit, moderator), **message.params()}
    turn.outbox.add(moderator.chat_hash, Call("sendMessage", params), report_id=report_id)
