"""New reports are announced by a transaction of their own, after their receipts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from bot.app import jobs
from bot.app.jobs import Job
from bot.chat.renderer import Renderer
from bot.desk.notices import jobs as notices_jobs
from bot.desk.notices.jobs import Announcer
from bot.reports import withdrawal
from bot.store.unit import UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from bot.transport.replicas import ALONE, Alone, Copies, ReplicaMessage
from tests.bench import Bench
from tests.bot.chat.chats import TEXTS


@dataclass
class Owed:
    """What was owed, by transactions; the first `faults` fail."""

    bench: Bench
    faults: int = 0
    calls: list[list[Call]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def enqueue(self, act: Callable[[UnitOfWork, Outbox], Awaitable[None]]) -> None:
        if self.faults:
            self.faults -= 1
            raise OSError("away")
        async with self.bench.write() as unit:
            outbox = Outbox(unit)
            await act(unit, outbox)
        self.calls.append([Call.load(unit.safe.ring, row) for row in outbox.rows])
        self.came.set()


@asynccontextmanager
async def announcing(
    owed: Owed, due: asyncio.Event, seconds: float = 0.01, copies: Copies = ALONE
) -> AsyncIterator[None]:
    """An announcer at work."""
    made = Announcer(Renderer(TEXTS), owed.bench.read, owed.enqueue, seconds)
    longest, pause = notices_jobs.NEWS_SECONDS, notices_jobs.FAULT_SECONDS
    job = Job("", made.once, longest, due, 0.0, pause, leader_only=True, word=ReplicaMessage.REPORTS)
    task = asyncio.create_task(job.run(copies))
    yield
    made.stop()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_each_report_is_announced_once_and_to_moderators_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those from before a restart too, and though the database was away; a withdrawn one never."""
    monkeypatch.setattr(notices_jobs, "FAULT_SECONDS", 0.01)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        chat_id = 7_000_000_001
        first, gone = [(await bench.submit(unit)).report for _ in range(2)]
        await withdrawal.withdraw(unit, gone)
    owed, due = Owed(bench, faults=1), asyncio.Event()
    async with announcing(owed, due):
        async with asyncio.timeout(10):
            await owed.came.wait()
        owed.came.clear()
        async with bench.write() as unit:
            second = (await bench.submit(unit)).report
        assert unit.reported
        due.set()
        async with asyncio.timeout(10):
            await owed.came.wait()
    assert moderator.active
    said = [[(call.params["chat_id"], call.guarded) for call in calls] for calls in owed.calls]
    assert said == [[(chat_id, True)], [(chat_id, True)]]
    told = ["".join(str(call.params["text"]) for call in calls) for calls in owed.calls]
    assert [first.ref in told[0], second.ref in told[1]] == [True, True]
    assert gone.ref not in "".join(told)


async def test_a_stop_does_not_wait_for_an_announcement(bench: Bench) -> None:
    """It is made after the next start."""
    async with bench.write() as unit:
        await bench.moderator(unit)
        await bench.submit(unit)
    owed = Owed(bench)
    async with asyncio.timeout(5), announcing(owed, asyncio.Event(), 600):
        await asyncio.sleep(0.05)
    assert owed.calls == []


@dataclass
class House(Alone):
    """The other copies of the bot, of which one keeps house; `told` are the words that they were told."""

    is_leader: bool = False
    another_leads: bool = False
    number_there: int = 2
    told: list[str] = field(default_factory=list)

    def is_gone(self, _number: int) -> bool:
        """None ends."""
        return False

    def tell(self, word: str, about: object = "") -> None:
        """They hear it."""
        self.told.append(f"{word}{about}")


async def test_one_copy_of_the_bot_announces_and_the_others_let_it_know(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it is the one that keeps house."""
    monkeypatch.setattr(jobs, "FIRST_SECONDS", 0.0)
    async with bench.write() as unit:
        await bench.moderator(unit)
        await bench.submit(unit)
    owed, due, house = Owed(bench), asyncio.Event(), House()
    async with announcing(owed, due, 0.0, house):
        await asyncio.sleep(0.05)
        due.set()
        await asyncio.sleep(0.05)
        assert house.told == ["reports", "reports"]
        assert not owed.calls
        house.is_leader = True
        due.set()
        await owed.came.wait()


async def test_what_nobody_said_is_found_some_time(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the bot has taken a report and ended before it could say so."""
    monkeypatch.setattr(notices_jobs, "NEWS_SECONDS", 0.01)
    owed, house = Owed(bench), House(is_leader=True)
    async with announcing(owed, asyncio.Event(), 0.0, house):
        async with bench.write() as unit:
            await bench.moderator(unit)
            await bench.submit(unit)
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                await owed.came.wait()
    assert owed.came.is_set()
