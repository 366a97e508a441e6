"""Notices to all moderators, without content: a new report, a withdrawn one."""

from collections.abc import Iterable, Sequence

from bot.chat import delivery
from bot.chat.moderation.subject import button, category
from bot.chat.outbox import Call, Outbox
from bot.chat.renderer import Choice
from bot.chat.sender import Delivered
from bot.chat.turn import Turn
from bot.form.screen import Key, Phrase
from bot.services.desk import team
from bot.services.reports import withdrawal
from bot.services.reports.withdrawal import Withdrawn
from bot.services.unit import Unit
from db.models import Moderator, Report


async def notify_new(turn: Turn, report: Report) -> None:
    """Tell every moderator that a report came: its category, whether it is urgent, its reference."""
    key = "moderator.notice.urgent" if report.urgent else "moderator.notice.new"
    said = Key(key, {"ref": report.ref, "category": category(turn.unit, report)})
    rows = [[button("moderator.open", "mopen", report.ref)]]
    for moderator in await team.list_moderators(turn.unit, active=True):
        _notify(turn, moderator, said, rows, report.id)


async def notify_withdrawn(turn: Turn, withdrawn: Withdrawn) -> None:
    """Tell every moderator that a report is gone, and take what was shown of it out of their chats, also of
    those who were revoked since."""
    await _take_back(turn.unit, turn.outbox, withdrawn.report_id)
    said = Key("moderator.notice.withdrawn", {"ref": withdrawn.ref})
    for moderator in await team.list_moderators(turn.unit, active=True):
        _notify(turn, moderator, said)


async def take_back_late(unit: Unit, outbox: Outbox, delivered: Sequence[Delivered]) -> None:
    """Take out of the moderators' chats what reached them although its report was withdrawn meanwhile."""
    shown = {done.row.report_id for done in delivered if done.row.report_id and done.message_ids}
    for report_id in await withdrawal.withdrawn_among(unit, shown):
        await _take_back(unit, outbox, report_id)


async def _take_back(unit: Unit, outbox: Outbox, report_id: str) -> None:
    everybody = {moderator.chat_hash: moderator for moderator in await team.list_moderators(unit)}
    shown = await delivery.take_report_messages(unit, report_id, everybody.keys())
    for chat_hash, ids in shown.items():
        chat_id = team.address(unit, everybody[chat_hash])
        for call in delivery.deletions(chat_id, ids) if chat_id is not None else ():
            outbox.add(chat_hash, call)


def _notify(
    turn: Turn,
    moderator: Moderator,
    phrase: Phrase,
    rows: Iterable[Iterable[Choice]] = (),
    report_id: str | None = None,
) -> None:
    chat_id = team.address(turn.unit, moderator)
    if chat_id is None:  # that must not stop who reports
        return
    message = turn.renderer.message(moderator.language, [phrase], rows)
    params = {"chat_id": chat_id, **message.params()}
    turn.outbox.add(moderator.chat_hash, Call("sendMessage", params), report_id=report_id)
