"""The real bot on the local Telegram, from its first fetch until it has stopped in good order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import migrations
from bot.settings import Settings
from bot.wiring import Bot, open_work
from bot.work import Clock


@asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Bot]:
    """The bot under these settings, by this clock or the machine's, from its first fetch until it has stopped in
    good order."""
    await migrations.upgrade(settings.database_url)
    work = await open_work(settings, clock)
    try:
        async with _fetching(Bot(settings, work)) as bot:
            yield bot
    finally:
        await work.database.close()


@asynccontextmanager
async def _fetching(bot: Bot) -> AsyncIterator[Bot]:
    ready = asyncio.Event()
    task = asyncio.create_task(bot.run(ready.set))
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield bot
    finally:
        waiting.cancel()
        bot.stop()
        await task
