"""Places: taken where one is asked for, else refused and deleted."""

from pathlib import Path

import pytest

from bot.app.wiring import Bot
from bot.demo import running
from bot.form.answers import Answer, GeoPoint, TextPart, Written
from bot.form.draft import Draft
from bot.local_api.client import Phone
from bot.settings import Settings
from bot.store import drafting
from bot.texts import Texts
from tests.bot.conftest import MakePhone, Telegram, with_form

ME = 1001
TEXTS = Texts(("kk", "ru", "en"))
SURVEY = """
| survey |
| | type | name | label | constraint | bind::bot:role |
| | select_one yes | keep | May we keep it? | | consent_store |
| | geopoint | point | Where was it? | not(starts-with(., '12')) | |
| | text | story | What was it? | | |
| | select_one yes | use | May we use it? | | consent_use |
"""


@pytest.fixture
def short(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a form that asks for places."""
    return with_form(settings, tmp_path, SURVEY)


@pytest.fixture
async def phone(phone_of: MakePhone) -> Phone:
    """A reporter's phone."""
    return await phone_of(ME)


async def to_consent(phone: Phone) -> None:
    """To the question for consent."""
    await phone.say("/start")
    await phone.wait("May we keep it?")


async def to_place(phone: Phone) -> None:
    """To the question for a place after consent."""
    await to_consent(phone)
    await phone.tap("Surely", fresh=True)
    await phone.wait("Where was it?")


async def draft_of(bot: Bot) -> Draft:
    """What the bot has of the answers."""
    async with bot.work.read() as unit:
        hashed = unit.safe.pseudonyms.chat(ME)
        return (await drafting.load(unit, [hashed]))[hashed].draft


async def place_of(bot: Bot) -> Answer | None:
    """The place that the bot has."""
    return (await draft_of(bot)).answers.get("/short/point")


def said(key: str, **arguments: int) -> str:
    """A text of the bot."""
    return TEXTS.text("ru", f"reporter.{key}", arguments)


async def test_a_place_that_is_asked_for_is_an_answer(short: Settings, phone: Phone) -> None:
    """The next question follows; the question becomes one line, the person's message stays beneath it."""
    async with running(short) as bot:
        await to_place(phone)
        asked = phone.last
        sent = await phone.locate(43.25, 76.95)
        await phone.wait("What was it?")
        assert await place_of(bot) == GeoPoint(43.25, 76.95)
        await phone.until(lambda: not asked.buttons)
        assert asked.text.startswith("✓ Where was it? 📍 43.25, 76.95")
        assert not sent.deleted


async def test_the_place_of_a_venue_is_taken(short: Settings, phone: Phone) -> None:
    """Its name and address are not."""
    async with running(short) as bot:
        await to_place(phone)
        await phone.send("venue", location={"latitude": 51.1, "longitude": 71.4}, title="Тайна")
        await phone.wait("What was it?")
        assert await place_of(bot) == GeoPoint(51.1, 71.4)


async def test_a_place_that_was_taken_is_cleared_with_the_rest(short: Settings, phone: Phone) -> None:
    """Stopping deletes it from the chat."""
    async with running(short):
        await to_place(phone)
        sent = await phone.locate(43.25, 76.95)
        await phone.wait("What was it?")
        await phone.say("/cancel")
        await phone.tap("Да, удалить всё", fresh=True)
        await phone.wait(said("panic"))
        await phone.until(lambda: len(phone.messages) == 1)
        assert sent.deleted


async def test_a_live_place_is_never_taken(short: Settings, phone: Phone, telegram: Telegram) -> None:
    """It is deleted and refused with words of its own; what Telegram tells of it later is ignored."""
    async with running(short) as bot:
        await to_place(phone)
        sent = await phone.locate(43.25, 76.95, live_period=600)
        await phone.wait(said("refused.live"))
        await phone.wait("Where was it?")
        await phone.until(lambda: sent.deleted)
        before = len(await telegram.calls("sendMessage", ME))
        moved = {**sent.raw, "edit_date": sent.raw["date"] + 5}
        moved["chat"], moved["from"] = {"id": ME, "type": "private"}, {"id": ME, "is_bot": False}
        moved["from"]["first_name"] = "A"
        moved["location"] = {"latitude": 1.5, "longitude": 2.5, "live_period": 600}
        await telegram.set("updates", update={"edited_message": moved})
        await phone.say("/help")
        await phone.wait("/withdraw")
        assert len(await telegram.calls("sendMessage", ME)) == before + 1
        assert await place_of(bot) is None


async def test_before_consent_no_place_is_taken(short: Settings, phone: Phone) -> None:
    """The form asks for one only afterwards."""
    async with running(short) as bot:
        await to_consent(phone)
        sent = await phone.locate(43.25, 76.95)
        await phone.wait(said("refused.dangerous"))
        await phone.wait("May we keep it?")
        await phone.until(lambda: sent.deleted)
        assert (await draft_of(bot)).answers == {}


async def test_a_place_that_is_not_asked_for_is_refused_and_deleted(short: Settings, phone: Phone) -> None:
    """Where a text is asked for, where it is asked whether to stop, and without a report."""
    async with running(short) as bot:
        await phone.say("/help")
        await phone.wait("/report")
        for begin in (to_place, None):
            sent = await phone.locate(43.25, 76.95)
            await phone.wait(said("refused.dangerous"))
            await phone.until(lambda sent=sent: sent.deleted)  # type: ignore[misc]
            if begin is not None:
                await begin(phone)
                await phone.say("/cancel")
                await phone.wait("Остановить")
        assert await place_of(bot) is None
        await phone.tap("Нет, продолжить", fresh=True)
        await phone.tap("Пропустить", fresh=True)
        await phone.wait("What was it?")
        sent = await phone.locate(43.25, 76.95)
        await phone.wait(said("refused.dangerous"))
        await phone.wait("What was it?")
        await phone.until(lambda: sent.deleted)


async def test_a_place_that_the_form_refuses_does_not_stay_in_the_chat(short: Settings, phone: Phone) -> None:
    """What the form does not allow is no answer, so nothing of it may stay."""
    async with running(short) as bot:
        await to_place(phone)
        sent = await phone.locate(12.25, 76.95)
        await phone.wait("Where was it?")
        await phone.until(lambda: sent.deleted)
        assert await place_of(bot) is None


async def test_points_of_a_trace_stay_in_the_chat(settings: Settings, tmp_path: Path, phone: Phone) -> None:
    """Each is part of the answer; one that is nowhere is none."""
    traced = with_form(settings, tmp_path, SURVEY.replace("geopoint", "geotrace"))
    async with running(traced) as bot:
        await to_place(phone)
        sent = [await phone.locate(43.25, 76.95), await phone.locate(43.5, 76.75)]
        await phone.tap("Готово", fresh=True)
        await phone.wait("What was it?")
        assert await place_of(bot) == Written((TextPart("43.25 76.95 0 0; 43.5 76.75 0 0"),))
        assert not any(message.deleted for message in sent)
