"""What the demo's panels ask for: rows as they are stored, and a clock to move."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC
from typing import Any

import aiohttp
import pytest

from bot.demo.folder import MovableClock
from bot.demo.page import DemoInspector, TableRows, demo_page, reporter_phone
from bot.local_api.server import LocalBotApi
from bot.texts import Texts
from tests.bot.local_api.conftest import TOKEN, WallClock


class HourClock(DemoInspector):
    """An inspector whose time is a number of hours."""

    def __init__(self) -> None:
        super().__init__(MovableClock(WallClock()), UTC)
        self.hours = 0

    async def speak(self, user_id: int, language: str) -> None:
        """Only Kazakh, and to one person."""
        if (user_id, language) != (2001, "kk"):
            raise ValueError("unknown")

    async def tables(self) -> Sequence[TableRows]:
        """One table."""
        return [TableRows("reports", ("id", "story"), (("1", "00ff (2 B)"),), 7)]

    async def now(self) -> str:
        """The hours so far, as a day of May."""
        return f"2026-05-01T{self.hours:02}:00:00+05:00"

    async def advance(self, hours: int) -> str:
        """Hours more, up to a day."""
        if self.hours + hours >= 24:
            raise ValueError("too far")
        self.hours += hours
        return await self.now()

    def expired(self) -> dict[str, int]:
        """A claim an hour."""
        return {"claims": self.hours}


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A server with the demo's page."""
    server = LocalBotApi({TOKEN: "kuager_bot"}, WallClock())
    page = demo_page(Texts(("kk", "ru", "en")), [reporter_phone(1001, "kk", "A")], [2001], HourClock(), None)
    server.extend(page.add_to)
    await server.start()
    yield server.url
    await server.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """What asks."""
    async with aiohttp.ClientSession() as one:
        yield one


async def ask(session: aiohttp.ClientSession, address: str) -> dict[str, Any]:
    """A GET that must go well."""
    async with session.get(address) as response:
        assert response.status == 200
        answer: dict[str, Any] = await response.json()
        return answer


async def test_tables_and_clock_are_those_of_the_inspector(url: str, session: aiohttp.ClientSession) -> None:
    """Rows as they are given; the clock moves by whole hours, and what expired is told."""
    tables = (await ask(session, f"{url}/demo/tables"))["tables"]
    assert tables == [
        {"table": "reports", "columns": ["id", "story"], "rows": [["1", "00ff (2 B)"]], "total": 7}
    ]
    assert (await ask(session, f"{url}/demo/clock"))["now"] == "2026-05-01T00:00:00+05:00"
    async with session.post(f"{url}/demo/clock", json={"hours": 5}) as response:
        moved = await response.json()
    assert (moved["now"], moved["expired"]) == ("2026-05-01T05:00:00+05:00", {"claims": 5})


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"hours": "5"}',
        '{"hours": 0}',
        '{"hours": true}',
        '{"hours": 99999}',
        '{"hours": 30}',
    ],
)
async def test_the_clock_moves_by_whole_hours_only(
    url: str, session: aiohttp.ClientSession, body: str
) -> None:
    """Anything else is refused and moves nothing."""
    async with session.post(f"{url}/demo/clock", data=body) as response:
        assert response.status == 400
        assert not (await response.json())["ok"]
    assert (await ask(session, f"{url}/demo/clock"))["now"] == "2026-05-01T00:00:00+05:00"


async def test_the_page_is_kuagers(url: str, session: aiohttp.ClientSession) -> None:
    """By its name, its icon and its texts, which stand before those of the local Bot API."""
    async with session.get(url) as response:
        assert "<title>Kuager</title>" in await response.text()
    settings = await ask(session, f"{url}/page/settings.json")
    assert settings["texts"]["en"]["page.title"] == "Kuager: try it out"
    assert settings["texts"]["en"]["page.send"] == "Send"
    assert settings["extension"]["members"] == [2001]
    assert [(one["name"], one["phone"], len(one["said"])) for one in settings["extension"]["steps"]] == [
        ("demo.step.report", 1001, 3), ("demo.step.review", 1001, 3), ("demo.step.export", 1001, 0),
    ]  # fmt: skip
    assert list(settings["languages"]) == ["kk", "ru", "en"]


async def test_one_of_the_team_is_spoken_to_in_a_language_of_the_bot(
    url: str, session: aiohttp.ClientSession
) -> None:
    """One that it does not speak is refused, and so is what names none, or nobody."""
    of = {"phone": 2001}
    for body, status in (
        (of | {"language": "kk"}, 200),
        (of | {"language": "fr"}, 400),
        ({"language": "kk"}, 400),
        (of, 400),
        ({}, 400),
    ):
        async with session.post(f"{url}/demo/language", json=body) as response:
            assert response.status == status
