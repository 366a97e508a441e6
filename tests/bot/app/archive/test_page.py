"""The page of an opened bundle: for one browser of this machine, which keeps nothing."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from bot.app.archive import bundles, opening
from bot.app.archive.page import ArchivePage
from tests.bot.app.archive.lives import FIRST, NARROW, NOTE, ORGANISATION, REJECTED, STORY, WORDS, Life


@asynccontextmanager
async def served(path: Path, language: str = "en", idle: float = 3600) -> AsyncIterator[ArchivePage]:
    """The page of a bundle."""
    async with opening.opened(bundles.read(path, [FIRST])) as archive:
        page = ArchivePage(archive, language, idle)
        async with page.served():
            yield page


@pytest.fixture
async def page(bundle: Path) -> AsyncIterator[ArchivePage]:
    """The page of three reports."""
    async with served(bundle) as one:
        yield one


@pytest.fixture
async def browser(page: ArchivePage) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser in which the page was opened."""
    home = URL(page.url).origin()
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(home, cookie_jar=jar) as session:
        async with session.get(page.url) as response:
            assert (response.status, str(response.url)) == (200, f"{home}/")
        yield session


async def text(browser: aiohttp.ClientSession, path: str) -> str:
    """A page as it is sent."""
    async with browser.get(path) as response:
        assert response.status == 200
        return await response.text()


async def found(browser: aiohttp.ClientSession, words: str) -> list[str]:
    """References that a search shows."""
    async with browser.post("/search", data={"words": words}) as response:
        assert (response.status, response.url.path, response.url.query_string) == (200, "/", "")
        return re.findall(r'<a href="/report/\d+">(\w+)', await response.text())


async def test_all_of_a_report_is_there_but_for_its_originals(
    browser: aiohttp.ClientSession, life: Life
) -> None:
    """In each language, with the answers' labels; the picture is its clean copy."""
    listed = re.findall(r'<a href="/report/(\d+)">(\w+)', await text(browser, "/"))
    assert {ref for _, ref in listed} == {life.public, life.shared, life.rejected}
    told = {ref: await text(browser, f"/report/{number}") for number, ref in listed}
    for said in (STORY, WORDS, NOTE, "Detained or arrested", "Three people were held.", "Almaty"):
        assert said in told[life.public]
    assert NARROW in told[life.shared]
    assert REJECTED in told[life.rejected]
    number = next(number for number, ref in listed if ref == life.public)
    assert "Задержание или арест" not in told[life.public]
    assert "Задержание или арест" in await text(browser, "/language/ru") + await text(
        browser, f"/report/{number}"
    )
    assert f'<img src="/file/{number}/1"' in told[life.public]
    async with browser.get(f"/file/{number}/1") as response:
        assert (response.status, response.content_type) == (200, "image/jpeg")
        assert (await response.read())[:3] == b"\xff\xd8\xff"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_a_search_finds_words_of_answers_talk_and_notes(
    browser: aiohttp.ClientSession, life: Life
) -> None:
    """All words must be there, in any case; without words all reports are."""
    assert await found(browser, "ҒАЛЫМЖАНДЫ түнде") == [life.public]
    assert await found(browser, WORDS) == [life.public]
    assert await found(browser, "айкөркемнің") == [life.public]
    assert await found(browser, f"{life.shared.lower()} свои") == [life.shared]
    assert await found(browser, "Ғалымжанды свои") == []
    assert len(await found(browser, " ")) == 3
    assert ORGANISATION in await text(browser, "/")


async def test_nothing_is_kept_and_nothing_comes_from_elsewhere(browser: aiohttp.ClientSession) -> None:
    """Whatever is answered."""
    for path in ("/", "/report/0", "/report/99", "/file/0/9", "/nothing"):
        async with browser.get(path) as response:
            headers, told = response.headers, await response.text()
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "aiohttp" not in headers["Server"]
        assert not re.search(r"<script|//|@import|url\(", told)
        assert "<title>Kuager</title>" in told or response.status == 404


async def test_the_address_works_once_and_for_one_browser(page: ArchivePage) -> None:
    """A second browser, a wrong token and no token are refused; the first goes on."""
    url, home = page.url, URL(page.url).origin()
    async with aiohttp.ClientSession() as stranger:
        for wrong in (home / "open" / "x", home / "", home / "report/0", home / "open" / ("é" * 9)):
            async with stranger.get(wrong) as response:
                assert response.status == 403
        async with stranger.get(url, allow_redirects=False) as response:
            assert response.status == 303
            cookie = response.headers["Set-Cookie"]
            assert {"HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))
        async with aiohttp.ClientSession() as second, second.get(url) as response:
            assert response.status == 403
        cookies = {"Cookie": cookie.partition(";")[0]}
        for more, status in (
            ({}, 200),
            ({"Host": "kuager.example"}, 421),
            ({"Host": f"localhost:{home.port}"}, 421),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Sec-Fetch-Site": "same-origin"}, 200),
        ):
            async with stranger.get(home / "", headers={**cookies, **more}) as response:
                assert response.status == status, more


async def test_it_ends_when_it_is_untouched(bundle: Path) -> None:
    """And listens on the loopback address alone meanwhile."""
    async with served(bundle, idle=0.05) as page:
        assert URL(page.url).host == "127.0.0.1"
        await page.until_idle()
