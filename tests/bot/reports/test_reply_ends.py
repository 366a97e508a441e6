"""An open reply ends without an answer: by its person, with its report, after a silence, or since the chat takes nothing any more."""

import pytest
from sqlalchemy import update

from bot.app import retention
from bot.chat.buttons import Act
from bot.desk.people import service as people_service
from bot.reports import withdrawal
from bot.reports.talk.messages import Sign
from bot.store import sent_messages as shown_
from bot.transport.backlog import Backlog
from bot.transport.call import DeliverySnapshot
from db.models import DraftRow, Report, TalkMessage
from tests.bench import Bench
from tests.bot.chat.chats import Chats
from tests.bot.reports.talking import ME, OTHER, begun, deleted, opened, rows, said, text

WHEN, SAFE = text("talk.ready.when"), text("talk.ready.safe")


async def test_panic_destroys_the_way_and_the_reply_and_clearing_does_not(bench: Bench) -> None:
    """The question at hand is asked again then."""
    talk = await opened(bench)
    calls = await talk.chats.tap(ME, Act("clear"))
    assert WHEN in said(calls)
    assert await talk.ways() == [ME]
    await talk.chats.say(ME, "/panic")
    assert (await talk.ways(), await rows(bench, DraftRow)) == ([], 0)


@pytest.mark.parametrize("when", ["before the answer", "in its chat"])
async def test_nothing_is_kept_of_an_answer_to_a_report_that_is_gone(bench: Bench, when: str) -> None:
    """And that is said. Whoever withdraws it has the open reply destroyed too."""
    talk = await opened(bench)
    await talk.chats.say(ME, "Около полудня")
    if when == "in its chat":
        asked = await talk.chats.reply(ME, talk.code, text("reporter.withdraw.code"))
        calls = await talk.press(asked, text("reporter.withdraw.yes"))
        assert text("reporter.withdraw.done") in said(calls)
    else:
        async with bench.write() as unit:
            report = await unit.session.get(Report, talk.receipt.report.id)
            assert report is not None
            await withdrawal.withdraw(unit, report)
        calls = await talk.answer("Да")
        assert said(calls) == text("talk.report.gone")
    assert (await rows(bench, DraftRow), await talk.talk()) == (0, ())


@pytest.mark.parametrize("how", ["withdraw", "status", "expire"])
async def test_an_open_question_leaves_the_chat_as_soon_as_its_report_goes(bench: Bench, how: str) -> None:
    """Withdrawn from another chat, after a look at its state or not, or over its time: with what was answered by then, and without a
    word. Replies to other reports stay, and nobody looks for what is gone twice."""
    talk = await opened(bench)
    await talk.chats.say(ME, "Около полудня")
    shown = set(await talk.deliver())
    other = await begun(bench, OTHER + 1, talk.chats)
    await other.ask("safe")
    question = said(await talk.chats.tap(OTHER + 1, Act("qopen")))
    await talk.chats.reply(OTHER + 1, other.code, question)
    assert await talk.take_back() == []
    if how == "expire":
        async with bench.write() as unit:
            report = await unit.session.get_one(Report, talk.receipt.report.id)
            await retention.expire_all(unit, [report])
    else:
        asked = await talk.chats.say(OTHER, f"/{how} {talk.code}")
        asked = await talk.press(asked, text("reporter.code.withdraw"), OTHER) if how == "status" else asked
        await talk.press(asked, text("reporter.withdraw.yes"), OTHER)
    assert await rows(bench, DraftRow) == 2
    async with bench.read() as unit:
        assert await shown_.is_anything_due(unit)
    calls = await talk.take_back()
    assert {call.params["chat_id"] for call in calls} == {ME}
    assert shown <= deleted(calls)
    assert said(calls) == ""
    assert await rows(bench, DraftRow) == 1
    assert await talk.take_back() == []
    assert SAFE in said(await talk.chats.say(OTHER + 1, "/report"))


async def test_an_open_question_leaves_the_chat_after_a_silence_and_is_told_of_again(bench: Bench) -> None:
    """With all that stands of it; not before, and no report with it."""
    talk = await opened(bench)
    await talk.chats.say(ME, "Около полудня")
    shown = set(await talk.deliver())
    await talk.chats.tap(OTHER, Act("begin", "ru"))
    bench.later(bench.settings.reply_hours)
    assert await talk.sweep() == []
    bench.later(1)
    calls = await talk.sweep()
    assert {call.params["chat_id"] for call in calls} == {ME}
    assert all(call.is_deletion and call.essential for call in calls)
    assert shown <= deleted(calls)
    assert await rows(bench, DraftRow) == 1
    assert [call.params["chat_id"] for call in await talk.notices()] == [ME]
    assert WHEN in said(await talk.open())


@pytest.mark.parametrize("how", ["blocked", "at once"])
async def test_moderators_learn_that_a_chat_takes_nothing_any_more(bench: Bench, how: str) -> None:
    """By the notice that did not arrive, or since Telegram says so; its address is forgotten, for all reports."""
    talk, other = await begun(bench), await begun(bench)
    await talk.ask("when")
    if how == "blocked":
        await talk.notices()
        await talk.deliver(unreachable=True)
    else:
        await talk.chats.batch(kicked(talk.chats))
    assert (await talk.ways(), await other.ways()) == ([], [])
    assert [(await one.talk())[-1].words.sign for one in (talk, other)] == [Sign.LOST, Sign.LOST]
    report = await talk.report()
    assert (report.waits, report.untold) == (True, True)


@pytest.mark.parametrize("blocked", [False, True])
@pytest.mark.parametrize("flood", [0, 60])
async def test_the_ways_back_to_a_chat_that_blocks_the_bot_are_forgotten_whatever_is_refused_there(
    bench: Bench, flood: int, *, blocked: bool
) -> None:
    """Beyond the limit of a day, while no reports are taken, in a flood: it is no message, and neither refused nor dropped."""
    bench.settings = bench.settings.model_copy(update={"updates_a_day": 20})
    talk = await begun(bench)
    for _ in range(22):
        await talk.chats.say(ME, "/help")
    if blocked:
        await block_whoever_floods(talk.chats)
    await talk.chats.batch(*[talk.chats.written(ME, "…") for _ in range(flood)], kicked(talk.chats))
    while turn := await Backlog(bench.read).next(50, 50):
        async with bench.write() as unit:
            await talk.chats.processor.process_waiting(unit, turn, DeliverySnapshot())
    assert await talk.ways() == []


async def block_whoever_floods(chats: Chats) -> None:
    """By the one note that there is."""
    async with chats.bench.write() as unit:
        boss = await chats.bench.moderator(unit, "Bota", people_service.ADMIN)
        (noted,) = await people_service.list_blocks(unit, flooding=True)
        await people_service.block(unit, boss, noted.id)


async def test_what_does_not_open_keeps_no_delivery_from_being_recorded(bench: Bench) -> None:
    """The person has blocked the bot, and a talk of theirs is broken: the way to the chat goes all the same."""
    talk, other = await begun(bench), await begun(bench, OTHER)
    await talk.ask("when")
    await talk.notices()
    async with bench.write() as unit:
        await unit.session.execute(update(TalkMessage).values(content=b"broken"))
    await talk.deliver(unreachable=True)
    assert (await talk.ways(), await other.ways()) == ([], [OTHER])


def kicked(chats: Chats) -> dict[str, object]:
    """The person has blocked the bot."""
    me = {"id": ME, "is_bot": False, "first_name": "A"}
    bot = {"id": 1, "is_bot": True, "first_name": "Kuager"}
    change = {
        "chat": {"id": ME, "type": "private"},
        "from": me,
        "date": 1_790_000_000,
        "old_chat_member": {"user": bot, "status": "member"},
        "new_chat_member": {"user": bot, "status": "kicked", "until_date": 0},
    }
    return {"my_chat_member": change}
