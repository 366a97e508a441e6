"""The place where the bot's objects meet, and the only one of the bot that asks for the time."""

import asyncio
import gc
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from telegram.error import TelegramError

from bot import jobs
from bot.chat import vanishing
from bot.chat.conversations import Conversations
from bot.chat.handlers import MENU, make_table
from bot.chat.notices import reminders, taking_back, to_moderators
from bot.chat.notices.announcer import Announcer
from bot.chat.notices.audit_notice import AuditNotice
from bot.chat.profile import Profile
from bot.chat.screens.renderer import Renderer
from bot.chat.transport.api import Api
from bot.chat.transport.file_job import FileJob
from bot.chat.transport.loop import Loop
from bot.chat.transport.receiving.backlog import Backlog
from bot.chat.transport.receiving.batch import BatchProcessor
from bot.chat.transport.sending.attachments import attachments_of
from bot.chat.transport.sending.outbox import CommittedOutbox, Outbox
from bot.chat.transport.sending.pace import Pace
from bot.chat.transport.sending.sender import Sender
from bot.errors import SettingsError
from bot.safety.logs import where
from bot.services.keeping import audit_heads, operator_keys, rotation
from bot.services.keeping.clocks import Look, TelegramTime
from bot.services.keeping.exposure import exposed
from bot.services.reports.files import SealedFile
from bot.services.reports.store import FileStore
from bot.services.unit import Unit
from bot.settings import Settings, example
from bot.texts import Texts
from bot.work import Clock, Work, require_newest, require_writable
from db.engine import Database

log = logging.getLogger("bot")
_NEW_OBJECTS = 20_000
"""Objects after which the collector looks at the newest: those of a large batch."""


async def require_files(store: FileStore) -> None:
    """Raise SettingsError unless the folder of files can be written to."""
    try:
        await store.prepare()
    except OSError as error:
        raise SettingsError(
            f"KUAGER_FILES_DIR is wrong: the folder cannot be written to: {error.strerror}. {example('files_dir')}"
        ) from None


def system_clock(settings: Settings) -> Clock:
    """The time of this machine, in the configured time zone."""
    return lambda: datetime.now(settings.zone)


def wall_clock() -> float:
    """The time of this machine, in seconds since 1970-01-01 UTC."""
    return time.time()


def spare_collector() -> None:
    """Let the garbage collector pass over all that is there by now, forms, texts and modules, and look less often: it would walk
    through them every few updates. For a process that does nothing but run one bot to its end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


async def open_work(settings: Settings, clock: Clock | None = None) -> Work:
    """Work on a database that is at the newest migration; raises SettingsError when it is not."""
    await require_newest(settings)
    telegram = TelegramTime(time.monotonic)
    return Work(settings, Database(settings.database_url), clock or system_clock(settings), telegram)


class Bot:
    """The running bot: the batch loop, the sender and the jobs."""

    def __init__(self, settings: Settings, work: Work) -> None:
        self.settings, self.work = settings, work
        self._stopping = asyncio.Event()
        self.api = Api(settings.bot_token.get_secret_value(), settings.bot_api_url, work.telegram)
        self.texts = Texts(settings.languages, neutral=settings.neutral_look)
        self._renderer = Renderer(self.texts)
        self.store = FileStore(settings.files_dir)
        self.outbox = CommittedOutbox(work.read)
        self.files = FileJob(self.api, self.store, work.write, self._note_stored, work.files_due)
        self.sender = Sender(
            self.api,
            work.safe.ring,
            attachments_of(work.read, self.store),
            Pace(settings.send_per_second, settings.send_per_chat, settings.send_burst, time.monotonic),
            settings.send_at_once,
            self.outbox.owes,
            work.safe.pseudonyms.chat,
        )
        conversations = Conversations(self._renderer, MENU, make_table().dispatch)
        self.loop = Loop(
            self.api,
            work.write,
            BatchProcessor(self.api.bot, conversations),
            self.sender,
            settings.poll_seconds,
            work.safe.pseudonyms.chat,
            self.outbox,
            Backlog(work.read),
        )
        self.audit_notice = AuditNotice(work.read, self.loop.owe, self._renderer)
        self.announcer = Announcer(
            self._renderer, work.read, self.loop.owe, work.notices_due, settings.notice_seconds
        )

    async def run(self, ready: Callable[[], None] | None = None) -> None:
        """Run until `stop`; `ready` is called when updates begin to be fetched. Raises SettingsError for keys that
        do not fit the database, a folder of files that cannot be written to, a token that Telegram does not know, and an
        address that is no Bot API's."""
        await self._require_stores()
        if not await self.api.start_until(self._stopping):
            return
        endless, beside = list[asyncio.Task[None]](), list[asyncio.Task[None]]()
        try:
            # Before any update: what the bot owed when it stopped goes first, in its order. And before any job that owes
            # something, which would be taken for what was owed, and sent twice.
            self.sender.accept(await self.outbox.rows(), tried=True)
            endless_jobs = (
                jobs.sweep(self.work, self.look_at_clock, self.remind),
                jobs.empty_log(self.work),
                jobs.keep_audit_head(self.work),
                jobs.put_away(self.work, self.put_away),
                self.audit_notice.run(),
            )
            endless += [asyncio.create_task(job) for job in endless_jobs]
            beside += [asyncio.create_task(job.run()) for job in (self.files, self.announcer)]
            await self._introduce()
            if ready is not None:
                ready()
            await self.loop.run()
            self.announcer.stop()
            await self.sender.finish(self.settings.stop_seconds)
            await self.loop.take([])  # records what was delivered last
        finally:
            self.files.stop()
            self.announcer.stop()
            for job in endless:
                job.cancel()
            await asyncio.gather(*beside, *endless, return_exceptions=True)
            await jobs.empty_log_once(self.work)
            await jobs.keep_audit_head_once(self.work)
            await self.api.stop()

    async def _require_stores(self) -> None:
        """A bot that could not keep what it takes must not take it."""
        await require_writable(self.work.database)
        async with self.work.write() as unit:
            await operator_keys.check(unit)
            for name, number in (await operator_keys.lacking(unit)).items():
                log.error(
                    "KUAGER_KEY_RING lacks the key %s, or another one has its name: %d reports and public versions do not "
                    "open. Put it back behind the new ones; for more: python -m bot check",
                    name,
                    number,
                )
            await rotation.note_ring(unit)
        await require_files(self.store)
        async with self.work.read() as unit:
            await audit_heads.keep(unit)
        for line in exposed(self.settings):
            log.warning("%s", line)

    async def _introduce(self) -> None:
        """Tell Telegram the commands and who stands behind the bot. That can wait for the next start."""
        profile = Profile(self.settings, self.texts)
        steps: Mapping[str, Callable[[], Awaitable[object]]] = {
            # One that is left from before would refuse getUpdates.
            "that no webhook is wanted": lambda: self.api.call("deleteWebhook", {}),
            "the commands": lambda: MENU.register(self.api, self.texts),
            "the profile": lambda: profile.register(self.api),
        }
        for name, step in steps.items():
            try:
                await step()
            except TelegramError as error:
                log.warning("Telegram was not told %s: %s; the next start tries again", name, where(error))

    async def _note_stored(self, file_id: str, sealed: SealedFile) -> bool:
        """Note that a file is kept, and owe what leaves a chat by that, in one transaction."""

        async def act(unit: Unit, outbox: Outbox) -> bool:
            return await vanishing.note_stored(self._renderer, unit, outbox, file_id, sealed)

        return await self.loop.owe(act)

    async def remind(self) -> None:
        """Owe a reminder to everybody whose draft is to be destroyed soon and who wants one."""
        await self.loop.owe(lambda unit, outbox: reminders.owe(self._renderer, unit, outbox))

    async def look_at_clock(self) -> Look:
        """Judge this machine's clock, and owe the administrators what is to be told of it, in one transaction."""

        async def act(unit: Unit, outbox: Outbox) -> Look:
            found = await self.work.look_at_clock(unit)
            await to_moderators.notify_of_clock(self._renderer, unit, outbox, found)
            return found

        return await self.loop.owe(act)

    async def put_away(self) -> None:
        """Owe the deletion of what has stood long enough in moderators' chats, in one transaction."""
        await self.loop.owe(lambda unit, outbox: taking_back.put_away(self._renderer, unit, outbox))

    def stop(self) -> None:
        """Finish the batch at hand and the outbox, then end."""
        self._stopping.set()
        self.loop.stop()

    def stop_on_signals(self) -> None:
        """SIGTERM and SIGINT stop the bot in good order."""
        running = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            running.add_signal_handler(number, self.stop)
