"""Notices in moderators' chats and in the team's group, and the removal of reports from these chats. Also the acts that
notify: a withdrawal by code, and a decision that takes effect."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from telegram import Chat

from bot.chat.renderer import ActButton, ActButtons, Renderer, act_button
from bot.chat.turn import Turn
from bot.desk.asking import service as asking_service
from bot.desk.decisions import service as decisions_service
from bot.desk.notices import service as notices_service
from bot.desk.notices.service import NoticeKind
from bot.desk.people import service as people_service
from bot.desk.references import in_rows, open_button, opening
from bot.form.kinds.calendar import date_phrase
from bot.form.screen import Joined, Key, Phrase, Said
from bot.publish.export.register import OtherDocument
from bot.publish.export.selection import ExportScope
from bot.reports import approvals, claims, links
from bot.reports.approvals import Votes
from bot.reports.receipts import chat as receipts_chat
from bot.reports.states import UNDECIDED
from bot.reports.talk import chat as talk_chat
from bot.reports.talk import ways
from bot.store import audit, sent_messages, vault
from bot.store.clocks import ClockCheck
from bot.store.sent_messages import Stay
from bot.store.unit import SECONDS_AN_HOUR, Role, UnitOfWork, is_reviewer
from bot.transport.call import Call, Delivered, deletions
from bot.transport.outbox import Outbox
from db.models import Export, Moderator, Report, ShownChat, TakeBack


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
    """Enqueue a message to a moderator, silent if `quietly`, or in quiet hours unless `aloud`."""
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
    said = [await _kept(post.unit, moderator)] if taken.leaves_none else []
    said += [Key("reporter.may_remain")] if taken.doubtful else []
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
    """Delete a report's messages and queued calls in these chats, by default in all, and without `whole` not its notices.
    A moderator whose messages may remain is told."""
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
    """Reply to each message that could not be deleted. Telegram rightly refuses the reply if it is gone after all."""
    for done in [one for one in delivered if one.left]:
        call = Call.of(unit.safe.ring, done.row)
        if call.if_left is None:
            continue
        for message_id in done.left[:MOST_REMAINS]:
            params = {**call.if_left, "reply_parameters": {"message_id": message_id}}
            reply = Call("sendMessage", params, guarded=call.guarded, passing=call.passing)
            stay = Stay.UNTIL_SEEN if call.guarded else Stay.DAYS
            outbox.add(done.row.chat_hash, reply, report_id=done.row.report_id, stay=stay)


MOST_HOLDERS_NAMED = 10


def named(unit: UnitOfWork, row: Export) -> Phrase:
    """Line about an export. A lock marks an encrypted one."""
    told: dict[str, Phrase | str | int] = {"number": row.number, "format": _what(row)}
    day = date_phrase(links.day_of(unit, row.hour))
    who = Key("moderator.audit.actor.system") if row.actor == audit.SYSTEM else Said(row.actor)
    return Key("moderator.notice.exported.line", told | {"day": day, "who": who})


def _what(row: Export) -> Phrase | str:
    match row.scope:
        case OtherDocument.COUNTRY_UPDATE:
            first, last, language, format_, *_ = row.spec.split(":")
            told = {"first": first, "last": last, "language": language, "format": format_.upper()}
            return Key("moderator.export.what.country_update", told)
        case OtherDocument.OPEN_DATA:
            return Key("moderator.export.what.open_data", {"year": row.spec.partition(":")[0]})
        case OtherDocument.ARCHIVE:
            return Key("moderator.export.what.archive")
    format_ = row.spec.partition(":")[0].upper()
    return format_ if row.scope == ExportScope.PUBLIC else f"{format_} 🔒"


MOVES = ("claim", "release", "expire", "resume", "revive", "endorse")
"""Acts that move a report into the queue or out of it."""


async def notify_new(post: Post, reports: Sequence[Report]) -> None:
    moderators = await people_service.reviewers(post.unit)
    urgent = [one.id for one in reports if one.urgent]
    has_contacts = bool(urgent) and asking_service.has_contacts(post.unit)
    reached = await ways.leading_to(post.unit, urgent) if has_contacts else ()
    kinds = {one.urgent for one in reports}
    told = {one: _told(post.unit, moderators, NoticeKind.NEW, urgent=one) for one in kinds}
    for report in reports:
        key = "moderator.notice.urgent" if report.urgent else "moderator.notice.new"
        contacts = [act_button("moderator.contacts", "mcontacts", report.ref)] if report.id in reached else []
        said = Key(key, {"ref": report.ref})
        _tell(post, report, said, told[report.urgent], *contacts)


def _tell(post: Post, report: Report, said: Phrase, members: Sequence[Moderator], *beside: ActButton) -> None:
    rows = in_rows([open_button(report.ref), *beside], 1)
    for one in members:
        say(post, one, said, rows=rows, report_id=report.id, aloud=report.urgent)


def _told(
    unit: UnitOfWork, members: Sequence[Moderator], news: NoticeKind, *, urgent: bool = False
) -> Sequence[Moderator]:
    """Members to notify now. Others get one notice after their quiet hours. Urgent reports ignore preferences, and quiet
    hours too if no member is awake."""
    wishes = {one.id: notices_service.preferences_of(unit, one) for one in members}
    wishing = [one for one in members if urgent or news not in wishes[one.id].unwanted]
    awake = [one for one in wishing if not wishes[one.id].is_quiet(unit.now.hour)]
    if urgent and not awake:
        return wishing
    for one in wishing:
        one.held_back = one.held_back or one not in awake
    return awake


async def notify_told(post: Post, reports: Sequence[Report]) -> None:
    """Notify a report's holder, or all reviewers if it is unclaimed, of additions by its reporter."""
    moderators = await people_service.reviewers(post.unit)
    for report in reports:
        holders = [one for one in moderators if claims.holds(post.unit, one, report)]
        key = "moderator.notice.told_urgent" if report.urgent else "moderator.notice.told"
        if report.status not in UNDECIDED and await vault.is_archived(post.unit, report.data_key_id):
            key = "moderator.notice.told_sealed"
        # Summaries omit decided reports, so this notice counts as urgent.
        is_pressing = report.urgent or bool(holders) or report.status not in UNDECIDED
        told = _told(post.unit, holders or moderators, NoticeKind.ADDED, urgent=is_pressing)
        _tell(post, report, Key(key, {"ref": report.ref}), told)


async def notify_back(post: Post, reports: Sequence[Report]) -> None:
    """Notify reviewers of returned reports, except of those they returned or approved."""
    moderators = await people_service.reviewers(post.unit)
    approving = await approvals.votes(post.unit, reports)
    last = await audit.last_of(post.unit, MOVES, [report.ref for report in reports])
    for report in reports:
        votes = approving.get(report.id, Votes())
        left = last.get(report.ref)
        others = [one for one in moderators if one not in votes.given and left != ("release", one.alias)]
        told = _told(post.unit, others, NoticeKind.NEW, urgent=report.urgent)
        _tell(post, report, _back(report, votes), told)


def _back(report: Report, votes: Votes) -> Key:
    end = "_urgent" if report.urgent else ""
    if not votes.given:
        return Key(f"moderator.notice.back{end}", {"ref": report.ref})
    given, needed = len(votes.given), votes.needed
    left = {"n": needed - given, "given": given, "needed": needed}
    return Key(f"moderator.notice.endorsed{end}", {"ref": report.ref, **left})


async def withdraw_and_notify(turn: Turn) -> None:
    """Withdraw the reporter's own report, then tell the team."""
    await notify_withdrawn(turn, await receipts_chat.withdraw_surely(turn))


async def notify_withdrawn(turn: Turn, report: Report) -> None:
    """Notify reviewers of a withdrawn report and delete its messages from all chats, also of revoked
    moderators. Administrators learn which exports held it."""
    await take_back(Post.of(turn), report.id, report.ref)
    said = Key("moderator.notice.withdrawn", {"ref": report.ref})
    for moderator in await people_service.reviewers(turn.unit):
        say(Post.of(turn), moderator, said)
    held = await links.holding(turn.unit, report.id, MOST_HOLDERS_NAMED)
    if held is not None:
        newest = Joined(tuple(named(turn.unit, one) for one in held.newest), "\n")
        told: dict[str, Phrase | str | int] = {"ref": report.ref, "number": held.number, "exports": newest}
        since = date_phrase(links.day_of(turn.unit, held.since_hour))
        said = Key("moderator.notice.exported", told | {"since": since})
        await notify_admins(Post.of(turn), said)


def notify_released(turn: Turn, holder: Moderator, report: Report) -> None:
    """Notify the former holder that an administrator released a report."""
    said = Key("moderator.notice.released", {"ref": report.ref, "admin": turn.moderator.alias})
    say(Post.of(turn), holder, said, report_id=report.id)


def notify_handed(turn: Turn, other: Moderator, report: Report) -> None:
    """Tell a colleague that a report is theirs now. Its note stands on the card alone."""
    said = Key("moderator.notice.handed", {"ref": report.ref, "alias": turn.moderator.alias})
    _tell(Post.of(turn), report, said, [other])


async def take_effect(renderer: Renderer, ref: str, unit: UnitOfWork, outbox: Outbox) -> None:
    """Apply a decision that can no longer be undone. Its moderator is told if that failed."""
    unmade = await decisions_service.take_effect(unit, ref)
    if unmade is not None:
        moderator, refusal = unmade
        said = Key("moderator.undo.unmade", {"ref": ref}), Key(refusal.key, refusal.arguments)
        say(Post(renderer, unit, outbox), moderator, *said, rows=[[open_button(ref)]])


async def notify_of_clock(post: Post, found: ClockCheck) -> None:
    """Tell administrators that the clock is wrong and nothing is destroyed, or that it is right again."""
    if found.news is None:
        return
    at = datetime.fromtimestamp(found.right_hour * SECONDS_AN_HOUR, post.unit.settings.zone)
    await notify_admins(post, Key(found.news, {"hour": f"{at:%Y-%m-%d %H:%M}"}))


async def notify_other_admins(turn: Turn, one: Moderator, phrase: Phrase, rows: ActButtons = ()) -> None:
    """Notify all administrators except one."""
    await notify_admins(Post.of(turn), phrase, rows, but=one)


async def notify_admins(
    post: Post, phrase: Phrase, rows: ActButtons = (), *, but: Moderator | None = None, aloud: bool = False
) -> None:
    for admin in await people_service.admins(post.unit):
        if but is None or admin.id != but.id:
            say(post, admin, phrase, rows=rows, aloud=aloud)


async def notify(post: Post, reports: Sequence[Report]) -> None:
    """Enqueue one line for all these reports."""
    if reports:
        is_urgent = any(one.urgent for one in reports)
        await tell_group(post, f"moderator.group.{'urgent' if is_urgent else 'new'}")


async def tell_group(post: Post, key: str) -> None:
    """Enqueue a line for the team's group, if there is one, in the first of the bot's languages."""
    chat_id = await notices_service.group_number(post.unit)
    if chat_id is not None:
        message = post.renderer.message(post.unit.settings.languages[0], [Key(key)])
        _enqueue(post, Call("sendMessage", {"chat_id": chat_id, **message.params()}, guarded=True))


async def moved(turn: Turn) -> None:
    message, configured = turn.whole_message, turn.unit.settings.notice_chat
    if message.migrate_to_chat_id is not None and message.chat.id == configured:
        await notices_service.note_group_successor(turn.unit, message.migrate_to_chat_id)
    elif message.migrate_from_chat_id is not None and message.migrate_from_chat_id == configured:
        await notices_service.note_group_successor(turn.unit, message.chat.id)


async def is_ours(turn: Turn, chat: Chat) -> bool:
    """Whether a group is the team's or may be its successor. A call to the old group decides that, and the
    bot leaves the new one if it is not."""
    settings = turn.unit.settings
    if settings.notice_chat is None:
        return False
    if chat.id in {settings.notice_chat, await notices_service.group_number(turn.unit)}:
        return True
    if chat.type != chat.SUPERGROUP or not await notices_service.may_become_group(turn.unit, chat.id):
        return False
    params = {"chat_id": settings.notice_chat, "action": "typing"}
    _enqueue(Post.of(turn), Call("sendChatAction", params, decides=chat.id))
    return True


async def follow(post: Post, delivered: Sequence[Delivered]) -> None:
    """Send lines again that the old group refused, and leave groups that proved not to be its successor."""
    configured = post.unit.settings.notice_chat
    if configured is None:
        return
    hashed = post.unit.safe.pseudonyms.chat(configured)
    for done in [one for one in delivered if one.row.chat_hash == hashed]:
        call = Call.of(post.unit.safe.ring, done.row)
        if done.moved_to is not None:
            await notices_service.note_group_successor(post.unit, done.moved_to)
            if call.decides is None:
                _enqueue(post, replace(call, params={**call.params, "chat_id": done.moved_to}))
        if call.decides is not None and call.decides != await notices_service.group_number(post.unit):
            leave_other_group(post, post.unit.settings.languages[0], call.decides)


def leave_other_group(post: Post, language: str, chat_id: int) -> None:
    message = post.renderer.message(language, [Key("reporter.no_groups")])
    _enqueue(post, Call("sendMessage", {"chat_id": chat_id, **message.params()}))
    _enqueue(post, Call("leaveChat", {"chat_id": chat_id}))


def _enqueue(post: Post, call: Call) -> None:
    post.outbox.add(post.unit.safe.pseudonyms.chat(call.params["chat_id"]), call)


async def leave_group(turn: Turn) -> None:
    """Leave a group that is not the team's. Of a private chat that blocked the bot, forget the reply channels."""
    member = turn.update.my_chat_member
    if member is None:
        return
    now = member.new_chat_member
    if member.chat.type == member.chat.PRIVATE:
        if now.status == now.BANNED:
            await talk_chat.forget_unreachable(turn.unit, [turn.chat.id])
    elif now.status not in {now.LEFT, now.BANNED} and not await is_ours(turn, member.chat):
        leave_other_group(Post.of(turn), turn.language, turn.chat.id)
