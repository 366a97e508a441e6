"""Output, database and exit codes of all commands."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from rich.console import Console

from bot.errors import SettingsError
from bot.services.keeping import audit_heads, operator_keys
from bot.settings import Settings, load_settings
from bot.wiring import open_work
from bot.work import Work
from db.alone import NotAloneError, alone

MISUSED, INCOMPLETE = 2, 3
"""Exit codes of a wrong command line, as in Typer, and of output that lacks something faulty."""
out = Console(soft_wrap=True, highlight=False)
_T = TypeVar("_T")


def finish(work: Coroutine[Any, Any, _T]) -> _T:
    return asyncio.run(work)


@asynccontextmanager
async def opened(
    settings: Settings | None = None, work: Work | None = None, *, any_keys: bool = False
) -> AsyncIterator[Work]:
    """Open the database, or use `work`, and close it at the end.

    The bot and the audit key must be the database's own, unless `any_keys`. If data was destroyed, the
    write-ahead log is emptied.
    """
    if work is None:
        work = await open_work(settings or load_settings())
        work.before_writing = None if any_keys else operator_keys.require_ours
    try:
        yield work
        if work.erasing.is_set():
            await work.finish_erasures()
        if work.audited.is_set():
            async with work.read() as unit:
                await audit_heads.keep(unit)
    finally:
        await work.database.close()


@contextmanager
def the_only_bot(url: str) -> Iterator[None]:
    """Be the only bot on a SQLite file inside the block. Raises SettingsError."""
    try:
        with alone(url):
            yield
    except NotAloneError:
        raise SettingsError(
            "KUAGER_DATABASE_URL names a SQLite file on which a bot runs already, and SQLite serves one. Stop the other, or let "
            "several share a PostgreSQL (Example: KUAGER_DATABASE_URL=postgresql+asyncpg://user:password@host/name)"
        ) from None
