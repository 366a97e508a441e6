"""A report that comes back into the queue is told to whoever can take it, as a new one is."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from bot.app import retention
from bot.chat.buttons import Act
from bot.desk.decisions import service as decisions_service
from bot.desk.notices.jobs import NEWS
from bot.form.answers import Chosen
from bot.reports import claims, withdrawal
from bot.store.unit import UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import Moderator, Report
from tests.bench import Bench, approve_proposal
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol, report

FIRST, SECOND, ASLEEP = 5, 6, 7
ComesBack = Callable[[Chats, str], Awaitable[None]]


@pytest.fixture
async def chats(bench: Bench) -> Chats:
    """Three moderators, of whom one sleeps; two have to approve what is public. It is 10:20."""
    chats = Chats(bench)
    bench.settings = bench.settings.model_copy(update={"approvals": 2, "approvals_named": 2})
    for chat, alias in ((FIRST, "Aspan"), (SECOND, "Bota"), (ASLEEP, "Teniz")):
        await enrol(chats, chat, alias)
    return chats


async def told(chats: Chats) -> list[Call]:
    """What is owed of all that is news."""
    calls: list[Call] = []
    for news in NEWS:
        async with chats.bench.write() as unit:
            outbox = Outbox(unit)
            await news.notify(chats.renderer, unit, outbox, await news.find(unit))
            await outbox.write()
            calls += [Call.load(chats.bench.safe.ring, row) for row in outbox.rows]
    return calls


def heard(calls: list[Call]) -> list[tuple[int, bool]]:
    """Who is told something, and whether with a sound."""
    return sorted((call.params["chat_id"], "disable_notification" not in call.params) for call in calls)


async def _first(unit: UnitOfWork) -> Moderator:
    return (await unit.session.scalars(select(Moderator).where(Moderator.alias == "Aspan"))).one()


async def endorsed(chats: Chats, ref: str) -> None:
    """The first of two approves it."""
    async with chats.bench.write() as unit:
        found, moderator = await claims.find(unit, ref), await _first(unit)
        await chats.bench.propose(unit, moderator, found)
        await approve_proposal(unit, moderator, found)
        assert unit.reported


async def revived(chats: Chats, ref: str) -> None:
    """It was closed as a duplicate of one that is withdrawn."""
    async with chats.bench.write() as unit:
        found, moderator = await claims.find(unit, ref), await _first(unit)
        original = (await chats.bench.submit(unit)).report
        original.announced = True
        await claims.claim(unit, moderator, found)
        await decisions_service.close_as_duplicate(unit, moderator, found, original.ref)
        await withdrawal.withdraw(unit, original)
        assert unit.reported


async def not_answered(chats: Chats, ref: str) -> None:
    """It was set aside, and its reporter says nothing."""
    async with chats.bench.write() as unit:
        found, moderator = await claims.find(unit, ref), await _first(unit)
        await claims.claim(unit, moderator, found)
        found.waits = True
        await decisions_service.set_aside(unit, moderator, found)
    chats.bench.later(24 * chats.bench.settings.talk_days)
    async with chats.bench.write() as unit:
        await retention.sweep(unit)
        assert unit.reported


def said_of(comes_back: ComesBack, ref: str, urgent: str) -> str:
    """It waits again, or for a second vote."""
    if comes_back is endorsed:
        votes = {"n": 1, "given": 1, "needed": 2}
        return TEXTS.text("en", f"moderator.notice.endorsed{urgent}", {"ref": ref, **votes})
    return TEXTS.text("en", f"moderator.notice.back{urgent}", {"ref": ref})


WAYS = pytest.mark.parametrize("comes_back", [endorsed, revived, not_answered])


@WAYS
async def test_whoever_can_take_it_is_told_once(chats: Chats, comes_back: ComesBack) -> None:
    """Who sleeps later, with all else; who approves it already cannot take it and is told nothing."""
    await chats.tap(ASLEEP, Act("mquiet", "10", "12"))
    ref = await report(chats)
    await told(chats)
    await comes_back(chats, ref)
    calls = await told(chats)
    awake = [SECOND] if comes_back is endorsed else [FIRST, SECOND]
    assert heard(calls) == [(one, True) for one in awake]
    assert {words([call]) for call in calls} == {said_of(comes_back, ref, "")}
    assert set(buttons(calls)) == {f"amopen.{ref}."}
    async with chats.bench.read() as unit:
        (asleep,) = await unit.session.scalars(select(Moderator).where(Moderator.alias == "Teniz"))
        assert asleep.held_back
    assert await told(chats) == []


@WAYS
async def test_what_is_urgent_waits_for_nobody_to_wake_up(chats: Chats, comes_back: ComesBack) -> None:
    """Nor can anybody do without it."""
    for chat in (FIRST, SECOND, ASLEEP):
        await chats.tap(chat, Act("mquiet", "10", "12"))
        await chats.tap(chat, Act("mnews", "new"))
    ref = await report(chats, urgent=Chosen(("yes",)))
    await told(chats)
    await comes_back(chats, ref)
    calls = await told(chats)
    all_ = [FIRST, SECOND, ASLEEP][1 if comes_back is endorsed else 0 :]
    assert heard(calls) == [(one, True) for one in all_]
    assert {words([call]) for call in calls} == {said_of(comes_back, ref, "_urgent")}


async def test_what_somebody_has_taken_meanwhile_is_told_to_nobody(chats: Chats) -> None:
    """Neither is one that a moderator wishes not to hear of, nor one that is withdrawn."""
    taken, unwanted, gone = [await report(chats) for _ in range(3)]
    await told(chats)
    for ref in (taken, unwanted, gone):
        await endorsed(chats, ref)
    await chats.say(SECOND, f"/open {taken}")
    for chat in (FIRST, SECOND, ASLEEP):
        await chats.tap(chat, Act("mnews", "new"))
    async with chats.bench.write() as unit:
        await withdrawal.withdraw(unit, await claims.find(unit, gone))
    assert await told(chats) == []
    async with chats.bench.read() as unit:
        assert (await unit.session.scalars(select(Report.returned))).all() == [False] * 3


async def test_a_second_vote_is_said_in_words(chats: Chats) -> None:
    """How many have approved, and how many are still needed; given back by the second, it still waits for a vote."""
    ref = await report(chats)
    await told(chats)
    await endorsed(chats, ref)
    said = f"☑️ {ref}: approved by 1 of 2, one more is needed"
    assert {words([call]) for call in await told(chats)} == {said}
    await chats.say(SECOND, f"/open {ref}")
    async with chats.bench.write() as unit:
        report_ = await claims.find(unit, ref)
        report_.urgent = True
        (second,) = await unit.session.scalars(select(Moderator).where(Moderator.alias == "Bota"))
        await claims.release(unit, second, report_)
    (calls,) = [await told(chats)]
    assert {call.params["chat_id"] for call in calls} == {ASLEEP}
    assert {words([call]) for call in calls} == {f"🔴 Urgent, {ref}: approved by 1 of 2, one more is needed"}
