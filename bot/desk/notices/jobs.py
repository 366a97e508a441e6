"""Rounds of jobs that send notices: new reports, alarms, reminders, and the audit log's head once a day."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.chat.renderer import ActButtons, Renderer, act_button
from bot.chat.turn import Turn
from bot.desk.decisions import service as decisions_service
from bot.desk.exports import capped, faulty_told
from bot.desk.notices import chat as notices_chat
from bot.desk.notices import service as notices_service
from bot.desk.notices.chat import Post, notify_admins, say
from bot.desk.notices.service import MOST_COUNTED, Alarm
from bot.desk.people import service as people_service
from bot.desk.references import open_button
from bot.desk.sharing import service as sharing_service
from bot.errors import SettingsError
from bot.form.screen import ButtonRole, Key, Phrase
from bot.publish.export import selection
from bot.publish.export.selection import Period
from bot.reports import approvals, claims
from bot.reports.talk import chat as talk_chat
from bot.reports.talk import ways
from bot.safety.logs import where
from bot.safety.sealing import UnsealError
from bot.store import audit, backups, row_proofs
from bot.store.backups import require_whole
from bot.store.file_store import FileStore
from bot.store.sent_messages import Stay
from bot.store.unit import MakeUnit, UnitOfWork
from bot.transport.outbox import Enqueue, Outbox
from bot.transport.replicas import wait_at_most
from db.models import AuditEntry, Moderator, Report

log = logging.getLogger(__name__)
NEWS_SECONDS, FAULT_SECONDS = 30.0, 5.0
_RANDOM = random.SystemRandom()
Find = Callable[[UnitOfWork], Awaitable[Sequence[Any]]]
Take = Callable[[UnitOfWork, Sequence[str]], Awaitable[list[Report]]]
Notify = Callable[[Renderer, UnitOfWork, Outbox, Sequence[Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class NewsSource:
    """One kind of news: finds the ids of unannounced records, and enqueues notices in its own transaction."""

    find: Find
    notify: Notify


def _announcing(take: Take, notify: Callable[[Post, Sequence[Report]], Awaitable[None]]) -> Notify:
    """Notices to the team and its group about reports that `take` marks as announced, in random order."""

    async def announce(renderer: Renderer, unit: UnitOfWork, outbox: Outbox, ids: Sequence[str]) -> None:
        reports = await take(unit, ids)
        _RANDOM.shuffle(reports)
        await notify(Post(renderer, unit, outbox), reports)
        await notices_chat.notify(Post(renderer, unit, outbox), reports)

    return announce


NEWS = (
    NewsSource(approvals.waiting, _announcing(approvals.take, notices_chat.notify_new)),
    NewsSource(approvals.told, _announcing(approvals.take_told, notices_chat.notify_told)),
    NewsSource(approvals.returned, _announcing(approvals.take_returned, notices_chat.notify_back)),
    NewsSource(ways.due, talk_chat.enqueue_question),
)


class Announcer:
    """Announces news, after a random 0.5 to 1.5 times `seconds`. `read` makes units of work that only read."""

    def __init__(self, renderer: Renderer, read: MakeUnit, enqueue: Enqueue, seconds: float) -> None:
        self._renderer, self._read, self._enqueue, self._seconds = renderer, read, enqueue, seconds
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Cut pauses short and announce no more. The next start announces the rest."""
        self._stop.set()

    async def once(self) -> float | None:
        """Announce what waits, and look again at once if anything did."""
        async with self._read() as unit:
            found = [(news, await news.find(unit)) for news in NEWS]
        waiting = [(news, ids) for news, ids in found if ids]
        _RANDOM.shuffle(waiting)
        for news, ids in waiting:
            await wait_at_most(self._stop, self._seconds * _RANDOM.uniform(0.5, 1.5))
            await self._announce(news, ids)
        return 0.0 if waiting and not self._stop.is_set() else None

    async def _announce(self, news: NewsSource, ids: Sequence[Any]) -> None:
        if not self._stop.is_set():
            await self._enqueue(lambda unit, outbox: news.notify(self._renderer, unit, outbox, ids))


async def enqueue_alarms(post: Post, report_ids: Sequence[str]) -> None:
    """Enqueue due alarms, with a sound at any hour."""
    taken = await notices_service.take_alarms(post.unit, report_ids)
    await notices_chat.notify(post, [report for report, _ in taken])
    reviewers = await people_service.reviewers(post.unit) if taken else ()
    for report, alarm in taken:
        holder = next((one for one in reviewers if claims.holds(post.unit, one, report)), None)
        state, held = ("unopened", {}) if holder is None else ("unread", {"alias": holder.alias})
        still, minutes = ("", URGENT_MINUTES) if alarm is Alarm.ALL else ("still_", 2 * URGENT_MINUTES)
        said = Key(f"moderator.notice.{still}{state}", {"ref": report.ref, "minutes": minutes, **held})
        for member in reviewers if alarm is Alarm.ALL else await people_service.admins(post.unit):
            say(post, member, said, rows=_rows(report, member, holder), report_id=report.id, aloud=True)


def _rows(report: Report, member: Moderator, holder: Moderator | None) -> ActButtons:
    if holder is None or member is holder:
        return [[open_button(report.ref)]]
    if member.role != people_service.ADMIN:
        return []
    return [[act_button("moderator.release", "mrelease", report.ref, holder.id[:8])]]


async def enqueue_reminders(post: Post, member_ids: Sequence[str]) -> None:
    """Enqueue the summaries of these members: only numbers, and a button to the queue."""
    for member_id in member_ids:
        member = await post.unit.session.get(Moderator, member_id)
        if member is None or (told := await notices_service.take_waiting(post.unit, member)) is None:
            continue
        why, number, urgent = told
        facts = {"number": capped(number, MOST_COUNTED - 1), "urgent": capped(urgent, MOST_COUNTED - 1)}
        said = [Key(f"moderator.waiting.{why}"), Key("moderator.waiting", facts)]
        rows = [[act_button("moderator.waiting.queue", "mqueue", "start", role=ButtonRole.ONWARD)]]
        say(post, member, *said, rows=rows)


MOST_TOLD = 3
"""Most floods announced on a day. /blocks lists all."""
INSIDE = 10
"""Multiple of the daily limit from which messages inside a form, which are never refused, count as a flood.
"""
FLOOD_OF_MESSAGES, FLOOD_OF_REPORTS = "moderator.flood.messages", "moderator.flood.reports"


async def tell_flood(turn: Turn, what: str, number: int) -> None:
    """Record that this turn's sender reached a daily limit, and tell the administrators once a day."""
    if turn.chat.moderator is not None or turn.chat.blocked or turn.chat.noted:
        return
    turn.chat.noted = True
    noted = await people_service.note_flood(turn.unit, turn.chat.id)
    if noted is None or noted[1] > MOST_TOLD:
        return
    button = act_button("moderator.block.do", "mblock", noted[0])
    said = Key(what, {"n": number, "days": turn.unit.settings.block_days})
    await notify_admins(Post.of(turn), said, [[button]])


WATCH_SECONDS = 20.0
URGENT_MINUTES = 15
"""Time in which an urgent report must be opened before all hear of it, and as much again before administrators do:
one look at a phone, since a person may be in danger."""


class Watch:
    """Enqueues summaries and alarms for the team. `enqueue` enqueues calls in a transaction."""

    def __init__(self, read: MakeUnit, enqueue: Enqueue, renderer: Renderer) -> None:
        self._read, self._enqueue, self._renderer = read, enqueue, renderer
        self._since: dict[tuple[str, Alarm], datetime] = {}
        """Times at which this process first saw each alarm in its present state."""

    async def once(self) -> None:
        """Send what is due."""
        async with self._read() as unit:
            due = await notices_service.members_due(unit)
            standing, now = await notices_service.standing_alarms(unit), unit.now
        # A clock that is set back restarts the count.
        self._since = {one: min(self._since.get(one, now), now) for one in standing.items()}
        over = timedelta(minutes=URGENT_MINUTES)
        unopened = [report_id for (report_id, _), since in self._since.items() if now - since >= over]

        async def tell(unit: UnitOfWork, outbox: Outbox) -> None:
            await enqueue_alarms(Post(self._renderer, unit, outbox), unopened)
            await enqueue_reminders(Post(self._renderer, unit, outbox), due)

        if due or unopened:
            await self._enqueue(tell)


APPLY_SECONDS = 20.0


async def apply_decisions_once(read: MakeUnit, enqueue: Enqueue, renderer: Renderer) -> None:
    """Apply decisions that can no longer be undone, each in its own transaction."""
    async with read() as unit:
        refs = await decisions_service.due(unit)
    for ref in refs:
        await enqueue(partial(notices_chat.take_effect, renderer, ref))


CHECK_SECONDS = 600.0
HOURS_BETWEEN = 24


async def tell_head_once(read: MakeUnit, enqueue: Enqueue, renderer: Renderer, store: FileStore) -> None:
    """Enqueue the head once a day, with reports missing from exports, and losses of the database or file store."""
    async with read() as unit:
        if not await admins_due(unit):
            return
        said, url = list[Phrase](), unit.settings.database_url
        try:
            said += faulty_told(await selection.faulty(unit, Period()))
        except UnsealError:  # a key has left the ring, as the start logged
            log.warning("it could not be seen which public versions are held back")
        if await audit.broken_at(unit) is not None:
            unit.safe.foreign.add(AuditEntry.__tablename__)  # announced with other foreign rows
    said += [phrase async for phrase in _lost(read, store, url)]
    await enqueue(lambda unit, outbox: enqueue_head(Post(renderer, unit, outbox), said))


async def _lost(read: MakeUnit, store: FileStore, url: str) -> AsyncIterator[Phrase]:
    try:
        await require_whole(url)
    except SettingsError as damaged:
        log.error("%s", damaged)  # noqa: TRY400 - no trace helps
        yield Key("moderator.audit.damaged")
    try:
        if lost := await backups.lost_files(read, store):
            log.error("%d files that the database knows are lost. Run: python -m bot check", len(lost))
            yield Key("moderator.audit.files_lost", {"n": len(lost)})
    except OSError as error:
        log.warning("the files could not be compared with the store: %s", where(error))


async def admins_due(unit: UnitOfWork) -> Sequence[Moderator]:
    """Administrators to notify, none before a day has passed since the last notice or the log's first entry."""
    since = await audit.last_hour(unit, audit.TOLD_HEAD)
    if since is None or unit.hour - since < HOURS_BETWEEN:
        return ()
    return await people_service.admins(unit)


async def enqueue_head(post: Post, beside: Sequence[Phrase] = ()) -> None:
    """Enqueue the head for every administrator once a day, silently, with the number of missing entries and `beside`."""
    admins = await admins_due(post.unit)
    if not admins:
        return
    (missing, is_gone), head = await audit.entries_lost(post.unit), await audit.head(post.unit)
    said: list[Phrase] = [Key("moderator.audit.head", {"head": head.short()})]
    if missing:
        said.append(Key("moderator.audit.cut", {"n": missing}))
    if is_gone:
        said.append(Key("moderator.audit.head_gone"))
    said += beside
    await audit.note_kept(post.unit)
    await audit.record(post.unit, audit.SYSTEM, audit.TOLD_HEAD, "", str(head.number))
    for admin in admins:
        say(post, admin, *said, quietly=True, stay=Stay.DAYS)


async def tell_of_server(post: Post, found: Sequence[str]) -> None:
    """Tell the administrators that the server needs a look: once a day for each ill, and again when it has come back. No
    message says what it is."""
    if await notices_service.note_ills(post.unit, found):
        await notify_admins(post, Key("moderator.notice.server"))


LOOK_SECONDS = 600.0


async def look_once(read: MakeUnit, enqueue: Enqueue, renderer: Renderer) -> None:
    """Check the team's rows, which give rights, and report the foreign rows of any table found since the last check."""

    async def tell(unit: UnitOfWork, outbox: Outbox) -> None:
        await audit.record_all(unit, audit.SYSTEM, "foreign", [(name, "") for name in found])
        said = Key("moderator.notice.foreign", {"tables": ", ".join(found)})
        await notify_admins(Post(renderer, unit, outbox), said, aloud=True)

    async with read() as unit:
        row_proofs.remember(unit.safe, await people_service.list_moderators(unit))
        for rows in (people_service.list_open_invitations, sharing_service.list_open):
            await rows(unit)
        found = sorted(unit.safe.foreign)
    if found:
        await enqueue(tell)
        unit.safe.foreign.difference_update(found)
