"""What people see who write while the database takes nothing: the real bot on the local Bot API, whose calls tell all that it
asked for."""

from functools import partial
from typing import Any

import pytest

from bot.app.conversations import Conversations
from bot.chat.renderer import Renderer
from bot.languages import codes
from bot.local_api import delivery
from bot.local_api.client import Phone
from bot.store import faults
from bot.store.faults import Backoff
from bot.texts import Texts
from bot.transport import loop
from db.engine import PRAGMAS
from tests.bot.chat.reporting import bot_texts, draft_of, story_in, tell, to_story, written
from tests.bot.conftest import MakeBot, MakePhone, Telegram
from tests.bot.transport.failing_sqlite import outage

ME, OTHER, GROUP = 1001, 1002, -1003
SIGNS = "sendChatAction", "answerCallbackQuery"
TEXTS = Texts(codes())


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pause is short, and SQLite waits for no lock."""
    for name in ("DATABASE_BACKOFF", "FETCH_BACKOFF", "SEND_BACKOFF", "REQUEST_BACKOFF"):
        monkeypatch.setattr(faults, name, Backoff(0.01, 0.02))
    monkeypatch.setattr(loop, "FLUSH_SECONDS", 0.02)
    monkeypatch.setitem(PRAGMAS, "busy_timeout", "1")
    monkeypatch.setattr(
        delivery, "SAME_OFFSET_SECONDS", 0.0
    )  # asked so often, Telegram gives one update at a time
    seconds = {"PATIENCE": 0.05, "ACTION": 0.02, "CALL": 0.3, "GAP": 0.001, "LOOK": 0.01}
    for name, short in seconds.items():
        monkeypatch.setattr(loop, f"{name}_SECONDS", short)


async def fetches(telegram: Telegram, number: int) -> None:
    """Wait until the bot has fetched so many times more, each time in vain."""
    await telegram.until_called("getUpdates", number, after=await telegram.number())


async def signs(telegram: Telegram, after: int) -> list[dict[str, Any]]:
    """The signs with numbers above `after`."""
    calls = (await telegram.ask("calls", after=after))["calls"]
    return [call for call in calls if call["method"] in SIGNS]


async def test_a_tap_is_answered_by_a_line_that_passes_and_a_message_by_typing(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """The line in the language of the phone; nothing is put into a chat. Once the database is back both are answered as ever, and
    no more signs come."""
    phone, other = await phone_of(ME), await phone_of(OTHER)
    async with bot() as running_:
        await to_story(phone)
        await tell(phone, "до")
        await other.say("/help")
        await other.wait("/report")
        await phone.introduce("en-GB")
        async with outage("locked", running_):
            before, shown = await telegram.number(), bot_texts(phone)
            await phone.tap("Готово")
            await other.say("/help")
            words = TEXTS.text("en", "reporter.tap.pause")
            await phone.until(lambda: phone.callback_answers[-1]["text"] == words)
            await other.until(lambda: other.actions[:1] == ["typing"])
            calls = {call["method"] for call in (await telegram.ask("calls", after=before))["calls"]}
            assert {name for name in calls if name.startswith("send")} == {"sendChatAction"}
            assert not phone.callback_answers[-1]["show_alert"]
            assert bot_texts(phone) == shown
        await other.until(lambda: len(bot_texts(other)) == 2)
        await phone.until(lambda: bot_texts(phone) != shown)
        assert story_in(await draft_of(running_)) == ["до"]
        after = await telegram.number()
        await other.say("/help")
        await other.until(lambda: len(bot_texts(other)) == 3)
        assert await signs(telegram, after) == []


@pytest.mark.parametrize(
    ("code", "said"), [("kk", "kk"), ("ru", "ru"), ("en-GB", "en"), ("de", "ru"), (7, "ru")]
)
def test_the_line_is_in_the_language_of_the_phone_or_in_the_first(code: object, said: str) -> None:
    """No other is known without the database."""
    conversations = Conversations(Renderer(Texts(("ru", "kk", "en"))))
    tap = {"callback_query": {"from": {"language_code": code}}}
    assert conversations.pause(tap) == TEXTS.text(said, "reporter.tap.pause")


async def test_a_short_outage_shows_nothing(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits is answered soon."""
    monkeypatch.setattr(loop, "PATIENCE_SECONDS", 60.0)
    phone = await phone_of(ME)
    async with bot() as running_:
        async with outage("locked", running_):
            await phone.say("/help")
            await fetches(telegram, 12)
        await phone.wait("/report")
    assert await signs(telegram, 0) == []


def shown_typing(phone: Phone, times: int) -> bool:
    """Whether typing was shown so many times."""
    return len(phone.actions) == times


async def test_typing_ends_though_the_outage_does_not_and_a_new_message_shows_it_again(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is kept waiting before it, however often the same message is fetched again."""
    monkeypatch.setattr(loop, "MOST_ACTIONS", 2)
    phone = await phone_of(ME)
    async with bot() as running_:
        async with outage("locked", running_):
            for shown in (2, 4):
                await phone.say("/help")
                await phone.until(partial(shown_typing, phone, shown))
                await fetches(telegram, 12)
                assert len(phone.actions) == shown
        await phone.wait("/report")


async def test_a_group_is_shown_nothing(bot: MakeBot, phone_of: MakePhone, telegram: Telegram) -> None:
    """Neither for what is written there nor for a tap: everybody in it would see it."""
    phone = await phone_of(ME)
    group = {"id": GROUP, "type": "supergroup", "title": "x"}
    said: dict[str, Any] = written(ME, text="/help")
    said["message"]["chat"] = group
    tap = {"id": "77", "from": said["message"]["from"], "chat_instance": "1", "data": "x"}
    async with bot() as running_, outage("locked", running_):
        await telegram.set("updates", update=said)
        await telegram.set("updates", update={"callback_query": {**tap, "message": said["message"]}})
        await phone.say("/help")
        await phone.until(lambda: phone.actions != [])
        shown = {(call["method"], call["chat_id"]) for call in await signs(telegram, 0)}
    assert shown == {("sendChatAction", ME)}


@pytest.mark.parametrize("failure", [{"retry_after": 3000}, {"delay": 60}, {"drop": "before"}, {"code": 403}])
async def test_a_sign_that_fails_holds_up_neither_the_return_nor_the_end(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, failure: dict[str, object]
) -> None:
    """Whatever Telegram makes of it; where it says when to ask again, no sign comes before."""
    phone = await phone_of(ME)
    await telegram.set("failures", method="sendChatAction", **failure)
    async with bot() as running_:
        async with outage("locked", running_):
            await phone.say("/help")
            await telegram.until_called("sendChatAction", 1)
            await fetches(telegram, 12)
            if "retry_after" in failure:
                assert len(await signs(telegram, 0)) == 1
        await phone.wait("/report")
