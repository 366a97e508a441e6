"""A country update as a page: for everybody, from a file, narrow, wide and on paper."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from bot.publish.country_update.document import sample
from bot.publish.country_update.rendering import rendered
from bot.publish.country_update.request import UpdateFormat
from tests.browser.accessibility import sound
from tests.browser.test_looks import WIDER


@pytest.fixture
async def page(chromium: Browser, tmp_path: Path) -> AsyncIterator[Page]:
    """A browser without a network that shows an update with one of each thing; nothing may go wrong in it."""
    (tmp_path / "update.html").write_bytes(rendered(sample(), UpdateFormat.HTML))
    context = await chromium.new_context(offline=True)
    one = await context.new_page()
    wrongs: list[str] = []
    one.on("console", lambda message: wrongs.append(message.text))
    one.on("pageerror", lambda error: wrongs.append(str(error)))
    await one.goto((tmp_path / "update.html").as_uri())
    yield one
    await context.close()
    assert wrongs == []


async def test_an_update_can_be_read_by_everybody(page: Page) -> None:
    """Axe finds nothing serious, no page scrolls sideways, a mark leads to its record, and it prints."""
    await sound(page)
    for width in (320, 1440):
        await page.set_viewport_size({"width": width, "height": 800})
        assert not await page.evaluate(WIDER)
    await page.locator("sup a").first.click()
    assert page.url.endswith("#ref-1")
    await page.emulate_media(media="print")
    await sound(page)
