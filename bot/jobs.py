"""The endless jobs that serve nobody: the sweep of what has expired, the emptying of SQLite's write-ahead log after it,
and the head of the audit log in its file.

A job that is cancelled ends between two rounds: one that was cut off in the middle would leave the driver's thread at work
for an event loop that is closed soon after.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

from bot.safety.logs import where
from bot.services import shown
from bot.services.keeping import audit_heads
from bot.services.keeping.clocks import Look
from bot.services.unit import SECONDS_AN_HOUR
from bot.work import Work

_T = TypeVar("_T")
log = logging.getLogger(__name__)
SWEEP_SECONDS = 600.0
NEXT_SWEEP_SECONDS = 1.0
"""Seconds until the next sweep when the last one reached its limit."""
EMPTY_LOG_SECONDS = 1.0
"""Seconds until the write-ahead log is tried again, when another connection was reading it."""
ERASED_SECONDS = 30.0
"""How long it is not said that something is deleted while another connection keeps the log from being emptied."""

AUDIT_HEAD_SECONDS = 1.0
"""Seconds between two writings of the audit log's head."""
AFTER_HOUR_SECONDS = 1.0
PUT_AWAY_SECONDS = 5.0
"""Seconds between two looks for what has to leave moderators' chats."""

ELSEWHERE_SECONDS = 5.0
"""Until a copy of the bot looks again whether it keeps house now."""
WRONG_CLOCK_SECONDS = 60.0
"""Seconds until a clock that was wrong is looked at again."""

LookAtClock = Callable[[], Awaitable[Look]]
"""Judges the clock in a transaction of its own."""
KeepsHouse = Callable[[], bool]
"""Whether this copy of the bot does what one alone must do."""
PutAway = Callable[[], Awaitable[None]]
"""Takes replies that nobody touches out of their chats, in a transaction of its own."""
Remind = Callable[[], Awaitable[None]]
"""Does the same, and reminds people of what is to be destroyed soon, in one transaction."""


def always() -> bool:
    """There is one bot."""
    return True


async def sweep(
    work: Work, look: LookAtClock, put_away: PutAway, remind: Remind, keeps_house: KeepsHouse = always
) -> None:
    """Destroy what has expired, for ever, after those were reminded who want to be. A sweep that fails is logged, and the
    next one tries again."""
    while True:
        if not keeps_house():
            await _whole(_learn_clock(work))
            await asyncio.sleep(ELSEWHERE_SECONDS)
            continue
        pause = await _whole(_sweep_once(work, look, put_away, remind))
        work.files_due.set()  # files that an earlier round could not remove are tried again
        await asyncio.sleep(min(pause, _until_next_hour(work)))


async def _learn_clock(work: Work) -> None:
    """What the copy that keeps house found of the clock, or the operator said, counts for all."""
    try:
        await work.learn_clock()
    except Exception as error:  # noqa: BLE001 - a boundary: the next look tries again
        log.warning("what is known of the clock was not read: %s", where(error))


def _until_next_hour(work: Work) -> float:
    """Seconds until the hour has turned, when claims end."""
    return SECONDS_AN_HOUR - work.now().timestamp() % SECONDS_AN_HOUR + AFTER_HOUR_SECONDS


async def _sweep_once(work: Work, look: LookAtClock, put_away: PutAway, remind: Remind) -> float:
    """Seconds until the next sweep. What stands on reporters' phones does not wait for a clock that is wrong, which can go on for days:
    Telegram's time counts then, as for all that is stored. Where that is not known either, nothing could be deleted in any chat, and what
    is to be deleted would be taken for too old."""
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
    """Have what moderators were shown leave their chats whenever it is due, for ever."""
    while True:
        if keeps_house():
            await _whole(put_away_once(work, take_back))
        await asyncio.sleep(PUT_AWAY_SECONDS)


async def put_away_once(work: Work, take_back: Callable[[], Awaitable[None]]) -> None:
    """Have it leave if anything is due."""
    try:
        async with work.read() as unit:
            due = await shown.is_anything_due(unit)
        if due:
            await take_back()
    except Exception as error:  # noqa: BLE001 - a boundary: the next look tries again
        log.warning("what moderators were shown was not taken back: %s", where(error))


async def empty_log(work: Work) -> None:
    """Empty the write-ahead log whenever something was destroyed, until it is done, for ever."""
    work.erasing.set()  # the bot may have stopped before it was done
    while True:
        await work.erasing.wait()
        work.erasing.clear()
        if not await _whole(empty_log_once(work)):
            await asyncio.sleep(EMPTY_LOG_SECONDS)
            work.erasing.set()


async def empty_log_once(work: Work) -> bool:
    """Try once to empty the log; False when it is not done."""
    try:
        return await work.finish_erasures()
    except Exception as error:  # noqa: BLE001 - a boundary: the reminder stays, it is tried again
        log.warning("emptying the log failed: %s", type(error).__name__)
        return False


async def until_log_empty(work: Work) -> bool:
    """Wait until the log is emptied, for ERASED_SECONDS at most; whether it is. On PostgreSQL it is the server's, and nothing waits."""
    until = asyncio.get_running_loop().time() + ERASED_SECONDS
    while work.database.is_sqlite and not await empty_log_once(work):
        if asyncio.get_running_loop().time() > until:
            return False
        await asyncio.sleep(ERASED_SECONDS / 100)
    return True


async def keep_audit_head(work: Work) -> None:
    """Write the audit log's head into its file whenever the log has grown, for ever."""
    work.audited.set()  # the bot may have stopped before it was done
    while True:
        await work.audited.wait()
        work.audited.clear()
        await _whole(keep_audit_head_once(work))
        await asyncio.sleep(AUDIT_HEAD_SECONDS)


async def keep_audit_head_once(work: Work) -> bool:
    """Try once to write the head; whether it stands in the file."""
    try:
        async with work.read() as unit:
            return await audit_heads.keep(unit) == 0
    except Exception as error:  # noqa: BLE001 - a boundary: the next entry tries again
        log.warning("the head of the audit log was not written: %s", type(error).__name__)
        return False


async def _whole(one_round: Coroutine[None, None, _T]) -> _T:
    """What a round tells; it is done to its end though the job is cancelled meanwhile."""
    task = asyncio.create_task(one_round)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
