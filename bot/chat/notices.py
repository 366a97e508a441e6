"""Messages to moderators about what others did; nothing else writes into a moderator's chat unasked.

A notice says only that a report came or was withdrawn, its category, whether it is urgent, and its reference, or to
administrators that the clock is wrong. All other messages to moderators answer an update of their own: through their `Turn`, or, if it failed, by
`Conversations.apologize`."""

from collections.abc import Sequence
from datetime import datetime

from bot.chat.renderer import ActButtons, Renderer, act_button
from bot.chat.transport import sent_messages
from bot.chat.transport.outbox import Call, Delivered, Outbox
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Key, Label, Phrase, Said
from bot.services.desk import team
from bot.services.keeping.clocks import Look
from bot.services.reports import withdrawal
from bot.services.reports.withdrawal import Withdrawn
from bot.services.unit import SECONDS_AN_HOUR, Unit
from db.models import Moderator, Report


async def notify_new(turn: Turn, report: Report) -> None:
    """Tell every moderator that a report came."""
    key = "moderator.notice.urgent" if report.urgent else "moderator.notice.new"
    said = Key(key, {"ref": report.ref, "category": category_label(turn.unit, report)})
    rows = [[act_button("moderator.open", "mopen", report.ref, role=ButtonRole.ONWARD)]]
    for moderator in await team.list_moderators(turn.unit, active=True):
        _notify(turn, moderator, said, rows, report.id)


async def notify_withdrawn(turn: Turn, withdrawn: Withdrawn) -> None:
    """Tell every moderator that a report is gone, and take what was shown of it out of their chats, also of
    those who were revoked since."""
    await _take_back(turn.unit, turn.outbox, withdrawn.report_id)
    said = Key("moderator.notice.withdrawn", {"ref": withdrawn.ref})
    for moderator in await team.list_moderators(turn.unit, active=True):
        _notify(turn, moderator, said)


async def notify_of_clock(unit: Unit, outbox: Outbox, renderer: Renderer, found: Look) -> None:
    """Tell every administrator that nothing is destroyed as long as the clock is wrong, or that it is right again."""
    if found.news is None:
        return
    said = Key(found.news, {"hour": _hour(unit, found.right_hour)})
    for moderator in await team.list_moderators(unit, active=True):
        if moderator.role == team.ADMIN:
            _owe(unit, outbox, renderer, moderator, said)


def _hour(unit: Unit, hour: int) -> str:
    at = datetime.fromtimestamp(hour * SECONDS_AN_HOUR, unit.settings.zone)
    return at.isoformat(sep=" ", timespec="minutes")[:16]


async def take_back_late(unit: Unit, outbox: Outbox, delivered: Sequence[Delivered]) -> None:
    """Take out of the moderators' chats what reached them although its report was withdrawn meanwhile: a call that
    was under way when the withdrawal was committed is recorded only now."""
    shown = {done.row.report_id for done in delivered if done.row.report_id and done.message_ids}
    for report_id in await withdrawal.withdrawn_among(unit, shown):
        await _take_back(unit, outbox, report_id)


def category_label(unit: Unit, report: Report) -> Phrase:
    """What the reporter said happened, by its label."""
    question = unit.forms["report"].by_role.get("category")
    for choice in question.choices if question is not None else ():
        if choice.name == report.category:
            return Label(choice.label)
    return Said(report.category or "—")


async def _take_back(unit: Unit, outbox: Outbox, report_id: str) -> None:
    everybody = {moderator.chat_hash: moderator for moderator in await team.list_moderators(unit)}
    shown = await sent_messages.take_of_report(unit, report_id, everybody.keys())
    for chat_hash, ids in shown.items():
        chat_id = team.address(unit, everybody[chat_hash])
        for call in sent_messages.deletions(chat_id, ids) if chat_id is not None else ():
            outbox.add(chat_hash, call)


def _notify(
    turn: Turn, moderator: Moderator, phrase: Phrase, rows: ActButtons = (), report_id: str | None = None
) -> None:
    _owe(turn.unit, turn.outbox, turn.renderer, moderator, phrase, rows, report_id)


def _owe(
    unit: Unit,
    outbox: Outbox,
    renderer: Renderer,
    moderator: Moderator,
    phrase: Phrase,
    rows: ActButtons = (),
    report_id: str | None = None,
) -> None:
    chat_id = team.address(unit, moderator)
    if chat_id is None:  # its key has left the ring: that must not stop who reports
        return
    message = renderer.message(moderator.language, [phrase], rows)
    params = {"chat_id": chat_id, **message.params()}
    outbox.add(moderator.chat_hash, Call("sendMessage", params), report_id=report_id)
