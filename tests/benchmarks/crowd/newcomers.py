"""Newcomers and the Bot API that they and the bot share, in a process of its own."""

import asyncio
import math
import os
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from multiprocessing.connection import Connection
from pathlib import Path

from bot.demo import TOKEN, USERNAME
from bot.local_api.access import JSON
from bot.local_api.server import LIMITED_METHODS, LocalBotApi
from bot.local_api.switches import CallLog
from tests.benchmarks.conversation.people import FIRST_PERSON, Message, Person, cpu_seconds
from tests.benchmarks.conversation.script import Part, Script, Step

PATIENCE = 180.0
"""Seconds without anything from the bot to anyone, after which those who wait give up: longer than any message is read."""
_SPREAD, _LONGEST = 0.6, 30.0
"""The spread of reading times (sigma of a lognormal distribution), and the most seconds that a message is read."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many `people` begin within how many seconds, and for how many seconds they read a message: the median of times
    that the seed draws. With `limited` the Bot API enforces Telegram's limits."""

    people: int
    within: float
    reading: float
    limited: bool
    seed: int


@dataclass(frozen=True, slots=True)
class Course:
    """What was measured of a crowd.

    - `firsts`, `answers`, `receipts`: seconds from an act to its first question, to a later one, to the receipt
    - `begun`, `finished`: people, and those with a receipt
    - `receipts_at`: seconds from the first /start to each receipt, in order
    - `bot_cpu`, `crowd_cpu`: the processor's seconds of the bot and of the crowd's process
    - `memory`: resident bytes of the bot before and after
    - `calls`: calls that went well by method, in lower case
    - `refused`: calls that were refused by code
    """

    firsts: Sequence[float] = field(repr=False)
    answers: Sequence[float] = field(repr=False)
    receipts: Sequence[float] = field(repr=False)
    receipts_at: Sequence[float] = field(repr=False)
    begun: int
    finished: int
    bot_cpu: float
    crowd_cpu: float
    memory: tuple[int, int]
    calls: Mapping[str, int]
    refused: Mapping[int, int]

    @property
    def seconds(self) -> float:
        """Time from the first /start to the last receipt."""
        return max(self.receipts_at, default=math.nan)

    @property
    def steady(self) -> float:
        """Receipts a minute between the first and the last tenth of them."""
        tenth = len(self.receipts_at) // 10
        middle = self.receipts_at[tenth : len(self.receipts_at) - tenth]
        return 60 * (len(middle) - 1) / (middle[-1] - middle[0]) if len(middle) > 1 else math.nan

    @property
    def limited_calls(self) -> int:
        """Calls that Telegram's limits count."""
        return sum(number for method, number in self.calls.items() if method in LIMITED_METHODS)


class CallCounts(CallLog):
    """Counts calls instead of keeping them."""

    def __init__(self) -> None:
        super().__init__()
        self.calls_by_method: Counter[str] = Counter()
        self.refused: Counter[int] = Counter()

    def add(
        self, when: float, bot: str, method: str, params: JSON, code: int, result: object, ms: float
    ) -> None:
        """Count a call."""
        del when, bot, params, result, ms
        if code == 200:
            self.calls_by_method[method.lower()] += 1
        else:
            self.refused[code] += 1


class Newcomer(Person):
    """A person who comes at a drawn time, and reads each message for a drawn time before the next step."""

    def __init__(self, api: LocalBotApi, number: int, plan: Plan) -> None:
        super().__init__(api, FIRST_PERSON + number)
        self._drawn = random.Random(f"{plan.seed} {number}")
        self._reading = plan.reading
        self.comes_after = self._drawn.uniform(0, plan.within)
        self.read_at = 0.0
        """When the bot last said what the person waits for."""

    def read(self, message: Message) -> None:
        """The bot has said something, or said it otherwise."""
        before = len(self.waits)
        super().read(message)
        if len(self.waits) > before:
            self.read_at = time.perf_counter()

    def _pause(self) -> float:
        return min(self._drawn.lognormvariate(0, _SPREAD) * self._reading, _LONGEST)

    def _do(self, step: Step, message: Message) -> None:
        if not message:
            super()._do(step, message)
        elif seen := self._seen(step):
            super()._do(step, seen)
        else:  # it was taken away while it was read
            self._steps.insert(0, step)
            self.waits.pop()

    def _seen(self, step: Step) -> Message | None:
        """The newest message in the chat that the step is for, as it is now."""
        messages = (one.as_json() for one in reversed(self._at.chat.messages.values()) if one.outgoing)
        return next((one for one in messages if step.seen.is_in(one)), None)


def run_crowd(pipe: Connection, plan: Plan) -> None:
    """Serve the Bot API and send its address. Given the bot's process and script, send the course of the crowd. Serve on until
    told to end."""
    asyncio.run(_run(pipe, plan))


async def _run(pipe: Connection, plan: Plan) -> None:
    api, counts = LocalBotApi({TOKEN: USERNAME}, time.time), CallCounts()
    api.control.calls = counts
    api.control.limits.switch(on=plan.limited)
    await api.start()
    pipe.send(api.url)
    pid, script = await asyncio.to_thread(pipe.recv)
    newcomers = [Newcomer(api, number, plan) for number in range(plan.people)]
    pipe.send(await _course(newcomers, pid, script, counts))
    await asyncio.to_thread(pipe.recv)
    await api.stop()


async def _course(newcomers: Sequence[Newcomer], pid: int, script: Script, counts: CallCounts) -> Course:
    counts.calls_by_method.clear()  # of the bot's own start
    bot, own, begun, memory = cpu_seconds(pid), cpu_seconds(os.getpid()), time.perf_counter(), resident(pid)
    await _talk(newcomers, Part("", [step for part in script for step in part.steps], script[-1].until))
    steps = sum(len(part.steps) for part in script)
    done = [one for one in newcomers if one.done.is_set()]
    return Course(
        [one.waits[0] for one in newcomers if one.waits],
        list(chain.from_iterable(one.waits[1 : steps - 1] for one in newcomers)),
        [one.waits[-1] for one in done],
        sorted(one.read_at - begun for one in done),
        len(newcomers),
        len(done),
        cpu_seconds(pid) - bot,
        cpu_seconds(os.getpid()) - own,
        (memory, resident(pid)),
        dict(counts.calls_by_method),
        dict(counts.refused),
    )


async def _talk(newcomers: Sequence[Newcomer], whole: Part) -> None:
    """Have them all talk, until each is done or gives up."""
    loop, begun = asyncio.get_running_loop(), time.perf_counter()
    for one in newcomers:
        one.done.clear()
        loop.call_later(one.comes_after, one.begin, whole)
    last = begun + max(one.comes_after for one in newcomers)
    while not all(one.done.is_set() for one in newcomers):
        await asyncio.sleep(0.5)
        heard = max(last, *(one.read_at for one in newcomers))
        if time.perf_counter() - heard > PATIENCE:
            return


def resident(pid: int) -> int:
    """Resident bytes of a process (proc(5), status: VmRSS)."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))
