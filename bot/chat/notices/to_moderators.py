"""Messages to moderators about what others did; nothing else writes into a moderator's chat unasked.

A notice says only that a report came or was withdrawn, its category, whether it is urgent, and its reference, or to
administrators that the clock is wrong, or that one of them asks to share something. All other messages to moderators answer an update of their own: through their `Turn`, or, if it failed, by
`Conversations.apologize`."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.chat.screens.renderer import ActButtons, Renderer, act_button
from bot.chat.transport.sending.outbox import Call, Outbox, deletions
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Key, Label, Phrase, Said
from bot.services import sent_messages
from bot.services.desk import team
from bot.services.keeping.clocks import Look
from bot.services.reports.withdrawal import Withdrawn
from bot.services.unit import SECONDS_AN_HOUR, Unit
from db.models import Moderator, Report


async def notify_new(renderer: Renderer, unit: Unit, outbox: Outbox, reports: Sequence[Report]) -> None:
    """Tell every moderator that reports came."""
    moderators = await team.list_moderators(unit, active=True)
    for report in reports:
        key = "moderator.notice.urgent" if report.urgent else "moderator.notice.new"
        said = Key(key, {"ref": report.ref, "category": category_label(unit, report)})
        rows = [[act_button("moderator.open", "mopen", report.ref, role=ButtonRole.ONWARD)]]
        for moderator in moderators:
            _notify(renderer, unit, outbox, moderator, said, rows, report.id)


async def notify_withdrawn(turn: Turn, withdrawn: Withdrawn) -> None:
    """Tell every moderator that a report is gone, and take what was shown of it out of their chats, also of
    those who were revoked since."""
    await take_back(turn.renderer, turn.unit, turn.outbox, withdrawn.report_id, withdrawn.ref)
    said = Key("moderator.notice.withdrawn", {"ref": withdrawn.ref})
    for moderator in await team.list_moderators(turn.unit, active=True):
        _notify(turn.renderer, turn.unit, turn.outbox, moderator, said)


async def notify_of_clock(renderer: Renderer, unit: Unit, outbox: Outbox, found: Look) -> None:
    """Tell every administrator that nothing is destroyed as long as the clock is wrong, or that it is right again."""
    if found.news is None:
        return
    said = Key(found.news, {"hour": _hour(unit, found.right_hour)})
    for moderator in await team.list_moderators(unit, active=True):
        if moderator.role == team.ADMIN:
            _notify(renderer, unit, outbox, moderator, said)


def notify_of_sharing(turn: Turn, admins: Iterable[Moderator], phrase: Phrase, rows: ActButtons = ()) -> None:
    """Tell these administrators what became of a request to share."""
    for admin in admins:
        _notify(turn.renderer, turn.unit, turn.outbox, admin, phrase, rows)


def _hour(unit: Unit, hour: int) -> str:
    at = datetime.fromtimestamp(hour * SECONDS_AN_HOUR, unit.settings.zone)
    return at.isoformat(sep=" ", timespec="minutes")[:16]


async def take_back(renderer: Renderer, unit: Unit, outbox: Outbox, report_id: str, ref: str) -> None:
    """Delete what was shown of a report from the chats of everybody who is or was a moderator. Whoever may still have a
    message of it is told so."""
    everybody = {moderator.chat_hash: moderator for moderator in await team.list_moderators(unit)}
    shown = await sent_messages.take_of_report(unit, report_id, everybody.keys())
    for chat_hash, taken in shown.items():
        moderator = everybody[chat_hash]
        chat_id = team.address(unit, moderator)
        if chat_id is None:
            continue
        said = renderer.message(moderator.language, [Key("moderator.left", {"ref": ref})]).params()
        for call in deletions(chat_id, taken.ids, {"chat_id": chat_id, **said}):
            outbox.add(chat_hash, call)
        if taken.doubtful:
            _notify(renderer, unit, outbox, moderator, Key("moderator.may_remain", {"ref": ref}))


def category_label(unit: Unit, report: Report) -> Phrase:
    """What the reporter said happened, by its label."""
    question = unit.forms["report"].by_role.get("category")
    for choice in question.choices if question is not None else ():
        if choice.name == report.category:
            return Label(choice.label)
    return Said(report.category or "—")


def _notify(
    renderer: Renderer,
    unit: Unit,
    outbox: Outbox,
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
    outbox.add(moderator.chat_hash, Call("sendMessage", params, guarded=True), report_id=report_id)
