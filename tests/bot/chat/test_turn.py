"""A turn's prompts, in the real bot: what stays of a question when the next is asked."""

from datetime import datetime
from pathlib import Path

import pytest

from bot.demo import running
from bot.local_api.client import Phone
from bot.reports.filling.screens import YOUNG_SECONDS
from bot.settings import Settings
from tests.bot.conftest import MakePhone, Telegram, with_form

ME = 1001
SURVEY = """
| survey |
| | type | name | label | bind::bot:role | bind::bot:privacy | bind::bot:contacts |
| | select_one yes | keep | May we keep it? | consent_store | | |
| | select_multiple needs | needs | What is needed? | | | |
| | note | help | They help: | | | needs |
| | select_one yes | secret | Was it him? | | sealed | |
| | begin_repeat | people | People | | | |
| | text | role | Who are they? | | | |
| | end_repeat | | | | | |
| | select_one yes | use | May we use it? | consent_use | | |
"""
CHOICES = """\
| | needs | lawyer | A lawyer |
| | needs | doctor | A doctor |
"""


@pytest.fixture
def short(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a form that tells contacts."""
    contacts = tmp_path / "contacts.csv"
    contacts.write_text("name,contact\nlawyer,+7 700 LAWYER\n")
    return with_form(settings, tmp_path, SURVEY, CHOICES).model_copy(update={"contacts": contacts})


@pytest.fixture
async def phone(phone_of: MakePhone) -> Phone:
    """A reporter's phone."""
    return await phone_of(ME)


async def to_needs(phone: Phone) -> None:
    """To the question what is needed."""
    await phone.say("/start")
    await phone.tap("Surely", fresh=True)
    await phone.wait("What is needed?")


async def to_secret(phone: Phone) -> None:
    """On to the sealed question."""
    await to_needs(phone)
    for label in ("☐ A lawyer", "Готово"):
        await phone.tap(label, fresh=True)
    await phone.wait("Was it him?")


async def test_a_question_in_several_taps_stays_until_it_is_left(short: Settings, phone: Phone) -> None:
    """It is one message all the while, and one line afterwards."""
    async with running(short):
        await to_needs(phone)
        asked = phone.last
        for label in ("A lawyer", "A doctor"):
            await phone.tap(f"☐ {label}", fresh=True)
            await phone.wait(lambda shown, label=label: f"☑ {label}" in phone.buttons(shown))  # type: ignore[misc]
            assert phone.last is asked
            assert asked.text.count("What is needed?") == 1
            assert asked.buttons
        await phone.tap("Готово", fresh=True)
        await phone.wait("They help:")
        await phone.wait("Was it him?")
        await phone.until(lambda: not asked.buttons)
        assert asked.text == "✓ What is needed? A lawyer, A doctor"


async def test_who_helps_can_be_read_later(short: Settings, phone: Phone) -> None:
    """The contacts are a message of their own, above the question that follows, and stay when the form goes on."""
    async with running(short):
        await to_secret(phone)
        await phone.tap("Surely", fresh=True)
        await phone.wait("People")
        (told,) = [bubble for bubble in phone.messages if "+7 700 LAWYER" in bubble.text]
        assert "They help:" in told.text
        assert not told.buttons


async def test_a_question_that_is_answered_by_a_tap_turns_into_the_next(
    short: Settings, phone: Phone
) -> None:
    """Its answer, which may be sealed, is not said again, and nothing of it is left."""
    async with running(short):
        await to_secret(phone)
        asked, number = phone.last, len(phone.messages)
        await phone.tap("Surely", fresh=True)
        await phone.wait("People")
        assert (phone.last, len(phone.messages)) == (asked, number)
        assert not [bubble for bubble in phone.messages if "Was it him?" in bubble.text]


async def test_a_question_above_another_message_turns_into_a_line(short: Settings, phone: Phone) -> None:
    """The next one comes below what was said since."""
    async with running(short):
        await to_secret(phone)
        asked = phone.last
        await phone.say("/help")
        await phone.wait("/cancel")
        await phone.tap("Surely", asked)
        await phone.wait("People")
        await phone.until(lambda: not asked.buttons)
        assert asked.text == "✓ Was it him?"


async def test_a_question_of_yesterday_turns_into_a_line(
    short: Settings, phone: Phone, telegram: Telegram
) -> None:
    """The next one is a new message, which can be deleted for as long as one can."""
    async with running(short, lambda: datetime.fromtimestamp(telegram.clock.seconds(), short.zone)):
        await to_secret(phone)
        asked = phone.last
        telegram.clock.ahead = YOUNG_SECONDS
        await phone.tap("Surely", fresh=True)
        await phone.wait("People")
        await phone.until(lambda: not asked.buttons)
        assert asked.text == "✓ Was it him?"


async def test_a_repeat_is_there_once_however_it_changes(short: Settings, phone: Phone) -> None:
    """A removal shows it anew and takes the old one away; when it is left the number of records stays."""
    async with running(short):
        await to_secret(phone)
        await phone.tap("Surely", fresh=True)
        await phone.tap("➕", fresh=True)
        for role in ("drivers", "teachers"):
            await phone.wait("Who are they?")
            await phone.say(role)
            await phone.wait(role)
            await phone.tap("➕ Ещё" if role == "drivers" else "Назад", fresh=True)
        await phone.wait("2. teachers")
        await phone.tap("🗑 Убрать 1", fresh=True)
        await phone.wait("1. teachers")
        greeting, question = [bubble for bubble in phone.messages if bubble.buttons]
        assert (greeting.id, question.id) == (2, phone.last.id)
        await phone.tap("Дальше", fresh=True)
        await phone.wait("May we use it?")
        people = [bubble.text for bubble in phone.messages if "People" in bubble.text]
        assert people == ["People (1): teachers\n\nMay we use it?"]


async def test_the_next_question_comes_although_the_line_does_not(
    short: Settings, phone: Phone, telegram: Telegram
) -> None:
    """The old question is left as it is when Telegram does not take its edit."""
    async with running(short):
        await to_needs(phone)
        asked = phone.last
        await telegram.set("failures", method="editMessageText", code=400, count=1)
        await phone.tap("Пропустить", fresh=True)
        await phone.wait("Was it him?")
        assert asked.text.startswith("What is needed?")
        assert phone.last.text.count("Was it him?") == 1
