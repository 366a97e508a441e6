"""Questions that an edit shows: edits that are carried out late, replaced, or never sent."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from bot.demo import TOKEN, USERNAME, running
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.reports.filling import chat as filling_chat
from bot.settings import Settings
from bot.transport.call import Call
from tests.bot.chat.reporting import ME, tell, to_first, to_story
from tests.bot.conftest import MakeBot, MakePhone, Telegram, with_form
from tests.bot.transport.post import A, Post, heard


async def test_an_edit_that_comes_after_a_message_is_not_dated_before_it() -> None:
    """As at Telegram: else a test's person answers the question before, and the bot must think that it is the one after."""
    api = LocalBotApi({TOKEN: USERNAME}, lambda: 1_800_000_000.0)
    await api.start()
    async with aiohttp.ClientSession() as session, Phone(api.url, ME, "ru") as phone:

        async def call(method: str, **params: object) -> dict[str, int]:
            async with session.post(
                f"{api.url}/bot{TOKEN}/{method}", json={"chat_id": ME, **params}
            ) as answer:
                result: dict[str, int] = (await answer.json())["result"]
                return result

        await phone.say("/start")
        asked = await call("sendMessage", text="1?")
        await call("editMessageText", message_id=asked["message_id"], text="2?")
        said = await phone.say("an answer to 2")
        then = await call("editMessageText", message_id=asked["message_id"], text="3?")
        assert then["edit_date"] >= said.raw["date"]
    await api.stop()


async def carried_out_late(telegram: Telegram, question: dict[str, object]) -> None:
    """Telegram carries out an edit after one that was called later: it had said 504 of it, or the bot gave up waiting, or was taken for
    dead by another copy."""
    params = {"chat_id": ME} | {one: question[one] for one in ("message_id", "text", "reply_markup")}
    async with telegram.session.post(f"{telegram.api.url}/bot{TOKEN}/editMessageText", json=params) as answer:
        assert answer.status == 200


async def test_who_taps_a_question_that_covers_the_next_one_gets_that(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other message asks anything. At once it is taken for a second tap, which changes nothing."""
    phone = await phone_of(ME)
    async with bot():
        await to_story(phone)
        await tell(phone, "Было так.")
        await phone.tap("Готово", fresh=True)
        second = dict((await phone.wait("Что произошло")).raw)
        await phone.tap("Штраф", fresh=True)
        await phone.wait("Что подходит")
        await carried_out_late(telegram, second)
        covered = await phone.wait("Что произошло")
        await phone.tap_data(covered.id, covered.buttons[0].data or "")
        with pytest.raises(TimeoutError):  # it may be a second tap
            await phone.wait("Что подходит", 0.5)
        monkeypatch.setattr(filling_chat, "COVERED_SECONDS", 0)
        await asyncio.sleep(1)
        await phone.tap_data(covered.id, covered.buttons[0].data or "")
        await phone.wait("Что подходит")


async def test_a_question_whose_edit_may_still_be_carried_out_does_not_turn_into_the_next(
    settings: Settings, tmp_path: Path, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Telegram said 504 of the first try. The next question is a message of its own, which no late edit covers."""
    phone = await phone_of(ME)
    async with running(with_form(settings, tmp_path, SURVEY)):
        await to_first(phone)
        await telegram.set("failures", method="editMessageText", chat_id=ME, code=504, count=1)
        await phone.tap("Surely", fresh=True)
        second = dict((await phone.wait("The second question?")).raw)
        await phone.tap("Пропустить", fresh=True)
        third = await phone.wait("The third question?")
        await carried_out_late(telegram, second)
        await phone.until(lambda: any("second" in one.text and one.buttons for one in phone.messages))
        assert (phone.last, "The third question?" in third.text) == (third, True)


async def test_of_an_edit_from_before_a_kill_that_is_replaced_a_new_message_may_stand(
    post: Post, phones: tuple[Phone, Phone]
) -> None:
    """Its edit was refused, the new message was sent, and the bot was killed before it knew. Then the person wrote."""
    edit = Call("editMessageText", {"chat_id": A, "message_id": 99_999, "text": "again"})
    post.sender.accept([post.owed(A, edit, step=4)], tried=True)
    post.sender.accept([post.row(A, "next", step=5)])
    done = await post.until(2)
    assert await heard(phones[0], 1) == ["next"]
    assert [one.doubtful for one in done if one.row.prompt_step == 4] == [True]


SURVEY = """
| survey |
| | type | name | label | constraint | bind::bot:role |
| | select_one yes | keep | May we keep it? | | consent_store |
| | select_one yes | first | The first question? | | |
| | text | second | The second question? | | |
| | text | third | The third question? | | |
| | select_one yes | use | May we use it? | | consent_use |
"""


async def test_of_a_question_that_was_never_shown_no_line_is_left(
    settings: Settings, tmp_path: Path, phone_of: MakePhone
) -> None:
    """The tap and the words came in one batch: the first question is in sight until the third."""
    phone = await phone_of(ME)
    short = with_form(settings, tmp_path, SURVEY)
    async with running(short):
        await to_first(phone)
    await phone.tap("Surely", fresh=True)
    await phone.say("words")
    async with running(short):
        await phone.wait("The third question?")
        await phone.until(lambda: not any("first" in one.text and one.buttons for one in phone.messages))
        assert not [one for one in phone.messages if "The second question" in one.text]
