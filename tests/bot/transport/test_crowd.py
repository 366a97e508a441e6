"""A crowd of newcomers at the sender's pace, in time that passes by waiting alone."""

import asyncio
import random
import selectors
import statistics
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bot.transport.api import Api
from bot.transport.call import Call, Delivery, QueuedRow
from bot.transport.lanes import SendingPace
from bot.transport.loop import ONE_SECONDS
from bot.transport.sender import Journal, Sender
from tests.bot.transport.post import RING, Post, hash_of, owes

PEOPLE, WITHIN, SCREENS, PACE, BATCH_SECONDS = 300, 20.0, 13, 28.0, 0.1


class Skipping(selectors.SelectSelector):
    """Skips the time that would be slept."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """What is ready at once."""
        ready = super().select(0)
        self.now += 0.0 if ready else timeout or 0.0
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop that never sleeps."""

    def __init__(self) -> None:
        self._skipping = Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Seconds that were skipped."""
        return self._skipping.now


@dataclass
class Person:
    """A person who reads each screen for some seconds before the next act."""

    number: int
    drawn: random.Random
    acted_at: float = 0.0
    waits: list[float] = field(default_factory=list)


@dataclass
class Crowd:
    """Telegram, and people who fill in a report. Acts wait in `newcomers` and `acts` until a batch takes them."""

    newcomers: deque[Person] = field(default_factory=deque)
    acts: deque[Person] = field(default_factory=deque)
    people: dict[int, Person] = field(default_factory=dict)
    taken_in: list[int] = field(default_factory=list)

    def come(self) -> None:
        """Have all come within seconds."""
        for number in range(1, PEOPLE + 1):
            one = self.people[number] = Person(number, random.Random(number))
            asyncio.get_running_loop().call_later(number * WITHIN / PEOPLE, self.act, one)

    def act(self, one: Person) -> None:
        """Begin, or answer a question."""
        one.acted_at = asyncio.get_running_loop().time()
        (self.acts if one.waits else self.newcomers).append(one)

    async def call(self, _method: str, params: Mapping[str, Any], *_: object, **__: object) -> object:
        """Show a screen, as Telegram does."""
        await asyncio.sleep(0.06)
        loop, one = asyncio.get_running_loop(), self.people[params["chat_id"]]
        one.waits.append(loop.time() - one.acted_at)
        if len(one.waits) < SCREENS:
            loop.call_later(4 * one.drawn.lognormvariate(0, 0.6), self.act, one)
        return {"message_id": len(one.waits)}

    async def be_answered(self, post: Post) -> float:
        """Answer all by batches. Returns the calls a second until the last newcomer was taken in."""
        loop, one_at, rate = asyncio.get_running_loop(), 0.0, 0.0
        self.come()
        while any(len(one.waits) < SCREENS for one in self.people.values()):
            number = min(post.sender.room or int(loop.time() >= one_at), len(self.newcomers))
            begin = [self.newcomers.popleft() for _ in range(number)]
            if begin:
                one_at = loop.time() + ONE_SECONDS
                rate = sum(len(one.waits) for one in self.people.values()) / max(loop.time(), 1.0)
            self.taken_in += [one.number for one in begin]
            post.sender.pace.note_starts(number)
            post.sender.accept([_screen(post, one) for one in (*self.acts, *begin)])
            self.acts.clear()
            await asyncio.sleep(BATCH_SECONDS)
        await post.sender.finish(0)
        return rate


def _screen(post: Post, one: Person) -> QueuedRow:
    return post.owed(one.number, Call("editMessageText", {"chat_id": one.number}))


async def _answered(crowd: Crowd, folder: Path) -> float:
    pace = SendingPace(PACE, 1.0, 4, asyncio.get_running_loop().time)
    delivery = Delivery(cast("Api", crowd), {})
    return await crowd.be_answered(Post(Sender(delivery, RING, pace, owes, hash_of, Journal(folder, RING))))


def test_in_a_crowd_people_in_the_middle_of_a_report_wait_little_and_the_pace_is_used(tmp_path: Path) -> None:
    """Newcomers read before they tap: taken in all at once, they would make everyone wait for half a minute."""
    crowd = Crowd()
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        rate = runner.run(_answered(crowd, tmp_path))
    answers = [wait for one in crowd.people.values() for wait in one.waits[1:]]
    assert statistics.quantiles(answers, n=20)[-1] < 5
    assert rate > 0.9 * PACE
    assert crowd.taken_in == sorted(crowd.people)
