"""How a report begins without a network: /start, /report, words out of the blue, a tap when all is over."""

import pytest

from bot.chat.buttons import Act
from bot.reports.filling import endings
from bot.store import drafting
from bot.store.unit import REVIEW_FORM
from bot.texts import Texts
from bot.transport.call import Call
from db.models import DraftRow
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats
from tests.bot.chat.moderating import enrol, report

ME = 5
EVERYBODY = ("kk", "ru", "en")


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases, in all languages; the person's Telegram speaks English."""
    return Chats(bench)


@pytest.fixture
def russian(bench: Bench) -> Chats:
    """The same of an operator who offers Russian alone."""
    bench.settings = bench.settings.model_copy(update={"languages": ("ru",)})
    return Chats(bench)


def said(calls: list[Call]) -> str:
    """All that these calls say in the chat."""
    return "\n".join(str(call.params["text"]) for call in calls if call.method == "sendMessage")


def labels(calls: list[Call]) -> list[str]:
    """The labels of the buttons of the last message."""
    rows = calls[-1].params["reply_markup"]["inline_keyboard"]
    return [button["text"] for row in rows for button in row]


def first_question(chats: Chats, language: str) -> str:
    """What is asked first, in this language."""
    return chats.bench.forms["report"].by_role["consent_store"].label[language]


async def test_start_says_what_this_is_and_asks_at_once_beside_the_other_languages(chats: Chats) -> None:
    """In the language of the person's Telegram. A tap asks the same in another."""
    calls = await chats.say(ME, "/start")
    assert TEXTS.text("en", "reporter.welcome") in said(calls)
    assert labels(calls[:-1]) == ["Қазақша", "Русский"]
    assert first_question(chats, "en") in said(calls)
    assert first_question(chats, "kk") in said(await chats.tap(ME, Act("begin", "kk")))


async def test_start_offers_all_languages_to_a_person_of_another_one(chats: Chats) -> None:
    """Before anything is asked."""
    update = chats.written(ME, "/start")
    update["message"]["from"]["language_code"] = "de"
    calls = await chats.batch(update)
    assert labels(calls) == ["Қазақша", "Русский", "English"]
    assert first_question(chats, "kk") not in said(calls)


async def test_report_asks_at_once_in_the_language_of_the_persons_telegram(chats: Chats) -> None:
    """Who chose a language before is not asked for it again, and is told in the others how to change it."""
    calls = await chats.say(ME, "/report")
    assert first_question(chats, "en") in said(calls)
    for other in ("kk", "ru"):
        assert TEXTS.text(other, "reporter.choose_language") in said(calls)
    assert "/language" in said(calls)
    await chats.say(ME, "/language")
    assert first_question(chats, "kk") in said(await chats.tap(ME, Act("language", "kk")))


async def test_a_language_chosen_without_a_report_begins_none(chats: Chats) -> None:
    """A button in that language does, once it is tapped."""
    await chats.say(ME, "/language")
    shown = await chats.tap(ME, Act("language", "kk"))
    assert said(shown) == TEXTS.text("kk", "reporter.language_next")
    async with chats.bench.read() as unit:
        assert await count(unit, DraftRow) == 0
    assert first_question(chats, "kk") in said(await chats.tap(ME, Act("begin", "kk")))


async def test_where_there_is_one_language_nobody_is_asked_for_it(russian: Chats) -> None:
    """/start says what this is and asks the first question; /report only asks it."""
    begun = said(await russian.say(ME, "/start"))
    assert TEXTS.text("ru", "reporter.welcome") in begun
    assert first_question(russian, "ru") in begun
    assert "/language" not in said(await russian.say(6, "/report"))
    assert TEXTS.text("ru", "reporter.choose_language") not in begun


async def test_a_tap_after_a_silence_does_not_say_that_the_report_is_finished(chats: Chats) -> None:
    """The draft is gone and nothing tells why: the answer names all that may have happened, and the hours."""
    calls = await chats.say(ME, "/report")
    tap = calls[-1].params["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    hours = chats.bench.settings.draft_hours
    chats.bench.later(hours + 1)
    async with chats.bench.write() as unit:
        assert await endings.wipe_silent(unit, await endings.silent(unit, 10)) == 1
    (answer,) = [one for one in await chats.tap_data(ME, tap) if one.method == "answerCallbackQuery"]
    assert answer.params["text"] == TEXTS.text("en", "reporter.tap.no_draft", {"hours": hours})
    assert answer.params["show_alert"]


def test_the_texts_of_a_gone_draft_name_sending_stopping_and_silence() -> None:
    """In each language; by words that another hand chose."""
    named = {
        "kk": ("жіберіл", "тоқтатыл", "өшіріл", "72"),
        "ru": ("отправлен", "остановлен", "удален", "72"),
        "en": ("sent", "stopped", "deleted", "72"),
    }
    for language in EVERYBODY:
        text = Texts(EVERYBODY).text(language, "reporter.tap.no_draft", {"hours": 72}).replace("ё", "е")
        assert [word for word in named[language] if word not in text] == []


async def test_a_language_for_a_new_report_changes_no_edit_of_a_moderator(chats: Chats) -> None:
    """Which would be saved as one of that language. It is shown again as it is."""
    await enrol(chats, ME)
    ref = await report(chats)
    await chats.say(ME, f"/claim {ref}")
    await chats.say(ME, f"/edit {ref}")
    calls = await chats.tap(ME, Act("begin", "kk"))
    (over,) = [one.params["text"] for one in calls if one.method == "answerCallbackQuery"]
    assert over == TEXTS.text("en", "reporter.tap.stale")
    assert "Public title" in said(calls)
    async with chats.bench.read() as unit:
        (row,) = await drafting.rows_of(unit, [unit.safe.pseudonyms.chat(ME)])
        assert (row.kind, row.language) == (REVIEW_FORM, "en")
