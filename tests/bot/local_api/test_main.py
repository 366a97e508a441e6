"""The local Bot API as a program, and the page that tells of it."""

import re
import socket
import sys
from pathlib import Path

import aiohttp
import pytest
import typer

from bot.local_api.__main__ import read_tokens
from bot.local_api.client import Phone
from bot.local_api.server import BOT_API_METHODS
from tests.clients.processes import Program, running

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "local-bot-api.md").read_text("utf-8")
PROGRAM = ("-m", "bot.local_api", "--port", "0")
HERE = {"PYTHONPATH": str(ROOT)}


async def address(program: Program) -> str:
    """Where it says it is."""
    found = re.search(r"The local Bot API is at (\S+) ", await program.until("FILE_URL"))
    assert found
    return found[1]


async def test_the_program_serves_bots_phones_and_a_page(tmp_path: Path) -> None:
    """Under each token given, with the lines to copy, with limits; SIGTERM ends it in good order."""
    told = ("--token", "77:first=one_bot", "--token", "78:second")
    async with (
        running(Path(sys.executable), *PROGRAM, *told, log=tmp_path / "log", environment=HERE) as program,
        aiohttp.ClientSession() as session,
    ):
        url = await address(program)
        for line in (f"curl {url}/bot77:first/getMe", f'.base_url("{url}/bot")', f'from_base("{url}")'):
            assert line in program.output()
        for token, username in (("77:first", "one_bot"), ("78:second", "local_78_bot")):
            async with session.get(f"{url}/bot{token}/getMe") as response:
                assert (await response.json())["result"]["username"] == username
        async with Phone(url, 5, "en") as phone:
            await phone.say("hi")
            send = {"chat_id": 5, "text": "hello"}
            async with session.post(f"{url}/bot77:first/sendMessage", json=send) as response:
                assert response.status == 200
            await phone.wait("hello")
            codes = set()
            for _ in range(8):
                async with session.post(f"{url}/bot77:first/sendMessage", json=send) as response:
                    codes.add(response.status)
            assert codes == {200, 429}
        async with session.get(url) as response:
            assert response.content_type == "text/html"
        assert await program.stop() == 0


async def test_limits_can_be_left_out(tmp_path: Path) -> None:
    """Then a chat takes as much as it is sent."""
    away = ("--no-limits", "--token", "77:first")
    async with (
        running(Path(sys.executable), *PROGRAM, *away, log=tmp_path / "log", environment=HERE) as program,
        aiohttp.ClientSession() as session,
    ):
        url = await address(program)
        async with Phone(url, 5, "en") as phone:
            await phone.say("hi")
        for _ in range(12):
            async with session.post(
                f"{url}/bot77:first/sendMessage", json={"chat_id": 5, "text": "x"}
            ) as response:
                assert response.status == 200


async def test_an_address_that_others_reach_asks_for_a_key(tmp_path: Path) -> None:
    """Phones and switches do; bots have a token that nobody knows."""
    outside = (*PROGRAM, "--host", "0.0.0.0")  # noqa: S104 - it is guarded
    async with (
        running(Path(sys.executable), *outside, log=tmp_path / "log", environment=HERE) as program,
        aiohttp.ClientSession() as session,
    ):
        url = (await address(program)).replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - to be reached here
        warning, key = re.search(r"(Warning: .*)\?key=(\S+)", program.output()).groups()  # type: ignore[union-attr]
        assert "others can reach 0.0.0.0" in warning
        for path, status in (
            ("/phone/5/chat", 403),
            (f"/phone/5/chat?key={key}", 200),
            ("/control/calls", 403),
        ):
            async with session.get(url + path) as response:
                assert response.status == status, path
        async with session.get(f"{url}/bot1000000001:a-token-that-opens-nothing/getMe") as response:
            assert response.status == 401
        with_key = Phone(url, 5, "en")
        with_key.key = key
        async with with_key as phone:
            assert (await phone.say("hi")).text == "hi"


@pytest.mark.parametrize("port", ["99999", "-1", "x"])
async def test_a_port_that_there_is_not_is_refused_in_a_line(tmp_path: Path, port: str) -> None:
    """Without a trace of Python."""
    wrong = ("-m", "bot.local_api", "--port", port)
    async with running(Path(sys.executable), *wrong, log=tmp_path / "log", environment=HERE) as program:
        assert await program.process.wait() == 2
        assert "Invalid value for '--port'" in program.output()
        assert "Traceback" not in program.output()


async def test_a_port_that_is_taken_is_told_with_the_way_round_it(tmp_path: Path) -> None:
    """In a line, without a trace of Python."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = ("-m", "bot.local_api", "--port", str(taken.getsockname()[1]))
        async with running(Path(sys.executable), *words, log=tmp_path / "log", environment=HERE) as program:
            assert await program.process.wait() == 1
            assert program.output().count("\n") == 1
            assert program.output().endswith("With --port 0 it takes a free port.\n")


@pytest.mark.parametrize("wrong", [["x"], ["1:"], [":a"], ["1:a/b"], ["1:a", "1:a"], ["1:a=b", "2:a=b"]])
def test_wrong_tokens_are_refused(wrong: list[str]) -> None:
    """A number, a colon and a secret; no two alike."""
    with pytest.raises(typer.BadParameter):
        read_tokens(wrong)


def test_the_document_names_the_methods_that_exist() -> None:
    """All of them and no others, in order."""
    found = re.search(r"<!-- methods -->\n(.*?)\n<!-- /methods -->", DOCUMENT, re.DOTALL)
    assert found
    named = re.split(r",\s+", found[1])
    assert named == sorted(named)
    assert sorted(name.lower() for name in named) == sorted(BOT_API_METHODS)
