"""How many updates a second the whole bot does: 200 people who tell a story, over the local Bot API.

Run as `PTB_TIMEDELTA=1 uv run python -m tests.benchmarks.throughput`; it is no test and is not collected. The Bot API
runs in the same process, so that the absolute numbers are too low; what counts are the ratios within one
run: updates processed by batches against the same updates one by one.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.app import wiring
from bot.demo import TOKEN, USERNAME, running, settings_in
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.settings import Settings
from bot.transport.committer import Intake
from bot.transport.loop import Loop
from bot.transport.updates import RawUpdate

CHATS = 200
PARTS = 2
"""Messages that each person writes before the bot looks."""
FAST = {"send_per_second": 1e6, "send_per_chat": 1e6, "send_burst": 1000}


class SingleLoop(Loop):
    """A loop that commits each update by itself, as most bots do."""

    async def process(self, intake: Intake) -> Sequence[RawUpdate]:
        left: list[RawUpdate] = []
        for raw in intake.raws:
            left += await super().process(replace(intake, raws=[raw], settled=False))
        return left


async def main() -> None:
    """Measure both, and both again in the other order."""
    rates: dict[str, list[float]] = {"by batches": [], "one by one": []}
    for name, loop in (*_KINDS, *reversed(_KINDS)):
        setattr(wiring, Loop.__name__, loop)
        rates[name].append(await measure())
    best = {name: max(found) for name, found in rates.items()}
    for name, found in rates.items():
        _say(f"{name}: {', '.join(f'{rate:.0f}' for rate in found)} updates/s")
    _say(f"ratio of the best: {best['by batches'] / best['one by one']:.1f}")


_KINDS: tuple[tuple[str, type[Loop]], ...] = (("by batches", Loop), ("one by one", SingleLoop))


async def measure() -> float:
    """Updates a second from the first fetch until all are answered and recorded."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_in(Path(folder), api.url, poll_seconds=1, **FAST)
        await _write_stories(api, settings)
        queue, begun = api.accounts[TOKEN].updates, time.perf_counter()
        count = len(queue)
        async with running(settings):
            while len(queue):
                await api.control.calls.wait(api.control.calls.number, 1)
        seconds = time.perf_counter() - begun
    await api.stop()
    return count / seconds


async def _write_stories(api: LocalBotApi, settings: Settings) -> None:
    """Everybody comes as far as the story, the bot stops, and all write."""
    phones = [Phone(api.url, 10_000 + number, "ru", patience=60) for number in range(CHATS)]
    async with running(settings):
        await asyncio.gather(*(_to_story(phone) for phone in phones))
    for part in range(PARTS):
        await asyncio.gather(*(phone.say(f"Часть {part} того, что я видел и слышал.") for phone in phones))
    await asyncio.gather(*(phone.stop() for phone in phones))


async def _to_story(phone: Phone) -> None:
    await phone.start()
    await phone.say("/start")
    await phone.tap("Да", fresh=True)
    await phone.wait("Расскажите")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    asyncio.run(main())
