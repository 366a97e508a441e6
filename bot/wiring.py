"""Composition of the bot's objects, and the only place of the bot that reads the machine's clock."""

import asyncio
import gc
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from telegram.error import TelegramError

import migrations
from bot import database_faults, faults, jobs, memory
from bot.chat import vanishing
from bot.chat.conversations import Conversations
from bot.chat.handlers import MENU, make_table
from bot.chat.menu import Profile
from bot.chat.moderation.made_when_sent import made_when_sent
from bot.chat.notices.announcer import Announcer
from bot.chat.notices.leaving import taking_back
from bot.chat.notices.reporters import reminders, silent_replies
from bot.chat.notices.team import foreign_rows, to_moderators
from bot.chat.notices.team.audit_notice import AuditNotice
from bot.chat.notices.team.housekeeping import again_and_again
from bot.chat.notices.team.watch import Watch
from bot.chat.screens.renderer import Renderer
from bot.chat.transport.api import Api
from bot.chat.transport.batches.backlog import Backlog
from bot.chat.transport.batches.batch import BatchProcessor
from bot.chat.transport.copies import ALONE, Copies, Word
from bot.chat.transport.file_job import FileJob
from bot.chat.transport.meter import Meter
from bot.chat.transport.processing.committer import Committer
from bot.chat.transport.processing.loop import Loop
from bot.chat.transport.processing.outage import Cooperation
from bot.chat.transport.processing.signs_of_life import SignsOfLife
from bot.chat.transport.receiving.polling import Polling
from bot.chat.transport.receiving.source import Source
from bot.chat.transport.sending.attachments import attachments_of
from bot.chat.transport.sending.committed_outbox import CommittedOutbox
from bot.chat.transport.sending.journal import FileJournal
from bot.chat.transport.sending.outbox import Outbox
from bot.chat.transport.sending.pace import Pace
from bot.chat.transport.sending.sender import Sender
from bot.errors import SettingsError
from bot.file_store.opening import exposed, open_store, require_store
from bot.safety.logs import where
from bot.services import ring_keys
from bot.services.keeping import audit_check, operator_keys, proving, rotation
from bot.services.keeping.clocks import Look, TelegramTime
from bot.services.reports.files import SealedFile
from bot.services.unit import Unit
from bot.settings import Settings
from bot.texts import Texts
from bot.work import Clock, Work, newer_database, require_newest, require_writable, until_reached
from db.engine import Database
from db.presence import Presence

if TYPE_CHECKING:
    from bot.chat.transport.receiving.registration import Wanted
    from bot.status.page import StatusPage

log = logging.getLogger("bot")
DRAIN_SECONDS = 2.0
"""Seconds for which a stopping replica still takes updates while /ready reports that it does not serve."""
WHOLE_SECONDS = 2.0
_NEW_OBJECTS = 20_000


def system_clock(settings: Settings) -> Clock:
    """Time of this machine, in the configured time zone."""
    return lambda: datetime.now(settings.zone)


def wall_clock() -> float:
    """Time of this machine, in seconds since 1970-01-01 UTC."""
    return time.time()


def spare_collector() -> None:
    """Exempt all present objects from garbage collection, and collect less often. Only for a process that
    runs one bot to its end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


async def open_work(settings: Settings, clock: Clock | None = None) -> Work:
    """Open the database. Raises SettingsError unless it is at the newest migration."""
    await require_newest(settings)
    telegram = TelegramTime(time.monotonic)
    return Work(settings, Database(settings.database_url), clock or system_clock(settings), telegram)


def on_signals(stop: Callable[[], None]) -> None:
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, stop)


def open_api(settings: Settings, telegram: TelegramTime | None = None) -> Api:
    proxy = settings.proxy.get_secret_value() if settings.proxy is not None else None
    return Api(settings.bot_token.get_secret_value(), settings.bot_api_url, telegram, proxy)


def wanted_webhook(settings: Settings) -> "Wanted":
    from bot.chat.transport.receiving.certificate import Certificate  # noqa: PLC0415 - polling needs none of it
    from bot.chat.transport.receiving.registration import Wanted, secret_of  # noqa: PLC0415 - the same

    secret = secret_of(settings.bot_token.get_secret_value(), settings.webhook_url)
    path, key = settings.webhook_certificate, settings.webhook_key
    certificate = Certificate(path, key) if path is not None else None
    return Wanted(settings.webhook_url, secret, settings.webhook_connections, certificate)


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
        self._page: StatusPage | None = None
        meter = self._meter()
        self.texts = Texts(settings.languages, neutral=settings.neutral_look)
        self._renderer = Renderer(self.texts)
        self.store = open_store(settings)
        self.outbox = CommittedOutbox(work.read)
        self.files = FileJob(self.api, self.store, work.write, self._note_stored, work.files_due, copies)
        self.sender = Sender(
            self.api,
            work.safe.ring,
            attachments_of(work.read, self.store, made_when_sent(work.read, work.write, self._renderer)),
            # The clock that asyncio.sleep uses.
            Pace(
                settings.send_per_second,
                settings.send_per_chat,
                settings.send_burst,
                asyncio.get_running_loop().time,
            ),
            settings.send_at_once,
            self.outbox.owes,
            work.safe.pseudonyms.chat,
            meter,
        )
        self.sender.until_erased = lambda: jobs.until_log_empty(work)
        self.sender.journal = FileJournal(settings.state_folder, work.safe.ring, work.copy or 0)
        if self.presence is not None:
            self.sender.gate = self.presence.here
            self.sender.flooded = lambda seconds: copies.tell(Word.HELD, seconds)
        conversations = Conversations(self._renderer, MENU, make_table().dispatch)
        self.source = self._make_source(meter, copies)
        self.committer = Committer(
            work.write,
            BatchProcessor(self.api.bot, conversations),
            self.sender,
            work.safe.pseudonyms.chat,
            Cooperation(copies, work.write, self.outbox, self.sender),
            meter,
        )
        signs_of_life = SignsOfLife(self.api, conversations.pause)
        self.loop = Loop(self.source, self.committer, Backlog(work.read), signs_of_life)
        self.audit_notice = AuditNotice(work.read, self.committer.owe, self._renderer, self.store, copies)
        self.watch = Watch(work.read, self.committer.owe, self._renderer, copies)
        self.announcer = Announcer(
            self._renderer, work.read, self.committer.owe, work.notices_due, settings.notice_seconds, copies
        )
        self._copies = copies

    def _look(self) -> None:
        presence = self.presence
        assert presence is not None  # noqa: S101 - it asks for this
        self.sender.share_pace(len(presence.living))
        is_here = presence.here.is_set()
        self.loop.look(back=is_here and not self._was_here)
        self._was_here = is_here
        if presence.keeps_house and not self._kept_house:
            self.work.files_due.set()
            self.work.notices_due.set()
        self._kept_house = presence.keeps_house
        if presence.revision is not None and not migrations.is_known(presence.revision):
            self._newer = newer_database(presence.revision)
            self.stop()

    def _hear(self, said: str, about: str) -> None:
        if said not in set(Word):  # of another version
            return
        match Word(said):
            case Word.FILES:
                self.work.files_due.set()
            case Word.REPORTS:
                self.work.notices_due.set()
            case Word.HELD:
                self.sender.hold(min(faults.LONGEST_HOLD, float(about)))
            case word:
                self.loop.hear(word, is_ours=about == str(self.work.copy))

    def _meter(self) -> Meter:
        """Meter of the status page, or a dummy without one."""
        if self.settings.status_port is None:
            return Meter()
        from bot.status.page import Readings, StatusPage  # noqa: PLC0415 - a library that is not needed else
        from bot.status.prometheus import PrometheusMeter  # noqa: PLC0415 - the same

        meter = PrometheusMeter()
        readings = Readings(
            fault=self._fault,
            batch_seconds=lambda: self.committer.batch_seconds,
            backlog=Backlog(self.work.read).length,
            outbox=lambda: self.sender.lanes.owed(),  # noqa: PLW0108 - it is made later
            source=lambda: (self.source.waiting, self.source.pending),
        )
        self._page = StatusPage(self.settings.status_port, meter, readings)
        return meter

    def _fault(self) -> str:
        if not self._serves or self._stopping.is_set():
            return "it starts or stops"
        away = self.presence is not None and not self.presence.here.is_set()
        return self.source.fault or self.loop.fault or ("it is not among the copies" if away else "")

    def _make_source(self, meter: Meter, copies: Copies) -> Source:
        settings = self.settings
        if not settings.webhook_url:
            return Polling(self.api, settings.poll_seconds, copies)
        from bot.chat.transport.receiving.webhook import Webhook  # noqa: PLC0415 - polling needs no server

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
            await self._run(ready)

    async def _run(self, ready: Callable[[], None] | None) -> None:
        if self._stopping.is_set() or not await self.api.start_until(self._stopping):
            return
        endless, beside = list[asyncio.Task[None]](), list[asyncio.Task[None]]()
        being: asyncio.Task[None] | None = None
        try:
            # Before any update: calls left in the outbox go first, in their order. And before any job that enqueues:
            # its calls would be taken for left ones and sent twice.
            if self.presence is None:
                self.sender.accept_left(await self.outbox.rows())
            else:  # another replica may send them: the leader adopts those of dead replicas
                being = asyncio.create_task(self.presence.run(database_faults.unreached()))
                # Only a bug ends it, and a replica that the others do not see must send nothing.
                being.add_done_callback(lambda _ended: self.stop())
                await self._until_here(self.presence, being)
            looking = partial(foreign_rows.look, self.work.read, self.committer.owe, self._renderer)
            endless_jobs = (
                jobs.sweep(
                    self.work, self.look_at_clock, self.put_away_silent, self.remind, self._keeps_house
                ),
                jobs.empty_log(self.work),
                jobs.keep_audit_head(self.work),
                jobs.put_away(self.work, self.put_away, self._keeps_house),
                memory.keep_giving_back(),
                self.audit_notice.run(),
                self.watch.run(),
                again_and_again(ALONE, looking, foreign_rows.LOOK_SECONDS),
            )
            endless += [asyncio.create_task(job) for job in (*endless_jobs, self._introduce())]
            beside += [asyncio.create_task(job.run()) for job in (self.files, self.announcer)]
            async with self.source.open():
                self._serves = True
                if ready is not None:
                    ready()
                await self.loop.run()
            self._serves = False
            self.announcer.stop()
            await self.sender.finish(self.settings.stop_seconds)
            await self.loop.flusher.record_last()
            await self.loop.adopter.leave()
            self.sender.journal.close()
        finally:
            self.files.stop()
            self.announcer.stop()
            for job in endless:
                job.cancel()
            await asyncio.gather(*beside, *endless, return_exceptions=True)
            await jobs.empty_log_once(self.work)
            await jobs.keep_audit_head_once(self.work)
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

    def _keeps_house(self) -> bool:
        return self._copies.keeps_house

    async def _require_stores(self) -> None:
        """Check keys, stores and the audit log: the bot must not accept reports that it cannot keep."""
        await require_writable(self.work.database, WHOLE_SECONDS)
        async with self.work.write() as unit:
            if await proving.is_due(unit):
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
            await rotation.note_ring(unit)
        _, doubt = await require_store(self.settings, patient=True)
        if doubt is not None:
            log.warning("KUAGER_FILES_URL: %s", doubt)
        async with self.work.read() as unit:
            found = await audit_check.check(unit)
        for fault in found.faults(self.settings):
            if found.broken_at is not None or found.cuts:
                raise SettingsError(fault)  # rights follow from the log
            log.error("%s", fault)
        for line in exposed(self.settings):
            log.warning("%s", line)

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
        """Record a stored file and enqueue deletions, in one transaction."""

        async def act(unit: Unit, outbox: Outbox) -> bool:
            return await vanishing.note_stored(self._renderer, unit, outbox, file_id, sealed)

        return await self.committer.owe(act)

    async def put_away_silent(self) -> None:
        """Destroy abandoned replies and enqueue the deletion of their messages."""
        await self.committer.owe(lambda unit, outbox: silent_replies.put_away(self._renderer, unit, outbox))

    async def remind(self) -> None:
        """Destroy abandoned replies and enqueue reminders of drafts that expire soon."""

        async def act(unit: Unit, outbox: Outbox) -> None:
            await silent_replies.put_away(self._renderer, unit, outbox)
            await reminders.owe(self._renderer, unit, outbox)

        await self.committer.owe(act)

    async def look_at_clock(self) -> Look:
        async def act(unit: Unit, outbox: Outbox) -> Look:
            found = await self.work.look_at_clock(unit)
            await to_moderators.notify_of_clock(self._renderer, unit, outbox, found)
            return found

        return await self.committer.owe(act)

    async def put_away(self) -> None:
        """Enqueue the deletion of due messages in moderators' chats, and of replies to deleted reports."""
        await self.committer.owe(lambda unit, outbox: taking_back.put_away(self._renderer, unit, outbox))
        await self.committer.owe(
            lambda unit, outbox: silent_replies.take_back_gone(self._renderer, unit, outbox)
        )

    def stop(self) -> None:
        """End after the current batch and the outbox."""
        first = not self._stopping.is_set()
        self._stopping.set()
        if first and self._serves and self.presence is not None and len(self.presence.living) > 1:
            # Others go on: give the load balancer that checks /ready time to send updates to them.
            asyncio.get_running_loop().call_later(DRAIN_SECONDS, self.loop.stop)
        else:
            self.loop.stop()

    def stop_on_signals(self) -> None:
        on_signals(self.stop)
