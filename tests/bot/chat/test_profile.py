"""Who stands behind the bot is seen in Telegram before anybody presses Start, and in the greeting."""

import logging
import re

import pytest

from bot.app.commands import COMMANDS, MENU
from bot.chat.menu import ABOUT, DESCRIPTION, NAME, Profile
from bot.demo import running
from bot.languages import codes
from bot.settings import Settings
from bot.settings.values import ANY, MOST_IN_ABOUT, MOST_IN_NAME
from bot.texts import Texts
from tests.bench import settings as bare
from tests.bot.conftest import MakePhone, Telegram

OURS = {
    "organisation": {"kk": "Құқық бюросы", "ru": "Бюро прав"},
    "organisation_contact": {ANY: "https://example.org"},
    "bot_name": {"kk": "Куәгер", "ru": "Очевидец"},
}
SETTERS = ("setMyName", "setMyDescription", "setMyShortDescription")


@pytest.fixture
def ours(settings: Settings) -> Settings:
    """Settings of an organisation that has named itself in two languages of three."""
    return settings.model_copy(update=OURS)


async def profile(telegram: Telegram, language: str) -> dict[str, str]:
    """What a person of this language sees of the bot, as Telegram keeps it."""
    shown: dict[str, str] = {}
    for name in ("MyName", "MyDescription", "MyShortDescription"):
        url = f"{telegram.api.base_url}{next(iter(telegram.api.accounts))}/get{name}"
        async with telegram.session.get(url, params={"language_code": language}) as response:
            shown |= (await response.json())["result"]
    return shown


@pytest.mark.parametrize("language", codes())
def test_the_longest_words_of_an_organisation_fit_into_what_telegram_takes(language: str) -> None:
    """512 characters of a description, 120 of a short one, 64 of a name, in every language
    (https://core.telegram.org/bots/api#setmydescription)."""
    longest = {ANY: "Б" * MOST_IN_ABOUT}
    given = {"organisation": longest, "organisation_contact": longest, "bot_name": {ANY: "Б" * MOST_IN_NAME}}
    shown = Profile(bare().model_copy(update=given), Texts(codes())).fields(language)
    assert len(shown[DESCRIPTION]) <= 512
    assert len(shown[ABOUT]) <= 120
    assert len(shown[NAME]) <= 64


async def test_telegram_is_told_at_the_start_and_not_again(ours: Settings, telegram: Telegram) -> None:
    """In each language, for all others in the first; it takes such changes only a few times a day."""
    async with running(ours):
        for code, words in (
            ("kk", "Құқық бюросы"),
            ("ru", "Бюро прав"),
            ("en", "Құқық бюросы"),
            ("de", "Құқық бюросы"),
        ):
            shown = await profile(telegram, code)
            assert words in shown["description"]
            assert "https://example.org" in shown["description"]
            assert words in shown["short_description"]
        assert (await profile(telegram, "ru"))["name"] == "Очевидец"
        assert (await profile(telegram, "de"))["name"] == "Куәгер"
        assert "можно сообщить" in (await profile(telegram, "ru"))["description"]
    told = {method: len(await telegram.calls(method)) for method in SETTERS}
    async with running(ours):
        pass
    assert {method: len(await telegram.calls(method)) for method in SETTERS} == told
    assert all(told.values())


async def test_what_is_not_set_stays_as_it_is_at_botfather(settings: Settings, telegram: Telegram) -> None:
    """An operator may have written it there."""
    async with running(settings):
        pass
    assert [await telegram.calls(method) for method in SETTERS] == [[], [], []]


async def test_a_bot_whose_profile_is_refused_runs(
    ours: Settings, telegram: Telegram, phone_of: MakePhone, caplog: pytest.LogCaptureFixture
) -> None:
    """Told in the log, and tried again at the next start."""
    await telegram.set("failures", method="setMyName", retry_after=5)
    with caplog.at_level(logging.WARNING, "bot"):
        async with running(ours):
            phone = await phone_of(1001)
            await phone.say("/help")
            await phone.wait("/report")
    assert any(line.startswith("Telegram was not told the profile: RetryAfter") for line in caplog.messages)


@pytest.mark.parametrize("first", ["/start", "сәлем"])
async def test_the_greeting_says_who_stands_behind_the_bot(
    ours: Settings, phone_of: MakePhone, first: str
) -> None:
    """In the language of the person's Telegram, and where to ask whether the bot is real."""
    async with running(ours):
        phone = await phone_of(1001)
        await phone.say(first)
        said = (await phone.wait("Бюро прав")).text
        assert "https://example.org" in said


_TELLING = re.compile(
    r"report|right|freedom|violat|сообщ|прав[аоу]|свобод|наруш|хабарла|құқық|бостанды|бұзыл", re.IGNORECASE
)


@pytest.mark.parametrize("language", codes())
def test_with_a_neutral_look_the_profile_does_not_tell_what_the_bot_is_for(language: str) -> None:
    """Nor who runs it, whatever is set; a stranger who opens the chat reads that."""
    neutral = bare().model_copy(update={**OURS, "neutral_look": True})
    shown = Profile(neutral, Texts(codes(), neutral=True)).fields(language)
    words = " ".join(shown[field] for field in (DESCRIPTION, ABOUT))
    assert not _TELLING.search(words)
    assert "example.org" not in words


async def test_with_a_neutral_look_the_greeting_does_not_tell_it_either(
    ours: Settings, phone_of: MakePhone
) -> None:
    """To somebody who has pressed Start."""
    async with running(ours.model_copy(update={"neutral_look": True})):
        phone = await phone_of(1001)
        await phone.say("/start")
        said = (await phone.wait("/cancel")).text
        assert not _TELLING.search(said)
        assert "Бюро" not in said


_BEGINNING = 40
"""Characters of a message that a list of chats shows."""


@pytest.mark.parametrize("language", codes())
def test_with_a_neutral_look_the_menu_does_not_tell_it(language: str) -> None:
    """Neither names nor descriptions of what everybody may use; what the menu has can be used."""
    menu = MENU.commands(Texts(codes(), neutral=True), language)
    assert not _TELLING.search(" ".join(f"{one['command']} {one['description']}" for one in menu))
    assert {one["command"] for one in menu} <= {one.name for one in COMMANDS}


@pytest.mark.parametrize("language", codes())
def test_with_a_neutral_look_no_text_begins_with_it(language: str) -> None:
    """What answers a command or a text out of the blue, and the reminder."""
    texts = Texts(codes(), neutral=True)
    for key in (
        "help",
        "welcome",
        "privacy",
        "not_kept",
        "resumed",
        "nothing_to_cancel",
        "panic",
        "reminder",
        "reminder.over",
    ):
        said = texts.raw(language, "")[texts.said(f"reporter.{key}")]
        assert not _TELLING.search(said[:_BEGINNING]), key


async def test_with_a_neutral_look_no_question_begins_with_it(ours: Settings, phone_of: MakePhone) -> None:
    """From the first to the one after it; they themselves follow."""
    async with running(ours.model_copy(update={"neutral_look": True})):
        phone = await phone_of(1001)
        await phone.say("/start")
        asked = await phone.wait("Telegram может видеть")
        await phone.tap("Да", fresh=True)
        for shown in (asked, await phone.wait("Расскажите")):
            assert not _TELLING.search(
                shown.history[0][:_BEGINNING] if shown.history else shown.text[:_BEGINNING]
            )
