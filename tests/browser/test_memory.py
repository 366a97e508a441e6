"""The demo at work for long: neither the tab nor the server grows.

Some seconds by default, which find what is lost with each call or message, a hundred kilobytes at a time;
`KUAGER_TEST_SECONDS=600 uv run pytest -m long` works for ten minutes and finds what is lost by little and little.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from playwright.async_api import CDPSession, Page

from bot.demo.people import COLLEAGUE, LANGUAGE
from bot.local_api.client import Phone
from tests.browser.acting import expect
from tests.browser.conftest import MODERATOR, REPORTER, Open
from tests.browser.demos import Demo, demo
from tests.browser.test_story import TOLD
from tests.end_to_end.moderating import Moderator, Public
from tests.end_to_end.people import REVIEW, labels_on
from tests.end_to_end.reporting import SIMPLE, URGENT, Reporter

SECONDS = float(os.environ.get("KUAGER_TEST_SECONDS", "4"))
WARM_UP = SECONDS / 4
LEAST_FILED, LEAST_APPROVED = 8, 2
"""Reports, however short the time."""
MOST_GROWTH = min(50_000_000, 10_000_000 + 700_000 * SECONDS)
REPORTERS = (REPORTER, *range(3001, 3010))
MODERATORS = (MODERATOR, COLLEAGUE)
LANGUAGES = ("kk", "ru", "en")
TOLD_IN_TURN = (SIMPLE, TOLD, URGENT, replace(SIMPLE, files=("photo.png", "order.pdf"), typed=False))
PATIENCE = 60.0
FILED, APPROVED, REJECTED, EXPORTS = "filed", "approved", "rejected", "exports"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes: of the tab's heap after a collection (scripts, nodes and buffers), and of the server's process."""

    tab: int
    server: int


VERSION = Public({"title_ru": "Заголовок", "summary_ru": "Описание; с | знаками.", "kind": "incident"})
"""As little as can be approved on a demo, in the language of its phones."""


class Busy(Moderator):
    """A moderator whose work notices of new reports come between all the time."""

    def lines(self) -> list[str]:
        """The lines of the review at hand, wherever in the chat it stands by now."""
        shown: list[str] = []
        for bubble in reversed(self.phone.messages):
            if self.word("moderator.open") in labels_on(bubble):
                continue
            if bubble.mine or (bubble.buttons and self.place_of(bubble) != REVIEW):
                break
            shown = [*bubble.text.split("\n\n"), *shown]
        return shown


@dataclass
class Work:
    """What is done on a demo until it is `over`, and how much of it."""

    url: str
    over: bool = False
    done: Counter[str] = field(default_factory=Counter)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def note(self, *what: str) -> None:
        """Something is done."""
        async with self.news:
            self.done.update(what)
            self.news.notify_all()

    async def until(self, **least: int) -> None:
        """Wait until so much is done, or it is over."""
        async with self.news:
            await self.news.wait_for(
                lambda: self.over or all(self.done[one] >= n for one, n in least.items())
            )

    async def end(self) -> None:
        """Let everybody finish what is begun."""
        async with self.news:
            self.over = True
            self.news.notify_all()

    @asynccontextmanager
    async def phone(self, user_id: int, language: str) -> AsyncIterator[Phone]:
        """A phone for one report: it does not carry along what was said before."""
        async with Phone(self.url, user_id, language, patience=PATIENCE) as phone:
            yield phone

    async def report(self, user_id: int) -> None:
        """One reporter: files short and full reports in all languages."""
        number = user_id
        while not self.over:
            number += 1
            language = LANGUAGES[number % len(LANGUAGES)]
            async with self.phone(user_id, language) as phone:
                await Reporter(phone, language).report(TOLD_IN_TURN[number % len(TOLD_IN_TURN)])
                await self.note(FILED)

    async def moderate(self, user_id: int) -> None:
        """One moderator: takes what waits, approves most of it, and exports now and then."""
        number = 0
        while not self.over:
            number += 1
            filed = self.done[FILED]
            async with self.phone(user_id, LANGUAGE) as phone:
                moderator = Busy(phone, LANGUAGE)
                if await moderator.next() is None:
                    await self.until(filed=filed + 1)
                elif number % 7 == 0:
                    await moderator.reject("spam")
                    await self.note(REJECTED)
                else:
                    await moderator.edit(VERSION)
                    await moderator.preview()
                    await moderator.confirm()
                    await self.note(APPROVED)
                if number % 10 == 0:
                    await moderator.export("csv" if number % 20 else "jsonl")
                    await self.note(EXPORTS)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Demo]:
    """The demo, in a process of its own so that its memory is its own."""
    with demo(tmp_path, "--fill", "0") as one:
        yield one


@pytest.mark.long
async def test_neither_tab_nor_server_grows_at_work(
    api: Demo, visit: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten reporters and two moderators at work, the page and its panel of calls open: from a quarter of the time to
    its end each grows by less than MOST_GROWTH. On a busy machine it takes longer until enough is done."""
    page = await visit(locale=LANGUAGE)  # in another the page would have the bot speak that to the moderators
    await page.locator("#panel-button").click()
    await page.locator("#tab-calls").click()
    tab = await page.context.new_cdp_session(page)
    work = Work(api.url)
    async with asyncio.TaskGroup() as group:
        for user_id in REPORTERS:
            group.create_task(work.report(user_id))
        for user_id in MODERATORS:
            group.create_task(work.moderate(user_id))
        await asyncio.sleep(WARM_UP)
        await work.until(filed=LEAST_FILED // 2, approved=LEAST_APPROVED // 2)
        warm = await sizes(tab, api)
        await asyncio.sleep(SECONDS - WARM_UP)
        await work.until(filed=LEAST_FILED, approved=LEAST_APPROVED)
        await work.end()
    await at_rest(page)
    last = await sizes(tab, api)
    with capsys.disabled():
        sys.stdout.write(told(work.done, warm, last))
    assert last.tab - warm.tab < MOST_GROWTH
    assert last.server - warm.server < MOST_GROWTH


async def at_rest(page: Page) -> None:
    """The page is up to date, as long as the work was: it shows the last calls and both chats."""
    await expect(page.locator(".calls li").first).to_be_visible()
    for person in (REPORTER, MODERATOR):
        assert await page.locator(f"#phone-{person} .message").count() > 10


async def sizes(tab: CDPSession, server: Demo) -> Sizes:
    """Both at this moment. https://chromedevtools.github.io/devtools-protocol/tot/Runtime/#method-getHeapUsage"""
    for _ in range(2):  # what the first collection lets go of, the second one finds
        await tab.send("HeapProfiler.collectGarbage")
    used = await tab.send("Runtime.getHeapUsage")
    parts = ("usedSize", "embedderHeapUsedSize", "backingStorageSize")
    return Sizes(int(sum(used.get(part, 0) for part in parts)), server.resident)


def told(done: Counter[str], warm: Sizes, last: Sizes) -> str:
    """The figures, to be read."""
    counted = ", ".join(f"{number} {what}" for what, number in done.items())
    grown = (
        f"{name} {before / 1e6:.1f} -> {after / 1e6:.1f} MB ({(after - before) / 1e6:+.1f})"
        for name, before, after in (("tab", warm.tab, last.tab), ("server", warm.server, last.server))
    )
    return f"\n{SECONDS:.0f} s: {counted}; {'; '.join(grown)}\n"
