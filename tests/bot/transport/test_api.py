"""The client of the Bot API in the real bot: while Telegram is away or answers rubbish nothing is lost, and nothing ends."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import migrations
from bot.app.wiring import Bot, open_work
from bot.demo import TOKEN
from bot.settings import Settings
from bot.store import faults
from db.models import FailedUpdate
from tests.bot.chat.reporting import ME, OTHER, all_rows, draft_of, rows_of, story_in, tell, to_story, written
from tests.bot.conftest import MakeBot, MakePhone, Telegram

ID = 1_900_000_000
"""Higher than any id of the local Bot API: an offset behind it confirms what came before."""
pytestmark = pytest.mark.usefixtures("impatient")


@pytest.mark.parametrize(
    "body",
    [
        "<html>Sign in</html>",
        "",
        '{"ok": true, "result": {"update_id": 1}}',
        '{"ok": true, "result": [7, null, "x", ["y"]]}',
        '{"ok": true, "result": [' + "[" * 100_000 + "]" * 100_000 + "]}",
        '{"ok": true, "result": [' + "[" * 100_000,
        '{"ok": true, "result": [{"update_id": ' + "9" * 5000 + "}]}",
        '{"ok": true, "result": [{"update_id": true, "message": []}]}',
    ],
    ids=["page", "nothing", "no list", "no objects", "deep", "deep and broken", "digits", "true"],
)
@pytest.mark.parametrize("code", [200, 502])
async def test_rubbish_in_place_of_updates_ends_nothing(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, body: str, code: int
) -> None:
    """The bot asks again, and answers."""
    phone = await phone_of(ME)
    status = {} if code == 200 else {"code": code}
    await telegram.set("failures", method="getUpdates", body=body, count=4, **status)
    await phone.say("/help")
    async with bot():
        await phone.wait("/report")


@pytest.mark.parametrize("held", ['"soon"', "-1", "[]", "1e400", '{"a": 1}', "null", "9" * 5000])
@pytest.mark.parametrize("method", ["getUpdates", "sendMessage"])
async def test_a_wait_that_is_no_number_ends_nothing(
    bot: MakeBot,
    phone_of: MakePhone,
    telegram: Telegram,
    monkeypatch: pytest.MonkeyPatch,
    held: str,
    method: str,
) -> None:
    """It is a fault of the network like any other, and too long a wait is bounded."""
    monkeypatch.setattr(faults, "LONGEST_HOLD", 0.02)
    phone = await phone_of(ME)
    parameters = f'"parameters": {{"retry_after": {held}}}'
    body = f'{{"ok": false, "error_code": 429, "description": 7, {parameters}}}'
    await telegram.set("failures", method=method, body=body, code=429)
    await phone.say("/help")
    async with bot():
        await phone.wait("/report")


async def test_of_an_answer_with_rubbish_in_it_the_updates_are_processed(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Those beside what is no object or lies too deep, and what can be read of these."""
    phone, other = await phone_of(ME), await phone_of(OTHER)
    async with bot():
        for one in (phone, other):
            await one.say("/start")
            await one.wait("Здравствуйте")
    deep = json.dumps({"update_id": ID, **written(ME, text="x")})
    deep = f'{deep[:-1]}, "more": {"[" * 5000 + "]" * 5000}}}'
    plain = json.dumps({"update_id": ID + 1, **written(OTHER, text="x")})
    body = f'{{"ok": true, "result": [7, {deep}, "x", {plain}]}}'
    await telegram.set("failures", method="getUpdates", body=body)
    async with bot() as running_:
        for one in (phone, other):
            await one.wait("Это ждёт вашего ответа")
        assert await rows_of(running_, FailedUpdate) == 0


async def test_a_telegram_that_is_away_for_long_loses_nothing(
    bot: MakeBot, settings: Settings, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Each of its requests fails, for as long as it takes: what was owed is said, what was written is answered."""
    phone = await phone_of(ME)
    async with bot() as running_:
        await to_story(phone)
        await tell(phone, "до")
        await telegram.set("failures", drop="before", count=60)
        await phone.say("во время")
        await phone.wait("во время")
        assert story_in(await draft_of(running_)) == ["до", "во время"]
    assert await all_rows(settings, FailedUpdate) == []


async def test_a_name_that_no_dns_knows_is_waited_for(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """A line without the address says so."""
    lost = settings.model_copy(update={"bot_api_url": "http://kuager.invalid"})
    await migrations.upgrade(lost.database_url)
    with caplog.at_level(logging.WARNING, "bot.store.faults"):
        async with until_waiting(lost, caplog):
            pass
    assert caplog.messages[0].startswith("Telegram is not reached: ")
    assert TOKEN not in caplog.text


@asynccontextmanager
async def until_waiting(settings: Settings, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Bot]:
    """A bot that waits for something, of which it has told."""
    work = await open_work(settings)
    bot_ = Bot(settings, work)
    task = asyncio.create_task(bot_.run())
    async with asyncio.timeout(20):
        while not caplog.messages:  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0.01)
    yield bot_
    bot_.stop()
    await task
    await work.database.close()
