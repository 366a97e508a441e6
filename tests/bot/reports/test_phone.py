"""What stands on a reporter's phone, through the whole bot: nothing as it goes, if the person wants that, and nothing at all
after two taps from any question."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from bot.app.wiring import Bot
from bot.demo import enrol
from bot.form.answers import files_of
from bot.local_api.client import Phone, ShownMessage, picture
from bot.reports import reading
from bot.store import faults, files
from db.models import DraftRow, Report
from tests.bot.chat.chats import TEXTS
from tests.bot.chat.reporting import ME, draft_of, rows_of
from tests.bot.conftest import MakeBot, MakePhone, Telegram

STORY = "Троих держали в акимате час."


def word(key: str, **arguments: str | int) -> str:
    """A text of the catalogue."""
    return TEXTS.text("ru", key, arguments)


CLEARING, STOP, SURE = word("flow.leave_nothing"), word("flow.cancel"), word("flow.cancel.sure")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in the network is tried again at once."""
    monkeypatch.setattr(faults, "SEND_BACKOFF", faults.Backoff(0.01, 0.05))
    monkeypatch.setattr(faults, "FILE_BACKOFF", faults.Backoff(0.01, 0.05))


async def to_story(phone: Phone) -> ShownMessage:
    """To the first question after consent."""
    await phone.say("/start")
    await phone.tap("Да", fresh=True)
    return await phone.wait(word("flow.leave_nothing.hint"))


async def alone(phone: Phone, words: str) -> ShownMessage:
    """Wait until one message stands in the chat, with these words."""
    await phone.until(lambda: len(phone.messages) == 1 and words in phone.messages[0].text)
    return phone.messages[0]


async def clearing(phone: Phone) -> None:
    """To the same question, where the chat is to be cleared as it goes."""
    await to_story(phone)
    await phone.tap(f"☐ {CLEARING}")
    await phone.until(
        lambda: len(phone.messages) == 1 and f"☑ {CLEARING}" in phone.buttons(phone.messages[0])
    )


async def test_no_question_of_such_a_chat_turns_into_the_next(bot: MakeBot, phone_of: MakePhone) -> None:
    """Its message goes, surely."""
    phone = await phone_of(ME)
    async with bot():
        await clearing(phone)
        await phone.say(STORY)
        asked = await alone(phone, STORY)
        await phone.tap("Готово")
        await phone.until(lambda: "Что произошло" in phone.last.text)
        assert phone.last.id != asked.id


async def to_day(phone: Phone) -> None:
    """On from the story to the day, of an urgent report."""
    await phone.tap("Готово", fresh=True)
    await phone.tap("Задержание", fresh=True)
    await phone.wait("Что подходит")
    await phone.tap("Пропустить", fresh=True)
    await phone.wait("опасность?")
    await phone.tap("Да", fresh=True)
    await phone.wait("Когда")


async def test_only_the_question_at_hand_stands_in_a_chat_that_is_cleared_as_it_goes(
    bot: MakeBot, phone_of: MakePhone
) -> None:
    """Neither what was asked and said before nor what the person writes; and all of it is kept."""
    phone = await phone_of(ME)
    async with bot() as running:
        await clearing(phone)
        await phone.say(STORY)
        await alone(phone, STORY)
        await phone.say("/help")
        await phone.wait("/withdraw")
        await phone.tap("Готово", (await draft_prompt(phone)).id)
        await alone(phone, "Что произошло")
        await phone.tap("Задержание")
        await alone(phone, "Что подходит")
        await phone.tap("Пропустить")
        await alone(phone, "опасность?")
        await phone.tap("Да")
        await alone(phone, "Когда")
        await phone.say("не дата")
        await alone(phone, "не дата")
        await phone.say("8 марта 2024")
        await alone(phone, "Где?")
        await phone.say("г. Алматы")
        await alone(phone, "Какая помощь")
        assert STORY in str((await draft_of(running)).answers)


async def draft_prompt(phone: Phone) -> ShownMessage:
    """The message that asks the question at hand."""
    return next(one for one in phone.messages if STOP in phone.buttons(one))


async def test_what_stands_when_the_chat_is_cleared_from_the_middle_goes_too(
    bot: MakeBot, phone_of: MakePhone
) -> None:
    """The switch is where one stops, too: questions answered before, and what was written."""
    phone = await phone_of(ME)
    async with bot():
        await to_story(phone)
        await phone.say(STORY)
        await phone.wait(STORY)
        assert len(phone.messages) > 3
        await phone.tap(STOP, fresh=True)
        await phone.tap(f"☐ {CLEARING}", fresh=True)
        await alone(phone, word("flow.cancel.ask"))
        await phone.tap(word("flow.cancel.no"))
        await alone(phone, STORY)


@pytest.mark.parametrize("how", ["outage", "kill"])
async def test_what_is_to_leave_the_chat_does_after_an_outage_and_a_kill(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, how: str
) -> None:
    """More 502s than one request is tried; a bot that is killed before it has deleted anything."""
    phone = await phone_of(ME)
    async with bot() as running:
        await clearing(phone)
        await alone(phone, "Расскажите")
        await telegram.set("failures", method="deleteMessage", code=502, count=6)
        if how == "kill":
            await telegram.set("failures", method="deleteMessage", code=502, seconds=600)
        await phone.say(STORY)
        await phone.wait(STORY)
        await telegram.until_called("deleteMessage", 1)
        if how == "kill":
            await killed(running)
            assert len(phone.messages) > 1
        else:
            await alone(phone, STORY)
    if how == "kill":
        await telegram.set("reset")
        async with bot():
            await alone(phone, STORY)


async def killed(bot: Bot) -> None:
    """As a kill: nothing more is sent."""
    bot.sender._stopping = True
    for task in set(bot.sender._tasks):
        task.cancel()


async def test_the_review_shows_the_answers_only_when_they_are_asked_for(
    bot: MakeBot, phone_of: MakePhone
) -> None:
    """And hides them again; nothing else stands there."""
    phone = await phone_of(ME)
    async with bot():
        await clearing(phone)
        await to_review(phone)
        shown = await alone(phone, word("flow.review.hidden"))
        assert STORY not in shown.text
        await phone.tap(word("flow.review.show"))
        await alone(phone, STORY)
        await phone.tap(word("flow.review.hide"))
        await alone(phone, word("flow.review.hidden"))
        await phone.tap(word("flow.send"))
        await alone(phone, word("reporter.receipt", code="").strip())


async def to_review(phone: Phone) -> None:
    """From the first question after consent to the review of an urgent report."""
    await phone.say(STORY)
    await phone.wait(STORY)
    await to_day(phone)
    await phone.say("8 марта 2024")
    await phone.wait("Где?")
    await phone.say("г. Алматы")
    await phone.wait("Какая помощь")
    await phone.tap("Пропустить", fresh=True)
    await phone.wait("Как можно использовать")
    await phone.tap("Публиковать", fresh=True)
    await phone.wait("задать вам вопросы")
    await phone.tap("Нет", fresh=True)
    await phone.wait(word("flow.review"))


async def test_a_file_leaves_the_chat_once_it_is_kept_and_not_before(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """While Telegram does not give it out its message is all there is."""
    phone = await phone_of(ME)
    async with bot() as running:
        await clearing(phone)
        await telegram.set("failures", method="getFile", code=502, seconds=600)
        photo = await phone.send_file("photo", picture("x"), "a.png", "image/png")
        await phone.wait("1 файл")
        await telegram.until_called("getFile", 4)
        assert photo.id in {one.id for one in phone.messages}
        await telegram.set("reset")
        await phone.until(lambda: photo.id not in {one.id for one in phone.messages})
        draft = await draft_of(running)
        (ref,) = [ref for answer in draft.answers.values() for ref in files_of(answer)]
        async with running.work.read() as unit:
            assert (await files.known(unit, [ref.id]))[ref.id].status == files.CLEANED


async def test_from_any_question_two_taps_delete_everything(bot: MakeBot, phone_of: MakePhone) -> None:
    """What is left is one line that tells nobody what the bot is for; the draft and its files are gone. From the review too."""
    phone = await phone_of(ME)
    async with bot() as running:
        for begin in (to_story, to_review_of_all):
            await begin(phone)
            await phone.tap("🗑 Остановить" if begin is to_story else word("flow.delete"), fresh=True)
            await phone.tap(SURE, fresh=True)
            done = await alone(phone, word("reporter.panic"))
            assert word("reporter.older", hours=47) in done.text
            assert not [one for one in ("сообщени", "прав", "код") if one in done.text.lower()]
            assert await rows_of(running, DraftRow) == 0


async def to_review_of_all(phone: Phone) -> None:
    """From nothing to the review."""
    await to_story(phone)
    await to_review(phone)


async def be_silent(bot: Bot, hours: int) -> None:
    """So many hours ago the person wrote last."""
    async with bot.work.write() as unit:
        for row in await unit.session.scalars(select(DraftRow)):
            row.touched_hour = unit.hour - hours
    await bot.remind()


async def remind_me(phone: Phone) -> None:
    """Ask for a reminder, and go on."""
    await phone.tap(STOP, fresh=True)
    await phone.tap(f"☐ {word('flow.remind')}", fresh=True)
    await phone.tap(f"☑ {word('flow.remind')}", fresh=True)
    await phone.tap(f"☐ {word('flow.remind')}", fresh=True)
    await phone.wait(lambda shown: f"☑ {word('flow.remind')}" in phone.buttons(shown))
    await phone.tap(word("flow.cancel.no"))
    await phone.wait(STOP_HINT_GONE)


STOP_HINT_GONE: Callable[[ShownMessage], bool] = lambda shown: word("flow.cancel.ask") not in shown.text  # noqa: E731
REMINDED = word("reporter.reminder", hours=12)


async def test_whoever_wants_to_be_reminded_is_once_silently_and_neutrally(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Twelve hours before the draft is destroyed, also if the bot was killed meanwhile; nobody else hears anything. The switch is off then,
    and can be tapped again."""
    phone = await phone_of(ME)
    async with bot() as running:
        await to_story(phone)
        await be_silent(running, 71)
        await remind_me(phone)
        await be_silent(running, 59)
        await telegram.set("failures", method="sendMessage", code=502, seconds=600)
        await be_silent(running, 60)
        await running.remind()
        await killed(running)
    assert REMINDED not in phone.transcript()
    await telegram.set("reset")
    async with bot() as running:
        shown = await phone.wait(REMINDED)
        assert shown.raw.get("disable_notification") or await silent(telegram)
        await running.remind()
        await phone.tap(word("reporter.reminder.go_on"), fresh=True)
        await phone.wait("Расскажите")
        assert [one for one in phone.messages if REMINDED in one.text] == []
        await be_silent(running, 60)
        await phone.tap(STOP, fresh=True)
        await phone.tap(f"☐ {word('flow.remind')}", fresh=True)
        await phone.wait(lambda shown: f"☑ {word('flow.remind')}" in phone.buttons(shown))
        assert REMINDED not in phone.transcript()
        await phone.tap(word("flow.cancel.no"))
        await phone.wait(STOP_HINT_GONE)
        await be_silent(running, 60)
        await phone.wait(REMINDED)
        await phone.tap(word("reporter.reminder.delete"), fresh=True)
        await alone(phone, word("reporter.panic"))
        assert await rows_of(running, DraftRow) == 0


async def silent(telegram: Telegram) -> bool:
    """Whether the last message was sent without a sound."""
    calls = await telegram.calls("sendMessage", ME)
    return bool(calls[-1]["params"].get("disable_notification"))


AS_IT_IS = word("flow.unfinished.send")


@pytest.mark.parametrize("from_reminder", [False, True])
async def test_an_urgent_report_can_be_sent_as_it_is(
    bot: MakeBot, phone_of: MakePhone, from_reminder: bool
) -> None:
    """Once what happened is told: by one tap where one stops, or at the reminder. Moderators see what is missing."""
    phone = await phone_of(ME)
    async with bot() as running:
        await to_story(phone)
        await phone.say(STORY)
        await phone.wait(STORY)
        await phone.tap(STOP, fresh=True)
        stopped = await phone.wait(word("flow.cancel.ask"))
        assert AS_IT_IS not in phone.buttons(stopped)
        await phone.tap(word("flow.cancel.no"))
        await to_day(phone)
        if from_reminder:
            await remind_me(phone)
            await be_silent(running, 60)
            await phone.wait(REMINDED)
        else:
            await phone.tap(STOP, fresh=True)
        await phone.tap(AS_IT_IS, fresh=True)
        await phone.wait("Ваш код")
        assert await rows_of(running, DraftRow) == 0
        async with running.work.read() as unit:
            (report,) = (await unit.session.scalars(select(Report))).all()
            found = await reading.content_of(unit, report)
        assert (report.urgent, report.region, report.date_start, report.consent_use) == (
            True,
            None,
            None,
            None,
        )
        assert found is not None
        assert [path.rpartition("/")[2] for path in found.unanswered] == [
            "when",
            "region",
            "consent_use",
            "consent_ask",
        ]
        assert STORY in str(found.answers)
        await enrol(running.work, running.settings.bot_api_url, 9, "Aspan", "ru", "moderator")
        moderator = await phone_of(9)
        await moderator.say(f"/open {report.ref}")
        card = await moderator.wait("Отправлено незаконченным")
        assert "Когда\nРегион" in card.text
        assert "Какая помощь" not in card.text
