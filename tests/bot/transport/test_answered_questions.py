"""Which question a message answers: by when it came, what was seen then, and what it continues."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.demo import running
from bot.form.answers import Files, Written
from bot.local_api.client import picture
from bot.settings import Settings
from tests.bot.chat.reporting import ME, SURVEY, draft_of, story_in, tell, to_first, to_story
from tests.bot.conftest import MakeBot, MakePhone, Telegram, with_form

FINED = "Штраф, обвинение, дело"


async def test_ten_photos_get_one_answer(bot: MakeBot, phone_of: MakePhone, telegram: Telegram) -> None:
    """And all ten are kept, in their order."""
    phone = await phone_of(ME)
    async with bot():
        await to_story(phone)
    before = await telegram.number()
    for number in range(10):
        await phone.send_file("photo", picture(str(number)), f"{number}.png", "image/png")
    async with bot() as running_:
        await phone.wait("10 файлов")
        draft = await draft_of(running_)
    sent = [call for call in await telegram.calls("sendMessage", ME) if call["number"] > before]
    assert len(sent) == 1
    (files,) = (answer for answer in draft.answers.values() if isinstance(answer, Files))
    assert len(files.files) == 10


async def test_a_text_that_came_before_the_next_question_was_delivered_continues_the_answer_before(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """The person tapped Done and went on writing while the question was on its way."""
    phone = await phone_of(ME)
    async with bot() as running_:
        await to_story(phone)
        await tell(phone, "Было так.")
        await telegram.set("failures", method="editMessageText", chat_id=ME, delay=2.5)
        await phone.tap("Готово", fresh=True)
        await phone.say("И ещё вот что.")
        await phone.wait("Добавлено")
        assert story_in(await draft_of(running_)) == ["Было так.", "И ещё вот что."]


async def test_a_text_in_answer_to_a_question_that_is_seen_is_that_questions_answer(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Even if Telegram takes its time to tell the bot that the question was delivered."""
    phone = await phone_of(ME)
    async with bot() as running_:
        await to_story(phone)
        await tell(phone, "Было так.")
        await telegram.set("failures", method="editMessageText", chat_id=ME, delay_after=0.5)
        await phone.tap("Готово", fresh=True)
        await phone.wait("Что произошло")
        await phone.say(FINED)
        await phone.wait("Что подходит")
        assert story_in(await draft_of(running_)) == ["Было так."]


@pytest.mark.parametrize(
    ("meant", "story"), [("произошло", ["Было так."]), ("Расскажите", ["Было так.", FINED])]
)
async def test_while_it_is_in_doubt_what_was_asked_the_person_is_asked(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, meant: str, story: list[str]
) -> None:
    """The next question was shown, but the network broke before the bot knew: the words may go on with the story or answer that
    question. They are kept although the bot is restarted."""
    phone = await phone_of(ME)
    async with bot() as running_:
        await to_story(phone)
        await tell(phone, "Было так.")
        await telegram.set("failures", method="editMessageText", chat_id=ME, drop="after")
        await phone.tap("Готово", fresh=True)
        await phone.wait("Что произошло")
        await phone.say(FINED)
        asked = await phone.wait("К какому вопросу")
        assert FINED in asked.text
    async with bot() as running_:
        await phone.tap(next(label for label in phone.buttons(asked) if meant in label))
        await phone.wait("Что подходит" if meant == "произошло" else "Добавлено")
        assert story_in(await draft_of(running_)) == story


async def test_the_second_half_of_a_long_text_follows_the_first(
    settings: Settings, tmp_path: Path, phone_of: MakePhone, telegram: Telegram
) -> None:
    """A phone cuts a long text into messages; the first half leads on at once, the second belongs to it,
    whether both come in one batch or the next question is still on its way."""
    phone = await phone_of(ME)
    short = with_form(settings, tmp_path, SURVEY)
    long = ("слово " * 1000).strip()
    async with running(short):
        await to_first(phone)
    await phone.say(long)
    async with running(short) as running_:
        await phone.wait("Добавлено")
        await telegram.set("failures", method="sendMessage", chat_id=ME, delay=0.5)
        await phone.say("коротко и " + long)
        await phone.wait("Добавлено")
        draft = await draft_of(running_)
    told = [answer.text for answer in draft.answers.values() if isinstance(answer, Written)]
    assert [" ".join(text.split()) for text in told] == [long, f"коротко и {long}"]
    assert draft.position == "/short/third"


async def test_that_the_first_of_two_messages_could_not_be_taken_is_said_although_the_second_could(
    settings: Settings, tmp_path: Path, phone_of: MakePhone
) -> None:
    """Two messages of one batch have one prompt, which says what both have to be told."""
    phone = await phone_of(ME)
    short = with_form(settings, tmp_path, SURVEY)
    async with running(short):
        await phone.say("/start")
        await phone.tap("Surely", fresh=True)
        for answer, question in (("a", "second"), ("b", "third")):
            await phone.wait("question?")
            await phone.say(answer)
            await phone.wait(f"The {question} question?")
    await phone.say("x" * 4001)
    await phone.say("short")
    async with running(short):
        shown = await phone.wait("The fourth question?")
    assert "4000" in shown.text


@pytest.mark.usefixtures("impatient")
async def test_a_clock_that_jumps_misplaces_nothing(
    settings: Settings, tmp_path: Path, phone_of: MakePhone
) -> None:
    """Two days ahead and a year back, in the middle of a report: every answer is kept where it belongs."""
    phone, ahead = await phone_of(ME), timedelta()
    short = with_form(settings, tmp_path, SURVEY)

    def clock() -> datetime:
        return datetime.now(short.zone) + ahead

    async with running(short, clock) as running_:
        await phone.say("/start")
        await phone.tap("Surely", fresh=True)
        for answer, question, moved in (("a", "second", 50), ("b", "third", -365 * 24), ("c", "fourth", 0)):
            await phone.wait("question?")
            ahead = timedelta(hours=moved)
            await phone.say(answer)
            await phone.wait(f"The {question} question?")
        draft = await draft_of(running_)
    assert [answer.text for answer in draft.answers.values() if hasattr(answer, "text")] == ["a", "b", "c"]
