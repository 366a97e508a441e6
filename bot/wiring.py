"""The place where the bot's objects meet, and the only one of the bot that asks for the time."""

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from telegram.error import TelegramError

from bot import jobs
from bot.chat.announcer import Announcer
from bot.chat.conversations import Conversations
from bot.chat.handlers import MENU, make_table
from bot.chat.profile import Profile
from bot.chat.renderer import Renderer
from bot.chat.transport.api import Api
from bot.chat.transport.attachments import attachments_of
from bot.chat.transport.backlog import Backlog
from bot.chat.transport.batch import BatchProcessor
from bot.chat.transport.file_job import FileJob
from bot.chat.transport.loop import Loop
from bot.chat.transport.outbox import CommittedOutbox
from bot.chat.transport.pace import Pace
from bot.chat.transport.sender import Sender
from bot.errors import SettingsError
from bot.safety.logs import where
from bot.services.keeping import operator_keys
from bot.services.keeping.exposure import exposed
from bot.services.reports.store import FileStore
from bot.settings import Settings, example
from bot.texts import Texts
from bot.work import Clock, Work, require_newest, require_writable
from db.engine import Database

log = logging.getLogger("bot")


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


async def open_work(settings: Settings, clock: Clock | None = None) -> Work:
    """Work on a database that is at the newest migration; raises SettingsError when it is not."""
    await require_newest(settings)
    return Work(settings, Database(settings.database_url), clock or system_clock(settings))


class Bot:
    """The running bot: the batch loop, the sender and the jobs."""

    def __init__(self, settings: Settings, work: Work) -> None:
        self.settings, self.work = settings, work
        self._stopping = asyncio.Event()
        self.api = Api(settings.bot_token.get_secret_value(), settings.bot_api_url)
        self.texts = Texts(settings.languages, neutral=settings.neutral_look)
        self.store = FileStore(settings.files_dir)
        self.outbox = CommittedOutbox(work.read)
        self.files = FileJob(self.api, self.store, work.write, work.files_due)
        self.sender = Sender(
            self.api,
            work.safe.ring,
            attachments_of(work.read, self.store),
            Pace(settings.send_per_second, settings.send_per_chat, settings.send_burst, time.monotonic),
            settings.send_at_once,
            self.outbox.owes,
            work.safe.pseudonyms.chat,
        )
        renderer = Renderer(self.texts)
        conversations = Conversations(renderer, MENU, make_table().dispatch)
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
        self.announcer = Announcer(
            renderer, work.read, self.loop.owe, work.notices_due, settings.notice_seconds
        )

    async def run(self, ready: Callable[[], None] | None = None) -> None:
        """Run until `stop`; `ready` is called when updates begin to be fetched. Raises SettingsError for keys that
        do not fit the database, a folder of files that cannot be written to, a token that Telegram does not know, and an
        address that is no Bot API's."""
        await self._require_stores()
        if not await self.api.start_until(self._stopping):
            return
        endless = [asyncio.create_task(job(self.work)) for job in (jobs.sweep, jobs.empty_log)]
        beside = [asyncio.create_task(job.run()) for job in (self.files, self.announcer)]
        try:
            # Before any update: what the bot owed when it stopped goes first, in its order.
            self.sender.accept(await self.outbox.rows(), tried=True)
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
            await self.api.stop()

    async def _require_stores(self) -> None:
        """A bot that could not keep what it takes must not take it."""
        await require_writable(self.work.database)
        async with self.work.read() as unit:
            await operator_keys.check(unit)
            if not await operator_keys.newest_report_opens(unit):
                log.warning("KUAGER_KEY_RING does not open the newest report; for more: python -m bot check")
        await require_files(self.store)
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

    def stop(self) -> None:
        """Finish the batch at hand and the outbox, then end."""
        self._stopping.set()
        self.loop.stop()

    def stop_on_signals(self) -> None:
        """SIGTERM and SIGINT stop the bot in good order."""
        running = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            running.add_signal_handler(number, self.stop)
