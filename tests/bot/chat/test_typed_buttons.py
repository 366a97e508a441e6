"""Words typed where buttons stand, in the real bot: a button's own words press it, other words at the review are answered."""

from pathlib import Path

import pytest

from bot.demo import running
from bot.local_api.client import Phone, ShownMessage
from bot.settings import Settings
from tests.bot.conftest import MakePhone, with_form

SURVEY = """
| survey |
| | type | name | label | bind::bot:role | required |
| | select_one yes | keep | May we keep it? | consent_store | yes |
| | text | story | What was it? | | |
| | text | more | What else? | | |
| | select_one yes | use | May we use it? | consent_use | yes |
"""


@pytest.fixture
def short(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a short form."""
    return with_form(settings, tmp_path, SURVEY)


@pytest.fixture
async def phone(phone_of: MakePhone) -> Phone:
    """A reporter's phone."""
    return await phone_of(1001)


async def to_story(phone: Phone) -> None:
    """To the first text."""
    await phone.say("/start")
    await phone.tap("Surely", fresh=True)
    await phone.wait("What was it?")


async def to_review(phone: Phone) -> ShownMessage:
    """To the review, with a story."""
    await to_story(phone)
    await phone.say("a story")
    await phone.wait("What else?")
    await phone.say("пропустить")
    await phone.wait("May we use it?")
    await phone.tap("Surely", fresh=True)
    return await phone.wait("Проверьте")


async def test_the_words_of_a_button_press_it(short: Settings, phone: Phone) -> None:
    """In any language and case, without its signs; they are no answer to a text."""
    async with running(short):
        await to_story(phone)
        await phone.say("Skip")
        await phone.wait("What else?")
        await phone.say("НАЗАД")
        await phone.wait("What was it?")
        await phone.say("Өткізіп жіберу")
        await phone.wait("What else?")


@pytest.mark.parametrize("typed", ["Да", "отправить", "Send", "иә"])
async def test_yes_or_send_at_the_review_sends(short: Settings, phone: Phone, typed: str) -> None:
    """As the button does."""
    async with running(short):
        await to_review(phone)
        await phone.say(typed)
        await phone.wait("-")
        receipt = await phone.wait(lambda shown: "code" in shown.text.lower() or "код" in shown.text.lower())
        assert receipt.text


async def test_other_words_at_the_review_are_answered_without_the_review_again(
    short: Settings, phone: Phone
) -> None:
    """They are said again, with what to do; the review stays as it is, and can be sent."""
    async with running(short):
        review = await to_review(phone)
        await phone.say("we were three")
        told = await phone.wait("we were three")
        assert "Отправить" in told.text
        assert "a story" not in told.text
        assert not told.buttons
        greeting, *shown = [one for one in phone.messages if one.buttons]
        assert ("/cancel" in greeting.text, shown) == (True, [review])
        await phone.tap("Отправить", review)


async def test_a_yes_does_not_delete_and_a_no_goes_on(short: Settings, phone: Phone) -> None:
    """Whether to wipe all is answered by its whole words alone."""
    async with running(short):
        await to_story(phone)
        await phone.tap("🗑 Остановить", fresh=True)
        await phone.wait("Остановить и удалить все")
        await phone.say("да")
        await phone.wait("Выберите одну из кнопок")
        await phone.say("нет")
        await phone.wait("What was it?")
        await phone.tap("🗑 Остановить", fresh=True)
        await phone.wait("Остановить и удалить все")
        await phone.say("Да, удалить всё")
        await phone.wait("Готово.")
