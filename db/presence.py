"""Presence of the replicas on one PostgreSQL, their messages, and the choice of the leader.

Each replica holds an advisory lock of a random number on its own connection. The server frees it when the
replica ends. The holder of one more lock is the leader
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS, .../sql-notify.html). Messages
identify no one.

A replica without its connection must send nothing, since others may take over its rows after GRACE_SECONDS.
When the server comes back, each waits RETURN_SECONDS before it takes another for dead.
"""

import asyncio
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from db.engine import APPLICATION, CONNECT_SECONDS, file_of, make_own

CHANNEL = "kuager"
LOOK_SECONDS = 0.5
"""How often a replica looks for the others."""
GRACE_SECONDS = 1.0
"""How long a replica must be away to count as dead."""
RETURN_SECONDS = 3.0
"""Grace period after this replica lost its own connection."""
AGAIN_SECONDS = 0.25
ANSWER_SECONDS = 5.0
"""Time limit for answers, since a broken connection does not report itself."""
_COPIES, _HOUSE = 0x6B756167, 0x6B756168
"""First halves of the advisory locks of replicas and leader."""
_KEEPALIVE = {"tcp_keepalives_idle": "3", "tcp_keepalives_interval": "1", "tcp_keepalives_count": "4"}
"""Seconds after which the server drops a dead host and frees its locks."""
LIVING = (
    "SELECT objid::bigint AS number FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "  # noqa: S608 - a number of ours
    f"AND classid = {_COPIES} AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""Query for the numbers of the replicas that live."""
_REVISION = (
    "SELECT version_num, to_jsonb(alembic_version) ->> 'contracted' AS contracted FROM alembic_version"
)
_TELL = f"SELECT pg_notify('{CHANNEL}', word) FROM unnest($1::text[]) AS word"  # noqa: S608 - a name of ours

Hear = Callable[[str, str], None]


@dataclass(slots=True)
class Presence:
    """This replica among the others. `hear` gets messages with their values. `look` is called when replicas
    or the leader may have changed. `here` is set while this replica holds its lock."""

    url: str
    hear: Hear
    look: Callable[[], None]
    number: int = field(default_factory=lambda: secrets.randbelow(2**31 - 1) + 1)
    here: asyncio.Event = field(default_factory=asyncio.Event)
    is_leader: bool = False
    living: frozenset[int] = frozenset()
    revision: str | None = None
    contraction: str | None = None
    fault: Exception | None = None
    _away_since: dict[int, float] = field(default_factory=dict)
    _none_gone_before: float = 0.0
    _was_lost: bool = False
    _words: dict[str, None] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, word: str, about: object = "") -> None:
        """Send a message soon. It may get lost, so receivers also check by themselves."""
        self._words[f"{self.number} {word} {about}"] = None
        self._woken.set()

    @property
    def another_leads(self) -> bool:
        """Whether another replica is known to be the leader. False while the connection is down."""
        return self.here.is_set() and not self.is_leader

    @property
    def number_there(self) -> int:
        """Number of replicas at the last look, including this one."""
        return len(self.living | {self.number})

    def is_gone(self, number: int) -> bool:
        """Whether a replica has been away for so long that its rows may be taken over."""
        since = self._away_since.setdefault(number, self._now())
        if not self.here.is_set() or number in self.living or self._now() < self._none_gone_before:
            return False
        return self._now() - since >= GRACE_SECONDS

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def run(self, errors: tuple[type[Exception], ...]) -> None:
        """Stay present until cancelled. `errors` are those of an unreachable database."""
        named = {"application_name": APPLICATION, **_KEEPALIVE}
        arguments = {"server_settings": named, "timeout": CONNECT_SECONDS}
        engine = create_async_engine(self.url, poolclass=NullPool, connect_args=arguments)
        try:
            while True:
                try:
                    async with engine.connect() as connection:
                        driver: Any = (await connection.get_raw_connection()).driver_connection
                        try:
                            await self._stay(driver)
                        finally:
                            self._leave()
                            driver.terminate()  # closing a connection to a dead server takes minutes
                except errors as error:
                    self.fault = error
                self._leave()
                await asyncio.sleep(AGAIN_SECONDS)
        finally:
            self._leave()
            await engine.dispose()

    def _leave(self) -> None:
        self.here.clear()
        self.is_leader = False
        self._away_since.clear()  # other replicas may be coming back too
        self._was_lost = True
        self.look()

    async def _stay(self, driver: Any) -> None:
        lost = asyncio.Event()

        def end(_connection: object) -> None:
            self.here.clear()
            lost.set()
            self._woken.set()

        driver.add_termination_listener(end)
        async with asyncio.timeout(ANSWER_SECONDS):
            await driver.execute(f"SELECT pg_advisory_lock({_COPIES}, {self.number})")
            await driver.add_listener(CHANNEL, self._heard)
        self.fault = None
        if self._was_lost:
            self._none_gone_before = self._now() + RETURN_SECONDS
        look_at = 0.0
        while not lost.is_set():
            if self._words:
                await self._tell(driver)
            if self._now() >= look_at:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._look_around(driver)
                look_at = self._now() + LOOK_SECONDS
                if not lost.is_set():
                    self.here.set()
                    self.look()
            with suppress(TimeoutError):
                # No wait_for: before Python 3.12 it can swallow a cancellation, and the replica would never end.
                async with asyncio.timeout(look_at - self._now()):
                    await self._woken.wait()
            self._woken.clear()

    async def _tell(self, driver: Any) -> None:
        words, self._words = self._words, {}
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await driver.execute(_TELL, list(words))
        except BaseException:
            self._words = words | self._words
            raise

    async def _look_around(self, driver: Any) -> None:
        before = self.living
        self.living = frozenset(row["number"] for row in await driver.fetch(LIVING))
        for number in before - self.living:  # counted from now on, not from the first question
            self._away_since.setdefault(number, self._now())
        for number in self.living:
            self._away_since.pop(number, None)
        if not self.is_leader:
            self.is_leader = await driver.fetchval(f"SELECT pg_try_advisory_lock({_HOUSE}, 0)")
        row = await driver.fetchrow(_REVISION)
        self.revision, self.contraction = row or (None, None)

    def _heard(self, _driver: object, _process: int, _channel: str, payload: str) -> None:
        teller, _, said = payload.partition(" ")
        if teller != str(self.number):
            word, _, about = said.partition(" ")
            self.hear(word, about)


async def is_bot_there(url: str) -> bool:
    """Whether a bot runs on a database, here or on another machine."""
    if file_of(url):
        try:
            with alone(url):
                return False
        except NotAloneError:
            return True
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.scalar(text(LIVING)) is not None
    finally:
        await engine.dispose()


TURN_AGAIN_SECONDS = 0.2
_MIGRATION = 0x6B756169
"""PostgreSQL's advisory lock of a migration."""


class NotAloneError(Exception):
    """The lock belongs to another process."""


@contextmanager
def alone(url: str, suffix: str = "lock", wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a lock beside a SQLite database inside the block, named by `suffix`. Does nothing on PostgreSQL.
    While another process holds it, call `wait` repeatedly, or raise NotAloneError without one. SQLite frees
    the lock even of a killed process."""
    name = file_of(url)
    if not name:
        yield
        return
    path = f"{name}.{suffix}"
    make_own(path)
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
        while not lock.in_transaction:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                if wait is None:
                    raise NotAloneError from None
                wait()
                time.sleep(TURN_AGAIN_SECONDS)
        yield


@asynccontextmanager
async def turn_to_migrate(url: str, wait: Callable[[], None]) -> AsyncIterator[None]:
    """Hold the lock of a migration inside the block. For commands only, since it blocks the event loop."""
    with alone(url, "migrating", wait):
        if url.startswith("sqlite"):
            yield
            return
        engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            while not await connection.scalar(select(func.pg_try_advisory_lock(_MIGRATION))):
                wait()
                await asyncio.sleep(TURN_AGAIN_SECONDS)
            yield
