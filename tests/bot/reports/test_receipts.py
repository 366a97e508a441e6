"""A receipt's code, asked for where a command came without it."""

from base64 import urlsafe_b64decode

import pytest

from bot.chat.buttons import Act
from bot.reports.receipts.service import Receipt
from bot.safety.pseudonym import packed
from bot.transport.call import Call, Delivered, DeliverySnapshot
from db.models import Report
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats
from tests.bot.chat.moderating import enrol

ME = 5
OLDER = TEXTS.text("ru", "reporter.older", {"hours": 47})
STATUS = "\n\n".join(TEXTS.text("ru", f"reporter.status.{key}") for key in ("new", "then"))


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


@pytest.mark.parametrize(
    "how", ["written", "as a caption", "as an edit", "as a reply", "as a caption of a reply"]
)
@pytest.mark.parametrize("sentence", ["{}", "My code is {}, I wrote it down.", "my code: {lower}"])
async def test_a_code_is_heard_inside_a_sentence(chats: Chats, how: str, sentence: str) -> None:
    """However it comes, where nothing is open: the state is told, the message leaves the chat, and that a file was not kept is said."""
    code = (await receipt(chats)).code
    words = sentence.format(code, lower=code.lower())
    asked = TEXTS.text("en", "reporter.status.code")
    update = chats.replied(ME, words, asked) if "reply" in how else chats.written(ME, words)
    message = update["message"]
    if "caption" in how:
        message["caption"] = message.pop("text")
        message["photo"] = [{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9, "file_size": 9}]
    calls = await chats.batch({"edited_message": message} if how == "as an edit" else update)
    before = f"{TEXTS.text('ru', 'reporter.file.beside_code')}\n\n" if "caption" in how else ""
    assert said(calls) == [before + STATUS]
    assert [number for call in calls for number in call.doomed] == [message["message_id"]]


async def test_a_command_finds_the_code_in_a_sentence(chats: Chats) -> None:
    """As does the one that withdraws."""
    code = (await receipt(chats)).code
    assert said(await chats.say(ME, f"/status it is {code}.")) == [STATUS]
    assert said(await chats.say(ME, f"/withdraw please {code}")) == [
        TEXTS.text("ru", "reporter.withdraw.sure")
    ]


async def test_a_file_whose_caption_has_a_code_of_no_report_leaves_the_chat_too(chats: Chats) -> None:
    """It may be one that was mistyped."""
    update = chats.written(ME, "7K3Q-V9XM-20TB")
    message = update["message"]
    message["caption"] = message.pop("text")
    message["document"] = {"file_id": "d", "file_unique_id": "u", "file_size": 9}
    calls = await chats.batch(update)
    assert said(calls) == [TEXTS.text("en", "receipt.unknown")]
    assert [number for call in calls for number in call.doomed] == [message["message_id"]]


async def test_what_a_moderator_corrects_is_no_code(chats: Chats) -> None:
    """It may be a note with a number in it: nothing is answered, and it is no guess."""
    await enrol(chats, ME)
    message = chats.written(ME, "See case 7K3Q-V9XM-20TB")["message"]
    assert [
        call for call in await chats.batch({"edited_message": message}) if call.shows or call.doomed
    ] == []


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
    over = TEXTS.text("en", "reporter.code.over")
    for chat, tapped in (
        (6, data),
        (ME, f"awithdraw.{code}."),
        (ME, f"awithdraw.{'A' * 50}."),
        (ME, "awithdraw.я."),
    ):
        calls = await chats.tap_data(chat, tapped)
        assert [call.params["text"] for call in calls] == [over, over]
    (told,) = said(await chats.tap_data(ME, data))
    assert told.startswith(TEXTS.text("ru", "reporter.withdraw.done"))
    assert told.endswith(OLDER)


async def test_a_withdrawal_clears_the_chat_and_then_says_so(chats: Chats) -> None:
    """What was written there is what was reported; what may remain is told. Another form that is open is asked again."""
    code = (await receipt(chats)).code
    await chats.tap(ME, Act("begin", "ru"))
    data = await withdrawal_button(chats, code)
    lost = DeliverySnapshot([Delivered(row, (chats.number(),), doubtful=True) for row in chats.rows])
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
