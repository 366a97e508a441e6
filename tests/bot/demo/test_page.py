"""The page is whole, speaks three languages and lets nothing in from elsewhere."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from babel.messages.pofile import read_po

from bot.demo.page import LANGUAGES, PagePhone, make_page
from bot.demo.server import LocalBotApi
from tests.bot.demo.conftest import TOKEN, WallClock

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "bot" / "demo" / "page"
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
    keys = set(re.findall(r'"(demo\.[a-z.]+)"', source))
    kinds = set(re.findall(r"(\w+): \"[^\"]*\"", source.partition("const KINDS = {")[2].partition("}")[0]))
    return keys | {f"demo.phone.{phone.role}" for phone in PHONES} | {f"demo.attach.{kind}" for kind in kinds}


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
        scripts = "".join(path.read_text() for path in PAGE.glob("*.js"))
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
