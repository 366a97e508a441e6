"""The talk on a reporter's phone, through the whole bot: what comes, what stands there, what is left."""

import pytest
from sqlalchemy import select

from bot.app.wiring import Bot
from bot.demo import enrol
from bot.desk.asking import service as asking_service
from bot.desk.people import service as people_service
from bot.form.answers import FileKind
from bot.local_api.client import Phone, ShownMessage
from bot.reports import claims
from bot.reports.talk import messages, ways
from bot.reports.talk.messages import Message, Sign
from bot.store import faults
from db.models import DraftRow, Report
from tests.bot.chat.chats import TEXTS
from tests.bot.chat.reporting import ME, from_story, rows_of, tell, to_story
from tests.bot.conftest import MakeBot, MakePhone, Telegram
from tests.bot.reports.test_phone import alone


def word(key: str, **arguments: str | int) -> str:
    """A text of the catalogue."""
    return TEXTS.text("ru", key, arguments)


NOTICE, OPEN = word("reporter.talk.notice"), word("reporter.talk.open")
DONE, SKIP, SEND = word("flow.done"), word("flow.skip"), word("reporter.reply.flow.send")
WITHOUT = word("reporter.reply.flow.skip")
WHEN, SENT = word("talk.ready.when"), word("reporter.reply.sent")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in the network is tried again at once."""
    monkeypatch.setattr(faults, "SEND_BACKOFF", faults.Backoff(0.01, 0.05))


async def reported(phone: Phone, bot: Bot) -> str:
    """Send a report, agree to be asked, and keep the code; it is claimed by somebody."""
    await to_story(phone)
    await tell(phone, "Было так.")
    await from_story(phone)
    await phone.say("март 2024")
    await phone.wait("Где?")
    await phone.say("г. Алматы")
    await phone.wait("Как можно использовать")
    await phone.tap("Публиковать", fresh=True)
    await phone.wait("задать вам вопросы")
    await phone.tap("Да", fresh=True)
    await phone.wait(word("flow.review"))
    await phone.tap(word("flow.send"), fresh=True)
    receipt = await phone.wait("Ваш код")
    await enrol(bot.work, bot.settings.bot_api_url, 9, "Aspan", "ru", "moderator")
    async with bot.work.write() as unit:
        (moderator,) = await people_service.list_moderators(unit)
        await claims.claim(unit, moderator, (await unit.session.scalars(select(Report))).one())
    return receipt.text.partition("код:\n")[2][:14]


async def ask(bot: Bot, name: str = "when") -> None:
    """A moderator asks a ready question."""
    async with bot.work.write() as unit:
        (moderator,) = await people_service.list_moderators(unit)
        await asking_service.ask_ready(
            unit, moderator, (await unit.session.scalars(select(Report))).one(), name
        )
    bot.work.notices_due.set()


async def talk_of(bot: Bot) -> list[Message]:
    """What was said of the report."""
    async with bot.work.read() as unit:
        return list(await messages.said(unit, (await unit.session.scalars(select(Report))).one()))


def notices(phone: Phone) -> list[int]:
    """The notices that stand in the chat."""
    return [one.id for one in phone.messages if one.text == NOTICE]


async def noticed(phone: Phone) -> None:
    """Wait until one stands there."""
    await phone.until(lambda: bool(notices(phone)))


async def asked(phone: Phone) -> ShownMessage:
    """The prompt of the reply, with the question above it and nothing else in the chat."""
    await phone.until(
        lambda: (
            len(phone.messages) == 2 and WHEN in phone.messages[0].text and bool(phone.messages[1].buttons)
        )
    )
    return phone.messages[1]


async def test_a_question_comes_opens_is_answered_and_leaves_nothing(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Silently, by the last part of the code, in words and by voice, though calls fail. Two notices are one."""
    phone = await phone_of(ME)
    async with bot() as running:
        code = await reported(phone, running)
        await ask(running)
        await noticed(phone)
        assert (await telegram.calls("sendMessage", ME))[-1]["params"]["disable_notification"]
        (first,) = notices(phone)
        await ask(running, "safe")
        await phone.until(lambda: len(notices(phone)) == 1 and notices(phone) != [first])
        await telegram.set("failures", method="sendMessage", code=502, count=2)
        await phone.tap(OPEN)
        part = await phone.wait(word("reporter.talk.part"))
        await phone.say(code[-4:], reply_to=part.id)
        await phone.until(lambda: len(phone.messages) == 3 and WHEN in phone.messages[0].text)
        await phone.say("Около полудня")
        await phone.wait("Около полудня")
        await telegram.set("failures", method="deleteMessage", code=502, count=2)
        await phone.send_file("voice", b"OggS" + bytes(50), "v.ogg", "audio/ogg")
        await phone.tap(DONE, fresh=True)
        await phone.wait("Добавить фото")
        await phone.tap(WITHOUT, fresh=True)
        await phone.tap(SEND, fresh=True)
        await alone(phone, SENT)
        assert await rows_of(running, DraftRow) == 0
        when, safe, answer = await talk_of(running)
        assert (when.open, safe.open, answer.words.text) == (False, False, "Около полудня")
        assert [one.kind for one in answer.words.files] == [FileKind.VOICE]


async def test_an_open_question_stands_alone_and_leaves_after_a_silence(
    bot: MakeBot, phone_of: MakePhone
) -> None:
    """Its draft is destroyed with it; a notice says again that something waits."""
    phone = await phone_of(ME)
    async with bot() as running:
        code = await reported(phone, running)
        await ask(running)
        await noticed(phone)
        await phone.say(f"/status {code}")
        await phone.tap(word("reporter.code.read", n=1), fresh=True)
        await asked(phone)
        await phone.say("Около полудня")
        await phone.until(lambda: len(phone.messages) == 2 and "Около полудня" in phone.messages[1].text)
        async with running.work.write() as unit:
            for row in await unit.session.scalars(select(DraftRow)):
                row.touched_hour = unit.hour - running.settings.reply_hours - 1
        await running.put_away_silent()
        running.work.notices_due.set()
        await alone(phone, NOTICE)
        assert await rows_of(running, DraftRow) == 0
        assert len(await talk_of(running)) == 1


@pytest.mark.parametrize("notices_first", [True, False])
async def test_whoever_blocks_the_bot_is_forgotten_and_moderators_learn_it(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, notices_first: bool
) -> None:
    """By what Telegram tells of it, or by the notice that it refuses."""
    phone = await phone_of(ME)
    async with bot() as running:
        await reported(phone, running)
        if notices_first:
            await telegram.set("failures", method="sendMessage", code=403, count=1)
            await ask(running)
        else:
            await phone.block()
        async with running.work.read() as unit:
            report = (await unit.session.scalars(select(Report))).one()
        while True:
            async with running.work.read() as unit:
                if await ways.of_report(unit, report) is None:
                    break
        (*_, lost) = await talk_of(running)
        assert lost.words.sign is Sign.LOST
