"""What the page shows beside the chats: calls as they went, rows as they are stored, a clock to move."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from bot.local_api.backstage import Backstage, Rows
from bot.local_api.client import Phone
from bot.local_api.page import make_page
from bot.local_api.server import LocalBotApi
from bot.local_api.stage import Stage
from tests.bot.local_api.conftest import TOKEN, Caller, WallClock, until


class Behind:
    """A backstage whose time is a number of hours."""

    def __init__(self) -> None:
        self.hours = 0

    async def tables(self) -> Sequence[Rows]:
        """One table."""
        return [Rows("reports", ("id", "story"), (("1", "00ff (2 B)"),), 7)]

    async def now(self) -> str:
        """The hours so far, as a day of May."""
        return f"2026-05-01T{self.hours:02}:00:00+05:00"

    async def advance(self, hours: int) -> str:
        """Hours more."""
        self.hours += hours
        return await self.now()


async def serve(backstage: Backstage | None) -> LocalBotApi:
    """A server with the stage."""
    server = LocalBotApi({TOKEN: "kuager_bot"}, WallClock())
    server.extend(lambda app: make_page(app, {"en": {}}, [], backstage))
    await server.start()
    return server


@pytest.fixture
async def staged() -> AsyncIterator[LocalBotApi]:
    """A server with a backstage."""
    server = await serve(Behind())
    yield server
    await server.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """What asks."""
    async with aiohttp.ClientSession() as one:
        yield one


async def ask(session: aiohttp.ClientSession, address: str, **params: object) -> dict[str, Any]:
    """A GET that must go well."""
    async with session.get(address, params={name: str(value) for name, value in params.items()}) as response:
        assert response.status == 200
        answer: dict[str, Any] = await response.json()
        return answer


async def test_tables_and_clock_are_those_of_the_backstage(
    staged: LocalBotApi, session: aiohttp.ClientSession
) -> None:
    """Rows as they are given; the clock moves by whole hours."""
    tables = (await ask(session, f"{staged.url}/stage/tables"))["tables"]
    assert tables == [
        {"table": "reports", "columns": ["id", "story"], "rows": [["1", "00ff (2 B)"]], "total": 7}
    ]
    assert (await ask(session, f"{staged.url}/stage/now"))["now"] == "2026-05-01T00:00:00+05:00"
    async with session.post(f"{staged.url}/stage/advance", json={"hours": 5}) as response:
        assert (await response.json())["now"] == "2026-05-01T05:00:00+05:00"


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"hours": "5"}', '{"hours": 0}', '{"hours": true}', '{"hours": 99999}']
)
async def test_the_clock_moves_by_whole_hours_only(
    staged: LocalBotApi, session: aiohttp.ClientSession, body: str
) -> None:
    """Anything else is refused and moves nothing."""
    async with session.post(f"{staged.url}/stage/advance", data=body) as response:
        assert response.status == 400
        assert not (await response.json())["ok"]
    assert (await ask(session, f"{staged.url}/stage/now"))["now"] == "2026-05-01T00:00:00+05:00"


async def test_without_a_backstage_there_are_only_the_calls(session: aiohttp.ClientSession) -> None:
    """And the settings say so."""
    server = await serve(None)
    for name, status in (("calls", 200), ("tables", 404), ("now", 404)):
        async with session.get(f"{server.url}/stage/{name}") as response:
            assert response.status == status
    assert not (await ask(session, f"{server.url}/page/settings.json"))["backstage"]
    await server.stop()


async def test_calls_are_shown_with_their_parameters_time_and_answer(
    staged: LocalBotApi, session: aiohttp.ClientSession
) -> None:
    """Whether they went well or were refused; an empty poll is not shown, and never a token."""
    call = Caller(staged, session)
    await call.updates(timeout=0)
    await call.raw("sendMessage", chat_id=5, text="x" * 1000, reply_markup='{"inline_keyboard": []}')
    await call("getMe")
    shown = await ask(session, f"{staged.url}/stage/calls")
    refused, me = shown["calls"]
    assert [refused["method"], refused["code"], refused["ok"]] == ["sendMessage", 400, False]
    assert refused["result"] == "Bad Request: chat not found"
    assert refused["params"]["text"] == "x" * 300 + "… (1000)"
    assert refused["params"]["reply_markup"] == {"inline_keyboard": []}
    assert [me["method"], me["code"], me["ok"], me["result"]["username"]] == [
        "getMe",
        200,
        True,
        "kuager_bot",
    ]
    assert me["ms"] >= 0
    assert TOKEN not in str(shown)


async def test_forms_multipart_and_broken_bodies_are_calls_too(
    staged: LocalBotApi, session: aiohttp.ClientSession
) -> None:
    """Of a form and multipart their fields, of files name and size, of what cannot be read nothing."""
    address = f"{staged.base_url}{TOKEN}"
    file = aiohttp.FormData({"chat_id": "5"})
    file.add_field("document", b"1234", filename="a.txt")
    for body in ({"chat_id": "5"}, file, b"{"):
        kind = {"Content-Type": "application/json"} if body == b"{" else {}
        async with session.post(f"{address}/sendDocument", data=body, headers=kind) as response:
            assert response.status == 400
    form, multipart, broken = (await ask(session, f"{staged.url}/stage/calls"))["calls"]
    assert form["params"] == {"chat_id": "5"}
    assert multipart["params"] == {"chat_id": "5", "document": "a.txt (4 B)"}
    assert broken["params"] == {}


async def test_a_file_is_downloaded_beside_a_page(
    staged: LocalBotApi, session: aiohttp.ClientSession
) -> None:
    """What listens to calls lets downloads pass, those of unknown files and tokens too."""
    call = Caller(staged, session)
    async with Phone(staged.url, 1001, "en", patience=5) as phone:
        sent = await phone.send_file("document", b"1234", "a.txt", "text/plain")
    path = (await call("getFile", file_id=sent.files[0]["file_id"]))["file_path"]
    async with session.get(f"{staged.base_file_url}{TOKEN}/{path}") as response:
        assert (response.status, await response.read()) == (200, b"1234")
    for wrong in (f"{TOKEN}/documents/none", f"1:x/{path}"):
        async with session.get(f"{staged.base_file_url}{wrong}") as response:
            assert response.status in {401, 404}
    shown = (await ask(session, f"{staged.url}/stage/calls"))["calls"]
    assert [one["method"] for one in shown] == ["getFile"]


@pytest.mark.parametrize("body", ["[]", "[" * 3000, '"x"', "{", '{"text": "' + "[" * 3000 + '"}'])
async def test_no_body_breaks_the_answer_beside_a_page(
    staged: LocalBotApi, session: aiohttp.ClientSession, body: str
) -> None:
    """Lists, texts and what is nested too deeply are refused and shown."""
    kind = {"Content-Type": "application/json"}
    address = f"{staged.base_url}{TOKEN}/sendMessage"
    async with session.post(address, data=body, headers=kind) as response:
        assert response.status == 400
    assert [one["code"] for one in (await ask(session, f"{staged.url}/stage/calls"))["calls"]] == [400]


async def test_an_answer_that_is_no_object_is_a_call_too(session: aiohttp.ClientSession) -> None:
    """Whatever an address with a token and a method answers, goes out as it is."""

    async def odd(request: aiohttp.web.Request) -> aiohttp.web.Response:
        return aiohttp.web.Response(body=request.match_info["method"].encode())

    def odd_address(app: aiohttp.web.Application) -> None:
        app.router.add_get("/odd/{token}/{method}", odd)

    server = LocalBotApi({TOKEN: "kuager_bot"}, WallClock())
    server.extend(lambda app: make_page(app, {"en": {}}, []))
    server.extend(odd_address)
    await server.start()
    for word in ("[1]", "x"):
        async with session.get(f"{server.url}/odd/t/{word}") as response:
            assert await response.text() == word
    assert [one["ok"] for one in (await ask(session, f"{server.url}/stage/calls"))["calls"]] == [False, False]
    await server.stop()


async def test_a_call_is_waited_for(session: aiohttp.ClientSession) -> None:
    """The answer comes with the call, not at the end of the wait; what is known is not told again."""
    staged, stage = LocalBotApi({TOKEN: "kuager_bot"}, WallClock()), Stage(None)
    staged.extend(stage.build)
    await staged.start()
    call = Caller(staged, session)
    await call("getMe")
    first = await ask(session, f"{staged.url}/stage/calls")
    waiting = asyncio.create_task(
        ask(session, f"{staged.url}/stage/calls", after=first["number"], timeout=20)
    )
    await until(lambda: stage.wire.waiting == 1)
    assert not waiting.done()
    await call("getMyCommands")
    async with asyncio.timeout(5):
        assert [one["method"] for one in (await waiting)["calls"]] == ["getMyCommands"]
    async with session.get(f"{staged.url}/stage/calls?after=x") as response:
        assert response.status == 400
    await staged.stop()


def test_a_stage_keeps_to_its_own_addresses() -> None:
    """All of them begin with /stage/."""
    app = aiohttp.web.Application()
    Stage(Behind()).build(app)
    assert {
        str(route.resource and route.resource.canonical).split("/")[1] for route in app.router.routes()
    } == {"stage"}
