"""Several reports are rejected as spam at once, for one reason, and undone together."""

from collections.abc import Awaitable, Callable, Sequence

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act
from bot.desk.decisions import service as decisions_service
from bot.desk.notices.jobs import apply_decisions_once
from bot.desk.people import service as people_service
from bot.form.answers import Chosen
from bot.reports import claims
from bot.store.unit import SECONDS_A_MINUTE, SECONDS_AN_HOUR, UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import AuditEntry, Report
from tests.bench import Bench
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol, report, status

DESK, COLLEAGUE, MINUTES = 5, 6, 10


@pytest.fixture
async def chats(bench: Bench) -> Chats:
    """Two moderators whose decisions can be undone for ten minutes."""
    bench.settings = bench.settings.model_copy(update={"undo_minutes": MINUTES})
    chats = Chats(bench)
    await enrol(chats, DESK)
    await enrol(chats, COLLEAGUE, "Teniz")
    return chats


async def opened(chats: Chats, number: int = 1, chat: int = DESK, urgent: str = "no") -> list[str]:
    """Reports that the moderator has opened, by reference."""
    refs = [await report(chats, urgent=Chosen((urgent,))) for _ in range(number)]
    for ref in refs:
        await chats.say(chat, f"/open {ref}")
    return sorted(refs)


def labels(calls: Sequence[Call]) -> list[list[str]]:
    """The labels of the last keyboard, by rows."""
    shown = [one.params["reply_markup"]["inline_keyboard"] for one in calls if "reply_markup" in one.params]
    return [[one["text"] for one in row] for row in shown[-1]]


async def ticked(chats: Chats, *refs: str, chat: int = DESK) -> list[Call]:
    """Tick these under /mine; what is shown then."""
    calls = await chats.say(chat, "/mine")
    data = "amspam.."
    assert data in buttons(calls)
    calls = await chats.tap_data(chat, data)
    for ref in refs:
        shown = [one for one in calls if "reply_markup" in one.params][-1]
        rows = shown.params["reply_markup"]["inline_keyboard"]
        (data,) = [one["callback_data"] for row in rows for one in row if one["text"] == f"☐ {ref}"]
        calls = await chats.tap_data(chat, data)
    return calls


def button(calls: Sequence[Call], verb: str) -> str:
    """The data of the button of this verb."""
    return next(data for data in buttons(list(calls)) if data.startswith(f"a{verb}."))


async def stand(chats: Chats, refs: Sequence[str]) -> set[str]:
    """Where the reports stand."""
    async with chats.bench.read() as unit:
        return {await status(unit, ref) for ref in refs}


async def take_effect(chats: Chats) -> None:
    """The minutes are over."""

    async def enqueue(act: Callable[[UnitOfWork, Outbox], Awaitable[None]]) -> None:
        async with chats.bench.write() as unit:
            outbox = Outbox(unit)
            await act(unit, outbox)
            await outbox.write()

    chats.bench.later((MINUTES + 1) * SECONDS_A_MINUTE / SECONDS_AN_HOUR)
    await apply_decisions_once(chats.bench.read, enqueue, chats.renderer)


async def test_opened_reports_are_rejected_by_one_confirmation(chats: Chats) -> None:
    """Only the ticked ones, with effect after the minutes; each is logged with its reason."""
    refs = await opened(chats, 3)
    calls = await ticked(chats, *refs[:2])
    assert labels(calls) == [
        [f"☑ {refs[0]}", f"☑ {refs[1]}"],
        [f"☐ {refs[2]}"],
        ["🚫 Reject: 2", "No, leave it"],
    ]
    asked = await chats.tap_data(DESK, button(calls, "mspamask"))
    told: dict[str, str | int] = {"refs": ", ".join(refs[:2]), "days": chats.bench.settings.rejected_days}
    assert words(asked).strip() == TEXTS.text("en", "moderator.spam.ask", told)
    assert await stand(chats, refs) == {"claimed"}
    done = words(await chats.tap_data(DESK, button(asked, "mspamyes")))
    assert TEXTS.text("en", "moderator.spam.done", {"refs": ", ".join(refs[:2])}) in done
    assert "takes effect in 10 minutes" in done
    assert (await stand(chats, refs[:2]), await stand(chats, refs[2:])) == ({"undoable"}, {"claimed"})
    await take_effect(chats)
    assert (await stand(chats, refs[:2]), await stand(chats, refs[2:])) == ({"rejected"}, {"claimed"})
    async with chats.bench.read() as unit:
        rejected = select(Report.reject_reason).where(Report.status == "rejected")
        assert (await unit.session.scalars(rejected)).all() == ["spam", "spam"]
        entries = select(AuditEntry.subject, AuditEntry.detail).where(AuditEntry.act == "reject")
        assert sorted(map(tuple, await unit.session.execute(entries))) == [(ref, "spam") for ref in refs[:2]]


async def test_they_are_undone_together_and_by_their_moderator_alone(chats: Chats) -> None:
    """Another rejection for spam stays as it is; after the minutes nothing is left to undo."""
    refs = await opened(chats, 3)
    await chats.tap(DESK, Act("mrejectyes", refs[2], "spam"))
    calls = await chats.tap_data(DESK, button(await ticked(chats, *refs[:2]), "mspamask"))
    undo = button(await chats.tap_data(DESK, button(calls, "mspamyes")), "mundolot")
    over = TEXTS.text("en", "moderator.spam.over")
    assert words(await chats.tap_data(COLLEAGUE, undo)).strip() == over
    said = words(await chats.tap_data(DESK, undo))
    assert f"/open_{refs[0]}, /open_{refs[1]}" in said
    assert (await stand(chats, refs[:2]), await stand(chats, refs[2:])) == ({"claimed"}, {"undoable"})
    assert words(await chats.tap_data(DESK, undo)).strip() == over
    calls = await chats.tap_data(DESK, button(await ticked(chats, *refs[:2]), "mspamask"))
    undo = button(await chats.tap_data(DESK, button(calls, "mspamyes")), "mundolot")
    await take_effect(chats)
    assert words(await chats.tap_data(DESK, undo)).strip() == over
    assert await stand(chats, refs) == {"rejected"}


async def test_what_was_not_opened_is_urgent_or_unread_is_not_offered(chats: Chats) -> None:
    """Nor what a colleague handed over before it is opened, nor what a colleague holds."""
    (mine,), (urgent,) = await opened(chats), await opened(chats, urgent="yes")
    (unread,), (theirs, handed) = await opened(chats), await opened(chats, 2, COLLEAGUE)
    async with chats.bench.write() as unit:
        (await claims.find(unit, unread)).unread = True
        me, teniz = [await people_service.find(unit, alias) for alias in ("Aspan", "Teniz")]
        await claims.hand_over(unit, teniz, await claims.find(unit, handed), me)
    shown = words(await ticked(chats))
    assert [ref for ref in (mine, urgent, unread, theirs, handed) if ref in shown] == [mine]


async def test_a_handed_report_counts_once_its_holder_has_taken_it_from_the_queue(chats: Chats) -> None:
    """The log does not say that they opened it before: it is rejected alone."""
    (ref,) = await opened(chats, 1, COLLEAGUE)
    async with chats.bench.read() as unit:
        me = await people_service.find(unit, "Aspan")
    await chats.tap(COLLEAGUE, Act("mhandnow", ref, me.id))
    assert words(await chats.tap(DESK, Act("mspam"))).strip() == TEXTS.text("en", "moderator.spam.none")
    await chats.say(DESK, f"/release {ref}")
    await chats.say(DESK, f"/open {ref}")
    assert ref in words(await chats.tap(DESK, Act("mspam")))


async def test_ten_are_the_most_and_fit_under_the_list(chats: Chats) -> None:
    """Six rows of buttons. The last rejects."""
    refs = await opened(chats, 12)
    calls = await ticked(chats, *refs[:10])
    assert len(labels(calls)) == 6
    assert labels(calls)[-1][0] == "🚫 Reject: 10"
    assert [ref for ref in refs if ref in str(labels(calls))] == refs[: decisions_service.MOST_SPAM]


async def test_a_list_that_has_changed_rejects_nothing(chats: Chats) -> None:
    """A tick must not stand for another report, and what became urgent since is kept with all others."""
    refs = await opened(chats, 2)
    calls = await ticked(chats, *refs)
    asked = button(calls, "mspamask")
    sure = button(await chats.tap_data(DESK, asked), "mspamyes")
    async with chats.bench.write() as unit:
        (await claims.find(unit, refs[1])).urgent = True
    changed = TEXTS.text("en", "moderator.spam.changed")
    forged = [sure.replace("amspamyes.3", f"amspamyes.{bits}") for bits in ("z", "0")]
    for data in (asked, sure, *forged):
        assert words(await chats.tap_data(DESK, data)).strip() == changed
    assert await stand(chats, refs) == {"claimed"}
    async with chats.bench.write() as unit:
        found = [await claims.find(unit, ref) for ref in refs]
        me = await people_service.find(unit, "Aspan")
        with pytest.raises(Exception, match=r"moderator\.spam\.changed"):
            await decisions_service.reject_spam(unit, me, found)
    assert await stand(chats, refs) == {"claimed"}
