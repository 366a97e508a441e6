"""A receipt's code, asked for where a command came without it."""

from base64 import urlsafe_b64decode

import pytest

from bot.chat.screens.callback import Act
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.delivered import Delivered, Drained
from bot.safety.receipt import packed
from bot.services.reports.intake import Receipt
from db.models import Report
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats

ME = 5
OLDER = TEXTS.text("ru", "reporter.older", {"hours": 47})
STATUS = "\n\n".join([*(TEXTS.text("ru", f"reporter.status.{key}") for key in ("new", "then")), OLDER])


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases; the person's Telegram speaks English."""
    return Chats(bench)


async def receipt(chats: Chats) -> Receipt:
    """Of a report in Russian that somebody sent."""
    async with chats.bench.write() as unit:
        return await chats.bench.submit(unit)


def said(calls: list[Call]) -> list[str]:
    """What these calls say in the chat."""
    return [str(call.params["text"]) for call in calls if call.method == "sendMessage"]


@pytest.mark.parametrize("command", ["status", "withdraw"])
async def test_a_command_without_its_code_asks_for_it_as_a_reply(chats: Chats, command: str) -> None:
    """Telegram opens the reply by itself (Bot API, ForceReply)."""
    (call,) = await chats.say(ME, f"/{command}")
    assert call.params["text"] == TEXTS.text("en", f"reporter.{command}.code")
    assert call.params["reply_markup"]["force_reply"] is True


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
async def test_a_reply_means_what_was_asked(chats: Chats, language: str) -> None:
    """To the question of /withdraw it leads to the withdrawal, to that of /status to the status."""
    code = (await receipt(chats)).code
    calls = await chats.reply(ME, code, TEXTS.text(language, "reporter.withdraw.code"))
    assert said(calls) == [TEXTS.text("ru", "reporter.withdraw.sure")]
    calls = await chats.reply(ME, code, TEXTS.text(language, "reporter.status.code"))
    assert said(calls) == [STATUS]


async def test_a_code_that_was_replied_leaves_the_chat(chats: Chats) -> None:
    """It opens the report, so it must not be found there."""
    code = (await receipt(chats)).code
    calls = await chats.reply(ME, code, TEXTS.text("en", "reporter.withdraw.code"))
    assert [number for call in calls for number in call.doomed] == [chats.last_id]


async def test_a_reply_to_other_words_withdraws_nothing(chats: Chats) -> None:
    """Nor does one to the same words said by a person."""
    code, asked = (await receipt(chats)).code, TEXTS.text("en", "reporter.withdraw.code")
    for words, by_bot in (("Something else", True), (asked, False)):
        calls = await chats.reply(ME, code, words, by_bot=by_bot)
        assert said(calls) == [STATUS]
    async with chats.bench.read() as unit:
        assert await count(unit, Report) == 1


async def withdrawal_button(chats: Chats, code: str, chat: int = ME) -> str:
    """The data of the button that withdraws."""
    calls = await chats.say(chat, f"/withdraw {code}")
    keyboards = [call.params["reply_markup"]["inline_keyboard"] for call in calls if "text" in call.params]
    return str(keyboards[0][0][0]["callback_data"])


async def test_no_button_holds_the_code(chats: Chats) -> None:
    """Neither as it is nor in another spelling: the data of buttons can be read in the export of a chat."""
    code = (await receipt(chats)).code
    data = await withdrawal_button(chats, code)
    letters = code.replace("-", "")
    number = packed(code)
    raw = urlsafe_b64decode(data.split(".")[1] + "==")
    assert code not in data
    assert letters not in data.upper()
    assert number not in raw
    assert number[::-1] not in raw
    assert data != await withdrawal_button(chats, code)


async def test_the_button_withdraws_in_its_own_chat_alone(chats: Chats) -> None:
    """Its data are of no use to another chat, and neither is a forged or an old button."""
    code = (await receipt(chats)).code
    data = await withdrawal_button(chats, code)
    stale = TEXTS.text("en", "reporter.tap.stale")
    for chat, tapped in (
        (6, data),
        (ME, f"awithdraw.{code}."),
        (ME, f"awithdraw.{'A' * 50}."),
        (ME, "awithdraw.я."),
    ):
        (answer,) = await chats.tap_data(chat, tapped)
        assert answer.params["text"] == stale
    (told,) = said(await chats.tap_data(ME, data))
    assert told.startswith(TEXTS.text("ru", "reporter.withdraw.done"))
    assert told.endswith(OLDER)


async def test_a_withdrawal_clears_the_chat_and_then_says_so(chats: Chats) -> None:
    """What was written there is what was reported; what may remain is told. Another form that is open is asked again."""
    code = (await receipt(chats)).code
    await chats.tap(ME, Act("begin", "ru"))
    data = await withdrawal_button(chats, code)
    lost = Drained([Delivered(row, (chats.number(),), doubtful=True) for row in chats.rows])
    update = chats.tapped(ME, data)
    tapped = update["callback_query"]["message"]["message_id"]
    calls = await chats.batch(update, drained=lost)
    gone = {number for call in calls for number in call.doomed}
    assert {tapped, *(number for done in lost.delivered for number in done.message_ids)} <= gone
    deleted = next(place for place, call in enumerate(calls) if call.doomed)
    shown = [place for place, call in enumerate(calls) if call.shows]
    assert deleted < min(shown)
    done = TEXTS.text("ru", "reporter.withdraw.done"), OLDER, TEXTS.text("ru", "reporter.may_remain")
    assert said(calls)[0] == "\n\n".join(done)
    assert len(shown) == 2
