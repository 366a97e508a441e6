"""The real bot on the local Bot API, and the signals that end a demo: gracefully at first, at once if
repeated."""

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
    """Run the bot inside the block, on a migrated database. Stops gracefully afterwards."""
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
    """Fetch updates inside the block, which starts once the bot's menus are set. Stops gracefully
    afterwards."""
    ready = asyncio.Event()
    task = asyncio.create_task(bot.run(ready.set))
    waiting = asyncio.create_task(_all_set(ready, bot.introduced))
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()  # it failed before it was ready: raise its error
        yield bot
    finally:
        waiting.cancel()
        bot.stop()
        await task


async def _all_set(*events: asyncio.Event) -> None:
    for event in events:
        await event.wait()


class Stop:
    """A request to end, made by SIGINT or SIGTERM. Long work checks `asked` between steps."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()

    def listen(self) -> None:
        loop = asyncio.get_running_loop()

        def ask_soon(number: int, frame: FrameType | None) -> None:
            del number, frame
            loop.call_soon_threadsafe(self.ask)

        for number in SIGNALS:
            try:
                loop.add_signal_handler(number, self.ask)
            except NotImplementedError:  # Windows event loops handle no signals
                signal.signal(number, ask_soon)

    def ask(self) -> None:
        """Request the end. A second request raises KeyboardInterrupt, which ends the loop at once."""
        if self._asked.is_set():
            raise KeyboardInterrupt
        self._asked.set()

    @property
    def asked(self) -> bool:
        return self._asked.is_set()

    async def wait(self) -> None:
        await self._asked.wait()

    async def unless(self, work: Awaitable[None]) -> None:
        """Run `work`, but cancel it once the end is requested. Raises the errors of `work`."""
        task, asked = asyncio.ensure_future(work), asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
        finally:
            for one in (task, asked):
                one.cancel()
            await asyncio.gather(task, asked, return_exceptions=True)
