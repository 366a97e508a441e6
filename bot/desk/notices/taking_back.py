"""Removal of reports from moderators' chats, messages that could not be removed, and unprompted messages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.chat.renderer import ActButtons, Renderer
from bot.chat.turn import Turn
from bot.desk.notices import service as notices_service
from bot.desk.people import service as people_service
from bot.desk.references import opening
from bot.form.screen import Joined, Key, Phrase
from bot.reports import claims
from bot.store import sent_messages
from bot.store.sent_messages import Stay
from bot.store.unit import Role, UnitOfWork, is_reviewer
from bot.transport.call import Call, Delivered, deletions
from bot.transport.outbox import Outbox
from db.models import Moderator, Report, ShownChat, TakeBack


@dataclass(frozen=True, slots=True)
class Post:
    """Way into moderators' chats in one transaction."""

    renderer: Renderer
    unit: UnitOfWork
    outbox: Outbox

    @classmethod
    def of(cls, turn: Turn) -> "Post":
        return cls(turn.renderer, turn.unit, turn.outbox)


def say(
    post: Post,
    moderator: Moderator,
    *phrases: Phrase,
    rows: ActButtons = (),
    report_id: str | None = None,
    quietly: bool = False,
    aloud: bool = False,
    stay: Stay = Stay.UNTIL_SEEN,
) -> None:
    """Enqueue a message to a moderator, which stays for `stay`. It is silent if `quietly`, or in quiet hours
    unless `aloud`."""
    chat_id = people_service.address(post.unit, moderator)
    if chat_id is None:  # its key has left the ring: that must not block reporters
        return
    message = post.renderer.message(moderator.language, phrases, rows)
    is_silent = quietly or (
        not aloud and notices_service.preferences_of(post.unit, moderator).is_quiet(post.unit.now.hour)
    )
    params = {"chat_id": chat_id, **message.params(), **({"disable_notification": True} if is_silent else {})}
    call = Call("sendMessage", params, guarded=True)
    post.outbox.add(moderator.chat_hash, call, report_id=report_id, stay=stay)


_LINE = "put_away"
"""Stands for a report in the row of the remaining line, so that the next line replaces it."""
MOST_NAMED = 10
_GO_ON: Mapping[str, str] = {Role.ANALYST: "/export, /stats", Role.TRANSLATOR: "/translate, /menu"}


async def put_away(post: Post) -> None:
    """Remove messages that are due or that other transactions ended."""
    await take_back_ended(post)
    chats = await sent_messages.due(post.unit)
    everybody = await _everybody(post.unit) if chats else {}
    for chat in chats:
        await _put_away(post, chat, everybody.get(chat.chat_hash))


async def _put_away(post: Post, chat: ShownChat, moderator: Moderator | None) -> None:
    taken = await sent_messages.take_shown(post.unit, chat)
    if moderator is None or not (taken.ids or taken.doubtful):
        return
    _delete(post, moderator, taken.ids, Key("reporter.left"))
    said: list[Phrase] = [Key("reporter.may_remain")] if taken.doubtful else []
    if taken.leaves_none:
        said = [await _kept(post.unit, moderator), *said]
    if said and moderator.active:
        before = await sent_messages.take_of_report(post.unit, _LINE, [chat.chat_hash])
        for one in before.values():
            _delete(post, moderator, one.ids, None)
        say(post, moderator, *said, quietly=True, report_id=_LINE)


async def _kept(unit: UnitOfWork, moderator: Moderator) -> Phrase:
    held = [opening(report.ref) for report in await claims.held_by(unit, moderator)]
    if not held:
        if is_reviewer(moderator):
            return Key("moderator.put_away")
        return Key("moderator.put_away.menu", {"commands": _GO_ON[moderator.role]})
    return Key("moderator.put_away.held", {"refs": Joined(tuple(held[:MOST_NAMED]))})


async def take_back_ended(post: Post) -> None:
    """Remove messages that this or earlier units of work ended."""
    for one in await sent_messages.ended(post.unit):
        if one.report_id is not None:
            await _take_back_report(post, one, one.report_id)
        elif one.chat_hash is not None and one.whole:
            await _clear(post, one.chat_hash)
        elif one.chat_hash is not None:
            # Unseen notices go before Telegram's limit for deletions ends. The queue tells more than they did.
            moderator = (await _everybody(post.unit)).get(one.chat_hash)
            taken = await sent_messages.take_unseen(post.unit, one.chat_hash)
            if moderator is not None:
                _delete(post, moderator, taken.ids, Key("reporter.left"))


async def _take_back_report(post: Post, ended: TakeBack, report_id: str) -> None:
    report = await post.unit.session.get(Report, report_id)
    if report is None:
        return
    chats = set(await _everybody(post.unit) if ended.chat_hash is None else [ended.chat_hash])
    if not ended.whole and report.moderator_id is not None:
        holder = await post.unit.session.get(Moderator, report.moderator_id)
        chats -= {holder.chat_hash} if holder is not None else set()  # the present holder still needs it
    await take_back(post, report_id, report.ref, chats, whole=ended.whole)


async def take_back(
    post: Post, report_id: str, ref: str, chats: Collection[bytes] | None = None, *, whole: bool = True
) -> None:
    """Delete a report's messages and queued calls in these chats, by default in those of all present and
    former moderators.

    Without `whole` its notices stay. A moderator whose messages may remain is told.
    """
    everybody = await _everybody(post.unit)
    wanted = everybody.keys() if chats is None else chats
    for chat_hash in await post.outbox.drop_shown_of(report_id, wanted, whole=whole):
        sent_messages.note_doubt(post.unit, chat_hash, report_id)
    found = await sent_messages.take_of_report(post.unit, report_id, wanted, whole=whole)
    for chat_hash, taken in found.items():
        moderator = everybody[chat_hash]
        _delete(post, moderator, taken.ids, Key("moderator.left", {"ref": ref}))
        if taken.doubtful and moderator.active:
            say(post, moderator, Key("moderator.may_remain", {"ref": ref}))


async def _clear(post: Post, chat_hash: bytes) -> None:
    """Clear a revoked moderator's chat and command menu, silently, since another person may read it."""
    moderator = (await _everybody(post.unit)).get(chat_hash)
    if moderator is None:
        return
    await post.outbox.drop_shown(chat_hash, wholly=True)
    taken = await sent_messages.take(post.unit, chat_hash)
    await sent_messages.forget(post.unit, chat_hash)
    _delete(post, moderator, taken.ids, None)
    chat_id = people_service.address(post.unit, moderator)
    if chat_id is not None and not moderator.active:
        post.outbox.add(chat_hash, Call("deleteMyCommands", {"scope": {"type": "chat", "chat_id": chat_id}}))


async def _everybody(unit: UnitOfWork) -> Mapping[bytes, Moderator]:
    """Present and former moderators by chat."""
    return {moderator.chat_hash: moderator for moderator in await people_service.list_moderators(unit)}


def _delete(post: Post, moderator: Moderator, message_ids: Sequence[int], if_left: Phrase | None) -> None:
    chat_id = people_service.address(post.unit, moderator)
    if chat_id is None:
        return
    told = None
    if if_left is not None and moderator.active:
        told = {"chat_id": chat_id, **post.renderer.message(moderator.language, [if_left]).params()}
    for call in deletions(chat_id, message_ids, told):
        post.outbox.add(moderator.chat_hash, replace(call, guarded=True))


MOST_REMAINS = 20


def tell_remains(unit: UnitOfWork, outbox: Outbox, delivered: Sequence[Delivered]) -> None:
    """Point at each message that could not be deleted by replying to it. If the message is gone after all,
    Telegram rightly refuses the reply."""
    for done in delivered:
        if not done.left:
            continue
        call = Call.of(unit.safe.ring, done.row)
        if call.if_left is None:
            continue
        for message_id in done.left[:MOST_REMAINS]:
            params = {**call.if_left, "reply_parameters": {"message_id": message_id}}
            reply = Call("sendMessage", params, guarded=call.guarded, passing=call.passing)
            stay = Stay.UNTIL_SEEN if call.guarded else Stay.DAYS
            outbox.add(done.row.chat_hash, reply, report_id=done.row.report_id, stay=stay)
