"""A webhook: the real bot told by HTTP requests of the local Bot API, and by strangers."""

import asyncio
import io
import json
import re
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from bot.app.wiring import Bot
from bot.demo import TOKEN, running
from bot.errors import SettingsError
from bot.local_api.client import Phone
from bot.settings import Settings
from bot.store import faults
from bot.store.faults import Backoff
from bot.transport import registration, webhook
from bot.transport.registration import TAKEN_AWAY, Registration, secret_of
from bot.transport.replicas import Alone
from bot.transport.webhook import LARGEST, SECRET_HEADER, Webhook
from db.models import FailedUpdate, Report, SeenUpdate
from tests.bot.chat.reporting import bot_texts, draft_of, rows_of, story_in, tell, to_story, written
from tests.bot.conftest import MakePhone, Telegram
from tests.crashes.reporters import Reporter, told
from tests.ports import free_port

ME, OTHER = 1001, 1002


@pytest.fixture
def hooked(settings: Settings) -> Settings:
    """Settings of a bot with a webhook."""
    port = free_port()
    given = {"webhook_url": f"http://127.0.0.1:{port}/updates", "webhook_listen": f"127.0.0.1:{port}"}
    return settings.model_copy(update=given)


async def until(true: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - what is looked at has no event
            await asyncio.sleep(0.005)


class Poster:
    """Posts to a webhook by hand."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        self.url, self._session = settings.webhook_url, session
        self._secret = secret_of(TOKEN, settings.webhook_url)

    async def post(
        self, body: object, secret: str | None = "", **given: Any
    ) -> tuple[int, dict[str, str], str]:
        """The status, the headers and the text of the answer."""
        headers = {} if secret is None else {SECRET_HEADER: secret or self._secret}
        data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        async with self._session.request(
            given.pop("method", "POST"), given.pop("url", self.url), data=data, headers=headers
        ) as response:
            return response.status, dict(response.headers), await response.text()

    def begin(self, update_id: int, chat: int = ME, text: str = "/help") -> "asyncio.Task[int]":
        """Post a message without waiting for the answer; its status comes."""

        async def status() -> int:
            return (await self.post({"update_id": update_id, **written(chat, text=text)}))[0]

        return asyncio.create_task(status())


@pytest.fixture
async def poster(hooked: Settings) -> AsyncIterator[Poster]:
    """Posts to the webhook of these settings."""
    async with aiohttp.ClientSession() as session:
        yield Poster(hooked, session)


def source_of(bot: Bot) -> Webhook:
    """Where the bot gets its updates from."""
    assert isinstance(bot.source, Webhook)
    return bot.source


# --- from both sides


async def test_two_people_report_at_once_by_webhook(hooked: Settings, telegram: Telegram) -> None:
    """From the first hello to the receipt, with a voice message and files; nothing is left at Telegram, and nothing failed."""
    people = [Reporter(Phone(telegram.api.url, 5000 + number), told(number)) for number in (1, 2)]
    async with running(hooked) as bot:
        for person in people:
            await person.phone.start()
        await asyncio.gather(*(person.report() for person in people))
        assert await rows_of(bot, Report) == 2
        assert await rows_of(bot, FailedUpdate) == 0
        assert source_of(bot).waiting == 0
    assert (await telegram.ask("updates"))["pending"] == 0
    for person in people:
        await person.phone.stop()


async def test_a_change_between_polling_and_a_webhook_loses_nothing(
    settings: Settings, hooked: Settings, phone_of: MakePhone, telegram: Telegram
) -> None:
    """In both directions, with updates that wait at each change; a report goes on where it was."""
    phone = await phone_of(ME)
    async with running(settings):
        await to_story(phone)
    await phone.say("один")
    async with running(hooked):  # from polling to a webhook
        await phone.wait("один")
        await tell(phone, "два")
        assert (await telegram.ask("updates"))["pending"] == 0
    assert (await telegram.calls("getWebhookInfo"))[-1]["result"]["url"] == hooked.webhook_url
    await phone.say("три")  # nobody listens: Telegram tries again and again
    async with running(settings):  # and back
        await phone.wait("три")
    await phone.say("четыре")
    async with running(hooked) as bot:
        await phone.wait("четыре")
        await phone.tap("Готово", fresh=True)
        await phone.wait("Что произошло")
        assert story_in(await draft_of(bot)) == ["один", "два", "три", "четыре"]


async def test_strangers_find_nothing_and_what_is_no_update_stops_nobody(
    hooked: Settings, poster: Poster, phone_of: MakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by a wrong secret, which opens no body, nor by another method; with the right one a body that is too large is
    refused, and what cannot be read is set aside."""
    phone = await phone_of(ME)
    async with running(hooked) as bot:
        await phone.say("/help")
        await phone.wait("/report")
        update = {"update_id": 7, **written(ME, text="/help")}
        for secret in (
            None,
            "x",
            "é",
            secret_of(TOKEN, "https://example.org/"),
            secret_of("1:x", poster.url),
        ):
            status, headers, text = await poster.post(update, secret)
            assert (status, text) == (404, "")
            assert "Server" not in headers
        assert (await poster.post(b"x" * (LARGEST + 1), "x"))[0] == 404
        for method in ("GET", "PUT"):
            assert (await poster.post(b"", method=method))[0] == 404
        assert await rows_of(bot, SeenUpdate) == 1

        assert (await poster.post(b"x" * (LARGEST + 1)))[0] == 413
        for body in (b"", b"{", b"[1]", b"[" * 100_000, b'"x"', b"{}"):
            assert (await poster.post(body))[0] == 200
        assert await rows_of(bot, FailedUpdate) == 6
        assert (await poster.post(update))[0] == 200
        await phone.until(lambda: len(bot_texts(phone)) == 2)

        monkeypatch.setattr(webhook, "MOST_WAITING", 0)
        assert (await poster.post(update))[:1] == (503,)


async def test_an_update_is_answered_after_its_commit_and_load_makes_batches(
    hooked: Settings, poster: Poster, phone_of: MakePhone
) -> None:
    """What comes while a batch waits for the database is one batch, in the order of its ids; what comes twice is done once."""
    measured = hooked.model_copy(update={"status_port": free_port()})
    async with running(measured) as bot:
        source, batches = source_of(bot), bot.committer._meter.metrics["batch_updates"]  # type: ignore[attr-defined]
        async with bot.work.database._lock:  # nothing can be written
            first = poster.begin(1)
            await until(lambda: len(source_of(bot)._given) == 1)
            given: list[int] = []
            _note_order(source, given)
            others = [poster.begin(number, 2000 + number) for number in (5, 3, 9, 2, 8, 4, 7, 6, 5, 3)]
            await until(lambda: source.waiting == 11)
            assert not any(one.done() for one in (first, *others))
            assert await rows_of(bot, SeenUpdate) == 0
        assert set(await asyncio.gather(first, *others)) == {200}
        assert given == [2, 3, 4, 5, 6, 7, 8, 9]
        assert await rows_of(bot, SeenUpdate) == 9
        assert (batches._sum.get(), sum(one.get() for one in batches._buckets)) == (9, 2)


async def test_beside_other_copies_a_batch_waits_for_more_or_a_moment(
    hooked: Settings, poster: Poster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies that take a part each would make small batches, which cost more. What comes after a pause waits for nothing, and
    so many as are enough do not either."""
    monkeypatch.setattr(webhook, "GATHER_SECONDS", 60.0)
    monkeypatch.setattr(webhook, "ENOUGH", 3)
    async with running(hooked.model_copy(update={"status_port": free_port()})) as bot:
        source, batches = source_of(bot), bot.committer._meter.metrics["batch_updates"]  # type: ignore[attr-defined]
        source._copies = Others()
        assert await poster.begin(1) == 200
        waiting = [poster.begin(number, 2000 + number) for number in (2, 3)]
        await until(lambda: source.waiting == 2)
        await asyncio.sleep(0.02)
        assert not any(one.done() for one in waiting)
        assert {await one for one in (poster.begin(4), *waiting)} == {200}
        assert (batches._sum.get(), sum(one.get() for one in batches._buckets)) == (4, 2)
        source._last_at -= 59.9
        assert await poster.begin(5) == 200


class Others(Alone):
    """Another copy is there."""

    number_there = 2


def _note_order(source: Webhook, given: list[int]) -> None:
    whole = source.next

    async def next_(*, wait: bool) -> Any:
        came = await whole(wait=wait)
        given.extend(raw["update_id"] for raw in came)
        return came

    source.next = next_  # type: ignore[method-assign]


async def test_a_stop_answers_what_is_durable_and_refuses_the_rest_which_comes_again(
    hooked: Settings, poster: Poster, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Requests under way when the bot stops: that of the batch at hand is answered with 200, those that wait with 503."""
    phone, other = await phone_of(ME), await phone_of(OTHER)
    async with running(hooked) as bot:
        async with bot.work.database._lock:  # nothing can be written
            first = poster.begin(1, 3000)
            await until(lambda: len(source_of(bot)._given) == 1)
            await phone.say("/help")
            await other.say("/help")
            await until(lambda: source_of(bot).waiting == 3)
            bot.stop()
        assert await first == 200
    assert (await telegram.ask("updates"))["pending"] == 2
    async with running(hooked):
        await phone.wait("/report")
        await other.wait("/report")


async def test_a_batch_that_the_database_refuses_is_refused_and_comes_again(
    hooked: Settings, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Telegram sends it again, soon, and nobody's update is set aside."""
    phone = await phone_of(ME)
    async with running(hooked) as bot:
        source = source_of(bot)
        await query_only(bot, on=True)
        await phone.say("/help")
        await until(lambda: bot.loop.fault != "")
        await source.registration.look()
        while "503" not in (await telegram.calls("getWebhookInfo"))[-1]["result"].get(
            "last_error_message", ""
        ):
            await source.registration.look()
        await query_only(bot, on=False)
        await phone.wait("/report")
        assert await rows_of(bot, FailedUpdate) == 0
        assert bot.loop.fault == ""


async def query_only(bot: Bot, *, on: bool) -> None:
    """Let SQLite refuse every write, as it does on a full disk."""
    database = bot.work.database
    async with database._lock, database.writer.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute(f"PRAGMA query_only={'ON' if on else 'OFF'}")


def test_the_secret_tells_nothing_of_the_token() -> None:
    """It differs for each address and each token, has no part of the token, and only characters that Telegram takes."""
    url = "https://bot.example.org/"
    made = {secret_of(token, at) for token in (TOKEN, TOKEN[:-1]) for at in (url, f"{url}a")}
    assert len(made) == 4
    for secret in made:
        assert re.fullmatch(r"[0-9a-f]{64}", secret)
        assert not any(TOKEN[at : at + 6] in secret for at in range(len(TOKEN) - 5))


# --- what Telegram says of it


async def test_a_webhook_that_is_taken_away_is_told_once_and_set_again_when_nobody_fetches(
    hooked: Settings, phone_of: MakePhone, telegram: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    """While another program may fetch, this one waits; updates that wait for long say that nobody does."""
    phone = await phone_of(ME)
    async with running(hooked) as bot:
        registered = source_of(bot).registration
        await bot.api.call("deleteWebhook", {})
        for _ in range(3):
            await registered.look()
            assert bot.source.fault == TAKEN_AWAY
        await phone.say("/help")
        await registered.look()  # they may be fetched any moment
        assert bot.source.fault == TAKEN_AWAY
        await registered.look()
        await phone.wait("/report")
        assert bot.source.fault == ""
        await bot.api.call("setWebhook", {"url": "http://127.0.0.1:9/"})
        await phone.say("/help")
        for _ in range(3):
            await registered.look()
            assert bot.source.fault == TAKEN_AWAY
        assert bot.source.pending == 1
    assert caplog.messages.count(TAKEN_AWAY) == 2


async def test_telegram_is_let_make_as_many_requests_to_each_copy_of_the_bot(
    hooked: Settings, telegram: Telegram
) -> None:
    """Whichever copy came or went; no more than Telegram makes to any bot, and only the copy that keeps house tells it."""
    async with running(hooked) as bot:
        registered = source_of(bot).registration
        assert await connections(bot) == 40
        for number, is_leader, then in ((2, False, 40), (2, True, 80), (4, True, 100), (1, True, 40)):
            registered._copies = Those(number, is_leader)
            await registered.look()
            assert await connections(bot) == then
        before = len(await telegram.calls("setWebhook"))
        await registered.look()
        assert len(await telegram.calls("setWebhook")) == before
        registered._answered = 40, 10
        assert not registered._lacks_connections(
            {"max_connections": 10}
        )  # Telegram will not have it otherwise


class Those(Alone):
    """So many copies are there."""

    def __init__(self, number: int, is_leader: bool) -> None:
        self.number_there, self.is_leader = number, is_leader
        self.another_leads = not is_leader


async def connections(bot: Bot) -> int:
    """How many requests Telegram makes at once."""
    found: dict[str, int] = await bot.api.call("getWebhookInfo", {})
    return found["max_connections"]


@pytest.mark.parametrize(
    "words", ["bad webhook: An HTTPS URL must be provided for webhook", "IP address is reserved"]
)
async def test_a_webhook_that_telegram_refuses_ends_the_start_with_one_line(
    hooked: Settings, telegram: Telegram, words: str
) -> None:
    """With Telegram's words."""
    await telegram.set("failures", method="setWebhook", code=400, description=f"Bad Request: {words}")
    with pytest.raises(
        SettingsError, match=r"^KUAGER_WEBHOOK_URL is wrong: Telegram refuses it: .*Example: "
    ) as told:
        async with running(hooked):
            pass
    assert words.lower() in str(told.value).lower()


async def test_a_host_that_telegram_does_not_find_yet_is_tried_again(
    hooked: Settings, phone_of: MakePhone, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a change of its address, or while Telegram fails: the bot runs, and says why nothing comes."""
    monkeypatch.setattr(faults, "FETCH_BACKOFF", Backoff(0.05, 0.05))
    phone = await phone_of(ME)
    await phone.say("/help")
    why = "Bad Request: bad webhook: Failed to resolve host: Name or service not known"
    await telegram.set("failures", method="setWebhook", code=400, description=why)
    async with running(hooked) as bot:
        assert "Telegram was not told the webhook" in bot.source.fault
        await phone.wait("/report")
        assert bot.source.fault == ""


async def test_a_port_that_is_taken_ends_the_start_with_one_line(hooked: Settings) -> None:
    """With the reason."""
    with socket.socket() as taken:
        taken.bind(hooked.webhook_address)
        taken.listen()
        with pytest.raises(SettingsError, match=r"^KUAGER_WEBHOOK_LISTEN is wrong: .*in use"):
            async with running(hooked):
                pass


async def test_a_watch_that_fails_of_a_bug_ends_the_bot(
    hooked: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it is started again: else nobody would hear that the webhook is gone."""

    async def fail(_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Registration, "look", fail)
    monkeypatch.setattr(registration, "WATCH_SECONDS", 0.01)
    with pytest.raises(RuntimeError, match="a bug"):
        async with running(hooked) as bot:
            await until(bot.loop._stopping.is_set)
