"""How long people wait for an answer while others flood the bot, which runs in a process of its own, over the local Bot API.

Run as `PTB_TIMEDELTA=1 uv run python -m tests.benchmarks.floods`; it is no test and is not collected. Ten people tell
their stories, each a message about every second, and twenty newcomers ask for help one after another. What counts are the
ratios within one run: the 95th percentile of their waits under each flood to that of the time before it, in which as many
honest accounts write once. For one hostile account that is a quiet time.

`--paced` keeps the bot's usual pace, and has the Bot API enforce Telegram's limits.

`--hanging` has one chat write five messages a second while its calls take 15 seconds, once in the middle of a report and once
without one. It times the ten, and twenty people who have nothing open and ask for help one after another.
"""

import argparse
import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count, product
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from bot.app.wiring import spare_collector
from bot.demo import TOKEN, USERNAME, running, settings_in
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from tests.benchmarks.conversation.our_bot import PACED

PEOPLE = 10
SECONDS = 15.0
"""Of each phase; the flood comes a second after its beginning."""
FLOOD_SECONDS, AT_ONCE = 4.0, 20
"""A flood comes within so many seconds, so many messages at once."""
PAUSE = 1.1
"""Seconds between two messages of a person: Telegram takes one answer a second."""
HOSTILE = 1000
NUMBERS = count(0x1000)
"""What the stories consist of: short, since only the beginning of a story is shown again."""
WORDS = " ".join("".join(letters) for letters in product("абвгдежз", repeat=4))[:4096]
STRANGER = 50_000
"""The first id of those who flood."""
NEWCOMER = 60_000
"""The first id of those who have nothing open and ask for help."""
HANGING, A_SECOND, CALL_SECONDS = 70_000, 5, 15.0
"""The chat whose calls hang: its id, the messages it writes a second, and the seconds that a call takes."""


async def main(*, hanging: bool, paced: bool) -> None:
    """Measure a quiet time and each flood, or the chat that hangs."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    api.control.limits.switch(on=paced)
    with tempfile.TemporaryDirectory() as folder:
        people = [Phone(api.url, 10_000 + number, "ru", patience=120) for number in range(PEOPLE)]
        async with bot_beside(folder, api.url, PACED if paced else {}):
            await asyncio.gather(*(phone.start() for phone in people))
            await asyncio.gather(*(to_story(phone) for phone in people))
            if hanging:
                await beside_hanging(api, people)
            else:
                await beside_floods(api, people)
        await asyncio.gather(*(phone.stop() for phone in people))
    await api.stop()


async def beside_hanging(api: LocalBotApi, people: Sequence[Phone]) -> None:
    """Measure a quiet time, then beside a chat that hangs and has nothing open, then beside one in the middle of a report."""
    numbers = count(NEWCOMER)
    for name, sender, tells in (
        ("quiet", None, False),
        ("a chat hangs that has nothing open", HANGING, False),
        ("a chat hangs in the middle of a report", HANGING + 1, True),
    ):
        if sender is not None:
            await strangers(api, sender, 1, tell=tells)
            api.control.failures.add({"chat_id": sender, "count": 10_000, "delay": CALL_SECONDS})
        writing = asyncio.create_task(write_on(api, sender)) if sender is not None else None
        await measure(api, people, name, [], 0, numbers)
        if writing is not None:
            writing.cancel()
            api.control.failures.clear()
            await drained(api)


async def newcomers(api: LocalBotApi, numbers: Iterator[int]) -> list[float]:
    """Have twenty people ask for help during a phase; the seconds until each was answered."""

    async def ask(after: float) -> float:
        await asyncio.sleep(after)
        async with Phone(api.url, next(numbers), "ru", patience=120) as phone:
            begun = time.perf_counter()
            await phone.say("/help")
            await phone.wait("/report")
            return time.perf_counter() - begun

    return await asyncio.gather(*(ask(2 + place * (SECONDS - 2) / 20) for place in range(20)))


async def write_on(api: LocalBotApi, sender: int) -> None:
    """Write without end."""
    for number in count():
        api.accounts[TOKEN].updates.put_raw(written(sender, HOSTILE + number, f"{number:x}"))
        await asyncio.sleep(1 / A_SECOND)


async def beside_floods(api: LocalBotApi, people: Sequence[Phone]) -> None:
    """Measure each flood, and before it as many honest accounts."""
    numbers = count(NEWCOMER)
    tellers = await strangers(api, STRANGER, 21)
    others = await strangers(api, STRANGER + 1000, 201, tell=False)
    fresh = await strangers(api, STRANGER + 2000, 201, tell=False)
    await drained(api)
    for name, honest_ones, senders in (
        ("one account, in the middle of a report", tellers[:1], tellers[:1]),
        ("one account that has nothing open", fresh[:1], others[:1]),
        ("200 accounts that have nothing open", fresh[1:], others[1:]),
        ("20 accounts, in the middle of a report", tellers[1:], tellers[1:]),
    ):
        honest = await measure(api, people, f"{len(senders)} honest", honest_ones, len(honest_ones), numbers)
        await drained(api)
        flooded = await measure(api, people, name, senders, HOSTILE, numbers)
        ratios = [after / before for before, after in zip(honest, flooded, strict=True)]
        say(
            f"{name}: p95 {ratios[0]:.2f} times as long in the middle of a report, {ratios[1]:.2f} for newcomers"
        )
        await drained(api)


@asynccontextmanager
async def bot_beside(folder: str, url: str, pace: Mapping[str, Any]) -> AsyncIterator[None]:
    """The bot in a process of its own, as it runs beside Telegram's servers."""
    spawned = multiprocessing.get_context("spawn")
    over = spawned.Event()
    process = spawned.Process(target=run_bot, args=(folder, url, pace, over))
    process.start()
    try:
        yield
    finally:
        over.set()
        await asyncio.to_thread(process.join)


def run_bot(folder: str, url: str, pace: Mapping[str, Any], over: Event) -> None:
    """Run the bot until it is over."""

    async def run() -> None:
        async with running(settings_in(Path(folder), url, poll_seconds=10, **pace)):
            spare_collector()  # as the bot does
            await asyncio.to_thread(over.wait)

    asyncio.run(run())


async def strangers(api: LocalBotApi, first: int, number: int, *, tell: bool = True) -> Sequence[int]:
    """The ids of accounts that come as far as the story, or only have a chat with the bot."""
    for user_id in range(first, first + number):
        async with Phone(api.url, user_id, "ru", patience=120) as phone:
            if tell:
                await to_story(phone)
            else:
                await phone.unblock()
    return range(first, first + number)


async def to_story(phone: Phone) -> None:
    """From the first hello to the question for the story."""
    await phone.say("/start")
    await phone.tap("Да", fresh=True)
    await phone.wait("Расскажите")


async def measure(
    api: LocalBotApi,
    people: Sequence[Phone],
    name: str,
    senders: Sequence[int],
    messages: int,
    numbers: Iterator[int],
) -> tuple[float, float]:
    """The 95th percentiles of the waits of a phase, in seconds: in the middle of a report, and of newcomers."""
    ends = time.perf_counter() + SECONDS
    telling = [asyncio.create_task(tell(phone, place, ends)) for place, phone in enumerate(people)]
    asking = asyncio.create_task(newcomers(api, numbers))
    await asyncio.sleep(1)
    for number in range(messages):
        api.accounts[TOKEN].updates.put_raw(written(senders[number % len(senders)], number))
        if number % AT_ONCE == 0:
            await asyncio.sleep(FLOOD_SECONDS * min(AT_ONCE, messages) / messages)
    answers = [wait for waits in await asyncio.gather(*telling) for wait in waits]
    return _told(f"{name}, {len(answers)} answers", answers), _told("  newcomers", await asking)


def _told(name: str, waits: Sequence[float]) -> float:
    found = statistics.quantiles(waits, n=20)[-1]
    say(f"  {name}: median {statistics.median(waits):.3f} s, p95 {found:.3f} s, longest {max(waits):.3f} s")
    return found


async def tell(phone: Phone, place: int, ends: float) -> list[float]:
    """Tell a story in short messages; the seconds until each was answered."""
    waits: list[float] = []
    await asyncio.sleep(place * PAUSE / PEOPLE)
    while (begun := time.perf_counter()) < ends:
        words = f"{next(NUMBERS):x}"
        await phone.say(words)
        await phone.wait(words)
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(max(0.0, PAUSE - waits[-1]))
    return waits


def written(sender: int, number: int, text: str = WORDS) -> dict[str, Any]:
    """A message of somebody who floods the bot."""
    person = {"id": sender, "is_bot": False, "first_name": "A", "language_code": "ru"}
    place = {"id": sender, "type": "private"}
    return {
        "message": {
            "message_id": 5_000_000 + number, "date": int(time.time()), "chat": place, "from": person, "text": text
        }
    }  # fmt: skip


async def drained(api: LocalBotApi) -> None:
    """Wait until the flood is over: no call for two seconds but those that ask for updates."""
    while True:
        before = sum(call["method"] != "getUpdates" for call in api.control.calls.calls(0, None))
        await asyncio.sleep(2)
        if sum(call["method"] != "getUpdates" for call in api.control.calls.calls(0, None)) == before:
            return


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--hanging", action="store_true")
    arguments.add_argument("--paced", action="store_true")
    asyncio.run(main(**vars(arguments.parse_args())))
