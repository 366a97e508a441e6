"""The log of calls: what was called, with which parameters and answer, and how to wait for the next call."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from tests.bot.local_api.conftest import TOKEN, Caller, until


@pytest.fixture
def session(call: Caller) -> aiohttp.ClientSession:
    """What asks."""
    return call.session


async def ask(session: aiohttp.ClientSession, address: str, **params: object) -> dict[str, Any]:
    """A GET that must go well."""
    async with session.get(address, params={name: str(value) for name, value in params.items()}) as response:
        assert response.status == 200
        answer: dict[str, Any] = await response.json()
        return answer


async def test_calls_are_logged_with_their_parameters_time_and_answer(
    api: LocalBotApi, session: aiohttp.ClientSession
) -> None:
    """Whether they went well or were refused; an empty poll is not logged, and never a token."""
    call = Caller(api, session)
    await call.updates(timeout=0)
    await call.raw("sendMessage", chat_id=5, text="x" * 1000)
    await call("getMe")
    shown = await ask(session, f"{api.url}/control/calls")
    refused, me = shown["calls"]
    assert [refused["method"], refused["code"], refused["bot"]] == ["sendMessage", 400, "kuager_bot"]
    assert refused["result"] == "Bad Request: chat not found"
    assert refused["params"]["text"] == "x" * 1000
    assert [me["method"], me["code"], me["result"]["username"]] == [
        "getMe",
        200,
        "kuager_bot",
    ]
    assert me["ms"] >= 0
    assert TOKEN not in str(shown)


async def test_forms_multipart_and_broken_bodies_are_calls_too(
    api: LocalBotApi, session: aiohttp.ClientSession
) -> None:
    """Of a form and multipart their fields, of files name and size, of what cannot be read nothing."""
    address = f"{api.base_url}{TOKEN}"
    file = aiohttp.FormData({"chat_id": "5"})
    file.add_field("document", b"1234", filename="a.txt")
    for body in ({"chat_id": "5"}, file, b"{"):
        kind = {"Content-Type": "application/json"} if body == b"{" else {}
        async with session.post(f"{address}/sendDocument", data=body, headers=kind) as response:
            assert response.status == 400
    form, multipart, broken = (await ask(session, f"{api.url}/control/calls"))["calls"]
    assert form["params"] == {"chat_id": "5"}
    assert multipart["params"] == {"chat_id": "5", "document": "a.txt (4 B)"}
    assert broken["params"] == {}


async def test_a_download_is_not_a_call(api: LocalBotApi, session: aiohttp.ClientSession) -> None:
    """Neither of a file nor of an unknown one."""
    call = Caller(api, session)
    async with Phone(api.url, 1001, "en", patience=5) as phone:
        sent = await phone.send_file("document", b"1234", "a.txt", "text/plain")
    path = (await call("getFile", file_id=sent.files[0]["file_id"]))["file_path"]
    async with session.get(f"{api.base_file_url}{TOKEN}/{path}") as response:
        assert (response.status, await response.read()) == (200, b"1234")
    for wrong in (f"{TOKEN}/documents/none", f"1:x/{path}"):
        async with session.get(f"{api.base_file_url}{wrong}") as response:
            assert response.status in {401, 404}
    shown = (await ask(session, f"{api.url}/control/calls"))["calls"]
    assert [one["method"] for one in shown] == ["getFile"]


@pytest.mark.parametrize("body", ["[]", "[" * 3000, '"x"', "{", '{"text": "' + "[" * 3000 + '"}'])
async def test_no_body_breaks_the_log(api: LocalBotApi, session: aiohttp.ClientSession, body: str) -> None:
    """Lists, texts and what is nested too deeply are refused and logged."""
    kind = {"Content-Type": "application/json"}
    address = f"{api.base_url}{TOKEN}/sendMessage"
    async with session.post(address, data=body, headers=kind) as response:
        assert response.status == 400
    assert [one["code"] for one in (await ask(session, f"{api.url}/control/calls"))["calls"]] == [400]


async def test_a_call_is_waited_for(api: LocalBotApi, session: aiohttp.ClientSession) -> None:
    """The answer comes with the call, not at the end of the wait; what is known is not told again."""
    call = Caller(api, session)
    await call("getMe")
    first = await ask(session, f"{api.url}/control/calls")
    waiting = asyncio.create_task(ask(session, f"{api.url}/control/calls", after=first["number"], timeout=20))
    await until(lambda: api.control.calls.waiting == 1)
    assert not waiting.done()
    await call("getMyCommands")
    async with asyncio.timeout(5):
        assert [one["method"] for one in (await waiting)["calls"]] == ["getMyCommands"]
    async with session.get(f"{api.url}/control/calls?after=x") as response:
        assert response.status == 400
