"""Telegram and its people, in a process of their own so that the bot's process holds the bot alone.

People act on the local Bot API directly, without a network: the only requests are the bot's.
"""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bot.demo import TOKEN, USERNAME
from bot.local_api.account import EventFeed
from bot.local_api.phones import participant, say, tap
from bot.local_api.server import LocalBotApi
from tests.benchmarks.conversation.script import Part, Script, Sight, Step

Message = Mapping[str, Any]
WHOLE = "whole talks"
"""The name of what is measured of all parts together."""
FIRST_PERSON = 700_000_000
PATIENCE = 300.0
"""Seconds after which a bot that has not answered has failed."""


@dataclass(frozen=True, slots=True)
class Phase:
    """What was measured of a part of the conversation: updates, seconds, the processor's seconds of the bot's processes and of the
    crowd's, and how long each answer took, in seconds."""

    updates: int
    seconds: float
    bot_cpu: float
    crowd_cpu: float
    waits: Sequence[float] = field(repr=False)


class Feed(EventFeed):
    """What happens on a phone, read as it comes."""

    def __init__(self, person: "Person") -> None:
        super().__init__()
        self._person = person

    def add(self, kind: str, **fields: object) -> None:
        """Let the person read what the bot says."""
        message = fields.get("message")
        if kind in {"new", "edited"} and isinstance(message, dict) and message["outgoing"]:
            self._person.read(message)


class Person:
    """Somebody who does the next step as soon as the bot has said what it waits for."""

    def __init__(self, api: LocalBotApi, number: int) -> None:
        account = api.accounts[TOKEN]
        person = account.person(number, {"first_name": f"Person {number}", "language_code": "en"})
        account.feeds[number] = Feed(self)
        self._at = participant(account, person, None)
        self._steps: list[Step] = []
        self._until, self._asked_at = Sight(), 0.0
        self._last: Message = {}
        self.waits: list[float] = []
        self.done = asyncio.Event()
        self.done.set()

    def begin(self, part: Part) -> None:
        """Do the first step, then the others as their turn comes, until the end of the part is seen."""
        first, *self._steps = part.steps
        self._until = part.until
        self.waits, self.done = [], asyncio.Event()
        self._do(first, self._last)

    def read(self, message: Message) -> None:
        """The bot has said something, or said it otherwise."""
        awaited = self._steps[0].seen if self._steps else self._until
        if self.done.is_set() or not awaited.is_in(message):
            return
        self._last = message
        self.waits.append(time.perf_counter() - self._asked_at)
        if self._steps:
            # In the loop's next turn at the earliest: the message is being put into the chat just now.
            asyncio.get_running_loop().call_later(self._pause(), self._do, self._steps.pop(0), message)
        else:
            self.done.set()

    def _pause(self) -> float:
        """Seconds for which the message is read."""
        return 0.0

    def _do(self, step: Step, message: Message) -> None:
        self._asked_at = time.perf_counter()
        if step.said:
            say(self._at, step.said)
            return
        tap(self._at, message["message_id"], step.button_in(message), force=True)


def run_people(pipe: Connection, people: int) -> None:
    """Serve the Bot API and tell its address; once told of the bot's processes and script, tell what was measured of its parts;
    serve on until told to end."""
    asyncio.run(_run(pipe, people))


async def _run(pipe: Connection, people: int) -> None:
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    pipe.send(api.url)
    pids, script = await asyncio.to_thread(pipe.recv)
    crowd = [Person(api, FIRST_PERSON + number) for number in range(people)]
    pipe.send(await _converse(crowd, pids, script))
    await asyncio.to_thread(pipe.recv)
    await api.stop()


async def _converse(crowd: Sequence[Person], pids: Sequence[int], script: Script) -> Mapping[str, Phase]:
    """What was measured of the whole talk if it has several parts, then of those that have names."""
    phases = [(part.name, await _measured(crowd, pids, part)) for part in script]
    whole = {WHOLE: _together([phase for _, phase in phases])} if len(phases) > 1 else {}
    return whole | {name: phase for name, phase in phases if name}


def _together(phases: Sequence[Phase]) -> Phase:
    return Phase(
        sum(phase.updates for phase in phases),
        sum(phase.seconds for phase in phases),
        sum(phase.bot_cpu for phase in phases),
        sum(phase.crowd_cpu for phase in phases),
        [wait for phase in phases for wait in phase.waits],
    )


async def _measured(crowd: Sequence[Person], pids: Sequence[int], part: Part) -> Phase:
    bot, own, begun = sum(map(cpu_seconds, pids)), cpu_seconds(os.getpid()), time.perf_counter()
    for person in crowd:
        person.begin(part)
    async with asyncio.timeout(PATIENCE):
        for person in crowd:
            await person.done.wait()
    return Phase(
        len(crowd) * len(part.steps),
        time.perf_counter() - begun,
        sum(map(cpu_seconds, pids)) - bot,
        cpu_seconds(os.getpid()) - own,
        [wait for person in crowd for wait in person.waits],
    )


def cpu_seconds(pid: int) -> float:
    """The processor's seconds of a process with its threads so far (proc(5), stat: utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
