"""A decision takes effect after some minutes, and until then its moderator can take it back."""

from collections.abc import Awaitable, Callable, Sequence

import pytest
from sqlalchemy import delete, func, select, update

from bot.app import retention
from bot.chat.buttons import Act
from bot.desk.asking import service as asking_service
from bot.desk.notices.jobs import apply_decisions_once
from bot.desk.people import service as people_service
from bot.reports import claims, withdrawal
from bot.reports.states import UNDECIDED, Status
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import Sign
from bot.store.unit import SECONDS_A_MINUTE, SECONDS_AN_HOUR, UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import AuditEntry, DraftRow, PublicVersion, Report, UndoableDecision
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import confirmation, enrol, report, status

MINUTES = 10


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats with a bot whose decisions can be undone for ten minutes."""
    bench.settings = bench.settings.model_copy(update={"undo_minutes": MINUTES})
    return Chats(bench)


def later(chats: Chats, minutes: int) -> None:
    """The clock goes on."""
    chats.bench.later(minutes * SECONDS_A_MINUTE / SECONDS_AN_HOUR)


async def take_effect(chats: Chats) -> list[Call]:
    """What the watch does; what it owes moderators."""
    calls = list[Call]()

    async def enqueue(act: Callable[[UnitOfWork, Outbox], Awaitable[None]]) -> None:
        async with chats.bench.write() as unit:
            outbox = Outbox(unit)
            await act(unit, outbox)
            await outbox.write()
        calls.extend(Call.load(chats.bench.safe.ring, row) for row in outbox.rows)

    await apply_decisions_once(chats.bench.read, enqueue, chats.renderer)
    return calls


async def stands(chats: Chats, ref: str) -> str:
    """Where a report stands."""
    async with chats.bench.read() as unit:
        return await status(unit, ref)


async def acts(chats: Chats, ref: str) -> Sequence[str]:
    """What the audit log has of a report."""
    query = select(AuditEntry.act).where(AuditEntry.subject == ref).order_by(AuditEntry.id)
    async with chats.bench.read() as unit:
        return (await unit.session.scalars(query)).all()


async def public(chats: Chats) -> int:
    """How many versions exports show."""
    query = select(func.count()).select_from(PublicVersion).where(PublicVersion.current)
    async with chats.bench.read() as unit:
        return await unit.session.scalar(query) or 0


async def held(chats: Chats) -> str:
    """A report that Aspan holds."""
    name = await report(chats)
    await enrol(chats, 5)
    await chats.say(5, f"/open {name}")
    return name


async def previewed(chats: Chats, name: str) -> str:
    """The button that approves what is proposed."""
    async with chats.bench.write() as unit:
        (me, *_) = await people_service.list_moderators(unit)
        await chats.bench.propose(unit, me, await claims.find(unit, name))
    return confirmation(await chats.say(5, f"/approve {name}"), name)


async def test_an_approval_takes_effect_after_ten_minutes(chats: Chats) -> None:
    """Until then nothing is public; then it is, without a word to the moderator."""
    name = await held(chats)
    calls = await chats.tap_data(5, await previewed(chats, name))
    assert "takes effect in 10 minutes" in words(calls)
    assert f"amundo.{name}." in buttons(calls)
    later(chats, MINUTES)
    assert (await take_effect(chats), await public(chats)) == ([], 0)
    later(chats, 1)
    assert (await take_effect(chats), await public(chats)) == ([], 1)
    assert (await stands(chats, name), (await acts(chats, name))[-1]) == ("approved", "approve")
    assert "nothing of yours to undo" in words(await chats.tap(5, Act("mundo", name)))


async def test_an_urgent_rejection_is_asked_about_and_taken_back_with_its_edit(chats: Chats) -> None:
    """The claim and the edit, with what was written in it, come back as they were."""
    name = await held(chats)
    await chats.say(5, f"/edit {name}")
    await chats.say(5, "People held in Almaty")
    async with chats.bench.write() as unit:
        (await claims.find(unit, name)).urgent = True
    asked = await chats.tap(5, Act("mreject", name, "spam"))
    assert "may be in danger now" in words(asked)
    assert await stands(chats, name) == "claimed"
    async with chats.bench.read() as unit:
        before = (await claims.look_up(unit, name)).claimed_until_hour
    assert f"amundo.{name}." in buttons(await chats.tap(5, Act("mrejectyes", name, "spam")))
    assert await stands(chats, name) == "undoable"
    assert "was decided a moment ago" in words(await chats.say(5, f"/open {name}"))
    later(chats, MINUTES)
    assert "as it was" in words(await chats.tap(5, Act("mundo", name)))
    async with chats.bench.read() as unit:
        found = await claims.look_up(unit, name)
        assert (found.status, found.claimed_until_hour, found.reject_reason) == ("claimed", before, None)
        assert await count(unit, UndoableDecision) == 0
    assert "Public summary" in words(await chats.say(5, f"/edit {name}"))  # after the title
    later(chats, MINUTES)
    await take_effect(chats)
    assert (await stands(chats, name), (await acts(chats, name))[-1]) == ("claimed", "undo")


async def test_a_report_whose_edit_was_never_begun_is_not_rejected_unasked(chats: Chats) -> None:
    """One whose edit was begun is, if it is not urgent."""
    name = await held(chats)
    assert "nobody has begun an edit" in words(await chats.tap(5, Act("mreject", name, "spam")))
    await chats.say(5, f"/edit {name}")
    assert "is rejected" in words(await chats.tap(5, Act("mreject", name, "spam")))


async def test_only_its_maker_undoes_a_decision(chats: Chats) -> None:
    """Nor can a colleague take the report meanwhile."""
    name = await held(chats)
    await enrol(chats, 6, "Teniz")
    await chats.tap(5, Act("mrejectyes", name, "spam"))
    assert "nothing of yours to undo" in words(await chats.tap(6, Act("mundo", name)))
    assert "was decided a moment ago" in words(await chats.say(6, f"/open {name}"))
    assert await stands(chats, name) == "undoable"


async def test_a_withdrawal_wins_over_a_decision(chats: Chats) -> None:
    """Nothing of the decision is left, nor made of it."""
    name = await held(chats)
    await chats.tap_data(5, await previewed(chats, name))
    async with chats.bench.write() as unit:
        await withdrawal.withdraw(unit, await claims.find(unit, name))
        assert await count(unit, UndoableDecision) == 0
    later(chats, MINUTES + 1)
    await take_effect(chats)
    assert (await stands(chats, name), await public(chats)) == ("withdrawn", 0)


async def test_words_of_the_reporter_come_before_a_decision(chats: Chats) -> None:
    """It takes no effect, and its moderator is told why."""
    name = await held(chats)
    await chats.tap(5, Act("mrejectyes", name, "spam"))
    async with chats.bench.write() as unit:
        await talk_service.sign(unit, await claims.find(unit, name), Sign.URGENT)
    later(chats, MINUTES + 1)
    told = words(await take_effect(chats), 5)
    assert "has not taken effect" in told
    assert TEXTS.text("en", "moderator.decide.unread", {"ref": name}) in told
    assert await stands(chats, name) == "claimed"


async def test_one_who_was_revoked_decides_nothing(chats: Chats) -> None:
    """A phone in other hands may have tapped: the report waits for others."""
    name = await held(chats)
    await chats.tap_data(5, await previewed(chats, name))
    async with chats.bench.write() as unit:
        await people_service.revoke(unit, "Aspan")
    later(chats, MINUTES + 1)
    await take_effect(chats)
    assert (await stands(chats, name), await public(chats)) == ("new", 0)


@pytest.mark.parametrize("column", ["act", "detail", "until"])
async def test_a_decision_that_was_changed_in_the_database_takes_no_effect(
    chats: Chats, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is authenticated with its report and its maker."""
    name = await held(chats)
    await chats.tap(5, Act("mrejectyes", name, "not_enough"))
    changed = {"act": "set_aside", "detail": "spam", "until": 1}[column]
    async with chats.bench.write() as unit:
        await unit.session.execute(update(UndoableDecision).values({column: changed}))
    later(chats, MINUTES + 1)
    assert "not the one that was made" in words(await take_effect(chats))
    assert await stands(chats, name) == "claimed"
    assert "a row of undoable_decisions was not written by the bot" in caplog.text


async def test_a_duplicate_and_a_report_that_is_set_aside_come_back(chats: Chats) -> None:
    """As a rejection does; left alone they take effect."""
    name, other = await held(chats), await report(chats)
    async with chats.bench.write() as unit:
        (me,) = await people_service.list_moderators(unit)
        await asking_service.ask_ready(unit, me, await claims.find(unit, name), "when")
    for act, after in ((Act("maside", name), "needs_info"), (Act("mdupof", name, other), "rejected")):
        await chats.tap(5, act)
        assert await stands(chats, name) == "undoable"
        await chats.tap(5, Act("mundo", name))
        assert await stands(chats, name) == "claimed"
        await chats.tap(5, act)
        later(chats, MINUTES + 1)
        await take_effect(chats)
        assert await stands(chats, name) == after
        await chats.say(5, f"/open {name}")


async def test_another_edit_can_be_begun_beside_a_decision(chats: Chats) -> None:
    """The edit of the decided report makes room for it; the decision can be undone all the same."""
    name, other = await held(chats), await report(chats)
    await chats.say(5, f"/edit {name}")
    await chats.tap(5, Act("mreject", name, "spam"))
    assert "Public title" in words(await chats.say(5, f"/edit {other}"))
    await chats.tap(5, Act("mundo", name))
    assert await stands(chats, name) == "claimed"
    async with chats.bench.read() as unit:
        edited = select(Report.ref).join(DraftRow, DraftRow.report_id == Report.id)
        assert (await unit.session.scalars(edited)).all() == [other]


async def test_a_decision_outlives_the_hour_of_its_claim(chats: Chats) -> None:
    """The sweep gives nothing back that is decided, and undone it is held for an hour at least."""
    name = await held(chats)
    await chats.tap(5, Act("mrejectyes", name, "spam"))
    async with chats.bench.write() as unit:
        (await claims.find(unit, name)).claimed_until_hour = unit.hour
        await retention.sweep(unit)
    assert await stands(chats, name) == "undoable"
    await chats.tap(5, Act("mundo", name))
    async with chats.bench.write() as unit:
        (me,) = await people_service.list_moderators(unit)
        assert claims.holds(unit, me, await claims.find(unit, name))


async def test_a_report_whose_decision_is_lost_comes_back_to_its_moderator(chats: Chats) -> None:
    """As from a backup, which has no rows that live for minutes."""
    name = await held(chats)
    await chats.tap(5, Act("mrejectyes", name, "spam"))
    async with chats.bench.write() as unit:
        await unit.session.execute(delete(UndoableDecision))
    await take_effect(chats)
    assert await stands(chats, name) == "claimed"


def test_what_can_be_undone_is_not_decided_yet() -> None:
    """A reporter may say that somebody is in danger until then."""
    assert Status.UNDOABLE in UNDECIDED
