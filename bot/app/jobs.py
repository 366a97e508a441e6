"""Periodic jobs without a chat: sweep of expired data, SQLite's write-ahead log, clock, and free memory."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

from bot.app.work import Work
from bot.safety.logs import where
from bot.store import audit, sent_messages
from bot.store.clocks import ClockCheck
from bot.store.unit import SECONDS_AN_HOUR

_T = TypeVar("_T")
log = logging.getLogger(__name__)
SWEEP_SECONDS = 600.0
NEXT_SWEEP_SECONDS = 1.0
EMPTY_LOG_SECONDS = 1.0
ERASED_SECONDS = 30.0
"""Longest wait for the write-ahead log before a deletion is confirmed."""

AUDIT_HEAD_SECONDS = 1.0
AFTER_HOUR_SECONDS = 1.0
PUT_AWAY_SECONDS = 5.0

ELSEWHERE_SECONDS = 5.0
WRONG_CLOCK_SECONDS = 60.0

LookAtClock = Callable[[], Awaitable[ClockCheck]]
KeepsHouse = Callable[[], bool]
PutAway = Callable[[], Awaitable[None]]
"""Removes abandoned replies from their chats, in its own transaction."""
Remind = Callable[[], Awaitable[None]]
"""Removes abandoned replies and reminds people of drafts that expire soon, in one transaction."""


def always() -> bool:
    return True


async def sweep(
    work: Work, look: LookAtClock, put_away: PutAway, remind: Remind, keeps_house: KeepsHouse = always
) -> None:
    """Destroy expired records periodically, after the reminders. A failed sweep is logged and tried again."""
    while True:
        if not keeps_house():
            await _whole(_learn_clock(work))
            await asyncio.sleep(ELSEWHERE_SECONDS)
            continue
        pause = await _whole(_sweep_once(work, look, put_away, remind))
        work.files_due.set()  # files that an earlier round could not remove are tried again
        await asyncio.sleep(min(pause, _until_next_hour(work)))


async def _learn_clock(work: Work) -> None:
    """Read the state of the clock, which the leader or the operator determined."""
    try:
        await work.learn_clock()
    except Exception as error:  # noqa: BLE001 - a boundary: the next look tries again
        log.warning("what is known of the clock was not read: %s", where(error))


def _until_next_hour(work: Work) -> float:
    return SECONDS_AN_HOUR - work.now().timestamp() % SECONDS_AN_HOUR + AFTER_HOUR_SECONDS


async def _sweep_once(work: Work, look: LookAtClock, put_away: PutAway, remind: Remind) -> float:
    """Seconds until the next sweep.

    Messages on reporters' phones do not wait for a wrong clock, but are removed by Telegram's time. If that
    is unknown, messages would count as too old to delete, so they stay.
    """
    pause = SWEEP_SECONDS
    try:
        if not (await look()).may_destroy:
            if work.is_told_the_time():
                await _beside(put_away, "replies that nobody touches were not put away")
            log.warning(
                "the clock of this machine seems wrong: nothing is destroyed; see: python -m bot clock"
            )
            pause = WRONG_CLOCK_SECONDS
        else:
            await _beside(remind, "nobody could be reminded")
            async with work.sweeping:
                swept = await work.destroy_due()
            if not swept.is_done:
                pause = NEXT_SWEEP_SECONDS
        await work.finish_erasures()
    except Exception as error:  # noqa: BLE001 - a boundary: the next sweep tries again
        log.warning("a sweep failed: %s", where(error))
    return pause


async def _beside(act: Callable[[], Awaitable[None]], failed: str) -> None:
    try:
        await act()
    except Exception as error:  # noqa: BLE001 - a boundary: whatever it fails of, what is due is destroyed all the same
        log.warning("%s: %s", failed, where(error))


async def put_away(
    work: Work, take_back: Callable[[], Awaitable[None]], keeps_house: KeepsHouse = always
) -> None:
    while True:
        if keeps_house():
            await _whole(put_away_once(work, take_back))
        await asyncio.sleep(PUT_AWAY_SECONDS)


async def put_away_once(work: Work, take_back: Callable[[], Awaitable[None]]) -> None:
    try:
        async with work.read() as unit:
            due = await sent_messages.is_anything_due(unit)
        if due:
            await take_back()
    except Exception as error:  # noqa: BLE001 - a boundary: the next look tries again
        log.warning("what moderators were shown was not taken back: %s", where(error))


async def empty_log(work: Work) -> None:
    """Empty SQLite's write-ahead log after each destruction."""
    work.erasing.set()  # the bot may have stopped before it was done
    while True:
        await work.erasing.wait()
        work.erasing.clear()
        if not await _whole(empty_log_once(work)):
            await asyncio.sleep(EMPTY_LOG_SECONDS)
            work.erasing.set()


async def empty_log_once(work: Work) -> bool:
    try:
        return await work.finish_erasures()
    except Exception as error:  # noqa: BLE001 - a boundary: the reminder stays, it is tried again
        log.warning("emptying the log failed: %s", type(error).__name__)
        return False


async def until_log_empty(work: Work) -> bool:
    """Wait at most ERASED_SECONDS until the log is empty, and return whether it is. On PostgreSQL it never
    waits."""
    until = asyncio.get_running_loop().time() + ERASED_SECONDS
    while work.database.is_sqlite and not await empty_log_once(work):
        if asyncio.get_running_loop().time() > until:
            return False
        await asyncio.sleep(ERASED_SECONDS / 100)
    return True


async def keep_audit_head(work: Work) -> None:
    """Write the audit log's head to its file as the log grows."""
    work.audited.set()  # the bot may have stopped before it was done
    while True:
        await work.audited.wait()
        work.audited.clear()
        await _whole(keep_audit_head_once(work))
        await asyncio.sleep(AUDIT_HEAD_SECONDS)


async def keep_audit_head_once(work: Work) -> bool:
    try:
        async with work.read() as unit:
            return await audit.update_head(unit) == 0
    except Exception as error:  # noqa: BLE001 - a boundary: the next entry tries again
        log.warning("the head of the audit log was not written: %s", type(error).__name__)
        return False


async def _whole(one_round: Coroutine[None, None, _T]) -> _T:
    """Run a round to its end even if the job is cancelled meanwhile."""
    task = asyncio.create_task(one_round)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


GIVE_BACK_SECONDS = 60.0


def give_back() -> bool:
    """Return every free page of the heaps to the system (glibc's malloc_trim(3)). Returns False without
    glibc.

    By itself glibc returns only the end of a heap, so each thread's heap would keep its peak size.
    """
    import ctypes  # noqa: PLC0415 - a start needs none of it

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is None:
        return False
    trim(0)
    return True


async def keep_giving_back() -> None:
    """Give memory back periodically. Each round blocks the event loop for a few milliseconds."""
    while True:
        await asyncio.sleep(GIVE_BACK_SECONDS)
        give_back()
