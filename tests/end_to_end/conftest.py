"""A local Bot API on loopback, the real bot on it, and people with phones."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app.wiring import Bot
from bot.chat.renderer import Renderer
from bot.demo import TOKEN, USERNAME, enrol, running, settings_in
from bot.demo.folder import MovableClock
from bot.desk.notices.jobs import Watch, apply_decisions_once
from bot.desk.people import service as people_service
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.settings import PREFIX, Settings
from tests.end_to_end.judged_people import enrolled
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.people import ROOT
from tests.end_to_end.reporting import Reporter
from tests.end_to_end.trial import Trial

PATIENCE = 30.0
"""Seconds before a wait fails; a busy machine is no reason to."""


class Machine:
    """The operator's machine, on which the bot is started and stopped; `clock` is the bot's and the local Bot API's, if it is to
    be moved."""

    def __init__(self, settings: Settings, clock: MovableClock | None = None) -> None:
        self.settings, self._clock = settings, clock
        self._running = AsyncExitStack()
        self._bot: Bot | None = None

    @property
    def bot(self) -> Bot:
        """The bot that runs."""
        assert self._bot is not None
        return self._bot

    async def start(self) -> None:
        """Start the bot on what is in its folder."""
        clock = self._clock
        local = None if clock is None else lambda: clock.local(self.settings.zone)
        self._bot = bot = await self._running.enter_async_context(running(self.settings, local))
        needs = bot.work.read, bot.committer.enqueue, Renderer(bot.texts)
        self._watch, self._apply = Watch(*needs), partial(apply_decisions_once, *needs)

    async def stop(self) -> None:
        """Stop it in good order, as SIGTERM does."""
        await self._running.aclose()
        self._bot = None

    async def change(self, **settings: object) -> None:
        """Start it anew under other settings."""
        await self.stop()
        self.settings = self.settings.model_copy(update=settings)
        await self.start()

    async def later(self, hours: int) -> None:
        """Let hours pass, with what the bot does by itself before and after them: it looks around every few seconds."""
        assert self._clock is not None
        await self._look_around()
        while await self.bot.outbox.ids():  # until all is delivered, and noted as delivered
            await asyncio.sleep(0.01)
            await self.bot.committer.flush()
        self._clock.advance(hours)
        await self.bot.api.call("getMe", {})  # the bot believes Telegram's answers more than its own clock
        await self.bot.put_away()
        await self._look_around()

    async def _look_around(self) -> None:
        await self._watch.once()
        await self._apply()

    async def run(self, *words: str) -> str:
        """`python -m bot …` in a process of its own, with the same settings; what it printed."""
        values = self.settings.model_dump()
        given = {name: _plain(value) for name, value in values.items() if value is not None}
        env = {f"{PREFIX}{name.upper()}": value for name, value in given.items()}
        env |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *words,
            cwd=ROOT,
            env=env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await process.communicate()
        assert process.returncode == 0, printed.decode()
        return printed.decode()


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(value) if isinstance(value, tuple) else str(value)


@pytest.fixture
def clock() -> MovableClock:
    """The clock of the bot and of the local Bot API."""
    return MovableClock(time.time)


@pytest.fixture
async def api(clock: MovableClock) -> AsyncIterator[LocalBotApi]:
    """A local Bot API."""
    made = LocalBotApi({TOKEN: USERNAME}, clock.seconds)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def machine(api: LocalBotApi, clock: MovableClock, tmp_path: Path) -> AsyncIterator[Machine]:
    """The real bot, running, with all that it keeps in a folder of this test's own."""
    made = Machine(settings_in(tmp_path, api.url, poll_seconds=5), clock)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def phones() -> AsyncIterator[AsyncExitStack]:
    """Phones that are switched off at the end."""
    async with AsyncExitStack() as stack:
        yield stack


MakeTrial = Callable[..., Awaitable[Trial]]


@pytest.fixture
def trial(api: LocalBotApi, machine: Machine, phones: AsyncExitStack) -> MakeTrial:
    """Makes a trial whose moderators speak these languages; the first is an administrator."""

    async def make(*languages: str) -> Trial:
        made = Trial(api.url, phones)
        for number, language in enumerate(languages):
            async with machine.bot.work.write() as unit:
                invitation = await people_service.invite(unit, "moderator" if number else "admin")
            phone = await made.phone(2001 + number, language)
            made.moderators.append(await enrolled(invitation, f"Айдана {number}", phone))
        return made

    return make


MakeReporter = Callable[[int, str], Awaitable[Reporter]]
MakeModerator = Callable[[int, str, str, str], Awaitable[Moderator]]


@pytest.fixture
def reporter(api: LocalBotApi, machine: Machine, phones: AsyncExitStack) -> MakeReporter:
    """Makes a reporter of a Telegram id and a language."""
    assert machine.bot.settings is machine.settings

    async def make(user_id: int, language: str) -> Reporter:
        phone = Phone(api.url, user_id, language, patience=PATIENCE)
        return Reporter(await phones.enter_async_context(phone), language)

    return make


@pytest.fixture
def moderator(api: LocalBotApi, machine: Machine, phones: AsyncExitStack) -> MakeModerator:
    """Makes a moderator of a Telegram id, an alias, a language and a role, enrolled by link and alias."""

    async def make(user_id: int, alias: str, language: str, role: str) -> Moderator:
        await enrol(machine.bot.work, api.url, user_id, alias, language, role)
        phone = Phone(api.url, user_id, language, patience=PATIENCE)
        return Moderator(await phones.enter_async_context(phone), language)

    return make


@dataclass(frozen=True)
class People:
    """Makes both."""

    reporter: MakeReporter
    moderator: MakeModerator


@pytest.fixture
def people(reporter: MakeReporter, moderator: MakeModerator) -> People:
    """Reporters and moderators, as many as a test wants."""
    return People(reporter, moderator)


@pytest.fixture
async def anna(reporter: MakeReporter) -> Reporter:
    """A reporter who speaks Russian."""
    return await reporter(1001, "ru")


@pytest.fixture
async def aida(moderator: MakeModerator) -> Moderator:
    """A moderator who speaks Russian."""
    return await moderator(2001, "Aida", "ru", "moderator")


@pytest.fixture
async def erlan(moderator: MakeModerator) -> Moderator:
    """An administrator who speaks Russian."""
    return await moderator(2003, "Erlan", "ru", "admin")


@pytest.fixture
async def dana(moderator: MakeModerator) -> Moderator:
    """An administrator who speaks Kazakh."""
    return await moderator(2002, "Dana", "kk", "admin")
