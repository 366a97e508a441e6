"""The watch over the victim: begins its lives, counts its deaths."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMMORTAL = "no moment:0"


class Nursery:
    """One process that forks lives of the bot; `log` is what they said on standard error."""

    def __init__(self, process: asyncio.subprocess.Process, record: Path, log: Path) -> None:
        self._process, self._record, self._log = process, record, log
        self.deaths = 0
        self.life = 0
        self._died = asyncio.Condition()

    def recorded(self) -> Counter[str]:
        """How often each moment was hit, by what the dying wrote down."""
        return Counter(self._record.read_text().splitlines() if self._record.exists() else ())

    @property
    def log(self) -> str:
        """What the lives had to say."""
        return self._log.read_text()

    async def begin(self, doom: str) -> None:
        """Begin a life."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{doom}\n".encode())
        word, pid = await self._hear()
        assert word == "born"
        self.life = int(pid)

    async def end(self, stop: asyncio.Event) -> int:
        """Wait for the end of this life; with `stop` it is asked to end in good order. The exit code."""
        asking = asyncio.create_task(self._ask(stop))
        try:
            while True:
                word, argument = await self._hear()
                if word == "dead":
                    self.life = 0
                    async with self._died:
                        self.deaths += argument == str(-signal.SIGKILL)
                        self._died.notify_all()
                    return int(argument)
        finally:
            asking.cancel()

    async def end_well(self) -> int:
        """A last life without doom, asked to end as soon as it is ready; its exit code."""
        await self.begin(IMMORTAL)
        assert (await self._hear())[0] == "ready"
        now = asyncio.Event()
        now.set()
        return await self.end(now)

    async def until_deaths(self, count: int) -> None:
        """Wait until there were so many deaths."""
        async with self._died:
            await self._died.wait_for(lambda: self.deaths >= count)

    async def _ask(self, stop: asyncio.Event) -> None:
        await stop.wait()
        with suppress(ProcessLookupError):
            os.kill(self.life, signal.SIGTERM)

    async def _hear(self) -> tuple[str, str]:
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode().strip()
        assert line, f"the victim is gone; it said:\n{self.log}"
        word, _, argument = line.partition(" ")
        return word, argument


@asynccontextmanager
async def nursery(settings: Mapping[str, str], folder: Path) -> AsyncIterator[Nursery]:
    """A nursery with the bot's settings, as environment variables."""
    record, log = folder / "deaths", folder / "victim.log"
    environment = {**os.environ, **settings, "VICTIM_RECORD": str(record), "PTB_TIMEDELTA": "1"}
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.crashes.victim"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            env=environment,
        )
    made = Nursery(process, record, log)
    try:
        yield made
    finally:
        if made.life:
            os.kill(made.life, signal.SIGKILL)
        process.kill()
        await process.communicate()
