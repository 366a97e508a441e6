"""The demo's page in Debian's Chromium, on a local Bot API of its own; whatever goes wrong in the page is noted.

A worker starts one Chromium for all of its tests, and each has a profile and a server of its own, or the page that is
kept: a browser takes most of a second to start, and a page half a second of work to open. A browser's connection lives
in one event loop, so that what is asynchronous in this folder runs in the loop of the session.
"""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

from bot.demo.folder import MovableClock
from bot.demo.page import DemoInspector, TableRows, demo_page, member_phone, reporter_phone
from bot.local_api.page import PhonesPage, with_texts
from bot.local_api.server import LocalBotApi
from bot.texts import Texts
from tests.bot.local_api.conftest import TOKEN, Caller, WallClock
from tests.browser.kept import KeptPage
from tests.selection import SESSION_LOOP

REPORTER, MODERATOR = 1001, 2001
ZONE = timezone(timedelta(hours=5))
"""Where the bot is."""
USERNAME = "kuager_bot"
PHONES = [reporter_phone(REPORTER, "kk", "Айгерім"), member_phone(MODERATOR, "ru", "Дос")]
TEXTS = Texts(("kk", "ru", "en"))
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""A browser that was started so has a microphone, and lets every page use it."""
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The first that is there. The one without windows opens a page with half of the work."""
MISSING = (
    "Chromium is missing: apt-get install chromium-headless-shell fonts-noto-core fonts-noto-color-emoji "
    "(where there is no such package, chromium)"
)
CLOSED = "sessionStorage.setItem('panel', sessionStorage.getItem('panel') ?? 'false')"
"""Keeps the panel closed until a test opens it."""
PATIENCE = 30.0
"""Seconds before a wait fails; a busy machine is no reason to."""
SEALED = "9f3a5c" * 8 + "… (212)"

expect.set_options(timeout=1000 * PATIENCE)


class MadeUpInspector(DemoInspector):
    """An inspector of two tables and a clock that is moved along with the local Bot API's."""

    def __init__(self, clock: WallClock) -> None:
        super().__init__(MovableClock(clock), ZONE)
        self._wall = clock
        self.advanced: list[int] = []

    async def tables(self) -> Sequence[TableRows]:
        """A report with a sealed story, and its key."""
        reports = (("c0ffee" * 6, "new", "KZ-75", SEALED), ("1", "rejected", "KZ-71", SEALED))
        return (
            TableRows("reports", ("id", "status", "region", "story"), reports, 12),
            TableRows("data_keys", ("id", "wrapped"), (("1", SEALED),), 1),
        )

    async def speak(self, user_id: int, language: str) -> None:
        """There is no bot to speak."""

    async def now(self) -> str:
        """The clock's time."""
        return datetime.fromtimestamp(self._wall.now, ZONE).isoformat()

    def expired(self) -> dict[str, int]:
        """What a jump did: two days end a claim, ninety destroy a draft and two contents."""
        hours = self.advanced[-1]
        return {"claims": int(hours >= 48), "drafts": int(hours > 48), "contents": 2 * int(hours > 48)}

    async def advance(self, hours: int) -> str:
        """Move the clock."""
        self.advanced.append(hours)
        self._wall.now += timedelta(hours=hours).total_seconds()
        return await self.now()


def the_page(inspector: MadeUpInspector, key: str | None = None) -> PhonesPage:
    """The demo's page, inspector a key if one is given."""
    return demo_page(TEXTS, PHONES, [MODERATOR], inspector, ZONE.utcoffset(None), key)


def page_text(language: str, key: str) -> str:
    """A text of the page."""
    page = the_page(MadeUpInspector(WallClock()))
    return with_texts(page.languages, page.texts)[language][key]


@dataclass
class Watched:
    """A page, and what a visitor should never cause: errors, refused loads, requests to elsewhere."""

    page: Page
    wrongs: list[str]

    def hear(self, message: ConsoleMessage) -> None:
        """Errors and warnings of the console, Content-Security-Policy among them."""
        if message.type in {"error", "warning"}:
            self.wrongs.append(f"console: {message.text}")

    def see(self, request: Request, home: str) -> None:
        """A request that leaves for another host."""
        if urlsplit(request.url).netloc != home and not request.url.startswith(("data:", "blob:")):
            self.wrongs.append(f"request to {request.url}")


Open = Callable[..., Awaitable[Page]]


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> WallClock:
    """The local Bot API's clock."""
    if "kept" in request.fixturenames:
        kept: KeptPage = request.getfixturevalue("kept")
        return kept.clock
    return WallClock()


@pytest.fixture
def inspector(clock: WallClock) -> MadeUpInspector:
    """What the panel shows."""
    return MadeUpInspector(clock)


@asynccontextmanager
async def serving(clock: WallClock, inspector: MadeUpInspector) -> AsyncIterator[LocalBotApi]:
    """A local Bot API with the page on it, and no bot but the test."""
    server = LocalBotApi({TOKEN: USERNAME}, clock)
    server.extend(the_page(inspector).add_to)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def api(
    request: pytest.FixtureRequest, clock: WallClock, inspector: MadeUpInspector
) -> AsyncIterator[LocalBotApi]:
    """The server: that of the page that is kept, if the test uses it, else one of the test's own."""
    if "kept" in request.fixturenames:
        yield request.getfixturevalue("kept").api
        return
    async with serving(clock, inspector) as server:
        yield server


@pytest.fixture
async def call(api: LocalBotApi) -> AsyncIterator[Caller]:
    """Calls as the bot."""
    async with aiohttp.ClientSession() as session:
        yield Caller(api, session)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of this folder, and their fixtures, run in the session's event loop."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(SESSION_LOOP, append=False)


Launch = Callable[..., Awaitable[Browser]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def launch() -> AsyncIterator[Launch]:
    """Starts the browser with more flags, or gives the one that was started with these before. Without it the tests are
    skipped, and fail where everything must be tested."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    launched: dict[tuple[str, ...], Browser] = {}
    async with async_playwright() as playwright:

        async def start(*flags: str) -> Browser:
            if flags not in launched:
                launched[flags] = await playwright.chromium.launch(
                    executable_path=path, args=[*FLAGS, *flags]
                )
            return launched[flags]

        yield start
        for browser in launched.values():
            await browser.close()


@pytest.fixture
async def chromium(launch: Launch) -> Browser:
    """The browser."""
    return await launch()


@asynccontextmanager
async def opening(launch: Launch, home: str) -> AsyncIterator[tuple[Open, list[str]]]:
    """Opens the page in a fresh profile: width, height, another address, a script that runs before the page's own, and
    what else a browser context takes. The list is of what went wrong in it."""
    wrongs: list[str] = []
    async with AsyncExitStack() as stack:

        async def open_page(
            width: int = 1440, height: int = 900, url: str = home, script: str = "", **more: Any
        ) -> Page:
            more = {"color_scheme": "light", "locale": "en-GB", "reduced_motion": "reduce", **more}
            browser = await launch(*(MICROPHONE if "microphone" in more.get("permissions", ()) else ()))
            context = await browser.new_context(viewport={"width": width, "height": height}, **more)
            stack.push_async_callback(context.close)
            await context.add_init_script(CLOSED)
            if script:
                await context.add_init_script(script)
            one = Watched(await context.new_page(), wrongs)
            one.page.on("console", one.hear)
            one.page.on("pageerror", lambda error: wrongs.append(f"error: {error}"))
            context.on("request", lambda request: one.see(request, urlsplit(url).netloc))
            one.page.set_default_timeout(1000 * PATIENCE)
            await one.page.goto(url)
            await one.page.locator(f"#phone-{REPORTER} .handle", has_text="@").wait_for(state="attached")
            return one.page

        yield open_page, wrongs


@pytest.fixture
async def visit(api: LocalBotApi, launch: Launch) -> AsyncIterator[Open]:
    """Opens the page; see `opening`."""
    async with opening(launch, api.url) as (open_page, wrongs):
        yield open_page
    assert wrongs == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def only_page(launch: Launch) -> AsyncIterator[tuple[KeptPage, list[str]]]:
    """The page that is kept, and what went wrong in it."""
    clock = WallClock()
    async with (
        serving(clock, MadeUpInspector(clock)) as server,
        opening(launch, server.url) as (visit, wrongs),
    ):
        yield KeptPage(await visit(), server, clock), wrongs


@pytest.fixture
async def kept(only_page: tuple[KeptPage, list[str]]) -> AsyncIterator[KeptPage]:
    """A page as it is when it is opened, for tests that leave nothing behind but what can be seen."""
    page, wrongs = only_page
    await page.as_new()
    wrongs.clear()
    yield page
    assert wrongs == []
