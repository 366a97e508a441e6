"""The buttons of a question act on the reply that they were shown with, and on nothing that was opened or asked since."""

import pytest

from bot.chat.buttons import Act, decode
from db.models import DraftRow
from tests.bench import Bench, count
from tests.bot.reports.talking import ME, begun, buttons, deleted, opened, said, text

READ = text("reporter.code.read", n=1)
SKIP, NEVER, YES = (
    text("reporter.question.skip"),
    text("reporter.question.never"),
    text("reporter.talk.never.yes"),
)
WHEN, SAFE = text("talk.ready.when"), text("talk.ready.safe")


@pytest.mark.parametrize("label", [SKIP, NEVER, YES])
async def test_an_older_button_does_nothing_to_a_newer_reply(bench: Bench, label: str) -> None:
    """It is answered kindly and leaves the chat; what is open is shown again."""
    talk = await opened(bench)
    older = talk.shown if label != YES else await talk.press(talk.shown, NEVER)
    await talk.answer("В полдень")
    await talk.ask("safe")
    await talk.open()
    calls = await talk.press(older, label)
    assert text("reporter.tap.stale") in said(calls)
    assert SAFE in said(calls)
    assert deleted(calls)
    assert (await talk.waits(), await talk.ways()) == ([False, True], [ME])
    async with bench.read() as unit:
        assert await count(unit, DraftRow) == 1


async def test_a_button_speaks_of_no_question_that_came_into_its_reply_later(bench: Bench) -> None:
    """The questions that were asked since are shown once more; the button that was shown with them speaks of them all."""
    talk = await opened(bench)
    older = talk.shown
    await talk.ask("safe")
    await talk.chats.say(ME, "/report")
    calls = await talk.press(older, SKIP)
    assert [one in said(calls) for one in (text("reporter.tap.stale"), WHEN, SAFE)] == [True] * 3
    assert await talk.waits() == [True, True]
    assert said(await talk.press(calls, SKIP)) == text("reporter.talk.skipped")
    assert await talk.waits() == [False, False]


@pytest.mark.parametrize("verb", ["qskip", "qnever", "qstop"])
async def test_a_button_that_names_no_reply_does_nothing(bench: Bench, verb: str) -> None:
    """As those of an earlier version: the question stands again, with buttons that do."""
    talk = await opened(bench)
    calls = await talk.chats.tap(ME, Act(verb))
    assert [one in said(calls) for one in (text("reporter.tap.stale"), WHEN)] == [True, True]
    assert decode(buttons(calls)[SKIP]) == decode(buttons(talk.shown)[SKIP])
    assert (await talk.waits(), await talk.ways()) == ([True], [ME])


async def test_the_button_of_one_report_does_not_show_the_questions_of_another(bench: Bench) -> None:
    """A reply to the other is open: it is to be sent or deleted first. Its own are shown again."""
    first = await begun(bench)
    second = await begun(bench, chats=first.chats)
    await first.ask("when")
    await second.ask("safe")
    mine = await first.chats.say(ME, f"/status {first.code}")
    others = await first.chats.say(ME, f"/status {second.code}")
    assert WHEN in said(await first.press(mine, READ))
    assert said(await first.press(others, READ)) == text("reporter.talk.form_open")
    assert WHEN in said(await first.press(mine, READ))


async def test_a_language_for_a_new_report_changes_no_open_reply(bench: Bench) -> None:
    """Its question is shown again as it was, and nothing is begun."""
    talk = await opened(bench)
    calls = await talk.chats.tap(ME, Act("begin", "kk"))
    assert [one in said(calls) for one in (text("reporter.tap.stale"), WHEN)] == [True, True]
    assert SKIP in buttons(calls)
    assert await talk.waits() == [True]
