"""The endless jobs that destroy: the sweep of what has expired, and the emptying of SQLite's log after it."""

import asyncio
import logging

from bot.safety.logs import where
from bot.services.keeping import retention
from bot.work import Work

log = logging.getLogger(__name__)
SWEEP_SECONDS = 600.0
NEXT_SWEEP_SECONDS = 1.0
"""Seconds between sweeps while there is more than one of them may destroy."""
ERASE_SECONDS = 1.0
"""Seconds until the log is emptied again, when a reader was in the way."""


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


async def erase(work: Work) -> None:
    """Empty the log whenever something was destroyed, until it is done, for ever."""
    work.erasing.set()  # an earlier life may have left it undone
    while True:
        await work.erasing.wait()
        work.erasing.clear()
        if not await erase_once(work):
            await asyncio.sleep(ERASE_SECONDS)
            work.erasing.set()


async def erase_once(work: Work) -> bool:
    """Try once to empty the log; False when it is not done."""
    try:
        return await work.finish_erasures()
    except Exception as error:  # noqa: BLE001 - a boundary: the reminder stays, it is tried again
        log.warning("emptying the log failed: %s", type(error).__name__)
        return False
