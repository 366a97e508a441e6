"""The gallery's pages can be used by everybody, from the folder, narrow and wide, light and dark."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser.accessibility import LOOKS, sound
from tests.browser.test_looks import WIDER

SECTIONS = ("flow-report", "report-types", "review-review", "chat-reporter", "chat-moderator", "texts")
NAMES = ("index", "kk", "ru", "en", *(f"kk-{one}" for one in SECTIONS))
FULL = {f"kk-{one}" for one in SECTIONS} - {"kk-flow-report"}
NARROW, WIDE = (390, 844), (1440, 900)
FEWER = """
() => {
  const rest = document.querySelectorAll('.screens > .screen:nth-child(n+3)');
  rest.forEach((screen) => screen.remove());
  // What is not in sight is not laid out, and would be measured where it does not stand.
  document.querySelectorAll('.screen').forEach((screen) => { screen.style.contentVisibility = 'visible'; });
  return rest.length;
}
"""
"""Leaves the first two screens under each heading."""

BEYOND = """
() => [...document.querySelectorAll('.screen')].filter((screen) => screen.scrollWidth > screen.clientWidth + 1)
  .slice(0, 5).map((screen) => screen.textContent.slice(0, 120))
"""
"""Screens that something sticks out of."""
FITS = f"() => [{WIDER}, ({BEYOND})(), document.documentElement.scrollHeight < 130_000]"


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A browser's page without a server; nothing may go wrong in it."""
    context = await chromium.new_context(offline=True)
    one = await context.new_page()
    wrongs: list[str] = []
    one.on("console", lambda message: wrongs.append(message.text))
    one.on("pageerror", lambda error: wrongs.append(str(error)))
    yield one
    await context.close()
    assert wrongs == []


async def test_axe_finds_nothing_serious(gallery_folder: Path, page: Page) -> None:
    """A hundred screens of the same few elements would take axe long: it sees the first two under each heading, on a
    page of each kind in one language, so every kind of element, and the contents in every language. Light, and in its
    colours dark."""
    await page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    for name in NAMES:
        await page.goto((gallery_folder / f"{name}.html").as_uri())
        assert (await page.evaluate(FEWER) > 0) == (name in FULL), name
        await sound(page)


def paths(folder: Path, name: str) -> list[Path]:
    """The pages whose names begin so."""
    found = sorted(folder.glob(f"{name}*.html"))
    assert found
    return found


@pytest.mark.parametrize("name", ["index", "kk", "ru", "en"])
async def test_nothing_scrolls_sideways(gallery_folder: Path, page: Page, name: str) -> None:
    """On a phone and on a wide screen; a screen's bubbles and buttons stay within it, and a page ends somewhere. All
    have one style: what its dark look does is seen on the first."""
    first, *rest = paths(gallery_folder, name)
    sizes = [NARROW, WIDE]
    for path, is_dark in ((first, True), *((one, False) for one in (first, *rest))):
        look_of = LOOKS[is_dark]
        await page.emulate_media(color_scheme=look_of)
        await page.goto(path.as_uri())
        for width, height in sizes:
            about = (path.name, width, look_of)
            await page.set_viewport_size({"width": width, "height": height})
            assert await page.evaluate(FITS) == [False, [], True], about
        sizes.reverse()  # the next is laid out first as wide as this one was last, not once more
