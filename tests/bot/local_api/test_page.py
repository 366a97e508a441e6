"""The page is whole, speaks three languages and lets nothing in from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from babel.messages.pofile import read_po

from bot.local_api.page import LANGUAGES, PagePhone, make_page
from bot.local_api.server import LocalBotApi
from tests.bot.local_api.conftest import TOKEN, Caller, WallClock

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "bot" / "local_api" / "page"
PHONES = [PagePhone(1001, "reporter", "kk", "Айгерім"), PagePhone(1002, "moderator", "ru", "Модератор")]


def texts() -> dict[str, dict[str, str]]:
    """The catalogues of the page, language -> key -> text."""
    found = {}
    for language in LANGUAGES:
        with (ROOT / "locales" / language / "LC_MESSAGES" / "demo.po").open("rb") as file:
            catalog = read_po(file)
        found[language] = {str(message.id): str(message.string) for message in catalog if message.id}
    return found


def used() -> set[str]:
    """The keys that the page names in its files, and those made from roles and kinds."""
    source = "".join(path.read_text() for path in PAGE.iterdir() if path.suffix in {".html", ".js"})
    keys = set(re.findall(r'"(demo\.[a-z0-9.]+)"', source))
    kinds = re.findall(r"(\w+): \"\w+\"", source.partition("const ICONS = {")[2].partition("}")[0])
    assert len(kinds) == 7
    roles = {f"demo.{what}.{phone.role}" for phone in PHONES for what in ("phone", "empty")}
    return keys | roles | {f"demo.attach.{kind}" for kind in kinds}


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A server with the page."""
    server = LocalBotApi({TOKEN: "kuager_bot"}, WallClock())
    server.extend(lambda app: make_page(app, texts(), PHONES))
    await server.start()
    yield server.url
    await server.stop()


def test_every_key_used_has_a_text_in_every_language_and_no_other_exists() -> None:
    """With the same placeholders; the catalogues hold nothing that the page does not show."""
    catalogues = texts()
    for catalogue in catalogues.values():
        assert set(catalogue) == used()
        for key, words in catalogue.items():
            assert words
            assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", catalogues["ru"][key]))


async def test_the_page_and_all_it_names_is_served_with_a_strict_policy(url: str) -> None:
    """Every address in the page and in its scripts answers, and the policy allows own files alone."""
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            html = await response.text()
            policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        scripts = "".join(path.read_text() for path in PAGE.iterdir() if path.suffix in {".js", ".css"})
        named = set(re.findall(r'(?:href|src)="(/[^"]*)"', html)) | set(
            re.findall(r'"(/page/[^"]*)"', scripts)
        )
        named |= {f"/page/{name}" for name in re.findall(r'from "\./([\w.]+)"', scripts)}
        assert len(named) >= 7
        for address in named:
            async with session.get(url + address) as response:
                assert response.status == 200, address


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    """No script, style or handler in the HTML; no address of another host in any file."""
    html = (PAGE / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", html)
    for path in PAGE.iterdir():
        addresses = re.findall(r"(?:https?:)?//[\w-]+\.[\w./-]+", path.read_text())
        assert set(addresses) <= {"http://www.w3.org/2000/svg"}, path


async def test_the_settings_carry_phones_and_texts(url: str) -> None:
    """In the languages that were given."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/page/settings.json") as response:
        settings = await response.json()
    assert [phone["role"] for phone in settings["phones"]] == ["reporter", "moderator"]
    assert settings["languages"] == LANGUAGES
    assert settings["texts"]["kk"]["demo.send"] == "Жіберу"
    assert settings["backstage"] is False


def test_a_month_stands_for_each_of_the_twelve() -> None:
    """The page cuts them at the commas."""
    for catalogue in texts().values():
        assert len(set(catalogue["demo.months"].split(", "))) == 12


def test_the_cities_lie_in_the_country_drawn_or_at_its_coast() -> None:
    """By the even-odd rule; half a degree is what the rough outline may err by. Each has its three names."""
    places = json.loads((PAGE / "places.json").read_text())
    for city in places["cities"]:
        assert all(city[language] for language in LANGUAGES), city
        around = [(x, y) for x in (-0.5, 0.0, 0.5) for y in (-0.5, 0.0, 0.5)]
        assert any(inside(places["outline"], city["longitude"] + x, city["latitude"] + y) for x, y in around)
    assert not inside(places["outline"], 74.6, 42.87)  # Bishkek


def inside(outline: list[list[float]], x: float, y: float) -> bool:
    """Whether a point lies in a polygon."""
    crossed = 0
    for (x1, y1), (x2, y2) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            crossed += 1
    return crossed % 2 == 1


SECRET = "a-secret-of-this-demo"
GUARDED = (
    "/", "/page/settings.json", "/page/page.js", "/phone/1001/chat", "/phones/news", "/stage/calls",
    "/control/calls", "/nowhere",
)  # fmt: skip


@pytest.fixture
async def locked() -> AsyncIterator[LocalBotApi]:
    """A server whose page wants a secret."""
    server = LocalBotApi({TOKEN: "kuager_bot"}, WallClock())
    server.extend(lambda app: make_page(app, texts(), PHONES, secret=SECRET))
    await server.start()
    yield server
    await server.stop()


async def test_without_the_secret_nothing_is_served_but_the_bot_api(locked: LocalBotApi) -> None:
    """Neither without a key nor with another one; the Bot API has the bot's token."""
    async with aiohttp.ClientSession() as session:
        for address in GUARDED:
            for query in ("", "?key=", "?key=another", "?key=" + SECRET[:-1]):
                async with session.get(locked.url + address + query) as response:
                    assert response.status == 403, address + query
                    assert SECRET not in (await response.text()) + str(response.headers)
        async with session.get(locked.url, cookies={"kuager_demo": "another"}) as response:
            assert response.status == 403
        assert (await Caller(locked, session)("getMe"))["is_bot"]


async def test_the_address_with_the_key_opens_everything_in_that_browser(locked: LocalBotApi) -> None:
    """It becomes a cookie out of scripts' reach, and leaves the address."""
    # aiohttp keeps no cookies of hosts that are numbers unless it is told to.
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.get(f"{locked.url}/?key={SECRET}") as response:
            assert response.status == 200
            assert response.url.query_string == ""
            cookie = response.history[0].headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        for address in GUARDED[:-1]:
            async with session.get(locked.url + address) as response:
                assert response.status == 200, address


async def test_a_script_may_give_the_key_with_each_request(locked: LocalBotApi) -> None:
    """Then it needs no cookie."""
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{locked.url}/phone/1001/messages?key={SECRET}", json={"text": "a"}) as sent:
            assert sent.status == 200
        async with session.get(f"{locked.url}/phone/1001/chat?key={SECRET}") as response:
            assert len((await response.json())["messages"]) == 1
