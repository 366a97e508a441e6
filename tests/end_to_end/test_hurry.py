"""People in a hurry, and bots that come late: nothing is lost that was sent too early or asked too quietly."""

import asyncio
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from bot.app import jobs
from bot.demo import running, settings_in
from bot.local_api.client import Phone, picture
from bot.local_api.server import LocalBotApi
from bot.settings import Settings
from db.engine import Database
from db.models import DataKey, DayKey, DraftRow, Report, SentMessage
from tests.end_to_end.conftest import PATIENCE

ME = 1001


@pytest.fixture
def settings(api: LocalBotApi, tmp_path: Path) -> Settings:
    """Settings of a bot that keeps everything in a folder of the test's."""
    return settings_in(tmp_path, api.url, poll_seconds=5)


@pytest.fixture
async def phone(api: LocalBotApi) -> Phone:
    """A reporter's phone."""
    return Phone(api.url, ME, "ru")


async def to_consent(phone: Phone) -> None:
    """From the first hello to the question whether the report may be kept."""
    await phone.say("/start")
    await phone.wait("сохранить")


async def test_a_photo_sent_right_after_consent_is_kept(settings: Settings, phone: Phone) -> None:
    """Both come in one batch when the bot was away: the photo is evidence already."""
    async with phone:
        async with running(settings):
            await to_consent(phone)
        await phone.tap("Да")
        await phone.send_file("photo", picture("now"), "now.png", "image/png", caption="На площади")
        async with running(settings) as bot:
            shown = await phone.wait("Ваш ответ: 1 файл")
            assert "На площади" in shown.text
            async with bot.work.read() as unit:
                draft = (await unit.session.scalars(select(DraftRow))).one()
                assert draft.data_key_id is not None


async def test_a_lost_question_comes_by_tapping_the_old_button_again(
    settings: Settings, phone: Phone, api: LocalBotApi
) -> None:
    """The question after consent never arrived: a second tap on the button before brings it."""
    async with phone, running(settings):
        await to_consent(phone)
        asked = phone.last
        yes = next(button.data for button in asked.buttons if button.label == "Да")
        assert yes is not None
        await set_failure(api, method="editMessageText", code=403, chat_id=ME)
        await phone.tap_data(asked.id, yes)
        while not any(call["code"] == 403 for call in api.control.calls.calls(0, "editMessageText")):
            await api.control.calls.wait(api.control.calls.number, 1)
        await phone.tap_data(asked.id, yes, force=True)
        await phone.wait("Расскажите")


async def test_no_to_cancel_before_consent_stays_at_the_question(settings: Settings, phone: Phone) -> None:
    """Who thinks better of stopping is asked the same question as before."""
    async with phone, running(settings):
        await to_consent(phone)
        await phone.say("/cancel")
        await phone.tap("Нет, продолжить", fresh=True)
        await phone.wait("сохранить")


async def test_an_edit_of_a_sent_report_is_answered(settings: Settings, phone: Phone) -> None:
    """Whoever corrects a message after sending is told that it came too late, and what can be done."""
    async with phone, running(settings):
        story = await send_report(phone)
        await phone.edit(story, "Иначе.")
        await phone.wait("правка не сохранена")


async def test_clearing_an_old_receipt_leaves_the_question_of_a_new_report(
    settings: Settings, phone: Phone
) -> None:
    """The button of an old receipt clears the chat; the open question is asked again."""
    async with phone, running(settings):
        await send_report(phone)
        await to_consent(phone)
        await phone.tap("🧹")
        await phone.wait("сохранить", since=phone.mark)


async def test_answers_go_although_the_log_cannot_be_emptied(
    settings: Settings, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails after a commit fails alone: the farewell comes, and the emptying is tried again until it is done."""
    fails = [OSError("disk"), OSError("disk")]
    empty, emptied = Database.truncate_log, asyncio.Event()

    async def shaky(self: Database) -> bool:
        if fails:
            raise fails.pop()
        done = await empty(self)
        if done:  # else somebody was reading: it is tried again for that too
            emptied.set()
        return done

    monkeypatch.setattr(Database, "truncate_log", shaky)
    monkeypatch.setattr(jobs, "EMPTY_LOG_SECONDS", 0.01)
    async with phone, running(settings):
        await to_consent(phone)
        await phone.tap("Нет", fresh=True)
        await phone.wait("Ничего не сохранено")
        # The job empties the log beside the farewell, which may be here before its first try: a bot that was stopped
        # now cancelled the job, and tried once more itself, at most.
        async with asyncio.timeout(PATIENCE):
            await emptied.wait()
    assert not fails


async def test_a_seized_database_does_not_join_a_chat_to_its_report(settings: Settings, phone: Phone) -> None:
    """While a draft is open its key's id stands beside the chat's hash; the report is kept under another id,
    and neither database nor log holds the old one."""
    async with phone, running(settings) as bot:
        await send_report(phone, stop_before_sending=True)
        async with bot.work.read() as unit:
            draft = (await unit.session.scalars(select(DraftRow))).one()
            old = draft.data_key_id
            assert old is not None
            assert any(old.encode() in content for content in files_of(settings).values())
        await phone.tap("Отправить", fresh=True)
        await phone.wait("Ваш код")
        async with bot.work.read() as unit:
            report = (await unit.session.scalars(select(Report))).one()
            assert report.data_key_id != old
            of_day = set(await unit.session.scalars(select(DayKey.data_key_id)))
            assert set(await unit.session.scalars(select(DataKey.id))) - of_day == {report.data_key_id}
    assert not any(old.encode() in content for content in files_of(settings).values())


async def test_who_refuses_is_hardly_remembered(settings: Settings, phone: Phone) -> None:
    """After «No» the messages of the chat are deleted and forgotten, but for the farewell's own."""
    async with phone, running(settings) as bot:
        await to_consent(phone)
        await phone.tap("Нет", fresh=True)
        await phone.wait("Ничего не сохранено")
        await phone.until(lambda: len(phone.messages) == 1)
        async with bot.work.read() as unit:
            assert not (await unit.session.scalars(select(DraftRow))).all()
            taken = select(SentMessage).where(SentMessage.chat_hash != SentMessage.FREE_CHAT)
            assert len((await unit.session.scalars(taken)).all()) <= 1


def files_of(settings: Settings) -> dict[str, bytes]:
    """The database's files as they lie on the disk."""
    path = settings.database_url.removeprefix("sqlite+aiosqlite:///")
    return {found.name: found.read_bytes() for found in Path(path).parent.glob("kuager.db*")}


async def set_failure(api: LocalBotApi, **rule: object) -> None:
    """Make the local Bot API fail as told."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{api.url}/control/failures", json=rule) as done,
    ):
        assert done.status == 200


async def send_report(phone: Phone, *, stop_before_sending: bool = False) -> int:
    """A short report; the id of the message that told the story."""
    await to_consent(phone)
    await phone.tap("Да", fresh=True)
    await phone.wait("Расскажите")
    story = await phone.say("Так было.")
    await phone.tap("Готово", fresh=True)
    await phone.tap("Цензура", fresh=True)
    await phone.wait("Что подходит")
    await phone.tap("Пропустить", fresh=True)
    await phone.wait("опасность?")
    await phone.tap("Нет", fresh=True)
    await phone.wait("Когда")
    await phone.tap("Сегодня", fresh=True)
    await phone.wait("Где?")
    await phone.tap("г. Алматы", fresh=True)
    await phone.tap("Публиковать", fresh=True)
    await phone.tap("Нет", fresh=True)
    await phone.wait("Проверьте")
    if not stop_before_sending:
        await phone.tap("Отправить", fresh=True)
        await phone.wait("Ваш код")
    return story.id


async def test_a_text_sent_right_after_consent_is_the_story(settings: Settings, phone: Phone) -> None:
    """Sent before the question for it was seen, since the bot was away."""
    async with phone:
        async with running(settings):
            await to_consent(phone)
        await phone.tap("Да")
        await phone.say("Нас задержали")
        async with running(settings):
            shown = await phone.wait("Расскажите")
            assert "Нас задержали" in shown.text
