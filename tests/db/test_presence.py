"""Copies of the bot that know of each other by PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain

import asyncpg  # type: ignore[import-untyped] # it has no types
import pytest
from sqlalchemy import make_url

from db import presence
from db.presence import Presence

ERRORS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow each other fast."""
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(presence, "AGAIN_SECONDS", 0.02)
    monkeypatch.setattr(presence, "GRACE_SECONDS", 0.1)
    monkeypatch.setattr(presence, "RETURN_SECONDS", 0.3)


@dataclass
class Copy:
    """A copy, what it heard, and for each time that it lost its session, which may be over before anybody looks, whom it took for
    gone then."""

    url: str
    heard: list[tuple[str, str]] = field(default_factory=list)
    losses: list[set[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.presence = Presence(
            self.url, lambda word, about: self.heard.append((word, about)), self._note_loss
        )

    def _note_loss(self) -> None:
        if not self.presence.here.is_set():
            self.losses.append({one for one in self.presence.living if self.presence.is_gone(one)})

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[Presence]:
        """It is there inside the block."""
        being = asyncio.create_task(self.presence.run(ERRORS))
        async with asyncio.timeout(30):
            await self.presence.here.wait()
        yield self.presence
        being.cancel()
        async with asyncio.timeout(30):
            await asyncio.gather(being, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - what is looked at has no event
            await asyncio.sleep(0.005)


async def test_copies_know_of_each_other_and_one_keeps_house(migrated_server: str) -> None:
    """When it ends another does, and after a moment it counts as gone. What one tells the others hear, and itself does not."""
    one, other = Copy(migrated_server), Copy(migrated_server)
    async with other.alive() as there:
        async with one.alive() as here:
            await until(lambda: here.living == there.living == {here.number, there.number})
            assert there.is_leader
            assert not here.is_leader
            assert not there.is_gone(here.number)
            here.tell("held", 2.5)
            await until(lambda: other.heard == [("held", "2.5")])
            assert not one.heard
        await until(lambda: there.is_gone(here.number))
        assert not there.is_gone(there.number)


async def test_a_copy_that_loses_its_session_is_not_there_until_it_is_back(migrated_server: str) -> None:
    """Another keeps house then; nobody else took its number meanwhile."""
    one, other = Copy(migrated_server), Copy(migrated_server)
    async with one.alive() as here, other.alive() as there:
        await until(lambda: there.living == {here.number, there.number})
        await until(lambda: here.is_leader or there.is_leader)  # once the server has ended earlier sessions
        await end_sessions(migrated_server, here.number)
        await until(lambda: one.losses != [])
        assert not any(one.losses)
        await until(here.here.is_set)
        await until(lambda: there.living == {here.number, there.number})
        assert here.is_leader != there.is_leader


async def test_whoever_is_back_first_takes_nobody_for_gone_who_may_be_on_the_way_back(
    migrated_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that was restarted has ended the connections of all; a copy that stays away is gone in the end."""
    monkeypatch.setattr(presence, "RETURN_SECONDS", 3600.0)
    one, other = Copy(migrated_server), Copy(migrated_server)
    async with other.alive() as there:
        async with one.alive() as here:
            await until(lambda: here.number in there.living)
        await until(lambda: there.is_gone(here.number))
        await end_sessions(migrated_server, there.number)
        await until(lambda: len(other.losses) >= 1)
        await until(there.here.is_set)
        assert not there.is_gone(here.number)
        await asyncio.sleep(3 * presence.GRACE_SECONDS)
        assert not there.is_gone(here.number)
        monkeypatch.setattr(presence, "RETURN_SECONDS", 0.0)
        before = len(other.losses)
        await end_sessions(migrated_server, there.number)
        await until(lambda: len(other.losses) > before)
        await until(there.here.is_set)
        await until(lambda: there.is_gone(here.number))


async def test_a_copy_counts_as_gone_a_moment_after_it_was_last_seen(migrated_server: str) -> None:
    """Not a moment after somebody first asked for it."""
    one, other = Copy(migrated_server), Copy(migrated_server)
    async with other.alive() as there:
        async with one.alive() as here:
            await until(lambda: here.number in there.living)  # one of an earlier test may be there still
        await until(lambda: here.number not in there.living)
        await asyncio.sleep(2 * presence.GRACE_SECONDS)
        assert there.is_gone(here.number)


@dataclass
class Way:
    """A way to the server over TCP that can go silent: what is connected then stays so, and nothing comes through."""

    socket: str
    _pipes: list[asyncio.Task[None]] = field(default_factory=list)
    _ends: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = field(default_factory=list)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """Its port."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[1]
        server.close()
        for end in chain.from_iterable(self._ends):
            end.close()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self.socket)
        self._ends.append((writer, back))
        self._pipes += [asyncio.create_task(_pipe(*ends)) for ends in ((reader, back), (there, writer))]

    def go_silent(self) -> Callable[[], None]:
        """For those who are connected; who connects later is heard. The server gives them up once what is returned is called."""
        for pipe in self._pipes:
            pipe.cancel()
        silent = [back for _, back in self._ends]

        def give_up() -> None:
            for back in silent:
                back.close()

        return give_up


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while content := await reader.read(4096):
        writer.write(content)
    writer.close()


async def test_a_copy_whose_connection_goes_silent_is_away_at_once_and_comes_back(
    migrated_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something on the way has forgotten the connection: to close it takes minutes, in which others have taken over. What it had to tell
    it tells then."""
    monkeypatch.setattr(presence, "ANSWER_SECONDS", 0.2)
    where = make_url(migrated_server)
    way = Way(f"{where.query['host']}/.s.PGSQL.{where.port or 5432}")
    other = Copy(migrated_server)
    async with way.open() as port, other.alive():
        by_tcp = where.set(host="127.0.0.1", port=port, query={})
        one = Copy(by_tcp.render_as_string(hide_password=False))
        async with one.alive() as here:
            here.tell("first")
            await until(lambda: ("first", "") in other.heard)
            give_up = way.go_silent()
            here.tell("again")
            await until(lambda: one.losses != [])
            assert not here.is_leader
            give_up()
            await until(lambda: ("again", "") in other.heard)


async def end_sessions(url: str, number: int) -> None:
    """End the session that holds the lock of a copy, as a server that is restarted does."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    holders = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1"
    await connection.fetch(f"SELECT pg_terminate_backend(pid) FROM ({holders}) AS one", number)  # noqa: S608 - ours
    await connection.close()
