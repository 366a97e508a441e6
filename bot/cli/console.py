"""What every command works with: where it prints, and the database under the settings of this machine."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from rich.console import Console

from bot.services.keeping import audit_heads
from bot.settings import Settings, load_settings
from bot.wiring import open_work
from bot.work import Work

out = Console(soft_wrap=True, highlight=False)
_T = TypeVar("_T")


def finish(work: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine to its end."""
    return asyncio.run(work)


@asynccontextmanager
async def opened(settings: Settings | None = None, work: Work | None = None) -> AsyncIterator[Work]:
    """Work on the database, or that which was opened already. If it destroyed something, the write-ahead log is emptied
    before the command ends."""
    work = work or await open_work(settings or load_settings())
    try:
        yield work
        if work.erasing.is_set():
            await work.finish_erasures()
        if work.audited.is_set():
            async with work.read() as unit:
                await audit_heads.keep(unit)
    finally:
        await work.database.close()
