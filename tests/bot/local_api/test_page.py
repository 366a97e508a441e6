"""The page is whole, speaks three languages and lets nothing in from elsewhere."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.local_api.page import PageExtension, PagePhone, PhonesPage, own_languages, own_texts
from bot.local_api.server import LocalBotApi
from tests.bot.local_api.conftest import TOKEN, Caller, WallClock

ROOT = Path(__file__).parents[3]
STATIC = ROOT / "bot" / "local_api" / "page" / "static"
PHONES = [PagePhone(1001, "kk", "Айгерім"), PagePhone(1002, "ru", "Дос", icon="shield")]
TEXTUAL = {".html", ".js", ".css", ".svg"}


def sources(*suffixes: str) -> dict[Path, str]:
    """The page's files of these kinds."""
    return {path: path.read_text() for path in STATIC.rglob("*") if path.suffix in suffixes}


def used() -> set[str]:
    """The keys that the page names in its files, those of the settings, and those made from kinds."""
    source = "".join(sources(".html", ".js").values())
    keys = set(re.findall(r'"(page\.[a-z0-9.]+)"', source))
    kinds = re.findall(r"(\w+): \"\w+\"", source.partition("const ICONS = {")[2].partition("}")[0])
    assert len(kinds) == 7
    return (
        keys
        | {PHONES[0].title, PHONES[0].hint, PHONES[0].start, "page.language.name", "page.noscript"}
        | {f"page.attach.{kind}" for kind in kinds}
    )


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A server with the page."""
    server = LocalBotApi({TOKEN: "kuager_bot"}, WallClock())
    server.extend(PhonesPage(PHONES).add_to)
    await server.start()
    yield server.url
    await server.stop()


def test_every_key_used_has_a_text_in_every_language_and_no_other_exists() -> None:
    """With the same placeholders; the files hold nothing that the page does not show."""
    texts = own_texts()
    assert set(texts) == {"kk", "ru", "en"}
    for found in texts.values():
        assert set(found) == used()
        for key, words in found.items():
            assert words
            assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", texts["ru"][key]))


def test_nothing_of_the_local_api_knows_the_bot_that_runs_on_it() -> None:
    """Neither its code, its page, its texts nor its document: whoever takes it out takes nothing of Kuager along."""
    room = ROOT / "bot" / "local_api"
    files = [path for path in room.rglob("*") if path.suffix in {".py", ".json", *TEXTUAL}]
    files.append(ROOT / "docs" / "local-bot-api.md")
    assert len(files) > 45
    known = re.compile(
        r"kuager|куәгер|\breporters?\b|moderator|kazakhstan|қазақстан|казахстан", re.IGNORECASE
    )
    assert {str(path): found for path in files if (found := known.findall(path.read_text()))} == {}
    imported = re.compile(r"^(?:from|import) (bot|db|migrations)\b(?!\.local_api)", re.MULTILINE)
    assert [str(path) for path in files if path.suffix == ".py" and imported.search(path.read_text())] == []


async def test_the_page_and_all_it_names_is_served_with_a_strict_policy(url: str) -> None:
    """Every address in the page and in its scripts answers, and the policy allows own files alone."""
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            html = await response.text()
            policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        named = set(re.findall(r'(?:href|src)="(/[^"]*)"', html))
        for source in sources(".js", ".css").values():
            named |= set(re.findall(r'"(/page/[^"]*)"', source)) - {"/page/extension/extension.js"}
        assert len(named) >= 5
        for address in named:
            async with session.get(url + address) as response:
                assert response.status == 200, address


async def test_all_scripts_and_styles_are_served_as_one_of_each(url: str) -> None:
    """A browser asks for each file by itself, which takes longer than to read it."""
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/page/page.js") as response:
            script = await response.text()
        async with session.get(f"{url}/page/page.css") as response:
            style = await response.text()
    addresses = {f"/page/{path.relative_to(STATIC / 'scripts').as_posix()}" for path in sources(".js")}
    assert len(addresses) > 20
    assert set(re.findall(r'^modules\["([^"]+)"\] = ', script, re.MULTILINE)) == addresses
    assert [path for path, source in sources(".css").items() if source not in style] == []


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    """No script, style or handler in the HTML; no address of another host in any file."""
    html = (STATIC / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", html)
    for path, source in sources(*TEXTUAL).items():
        addresses = re.findall(r"(?:https?:)?//[\w-]+\.[\w./-]+", source)
        assert set(addresses) <= {"http://www.w3.org/2000/svg"}, path


async def test_the_settings_carry_phones_and_texts(url: str) -> None:
    """In the languages that were given."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/page/settings.json") as response:
        settings = await response.json()
    assert [phone["icon"] for phone in settings["phones"]] == ["person", "shield"]
    assert settings["languages"] == own_languages() == {"en": "English", "kk": "Қазақша", "ru": "Русский"}
    assert settings["texts"]["kk"]["page.send"] == "Жіберу"
    assert settings["extension"] is None


async def test_a_program_adds_to_the_page(tmp_path: Path) -> None:
    """Its name, its files, its texts before the page's own, and a language that the page does not have."""
    (tmp_path / "panels.html").write_text('<section id="panel-mine"></section>')
    (tmp_path / "extension.css").write_text(".mine {}")
    extension = PageExtension("Mine", tmp_path, {"a": 1})
    page = PhonesPage(
        PHONES, {"kk": "Қ", "xx": "X"}, {"kk": {"page.send": "S", "mine.a": "A"}}, extension=extension
    )
    server = LocalBotApi({TOKEN: "a_bot"}, WallClock())
    server.extend(page.add_to)
    await server.start()
    async with aiohttp.ClientSession() as session:
        async with session.get(server.url) as response:
            html = await response.text()
        async with session.get(f"{server.url}/page/settings.json") as response:
            settings = await response.json()
        async with session.get(f"{server.url}/page/extension/extension.css") as response:
            assert await response.text() == ".mine {}"
    await server.stop()
    assert "<title>Mine</title>" in html
    assert 'id="panel-mine"' in html
    assert "/page/extension/extension.css" in html
    texts = settings["texts"]
    assert [texts["kk"][key] for key in ("page.send", "mine.a", "page.ok")] == ["S", "A", "Түсінікті"]
    assert (texts["xx"]["page.send"], settings["extension"]) == ("Send", {"a": 1})


def test_a_month_stands_for_each_of_the_twelve() -> None:
    """The page cuts them at the commas."""
    for texts in own_texts().values():
        assert len(set(texts["page.months"].split(", "))) == 12


SECRET = "a-secret-of-this-demo"
GUARDED = (
    "/", "/page/settings.json", "/page/page.js", "/phone/1001/chat", "/phones/events",
    "/control/calls", "/nowhere",
)  # fmt: skip


@pytest.fixture
async def locked() -> AsyncIterator[LocalBotApi]:
    """A server whose page wants a secret."""
    server = LocalBotApi({TOKEN: "kuager_bot"}, WallClock())
    server.extend(PhonesPage(PHONES, key=SECRET).add_to)
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
        async with session.get(locked.url, cookies={"local_api_key": "another"}) as response:
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
