"""The place where the bot's objects meet, and the only one that asks for the time."""

import asyncio
import gc
import logging
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from telegram.error import TelegramError

import migrations
from bot.app import jobs, machine, operator_keys, upgrades
from bot.app.commands import MENU
from bot.app.conversations import Conversations
from bot.app.jobs import Job
from bot.app.work import (
    Clock,
    Work,
    newer_database,
    require_usable,
    require_writable,
    until_reached,
    warn_of_newer,
)
from bot.chat.menu import Profile
from bot.chat.renderer import Renderer
from bot.desk import country_update as country_update_chat
from bot.desk import statistics
from bot.desk.audit import chat as audit_chat
from bot.desk.exports import ExportOpeners
from bot.desk.notices import chat as notices_chat
from bot.desk.notices import jobs as notices_jobs
from bot.desk.notices.jobs import Announcer, Watch
from bot.desk.queue.found import SEARCH, Search
from bot.errors import SettingsError
from bot.reports.filling import endings
from bot.reports.filling import screens as filling_screens
from bot.reports.talk import chat as talk_chat
from bot.safety.logs import where
from bot.settings import Settings
from bot.store import audit, faults, ring_keys
from bot.store.clocks import ClockCheck, TelegramTime
from bot.store.faults import Outage
from bot.store.file_store import exposed
from bot.store.files import SealedFile, open_store, require_store
from bot.store.unit import MakeUnit, UnitOfWork
from bot.texts import Texts
from bot.transport.api import Api
from bot.transport.backlog import Backlog
from bot.transport.batch import BatchProcessor
from bot.transport.call import Delivery, Opener, file_openers
from bot.transport.committer import Committer, Cooperation
from bot.transport.file_job import FileJob
from bot.transport.lanes import SendingPace
from bot.transport.loop import Loop, SignsOfLife
from bot.transport.outbox import CommittedOutbox, Outbox
from bot.transport.polling import Polling
from bot.transport.replicas import ALONE, Copies, Meter, ReplicaMessage, loop_time
from bot.transport.sender import Journal, Sender
from bot.transport.updates import Source
from db.engine import Database
from db.presence import Presence


def made_when_sent(read: MakeUnit, write: MakeUnit, renderer: Renderer) -> Mapping[str, Opener]:
    """Openers of attachments without a stored file. `write` makes units of work that record exports."""
    return {
        **statistics.statistics_openers(read, renderer),
        **audit_chat.audit_openers(read, renderer),
        **ExportOpeners(read, write, renderer).by_name(),
        **country_update_chat.country_update_openers(read, write, renderer),
        SEARCH: Search(read, renderer),
        filling_screens.FORM_FILE: filling_screens.open_form_file,
    }


if TYPE_CHECKING:
    from bot.app.status import StatusPage
    from bot.transport.registration import Wanted

log = logging.getLogger("bot")
DRAIN_SECONDS = 2.0
"""Seconds for which a stopping replica still takes updates while /ready reports that it does not serve."""
_NEW_OBJECTS = 20_000


def system_clock(settings: Settings) -> Clock:
    """Time of this machine, in the configured time zone."""
    return lambda: datetime.now(settings.zone)


def wall_clock() -> float:
    """Time of this machine, in seconds since 1970-01-01 UTC."""
    return time.time()


def spare_collector() -> None:
    """Exempt present objects from garbage collection, and collect less often. For a process of one bot."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


async def open_work(settings: Settings, clock: Clock | None = None) -> Work:
    """Open the database. Raises SettingsError unless this program can use it."""
    await require_usable(settings)
    telegram = TelegramTime(time.monotonic)
    work = Work(settings, Database(settings.database_url), clock or system_clock(settings), telegram)
    await work.read_forms()
    return work


def on_signals(stop: Callable[[], None]) -> None:
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, stop)


def open_api(settings: Settings, telegram: TelegramTime | None = None) -> Api:
    proxy = settings.proxy.get_secret_value() if settings.proxy is not None else None
    return Api(settings.bot_token.get_secret_value(), settings.bot_api_url, telegram, proxy)


@asynccontextmanager
async def started_api(settings: Settings, telegram: TelegramTime | None = None) -> AsyncIterator[Api]:
    """The Bot API, connected inside the block. Raises as `Api.start`."""
    api = open_api(settings, telegram)
    await api.start()
    try:
        yield api
    finally:
        await api.stop()


def wanted_webhook(settings: Settings) -> "Wanted":
    from bot.transport.registration import Certificate, Wanted, secret_of  # noqa: PLC0415 - polling needs none

    secret = secret_of(settings.bot_token.get_secret_value(), settings.webhook_url)
    path, key = settings.webhook_certificate, settings.webhook_key
    certificate = Certificate(path, key) if path is not None else None
    return Wanted(settings.webhook_url, secret, certificate)


class Bot:
    """Running bot: the batch loop, the sender and the jobs."""

    def __init__(self, settings: Settings, work: Work) -> None:
        self.settings, self.work = settings, work
        self._stopping = asyncio.Event()
        self.introduced = asyncio.Event()
        """Set once the commands and the profile were sent to Telegram, or that failed."""
        self._serves = False
        self._newer: SettingsError | None = None
        self._kept_house = self._was_here = False
        self.presence = (
            None if work.database.is_sqlite else Presence(work.database.url, self._hear, self._look)
        )
        copies: Copies = self.presence or ALONE
        work.copy = self.presence.number if self.presence else None
        self.api = open_api(settings, work.telegram)
        self._page = self._status_page()
        meter: Meter = self._page.meter if self._page is not None else Meter()
        self.texts = Texts(settings.languages, neutral=settings.neutral_look)
        self._renderer = Renderer(self.texts)
        self.store = open_store(settings)
        self.outbox = CommittedOutbox(work.read)
        self.files = FileJob(self.api, self.store, work.write, self._note_stored, work.files_due)
        openers = made_when_sent(work.read, work.write, self._renderer)
        self.sender = Sender(
            Delivery(self.api, {**file_openers(work.read, self.store), **openers}),
            work.safe.ring,
            SendingPace(settings.send_per_second, settings.send_per_chat, settings.send_burst, loop_time),
            self.outbox.owes,
            work.safe.pseudonyms.chat,
            Journal(settings.state_folder, work.safe.ring, work.copy or 0),
            meter,
        )
        self.sender.until_erased = lambda: jobs.until_log_empty(work)
        if self.presence is not None:
            self.sender.gate = self.presence.here
            self.sender.flooded = lambda seconds: copies.tell(ReplicaMessage.HELD, seconds)
        conversations = Conversations(self._renderer)
        self.source = self._make_source(meter, copies)
        self.committer = Committer(
            work.write,
            BatchProcessor(self.api.bot, conversations),
            self.sender,
            Cooperation(copies, work.write, self.outbox, self.sender),
            meter,
        )
        signs_of_life = SignsOfLife(self.api, conversations.pause)
        self.loop = Loop(self.source, self.committer, Backlog(work.read), signs_of_life)
        self.watch = Watch(work.read, self.committer.enqueue, self._renderer)
        self.announcer = Announcer(self._renderer, work.read, self.committer.enqueue, settings.notice_seconds)
        self._copies = copies
        self.schedule = self._make_schedule()

    def _make_schedule(self) -> Sequence[Job]:
        work, leader = self.work, partial(Job, leader_only=True)
        sweep = partial(jobs.sweep_once, work, self.look_at_clock, self.put_away_silent, self.remind)
        learn_clock = partial(jobs.learn_clock_once, work, self._copies)
        empty_log, keep_head = partial(jobs.empty_log_once, work), partial(jobs.keep_audit_head_once, work)
        unlisted = "the list of withdrawals was not written"
        keep_list = partial(jobs.keep_withdrawals_once, work)
        put_away = partial(jobs.put_away_once, work, self.put_away)
        chats = work.read, self.committer.enqueue, self._renderer
        look = partial(notices_jobs.look_once, *chats)
        apply = partial(notices_jobs.apply_decisions_once, *chats)
        tell_head = partial(notices_jobs.tell_head_once, *chats, self.store)
        forget_held = partial(jobs.forget_held_once, work)
        read_forms = partial(jobs.read_forms_once, work, self.api, self.committer.enqueue, self._renderer)
        look_at_server = partial(jobs.look_at_server_once, work, self.tell_of_server)
        news = self.announcer.once
        announce = partial(leader, after_failure=notices_jobs.FAULT_SECONDS, word=ReplicaMessage.REPORTS)
        foreign = "administrators were not told of rows that the bot did not write"
        head = "the head of the audit log was not written"
        return (
            leader("a sweep failed", sweep, partial(jobs.until_next_sweep, work)),
            Job("what is known of the clock was not read", learn_clock, jobs.CLOCK_SECONDS),
            leader("what moderators were shown was not taken back", put_away, jobs.PUT_AWAY_SECONDS),
            leader("decided reports were not sealed", jobs.Sealing(work).once, jobs.SEAL_SECONDS),
            leader("what came before consent was not destroyed", forget_held, jobs.FORGET_HELD_SECONDS),
            leader("the team was not told what waits", self.watch.once, notices_jobs.WATCH_SECONDS),
            leader("decisions did not take effect", apply, notices_jobs.APPLY_SECONDS),
            leader("the head of the audit log was not told", tell_head, notices_jobs.CHECK_SECONDS),
            leader("administrators were not told of the server", look_at_server, jobs.SERVER_SECONDS),
            Job(foreign, look, notices_jobs.LOOK_SECONDS),
            announce("news could not be announced", news, notices_jobs.NEWS_SECONDS, work.notices_due),
            leader(
                "a round of files failed", self.files.once, wake=work.files_due, word=ReplicaMessage.FILES
            ),
            Job(jobs.NOT_EMPTIED, empty_log, wake=work.erasing, after_failure=jobs.EMPTY_LOG_SECONDS),
            Job("forms were not read", read_forms, jobs.READ_FORMS_SECONDS, work.installed),
            Job(head, keep_head, wake=work.audited, rest=jobs.AUDIT_HEAD_SECONDS),
            Job(unlisted, keep_list, wake=work.destroyed, rest=jobs.KEEP_LIST_REST),
            Job(unlisted, keep_list, jobs.KEEP_LIST_SECONDS),  # other replicas destroy too
            Job("free memory was not given back", jobs.give_back_once, 0.0, rest=jobs.GIVE_BACK_SECONDS),
        )

    def _look(self) -> None:
        presence = self.presence
        assert presence is not None  # noqa: S101 - it asks for this
        self.sender.pace.share(len(presence.living))
        is_here = presence.here.is_set()
        leads_now = presence.is_leader and not self._kept_house
        self.loop.look(back=is_here and not self._was_here, leads_now=leads_now)
        self._was_here, self._kept_house = is_here, presence.is_leader
        if leads_now:
            self.work.files_due.set()
            self.work.notices_due.set()
        found = presence.revision
        if found is None or migrations.is_known(found):
            return
        if migrations.only_expanded(found, presence.contraction):
            warn_of_newer(found)
        else:
            self._newer = newer_database(found)
            self.stop()

    def _hear(self, said: str, about: str) -> None:
        if said not in set(ReplicaMessage):  # of another version
            return
        match ReplicaMessage(said):
            case ReplicaMessage.FILES:
                self.work.files_due.set()
            case ReplicaMessage.REPORTS:
                self.work.notices_due.set()
            case ReplicaMessage.HELD:
                self.sender.pace.hold(min(faults.LONGEST_HOLD, float(about)))
            case word:
                self.loop.hear(word, is_ours=about == str(self.work.copy))

    def _status_page(self) -> "StatusPage | None":
        if self.settings.status_port is None:
            return None
        from bot.app.status import StatusPage  # noqa: PLC0415 - a library that is not needed else

        return StatusPage(self.settings.status_port, self)

    def fault(self) -> str:
        """Reason why no updates come or are processed, in one line, or blank."""
        if not self._serves or self._stopping.is_set():
            return "it starts or stops"
        away = self.presence is not None and not self.presence.here.is_set()
        return self.source.fault or self.loop.fault or ("it is not among the copies" if away else "")

    def _make_source(self, meter: Meter, copies: Copies) -> Source:
        settings = self.settings
        if not settings.webhook_url:
            return Polling(self.api, settings.poll_seconds, copies)
        from bot.transport.webhook import Webhook  # noqa: PLC0415 - polling needs no server

        return Webhook(self.api, wanted_webhook(settings), settings.webhook_address, meter, copies)

    async def run(self, ready: Callable[[], None] | None = None) -> None:
        """Run until `stop`. `ready` is called when updates begin to come. Waits for an unavailable database
        and for Telegram.

        Raises SettingsError for:

        - keys that do not fit the database
        - a file store that cannot be written to
        - a token that Telegram does not know, or an address without a Bot API
        - a webhook that Telegram refuses
        - a port that is taken
        """
        async with self._page.open() if self._page is not None else nullcontext():
            await until_reached(self._require_stores, self._stopping)
            self.work.outage = Outage("the database takes what people write again")
            await self._run(ready)

    async def _run(self, ready: Callable[[], None] | None) -> None:
        if self._stopping.is_set() or not await self.api.start_until(self._stopping):
            return
        endless = list[asyncio.Task[None]]()
        being: asyncio.Task[None] | None = None
        try:
            # Before any update: calls left in the outbox go first, in their order. And before any job that enqueues:
            # its calls would be taken for left ones and sent twice.
            if self.presence is None:
                self.sender.accept_left(await self.outbox.rows())
            else:  # another replica may send them: the leader adopts those of dead replicas
                being = asyncio.create_task(self.presence.run(faults.unreached()))
                # Only a bug ends it, and a replica that the others do not see must send nothing.
                being.add_done_callback(lambda _ended: self.stop())
                await self._until_here(self.presence, being)
            running = [*(job.run(self._copies) for job in self.schedule), self._introduce()]
            endless += [asyncio.create_task(one) for one in running]
            async with self.source.open():
                self._serves = True
                if ready is not None:
                    ready()
                await self.loop.run()
            self._serves = False
            self.announcer.stop()
            await self.sender.finish(self.settings.stop_seconds)
            await self.loop.leave()
            self.sender.journal.close()
        finally:
            self.announcer.stop()
            for task in endless:
                task.cancel()
            await asyncio.gather(*endless, self.files.finish(), return_exceptions=True)
            for job in self.schedule:
                if job.seconds is None:  # an event may have come too late
                    await job.round()
            if being is not None:  # last of all: from then on other replicas take over the rest
                being.cancel()
                await asyncio.gather(being, return_exceptions=True)
            await self.api.stop()
        if being is not None and not being.cancelled():
            being.result()  # raises the bug that ended it
        if self._newer is not None:
            raise self._newer

    async def _until_here(self, presence: Presence, being: asyncio.Task[None]) -> None:
        waiting = {asyncio.create_task(event.wait()) for event in (presence.here, self._stopping)}
        await asyncio.wait({being, *waiting}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        if being.done():
            being.result()  # a bug: raise it

    async def _require_stores(self) -> None:
        """Check keys, stores and the audit log: the bot must not accept reports that it cannot keep."""
        await require_writable(self.work.database, jobs.WHOLE_SECONDS)
        async with self.work.write() as unit:
            if await upgrades.is_due(unit):
                raise SettingsError("The database's rows are not all proved yet. Run: python -m bot migrate")
            await operator_keys.require_ours(unit)
            await operator_keys.check(unit)
            await ring_keys.note(unit)
            for name in await ring_keys.lacking(unit):
                log.error(
                    "KUAGER_KEY_RING lacks the key %s, or another one has its name: %d reports and public versions do not "
                    "open. Put it back behind the new ones; for more: python -m bot check",
                    name,
                    await ring_keys.wrapped_by(unit, name),
                )
            await ring_keys.note_ring(unit)
        await self.work.close_restored()
        _, doubt = await require_store(self.settings, patient=True)
        if doubt is not None:
            log.warning("KUAGER_FILES_URL: %s", doubt)
        async with self.work.read() as unit:
            found = await audit.check_log(unit)
        for fault in found.faults(self.settings):
            if found.broken_at is not None or found.cuts:
                raise SettingsError(fault)  # rights follow from the log
            log.error("%s", fault)
        for line in exposed(self.settings):
            log.warning("%s", line)
        for one in machine.room(self.settings):
            log.log(logging.ERROR if one.is_fault else logging.WARNING, "%s: %s", one.what, one.why)

    async def _introduce(self) -> None:
        profile = Profile(self.settings, self.texts)
        steps: Mapping[str, Callable[[], Awaitable[object]]] = {
            "the commands": lambda: MENU.register(self.api, self.texts),
            "the profile": lambda: profile.register(self.api),
        }
        for name, step in steps.items():
            try:
                await step()
            except TelegramError as error:
                log.warning("Telegram was not told %s: %s; the next start tries again", name, where(error))
        self.introduced.set()

    async def _note_stored(self, file_id: str, sealed: SealedFile) -> bool:
        async def act(unit: UnitOfWork, outbox: Outbox) -> bool:
            return await filling_screens.note_stored(self._renderer, unit, outbox, file_id, sealed)

        return await self.committer.enqueue(act)

    async def put_away_silent(self) -> None:
        """Destroy abandoned replies and enqueue the deletion of their messages."""
        await self.committer.enqueue(partial(talk_chat.put_away, self._renderer))

    async def remind(self) -> None:
        """Destroy abandoned replies and enqueue reminders of drafts that expire soon."""

        async def act(unit: UnitOfWork, outbox: Outbox) -> None:
            await talk_chat.put_away(self._renderer, unit, outbox)
            await endings.enqueue_reminders(self._renderer, unit, outbox)

        await self.committer.enqueue(act)

    async def look_at_clock(self) -> ClockCheck:
        async def act(unit: UnitOfWork, outbox: Outbox) -> ClockCheck:
            found = await self.work.look_at_clock(unit)
            await notices_chat.notify_of_clock(notices_chat.Post(self._renderer, unit, outbox), found)
            return found

        return await self.committer.enqueue(act)

    async def tell_of_server(self, ills: Sequence[str]) -> None:
        post = partial(notices_chat.Post, self._renderer)
        await self.committer.enqueue(
            lambda unit, outbox: notices_jobs.tell_of_server(post(unit, outbox), ills)
        )

    async def put_away(self) -> None:
        """Enqueue the deletion of due messages in moderators' chats, and of replies to deleted reports."""
        await self.committer.enqueue(
            lambda unit, outbox: notices_chat.put_away(notices_chat.Post(self._renderer, unit, outbox))
        )
        await self.committer.enqueue(partial(talk_chat.take_back_gone, self._renderer))

    def stop(self) -> None:
        """End after the current batch and the outbox."""
        first = not self._stopping.is_set()
        self._stopping.set()
        if first and self._serves and self.presence is not None and len(self.presence.living) > 1:
            # Others go on: give the load balancer that checks /ready time to send updates to them.
            asyncio.get_running_loop().call_later(DRAIN_SECONDS, self.loop.stop)
        else:
            self.loop.stop()
