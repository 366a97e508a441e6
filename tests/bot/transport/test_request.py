"""The transport: PTB's requests on aiohttp."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from bot.demo import TOKEN
from bot.errors import SettingsError
from bot.local_api.client import Phone
from bot.store import faults
from bot.store.faults import Backoff
from bot.transport.api import AiohttpRequest, Api, CallData
from tests.bot.conftest import MakePhone, Telegram

ME = 1001


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "REQUEST_BACKOFF", Backoff(0.01, 0.02))


@pytest.fixture
async def phone(phone_of: MakePhone) -> Phone:
    """Somebody who has written to the bot, so that it may write back."""
    made = await phone_of(ME)
    await made.say("/start")
    return made


@pytest.fixture
async def api(telegram: Telegram) -> AsyncIterator[Api]:
    """The bot's side."""
    made = Api(TOKEN, telegram.api.url)
    await made.start()
    yield made
    await made.stop()


async def send(api: Api, *, once: bool = False) -> object:
    """Send a message."""
    return await api.call("sendMessage", {"chat_id": ME, "text": "Сәлем <3"}, once=once)


async def test_a_call_gives_the_result_as_plain_json(api: Api, phone: Phone) -> None:
    """Nothing of it is lost on the way through PTB's types."""
    result = await send(api)
    assert isinstance(result, dict)
    assert result["text"] == "Сәлем <3"
    assert (await phone.wait("Сәлем")).id == result["message_id"]


async def test_a_file_arrives_with_its_name_its_type_and_its_bytes(api: Api, phone: Phone) -> None:
    """Names in Kazakh, and bytes that are no text."""
    file = ("Қаулы №5.pdf", bytes(range(256)), "application/pdf")
    await api.call("sendDocument", {"chat_id": ME, "caption": "құжат"}, {"document": file})
    shown = await phone.wait("құжат")
    assert (shown.files[0]["name"], shown.files[0]["mime_type"]) == ("Қаулы №5.pdf", "application/pdf")
    assert await phone.download(shown) == file[1]


async def test_a_file_that_failed_once_is_sent_whole_at_the_second_try(
    api: Api, phone: Phone, telegram: Telegram
) -> None:
    """A form is made anew for each try."""
    await telegram.set("failures", method="sendDocument", code=502)
    await api.call("sendDocument", {"chat_id": ME}, {"document": ("a.bin", b"\0" * 1000, "image/png")})
    assert len(await phone.download(await phone.wait())) == 1000


@pytest.mark.parametrize("failure", [{"code": 500}, {"code": 502}, {"drop": "before"}])
async def test_a_failing_server_and_a_broken_network_are_tried_again(
    api: Api, phone: Phone, telegram: Telegram, failure: dict[str, object]
) -> None:
    """Two failures are not noticed by whoever calls."""
    await telegram.set("failures", method="sendMessage", count=2, **failure)
    await send(api)
    assert (await phone.wait("Сәлем")).text


@pytest.mark.parametrize("failure", [{"code": 500}, {"drop": "before"}])
async def test_a_call_to_be_made_once_is_made_once(
    api: Api, phone: Phone, telegram: Telegram, failure: dict[str, object]
) -> None:
    """Whoever must know whether a message may have come twice does the tries."""
    await telegram.set("failures", method="sendMessage", **failure)
    with pytest.raises(NetworkError):
        await send(api, once=True)
    await send(api, once=True)
    assert len([bubble for bubble in phone.messages if not bubble.mine]) <= 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [(400, BadRequest), (401, InvalidToken), (403, Forbidden), (409, Conflict), (500, NetworkError)],
)
@pytest.mark.usefixtures("phone")
async def test_refusals_are_the_errors_of_ptb(
    api: Api, telegram: Telegram, code: int, kind: type[Exception]
) -> None:
    """And only those of the server itself are tried again."""
    await telegram.set("failures", method="sendMessage", count=3, code=code)
    with pytest.raises(kind):
        await send(api)


@pytest.mark.usefixtures("phone")
async def test_a_flood_limit_says_how_long_to_wait(api: Api, telegram: Telegram) -> None:
    """In seconds."""
    await telegram.set("failures", method="sendMessage", retry_after=7)
    with pytest.raises(RetryAfter) as held:
        await send(api)
    after = held.value.retry_after
    assert (after if isinstance(after, int) else after.total_seconds()) == 7


@pytest.mark.usefixtures("phone")
async def test_a_silent_server_is_given_up(telegram: Telegram) -> None:
    """After the time the call may take, as often as it may be tried; the address is not told."""
    await telegram.set("failures", method="sendMessage", count=3, delay=5)
    quiet = AiohttpRequest()
    await quiet.initialize()
    with pytest.raises(TimedOut) as error:
        await quiet.call(
            f"{telegram.api.base_url}{TOKEN}/sendMessage", CallData({"chat_id": ME, "text": "x"}), 0.05
        )
    await quiet.shutdown()
    assert TOKEN not in str(error.value)


async def test_the_token_is_in_no_error_of_a_network_that_is_not_there() -> None:
    """aiohttp's own errors hold the address."""
    request_ = AiohttpRequest()
    await request_.initialize()
    with pytest.raises(NetworkError) as error:
        await request_.call(f"http://127.0.0.1:1/bot{TOKEN}/getMe", CallData({}))
    await request_.shutdown()
    assert TOKEN not in str(error.value)
    assert error.value.__cause__ is None


Answer = Callable[[int, bytes], Awaitable[str]]


@pytest.fixture
async def answering() -> AsyncIterator[Answer]:
    """Starts a server that gives the same answer to everything; its address."""
    runners = []

    async def start(status: int, body: bytes) -> str:
        async def answer(_request: web.Request) -> web.Response:
            return web.Response(status=status, body=body)

        app = web.Application(client_max_size=2**20)
        app.router.add_route("*", "/{any:.*}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/x"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.mark.parametrize(
    "body", [b"<html>Sign in, Aigerim!</html>", b"", b"[1]", b'{"ok": true}', b'{"ok": true, "res']
)
async def test_an_answer_that_is_not_telegrams_is_a_network_error_and_in_no_log(
    answering: Answer, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A proxy on the way says anything with a 200; a broken answer of getUpdates holds people's words."""
    url = await answering(200, body)
    made = AiohttpRequest()
    await made.initialize()
    with caplog.at_level(logging.DEBUG), pytest.raises(NetworkError) as error:
        await made.call(url, CallData({}))
    await made.shutdown()
    assert "Aigerim" not in caplog.text + str(error.value)
    assert not isinstance(error.value, BadRequest)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>Sign in</html>"),
        (200, b'{"ok": true}'),
        (403, b"<html>Forbidden</html>"),
        (404, b"<html>Not Found</html>"),
        (404, b'{"ok": false, "error_code": 404, "description": "Not Found"}'),
    ],
)
async def test_a_start_at_an_address_that_is_no_bot_api_blames_the_address(
    answering: Answer, status: int, body: bytes
) -> None:
    """Not the token, which may be right; a Bot API says so of a path that it does not have."""
    api = Api(TOKEN, await answering(status, body))
    with pytest.raises(
        SettingsError, match=r"^KUAGER_BOT_API_URL is wrong: the address answers, but not as a Bot"
    ):
        await api.start()


async def test_a_start_tells_a_wrong_token_and_an_outage_from_a_wrong_address(answering: Answer) -> None:
    """A token is refused with 401 (https://core.telegram.org/bots/api#making-requests); a proxy's page about an outage
    passes by itself."""
    unknown = await answering(401, b'{"ok": false, "error_code": 401, "description": "Unauthorized"}')
    with pytest.raises(SettingsError, match=r"^KUAGER_BOT_TOKEN is wrong: Telegram does not know it"):
        await Api(TOKEN, unknown).start()
    with pytest.raises(NetworkError):
        await Api(TOKEN, await answering(502, b"<html>Bad Gateway</html>")).start()


async def test_a_body_that_is_too_large_is_refused_for_good(answering: Answer) -> None:
    """No further try makes it smaller."""
    url = await answering(413, b"<html>413 Request Entity Too Large</html>")
    made = AiohttpRequest()
    await made.initialize()
    with pytest.raises(BadRequest):
        await made.call(url, CallData({}))
    await made.shutdown()


async def test_updates_that_are_no_list_are_a_network_error(answering: Answer) -> None:
    """The loop waits and asks again."""
    url = await answering(
        200, b'{"ok": true, "result": {"id": 1, "is_bot": true, "first_name": "x", "username": "x"}}'
    )
    api = Api(TOKEN, url)
    await api.start()
    with pytest.raises(NetworkError):
        await api.updates(None, 0)
    await api.stop()


async def test_nothing_is_sent_before_the_pool_is_open() -> None:
    """A session is made in the loop that uses it."""
    with pytest.raises(NetworkError):
        await AiohttpRequest().call("http://127.0.0.1:1/x", CallData({}))


async def test_a_proxy_is_used_for_every_call_and_for_files_and_its_password_is_not_told(
    telegram: Telegram, phone: Phone
) -> None:
    """Updates too; a proxy that is away or refuses is a fault of the network, which is waited for."""
    seen: list[tuple[str, str | None]] = []

    async def forward(request: web.Request) -> web.Response:
        seen.append((str(request.url).partition("/bot")[0], request.headers.get("Proxy-Authorization")))
        async with telegram.session.request(
            request.method,
            request.url,
            data=await request.read(),
            headers={"Content-Type": request.content_type},
        ) as answer:
            return web.Response(body=await answer.read(), content_type=answer.content_type)

    server = web.Application()
    server.router.add_route("*", "/{path:.*}", forward)
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    made = Api(TOKEN, telegram.api.url, proxy=f"http://kuager:hunter2@{host}:{port}")
    await made.start()
    await send(made)
    assert await made.updates(None, 0)
    assert len(seen) == 3
    assert set(seen) == {(telegram.api.url, "Basic a3VhZ2VyOmh1bnRlcjI=")}
    await runner.cleanup()
    with pytest.raises(NetworkError) as told:
        await send(made, once=True)
    assert "hunter2" not in f"{told.value!r} {told.value.__cause__!r}"
    await made.stop()
