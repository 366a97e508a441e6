"""Which copies of the bot live on one PostgreSQL, what they tell each other, and which of them keeps house.

Each copy has a random number, and a connection of its own that holds an advisory lock of that number: when the copy ends,
however it ends, the server frees the lock, and the others see that it is gone. Whoever holds one more lock keeps house: it does
the jobs that one copy alone must do. By the same connection the copies tell each other short words, which name nobody
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS, .../sql-notify.html).

While a copy is without its connection it must send nothing, since others may take over what it has to send; they wait for
GRACE_SECONDS, in which what is under way ends. A server that was away has ended all connections: whoever is back first waits for
RETURN_SECONDS until it takes another for gone, which may be on its way back too."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from db.engine import APPLICATION, CONNECT_SECONDS

CHANNEL = "kuager"
LOOK_SECONDS = 0.5
"""How often a copy looks for the others."""
GRACE_SECONDS = 1.0
"""For how long a copy must have been away until it is taken for gone."""
RETURN_SECONDS = 3.0
"""For how long the same after this one's own connection was lost."""
AGAIN_SECONDS = 0.25
"""Between two tries to get the connection back."""
ANSWER_SECONDS = 5.0
"""For how long the server is waited for: a connection that is broken somewhere on its way does not say so."""
_COPIES, _HOUSE = 0x6B756167, 0x6B756168
"""The first halves of the advisory locks: of the copies, and of the one that keeps house."""
_KEEPALIVE = {"tcp_keepalives_idle": "3", "tcp_keepalives_interval": "1", "tcp_keepalives_count": "4"}
"""Seconds after which the server gives up a host that is gone, and frees its locks."""
_LIVING = (
    "SELECT objid::bigint AS number FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "  # noqa: S608 - a number of ours
    f"AND classid = {_COPIES} AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_REVISION = "SELECT version_num FROM alembic_version"
_TELL = f"SELECT pg_notify('{CHANNEL}', word) FROM unnest($1::text[]) AS word"  # noqa: S608 - a name of ours

Hear = Callable[[str, str], None]
"""Told of a word from another copy, and what stands behind it."""


@dataclass(slots=True)
class Presence:
    """One copy among the others; `run` until cancelled. `hear` is told what others say, `look` that something may have changed:
    who lives, or who keeps house.

    `here` is set while the copy holds its lock."""

    url: str
    hear: Hear
    look: Callable[[], None]
    number: int = field(default_factory=lambda: secrets.randbelow(2**31 - 1) + 1)
    here: asyncio.Event = field(default_factory=asyncio.Event)
    keeps_house: bool = False
    living: frozenset[int] = frozenset()
    revision: str | None = None
    """The revision of the database, as it was seen last."""
    fault: Exception | None = None
    """Why the connection is not there."""
    _away_since: dict[int, float] = field(default_factory=dict)
    _none_gone_before: float = 0.0
    """Of the event loop's seconds."""
    _was_lost: bool = False
    _words: dict[str, None] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, word: str, about: object = "") -> None:
        """Tell the others, soon. What cannot be told now is forgotten: whoever missed it looks by itself some time."""
        self._words[f"{self.number} {word} {about}"] = None
        self._woken.set()

    @property
    def house_is_kept_elsewhere(self) -> bool:
        """Whether another copy was seen to hold the lock of the house. Nothing is known while the connection is away."""
        return self.here.is_set() and not self.keeps_house

    @property
    def number_there(self) -> int:
        """How many copies were there when it looked last, with this one."""
        return len(self.living | {self.number})

    def is_gone(self, number: int) -> bool:
        """Whether a copy has been away for so long that what it had to send is another's to send."""
        since = self._away_since.setdefault(number, self._now())
        if not self.here.is_set() or number in self.living or self._now() < self._none_gone_before:
            return False
        return self._now() - since >= GRACE_SECONDS

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def run(self, errors: tuple[type[Exception], ...]) -> None:
        """Be there, for ever, and come back whenever the connection breaks; `errors` are those of a database that is away."""
        engine = create_async_engine(self.url, poolclass=NullPool, connect_args=_arguments())
        try:
            while True:
                try:
                    async with engine.connect() as connection:
                        raw = await connection.get_raw_connection()
                        await self._stay_or_break(raw.driver_connection)
                except errors as error:
                    self.fault = error
                self._leave()
                await asyncio.sleep(AGAIN_SECONDS)
        finally:
            self._leave()
            await engine.dispose()

    def _leave(self) -> None:
        self.here.clear()
        self.keeps_house = False
        self._away_since.clear()  # who was away may be coming back too
        self._was_lost = True
        self.look()

    async def _stay_or_break(self, driver: Any) -> None:
        """Stay; then this copy is away at once, and the connection broken off: to close one whose server does not answer any more takes
        minutes, in which others have taken over."""
        try:
            await self._stay(driver)
        finally:
            self._leave()
            driver.terminate()

    async def _stay(self, driver: Any) -> None:
        """Hold the lock, look and tell until the connection ends."""
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
                # No wait_for: before Python 3.12 it can swallow a cancellation, and the copy would never end.
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
        self.living = frozenset(row["number"] for row in await driver.fetch(_LIVING))
        for number in before - self.living:  # counted from now on, not only once somebody asks
            self._away_since.setdefault(number, self._now())
        for number in self.living:
            self._away_since.pop(number, None)
        if not self.keeps_house:
            self.keeps_house = await driver.fetchval(f"SELECT pg_try_advisory_lock({_HOUSE}, 0)")
        self.revision = await driver.fetchval(_REVISION)

    def _heard(self, _driver: object, _process: int, _channel: str, payload: str) -> None:
        teller, _, said = payload.partition(" ")
        if teller != str(self.number):
            word, _, about = said.partition(" ")
            self.hear(word, about)


def _arguments() -> Mapping[str, Any]:
    named = {"application_name": APPLICATION, **_KEEPALIVE}
    return {"server_settings": named, "timeout": CONNECT_SECONDS}
