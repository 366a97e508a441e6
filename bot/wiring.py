"""The only place where objects meet, and the only one that owns the clock."""

import asyncio
import logging
import random
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from telegram.error import TelegramError

import migrations
from bot.chat import commands
from bot.chat.api import Api
from bot.chat.attachments import Attachments, Content, GoneError
from bot.chat.batch import Folded, Folder
from bot.chat.files import FileJob
from bot.chat.handlers import make_table
from bot.chat.loop import Loop
from bot.chat.pace import Pace
from bot.chat.renderer import Renderer
from bot.chat.sender import Sender
from bot.errors import SettingsError
from bot.safety.logs import where
from bot.safety.pseudonym import Pseudonyms
from bot.safety.sealing import RingSeal
from bot.services.export import exports
from bot.services.export.request import ExportRequest
from bot.services.forms import questionnaires
from bot.services.keeping import operator_keys, retention
from bot.services.reports import files
from bot.services.reports.store import FileStore
from bot.services.unit import Safe, Unit
from bot.settings import Settings
from bot.texts import Texts
from db.engine import Database
from db.models import Erasure, OutboxRow

log = logging.getLogger(__name__)
SWEEP_SECONDS = 600.0
SWEEP_PAUSE = 1.0
ERASE_PAUSE = 1.0
START_PAUSE, LONGEST_START_PAUSE = 1.0, 60.0
"""Seconds between tries to reach Telegram at the start; each pause is twice as long as the one before."""

Clock = Callable[[], datetime]


def system_clock(settings: Settings) -> Clock:
    """The time of this machine, in the configured time zone."""
    return lambda: datetime.now(settings.zone)


def wall_clock() -> float:
    """The time of this machine, in seconds since 1970-01-01 UTC."""
    return time.time()


class Work:
    """Begins and commits units of work for jobs and the command line."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self.settings, self.database, self.clock = settings, database, clock
        self.forms = questionnaires.load(settings)
        self.safe = Safe(RingSeal(settings.ring), Pseudonyms(settings.lookup), settings.audit)
        self.erasing = asyncio.Event()
        self._random = random.Random()  # noqa: S311 - seeds of a form, no secrets

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        """A unit that commits at its end. If it destroyed something, `erasing` is set: SQLite's log still
        holds it until `finish_erasures`, which must not hold up or fail what is committed."""
        async with self.database.write() as session:
            unit = self._unit(session)
            yield unit
            await session.flush()
        if unit.erased:
            self.erasing.set()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        """A unit that only reads."""
        async with self.database.read() as session:
            yield self._unit(session)

    async def finish_erasures(self) -> bool:
        """Empty the write-ahead log if something was destroyed since it last was. False when a reader was in
        the way: the reminder stays in the database, call again."""
        async with self.database.read() as session:
            last = await session.scalar(select(func.max(Erasure.id)))
        if last is None:
            return True
        if not await self.database.truncate_log():
            return False
        async with self.database.write() as session:
            await session.execute(delete(Erasure).where(Erasure.id <= last))
        return True

    def _unit(self, session: AsyncSession) -> Unit:
        return Unit(session, self.clock(), self.safe, self.settings, self.forms, self._random)


async def revision(settings: Settings) -> str | None:
    """The migration that the database is at; raises SettingsError when the database cannot be reached."""
    unreached: tuple[type[Exception], ...] = (
        OSError,
        ValueError,
        ImportError,
        SQLAlchemyError,
        sqlite3.Error,
        *_driver_errors(),
    )
    try:
        _open_file(settings.database_url)
        return await migrations.current(settings.database_url)
    except unreached as error:
        # The error's own words may hold the address, which holds the password.
        raise SettingsError(
            f"KUAGER_DATABASE_URL is wrong, or the database does not answer: {type(error).__name__}. "
            "Example: KUAGER_DATABASE_URL=sqlite+aiosqlite:///data/kuager.db (python -m bot migrate makes it)"
        ) from None


def _open_file(url: str) -> None:
    """Open SQLite's file once without the driver, whose thread outlives a failure to connect."""
    if url.startswith("sqlite"):
        sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///")).close()


def _driver_errors() -> tuple[type[Exception], ...]:
    """What PostgreSQL's driver, where there is one, says by itself while it connects."""
    try:
        import asyncpg  # type: ignore[import-untyped] # noqa: PLC0415 - it may not be installed; it has no types
    except ImportError:
        return ()
    return (asyncpg.PostgresError, asyncpg.InterfaceError)


async def open_work(settings: Settings, clock: Clock | None = None) -> Work:
    """Work on a database that is at the newest migration; raises SettingsError when it is not."""
    if await revision(settings) != migrations.head():
        raise SettingsError(
            "KUAGER_DATABASE_URL is not up to date. Run: python -m bot migrate "
            "(Example: KUAGER_DATABASE_URL=sqlite+aiosqlite:///data/kuager.db)"
        )
    return Work(settings, Database(settings.database_url), clock or system_clock(settings))


class Bot:
    """The running bot: the batch loop, the sender, the file job and the sweeper."""

    def __init__(self, settings: Settings, work: Work) -> None:
        self.settings, self.work = settings, work
        self._stopping = asyncio.Event()
        self.api = Api(settings.bot_token.get_secret_value(), settings.bot_api_url)
        self.texts = Texts(settings.languages)
        self.store = FileStore(settings.files_dir)
        attachments = Attachments({"file": self._open_file, "export": self._open_export})
        pace = Pace(settings.send_per_second, settings.send_per_chat, settings.send_burst, time.monotonic)
        self.files = FileJob(self.api, self.store, work.write)
        self.sender = Sender(
            self.api,
            work.safe.ring,
            attachments,
            pace,
            settings.send_at_once,
            lambda: self.loop.flush_soon(),  # noqa: PLW0108 - the loop is made below
            self._is_owed,
        )
        folder = Folder(self.api.bot, Renderer(self.texts), make_table().dispatch, self.sender.unseen_prompt)
        self.loop = Loop(
            self.api,
            work.write,
            folder,
            self.sender,
            settings.poll_seconds,
            self._committed,
            work.safe.pseudonyms.chat,
        )

    async def run(self, ready: Callable[[], None] | None = None) -> None:
        """Run until `stop`; `ready` is called when updates begin to be fetched. Raises SettingsError for keys that
        do not fit the database, and for a token that Telegram does not know."""
        async with self.work.read() as unit:
            await operator_keys.check(unit)
        if not await self._start():
            return
        endless = [asyncio.create_task(self._sweep()), asyncio.create_task(self._erase())]
        fetching = asyncio.create_task(self.files.run())
        try:
            await self._load_outbox()
            with suppress(TelegramError):
                await self.api.call("deleteWebhook", {})  # one left from before would refuse getUpdates
                await commands.register(self.api, self.texts)
            if ready is not None:
                ready()
            await self.loop.run()
            await self.sender.finish(self.settings.stop_seconds)
            await self.loop.take([])
        finally:
            self.files.stop()
            for job in endless:
                job.cancel()
            await asyncio.gather(fetching, *endless, return_exceptions=True)
            await self._empty_log()
            await self.api.stop()

    def stop(self) -> None:
        """Finish the batch at hand and the outbox, then end."""
        self._stopping.set()
        self.loop.stop()

    def stop_on_signals(self) -> None:
        """SIGTERM and SIGINT stop the bot in good order."""
        running = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            running.add_signal_handler(number, self.stop)

    async def _start(self) -> bool:
        """Reach Telegram, however long there is no network; False when stopped meanwhile."""
        pause = START_PAUSE
        while not self._stopping.is_set():
            try:
                await self.api.start()
            except TelegramError as error:
                log.warning("Telegram is not reached, next try in %d s: %s", pause, type(error).__name__)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), pause)
                pause = min(pause * 2, LONGEST_START_PAUSE)
            else:
                return True
        return False

    def _committed(self, folded: Folded) -> None:
        if folded.filed:
            self.files.wake()

    async def _load_outbox(self) -> None:
        """What an earlier life owes is sent first, in its order."""
        async with self.work.read() as unit:
            rows = await unit.session.scalars(select(OutboxRow).order_by(OutboxRow.id))
            self.sender.accept(list(rows), tried=True)

    async def _erase(self) -> None:
        """Empty the write-ahead log whenever something was destroyed, until it is done."""
        self.work.erasing.set()  # an earlier life may have left it undone
        while True:
            await self.work.erasing.wait()
            self.work.erasing.clear()
            if not await self._empty_log():
                await asyncio.sleep(ERASE_PAUSE)
                self.work.erasing.set()

    async def _empty_log(self) -> bool:
        try:
            return await self.work.finish_erasures()
        except Exception as error:  # noqa: BLE001 - a boundary: the reminder stays, it is tried again
            log.warning("emptying the log failed: %s", type(error).__name__)
            return False

    async def _sweep(self) -> None:
        while True:
            more = False
            try:
                async with self.work.write() as unit:
                    more = max((await retention.sweep(unit)).values()) >= retention.SWEEP_LIMIT
                await self.work.finish_erasures()
            except Exception as error:  # noqa: BLE001 - a boundary: the next sweep tries again
                log.warning("a sweep failed: %s", where(error))
            self.files.wake()
            await asyncio.sleep(SWEEP_PAUSE if more else SWEEP_SECONDS)

    async def _is_owed(self, row_id: int) -> bool:
        async with self.work.read() as unit:
            found = await unit.session.scalar(select(OutboxRow.id).where(OutboxRow.id == row_id))
        return found is not None

    async def _open_file(self, file_id: str) -> Content:
        async with self.work.read() as unit:
            found = await files.open_file(unit, self.store, file_id)
        if found is None:
            raise GoneError(file_id)
        return found

    async def _open_export(self, spec: str) -> Content:
        async with self.work.read() as unit:
            return await exports.document(unit, ExportRequest.read_spec(spec))
