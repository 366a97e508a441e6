"""The endless jobs that destroy: the sweep of what has expired, and the emptying of SQLite's write-ahead log after it."""

import asyncio
import logging

from bot.safety.logs import where
from bot.services.keeping import retention
from bot.work import Work

log = logging.getLogger(__name__)
SWEEP_SECONDS = 600.0
NEXT_SWEEP_SECONDS = 1.0
"""Seconds until the next sweep when the last one reached its limit."""
EMPTY_LOG_SECONDS = 1.0
"""Seconds until the write-ahead log is tried again, when another connection was reading it."""


async def sweep(work: Work) -> None:
    """Destroy what has expired, for ever. A sweep that fails is logged, and the next one tries again."""
    while True:
        more = False
        try:
            async with work.write() as unit:
                more = max((await retention.sweep(unit)).values()) >= retention.SWEEP_LIMIT
            await work.finish_erasures()
        except Exception as error:  # noqa: BLE001 - a boundary: the next sweep tries again
            log.warning("a sweep failed: %s", where(error))
        work.files_due.set()  # files that an earlier round could not remove are tried again
        await asyncio.sleep(NEXT_SWEEP_SECONDS if more else SWEEP_SECONDS)


async def empty_log(work: Work) -> None:
    """Empty the write-ahead log whenever something was destroyed, until it is done, for ever."""
    work.erasing.set()  # the bot may have stopped before it was done
    while True:
        await work.erasing.wait()
        work.erasing.clear()
        if not await empty_log_once(work):
            await asyncio.sleep(EMPTY_LOG_SECONDS)
            work.erasing.set()


async def empty_log_once(work: Work) -> bool:
    """Try once to empty the log; False when it is not done."""
    try:
        return await work.finish_erasures()
    except Exception as error:  # noqa: BLE001 - a boundary: the reminder stays, it is tried again
        log.warning("emptying the log failed: %s", type(error).__name__)
        return False
