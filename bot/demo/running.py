"""Runs the real bot on the local Bot API, and ends a demo: in good order at the first signal, at once at the second."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from types import FrameType

import migrations
from bot.settings import Settings
from bot.wiring import Bot, open_work
from bot.work import Clock, prove_rows, take_over_consents

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Bot]:
    """The bot under these settings, by this clock or the machine's: it fetches updates inside the block, and has
    stopped in good order after it. The database is migrated first."""
    await migrations.upgrade(settings.database_url)
    work = await open_work(settings, clock)
    try:
        await prove_rows(work)
        await take_over_consents(work)
        async with fetching(Bot(settings, work)) as bot:
            yield bot
    finally:
        await work.database.close()


@asynccontextmanager
async def fetching(bot: Bot) -> AsyncIterator[Bot]:
    """The bot fetches updates inside the block, has shown its menus, and has stopped in good order after it."""
    ready = asyncio.Event()
    task = asyncio.create_task(bot.run(ready.set))
    waiting = asyncio.create_task(_all_set(ready, bot.introduced))
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()  # it failed before it was ready: raise why
        yield bot
    finally:
        waiting.cancel()
        bot.stop()
        await task


async def _all_set(*events: asyncio.Event) -> None:
    for event in events:
        await event.wait()


class Stop:
    """A request to end, made by a signal (SIGINT, SIGTERM). Long work checks `asked` between two steps."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()

    def listen(self) -> None:
        """Handle the signals from now on, in the running loop."""
        loop = asyncio.get_running_loop()

        def ask_soon(number: int, frame: FrameType | None) -> None:
            del number, frame
            loop.call_soon_threadsafe(self.ask)

        for number in SIGNALS:
            try:
                loop.add_signal_handler(number, self.ask)
            except NotImplementedError:  # on Windows event loops handle no signals
                signal.signal(number, ask_soon)

    def ask(self) -> None:
        """Ask for the end. Whoever asks twice does not want to wait: raises KeyboardInterrupt, which ends the loop."""
        if self._asked.is_set():
            raise KeyboardInterrupt
        self._asked.set()

    @property
    def asked(self) -> bool:
        """Whether the end was asked for."""
        return self._asked.is_set()

    async def wait(self) -> None:
        """Wait until the end is asked for."""
        await self._asked.wait()

    async def unless(self, work: Awaitable[None]) -> None:
        """Do the work, but cancel it once the end is asked for. Raises what the work raises."""
        task, asked = asyncio.ensure_future(work), asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
        finally:
            for one in (task, asked):
                one.cancel()
            await asyncio.gather(task, asked, return_exceptions=True)
