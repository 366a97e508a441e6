"""The buttons of a reminder act on the draft that it was of, as it stood then, and on nothing that was begun or told since."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.chat.buttons import Act
from bot.form.answers import Chosen
from bot.form.draft import REVIEW
from bot.form.events import Show
from bot.reports.filling import endings
from bot.store import drafting
from bot.store.unit import REPORT_FORM
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import DraftRow, Report
from tests.bench import TOLD, Bench, count
from tests.bot.chat.chats import Chats
from tests.bot.reports.talking import ME, begun, buttons, deleted, said, sent, text

GO_ON, SEND, DELETE = (
    text("reporter.reminder.go_on"),
    text("flow.unfinished.send"),
    text("reporter.reminder.delete"),
)
BUTTONS = pytest.mark.parametrize("label", [GO_ON, SEND, DELETE])
STALE, AT_REVIEW = text("reporter.tap.stale"), text("flow.send")


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases."""
    return Chats(bench)


async def begin(chats: Chats, chat: int = ME) -> str:
    """Begin an urgent report that tells enough to be sent as it is, by somebody who wants to be reminded; its id."""
    async with chats.bench.write() as unit:
        begun = await drafting.start(unit, unit.safe.pseudonyms.chat(chat), REPORT_FORM, "ru")
        roles = begun.form.by_role
        told = {**TOLD, "urgent": Chosen(("yes",))}
        answers = {roles[role].path: answer for role, answer in told.items()}
        answers |= {one.path: Chosen(("short",)) for one in begun.form.questions if one.name == "depth"}
        begun.draft = replace(begun.draft, answers=answers, position=REVIEW, reminds=True)
        await drafting.apply(unit, begun, Show())
        drafting.save(unit, begun)
        drafting.keep_address(unit, begun, chat)
        return begun.row.id


async def reminded(chats: Chats) -> list[Call]:
    """The reminder that comes after a long silence."""
    chats.bench.later(61)
    async with chats.bench.write() as unit:
        outbox = Outbox(unit)
        await endings.enqueue_reminders(chats.renderer, unit, outbox)
        await outbox.write()
    return [Call.load(chats.bench.safe.ring, row) for row in outbox.rows]


async def press(chats: Chats, reminder: Sequence[Call], label: str) -> list[Call]:
    """Tap a button of a reminder."""
    return await chats.tap_data(ME, buttons(reminder)[label])


async def stop(chats: Chats) -> None:
    """Stop what is open, by the buttons of the form."""
    calls = await chats.say(ME, "/cancel")
    await chats.tap_data(ME, buttons(calls)[text("flow.cancel.sure")])


async def left(bench: Bench) -> tuple[list[str], int]:
    """The drafts that there are by now, and how many reports."""
    async with bench.read() as unit:
        rows = await drafting.rows_of(unit, [unit.safe.pseudonyms.chat(ME)])
        return [row.id for row in rows], await count(unit, Report)


@BUTTONS
async def test_an_older_reminder_does_nothing_to_a_newer_draft(
    bench: Bench, chats: Chats, label: str
) -> None:
    """It is answered kindly and leaves the chat; what is open is shown again."""
    await begin(chats)
    older = await reminded(chats)
    await stop(chats)
    newer = await begin(chats)
    calls = await press(chats, older, label)
    assert STALE in said(calls)
    assert AT_REVIEW in buttons(calls)
    assert deleted(calls)
    assert await left(bench) == ([newer], 0)


@BUTTONS
async def test_a_reminder_is_over_once_its_person_went_on(bench: Bench, chats: Chats, label: str) -> None:
    """An hour's work may have been told since; the next reminder, if they ask for one again, is of that."""
    draft = await begin(chats)
    older = await reminded(chats)
    calls = await chats.say(ME, "/report")
    await chats.tap_data(ME, buttons(calls)[text("flow.edit")])
    calls = await press(chats, older, label)
    assert STALE in said(calls)
    assert text("flow.edit.which") in said(calls)
    assert await left(bench) == ([draft], 0)
    assert await reminded(chats) == []
    await chats.tap_data(ME, buttons(await chats.say(ME, "/cancel"))[f"☐ {text('flow.remind')}"])
    again = await reminded(chats)
    assert STALE not in said(await press(chats, again, label))


@pytest.mark.parametrize("verb", ["resume", "sendnow", "panicnow"])
async def test_a_button_that_names_no_draft_does_nothing(bench: Bench, chats: Chats, verb: str) -> None:
    """As those of an earlier version."""
    draft = await begin(chats)
    calls = await chats.tap(ME, Act(verb))
    assert STALE in said(calls)
    assert AT_REVIEW in buttons(calls)
    assert await left(bench) == ([draft], 0)


async def test_an_older_reminder_shows_the_questions_of_an_open_reply(bench: Bench) -> None:
    """With all that stands beside them."""
    talk = await begun(bench)
    await begin(talk.chats)
    older = await reminded(talk.chats)
    await stop(talk.chats)
    await talk.ask("when")
    await talk.open()
    calls = await press(talk.chats, older, DELETE)
    assert [one in said(calls) for one in (STALE, text("talk.ready.when"))] == [True, True]
    assert (await talk.waits(), await talk.ways()) == ([True], [ME])


async def test_what_a_reminder_is_of_is_gone_on_with(bench: Bench, chats: Chats) -> None:
    """It is shown where it stood, and the reminder leaves the chat."""
    draft = await begin(chats)
    calls = await press(chats, await reminded(chats), GO_ON)
    assert AT_REVIEW in buttons(calls)
    assert STALE not in said(calls)
    assert deleted(calls)
    assert await left(bench) == ([draft], 0)


async def test_what_a_reminder_is_of_is_sent(bench: Bench, chats: Chats) -> None:
    """With its receipt."""
    await begin(chats)
    calls = await press(chats, await reminded(chats), SEND)
    assert text("reporter.receipt.check") in buttons(calls)
    assert await left(bench) == ([], 1)


async def test_what_a_reminder_is_of_is_deleted_and_no_more(bench: Bench) -> None:
    """The chat is cleared; moderators may ask of what was sent before, as its reporter agreed."""
    talk = await begun(bench)
    await begin(talk.chats)
    calls = await press(talk.chats, await reminded(talk.chats), DELETE)
    assert text("reporter.panic") in said(calls)
    assert await left(bench) == ([], 1)
    assert await talk.ways() == [ME]


@BUTTONS
async def test_a_reminder_of_what_is_sent_deletes_no_receipt(bench: Bench, chats: Chats, label: str) -> None:
    """Nor does it say that anything is done: nobody can tell any more whether what it was of was sent or deleted."""
    await begin(chats)
    older = await reminded(chats)
    await stop(chats)
    await sent(chats)
    calls = await press(chats, older, label)
    assert said(calls) == text("reporter.reminder.over", "en", hours=72)
    assert deleted(calls) == {chats.numbers - 1}
    async with bench.read() as unit:
        assert (await count(unit, Report), await count(unit, DraftRow)) == (1, 0)
