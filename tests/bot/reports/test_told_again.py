"""A notice that something was asked comes again once what took it out of the chat has ended, whatever that was."""

from dataclasses import replace

import pytest

from bot.app import retention
from bot.chat.buttons import Act, Tap, encode
from bot.form.answers import Chosen
from bot.form.draft import REVIEW
from bot.form.events import Event, LeaveNothing, Pick, Submit
from bot.store import drafting
from bot.store.unit import REPORT_FORM
from db.models import DraftRow
from tests.bench import TOLD, Bench, count
from tests.bot.reports.talking import ME, Talk, begun, deleted, said, text

WHEN = text("talk.ready.when")


async def told(talk: Talk) -> int:
    """Something is asked, and a notice stands in the chat; its number there."""
    await talk.ask("when")
    await talk.notices()
    (number,) = await talk.deliver()
    assert await talk.notices() == []
    return number


async def vanishing(talk: Talk) -> str:
    """A new report that leaves nothing is open in the chat, at its review; the data of the button that sends it."""
    async with talk.bench.write() as unit:
        filling = await drafting.start(unit, unit.safe.pseudonyms.chat(ME), REPORT_FORM, "ru")
        roles = filling.form.by_role
        answers = {roles[role].path: answer for role, answer in TOLD.items()}
        answers |= {one.path: Chosen(("short",)) for one in filling.form.questions if one.name == "depth"}
        filling.draft = replace(filling.draft, answers=answers, position=REVIEW)
        drafting.save(unit, filling)
    talk.shown = await talk.chats.tap_data(ME, await button(talk, LeaveNothing(on=True)))
    return await button(talk, Submit())


async def button(talk: Talk, event: Event) -> str:
    """The data of the button of this event on the screen at hand."""
    async with talk.bench.read() as unit:
        (found,) = await drafting.rows_of(unit, [unit.safe.pseudonyms.chat(ME)])
        return encode(Tap(found.id[:4], found.step, event))


@pytest.mark.parametrize("how", ["sent", "deleted", "over", "stays after all"])
async def test_of_a_report_that_leaves_nothing(bench: Bench, how: str) -> None:
    """The notice left with all else when the chat began to be cleared: it comes again when the report is sent, deleted by hand, or
    deleted after a silence, and when the chat is cleared no more. Not before: it would leave with the next question."""
    talk = await begun(bench)
    notice = await told(talk)
    send = await vanishing(talk)
    assert notice in deleted(talk.shown)
    assert await talk.notices() == []
    if how == "sent":
        assert text("reporter.receipt.then") in said(await talk.chats.tap_data(ME, send))
    elif how == "deleted":
        await talk.chats.say(ME, "/cancel")
        assert text("reporter.panic") in said(await talk.chats.say(ME, text("flow.cancel.sure")))
    elif how == "stays after all":
        await talk.chats.tap_data(ME, await button(talk, LeaveNothing(on=False)))
    else:
        bench.later(bench.settings.draft_hours + 1)
        async with bench.write() as unit:
            step = retention.STEPS["drafts"]
            assert await step.act(unit, await step.find(unit, 10)) == 1
    async with bench.read() as unit:
        assert await count(unit, DraftRow) == (how == "stays after all")
    assert [call.params["chat_id"] for call in await talk.notices()] == [ME]


async def test_of_a_form_that_ended_without_consent(bench: Bench) -> None:
    """The chat is cleared, the notice with it."""
    talk = await begun(bench)
    notice = await told(talk)
    await talk.chats.tap(ME, Act("begin", "ru"))
    calls = await talk.chats.tap_data(ME, await button(talk, Pick(1)))
    assert text("reporter.no_consent") in said(calls)
    assert notice in deleted(calls)
    assert len(await talk.notices()) == 1


async def test_of_a_report_that_was_withdrawn(bench: Bench) -> None:
    """What was asked of another report of the same chat waits still; of the one that is gone nothing comes."""
    first = await begun(bench)
    second = await begun(bench, chats=first.chats)
    await told(first)
    await told(second)
    sure = await first.chats.say(ME, f"/withdraw {first.code}")
    await first.press(sure, text("reporter.withdraw.yes"))
    assert len(await first.notices()) == 1
    sure = await second.chats.say(ME, f"/withdraw {second.code}")
    await second.press(sure, text("reporter.withdraw.yes"))
    assert await second.notices() == []


async def test_of_a_question_that_was_closed_by_hand(bench: Bench) -> None:
    """It is not told of again, since its reporter has said so; what was asked of another report is."""
    first = await begun(bench)
    second = await begun(bench, chats=first.chats)
    await told(first)
    await told(second)
    assert WHEN in said(await first.open())
    await first.press(await first.chats.say(ME, "/cancel"), text("reporter.reply.flow.cancel.sure"))
    assert len(await first.notices()) == 1
    asked = said(await first.chats.tap(ME, Act("qopen")))
    assert text("talk.ready.when") in said(await first.chats.reply(ME, second.code, asked))
    await first.answer("В полдень")
    assert (await first.waits(), await second.waits()) == ([True], [False])
    assert len(await first.notices()) == 1
