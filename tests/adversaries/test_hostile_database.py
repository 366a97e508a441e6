"""A person who can write to the database, and has no key, reads nothing by that and becomes no member of the team."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.chat.buttons import Act
from bot.desk.decisions import service as decisions_service
from bot.desk.notices import jobs as notices_jobs
from bot.desk.notices import service as notices_service
from bot.desk.people import service as people_service
from bot.desk.sharing import service as sharing_service
from bot.errors import Refusal
from bot.reports import approvals, claims
from bot.reports.states import Move
from bot.store.unit import UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import (
    Approval,
    AuditEntry,
    DraftRow,
    Invite,
    Moderator,
    Report,
    SharingRequest,
    UndoableDecision,
    WayBack,
)
from tests.bench import Bench
from tests.bot.chat.chats import Chats, words
from tests.bot.chat.moderating import STORY, enrol, report
from tests.bot.reports import talking

ADMIN, MALLORY, REPORTER = 5, 666, 1001
INVITES: Any = Invite.__table__
MEMBERS: Any = Moderator.__table__
LOG: Any = AuditEntry.__table__
WAYS: Any = WayBack.__table__
REQUESTS: Any = SharingRequest.__table__
APPROVALS: Any = Approval.__table__
DECISIONS: Any = UndoableDecision.__table__
TOLD_STORY = "held for an hour at the akimat"


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases."""
    return Chats(bench)


async def changed(bench: Bench, *statements: Any) -> None:
    """The database after somebody else has written to it."""
    async with bench.database.write() as session:
        for statement in statements:
            await session.execute(statement)


async def test_an_invitation_of_ones_own_lets_in_no_administrator(bench: Bench, chats: Chats) -> None:
    """A row of `invites` and an alias are not enough: the queue stays closed."""
    await report(chats)
    mine = bench.safe.pseudonyms.chat(MALLORY)
    hour = int(bench.now.timestamp()) // 3600 + 9
    row = {"token_hash": bytes(32), "role": "admin", "expires_hour": hour, "chat_hash": mine, "name": "0"}
    await changed(bench, insert(INVITES).values(row))
    await chats.say(MALLORY, "Mallory")
    assert STORY not in words(await chats.say(MALLORY, "/next"))
    async with bench.read() as unit:
        assert await people_service.of_chats(unit, [mine]) == {}


async def test_a_draft_in_another_chat_shows_nothing(bench: Bench, chats: Chats) -> None:
    """A stranger's draft that is put under the attacker's chat is not shown there, and the attacker can begin one."""
    await talking.ready(chats, REPORTER)
    await changed(bench, update(DraftRow).values(chat_hash=bench.safe.pseudonyms.chat(MALLORY)))
    calls = [*await chats.say(MALLORY, "/report"), *await chats.say(MALLORY, "/report")]
    assert TOLD_STORY not in words(calls)
    assert words(calls)


async def test_a_way_back_to_another_report_opens_no_question(bench: Bench, chats: Chats) -> None:
    """With the ways back of two reports exchanged, a code opens no question about the other report."""
    mine = await talking.begun(bench, chats=chats)
    other = await talking.begun(bench, talking.OTHER, chats)
    await mine.ask(own="Кто стоял у двери?")
    await other.ask(own="Где сейчас ваш брат?")
    ids = mine.receipt.report.id, other.receipt.report.id
    way = WAYS
    async with bench.read() as unit:
        theirs = (await unit.session.execute(select(way).where(way.c.report_id == ids[1]))).mappings().one()
    await changed(
        bench,
        way.delete().where(way.c.report_id == ids[1]),
        update(way).where(way.c.report_id == ids[0]).values(report_id=ids[1]),
        insert(way).values({**theirs, "report_id": ids[0]}),
    )
    await chats.tap(talking.ME, Act("qopen"))
    part = talking.text("reporter.talk.part")
    assert "брат" not in words(await chats.reply(talking.ME, mine.code[-4:], part))


async def test_a_revoked_member_who_is_made_an_administrator_is_none(bench: Bench, chats: Chats) -> None:
    """Not by a changed row, nor by the row as it stood before."""
    await enrol(chats, ADMIN, "Aspan", "admin")
    await enrol(chats, MALLORY, "Mallory", "translator")
    await report(chats)
    table = MEMBERS
    async with bench.read() as unit:
        before = (
            (await unit.session.execute(select(table).where(table.c.alias == "Mallory"))).mappings().one()
        )
    async with bench.write() as unit:
        await people_service.revoke(unit, "Mallory")
    for row in ({"active": True, "role": "admin"}, dict(before)):
        await changed(bench, update(table).where(table.c.alias == "Mallory").values(row))
        assert STORY not in words(await chats.say(MALLORY, "/next"))
        async with bench.read() as unit:
            assert [one.alias for one in await people_service.admins(unit)] == ["Aspan"]
            assert await people_service.of_chats(unit, [bench.safe.pseudonyms.chat(MALLORY)]) == {}


async def test_a_revoked_member_stays_revoked_whatever_becomes_of_the_log(bench: Bench, chats: Chats) -> None:
    """Also where the entry that says so is changed, with the former row, or the invitation that was used, put back."""
    await report(chats)
    async with bench.write() as unit:
        token = await people_service.invite(unit, people_service.MODERATOR)
    async with bench.read() as unit:
        invited = dict((await unit.session.execute(select(INVITES))).mappings().one())
    await chats.say(MALLORY, f"/start {token}")
    await chats.say(MALLORY, "Mallory")
    async with bench.read() as unit:
        before = dict((await unit.session.execute(select(MEMBERS))).mappings().one())
    async with bench.write() as unit:
        await people_service.revoke(unit, "Mallory")
    log = update(LOG).values(subject="x")
    await changed(bench, log.where(AuditEntry.act.in_(["revoke", "enrol"])), update(MEMBERS).values(before))
    assert STORY not in words(await chats.say(MALLORY, "/next"))
    await changed(bench, MEMBERS.delete(), insert(INVITES).values(invited))
    await chats.say(MALLORY, f"/start {token}")
    await chats.say(MALLORY, "Mallory")
    assert STORY not in words(await chats.say(MALLORY, "/next"))


async def test_a_row_that_is_not_read_stands_in_nobodys_way(bench: Bench, chats: Chats) -> None:
    """Not in that of a person who is invited, who approves, or who decides."""
    mine, hour = bench.safe.pseudonyms.chat(ADMIN), int(bench.now.timestamp()) // 3600 + 9
    row = {"token_hash": bytes(32), "role": "admin", "expires_hour": hour, "chat_hash": mine, "name": "0"}
    await changed(bench, insert(INVITES).values(row))
    await enrol(chats, ADMIN, "Aspan", "admin")
    bench.settings = bench.settings.model_copy(update={"approvals": 3, "undo_minutes": 10})
    async with bench.write() as unit:
        (admin,) = await people_service.admins(unit)
        told = (await bench.submit(unit)).report
        version = await bench.propose(unit, admin, told)
        proof = (await decisions_service.proposal(unit, told)).proof
        own = {"report_id": told.id, "moderator_id": admin.id}
        undoable = insert(DECISIONS).values({**own, "act": "reject", "detail": "spam", "until": 9})
        await unit.session.execute(undoable)
        await decisions_service.decide(unit, admin, told, Move.APPROVE, proof)
        await decisions_service.undo(unit, admin, told.ref)
        approved = insert(APPROVALS).values({**own, "version_id": version.id, "proof": proof})
        await unit.session.execute(approved)
        assert (await decisions_service.approve(unit, admin, told, proof)).given == 1


async def test_an_alarm_that_there_is_not_silences_no_other(bench: Bench) -> None:
    """A level that the bot never writes is taken for the highest."""
    async with bench.write() as unit:
        for _ in range(2):
            (await bench.submit(unit)).report.alarm = notices_service.Alarm.SOME
    first = select(Report.id).limit(1).scalar_subquery()
    await changed(bench, update(Report).where(Report.id == first).values(alarm=99))
    async with bench.read() as unit:
        assert sorted((await notices_service.standing_alarms(unit)).values()) == [
            notices_service.Alarm.SOME,
            notices_service.Alarm.ALL,
        ]


async def test_a_decision_of_one_who_is_not_read_goes_back_into_the_queue(bench: Bench) -> None:
    """And holds up no job."""
    bench.settings = bench.settings.model_copy(update={"undo_minutes": 10})
    async with bench.write() as unit:
        first, told = await bench.moderator(unit), (await bench.submit(unit)).report
        await claims.claim(unit, first, told)
        await decisions_service.decide(unit, first, told, Move.REJECT, "spam")
    await changed(bench, update(MEMBERS).values(role="admin"))
    async with bench.write() as unit:
        assert await decisions_service.take_effect(unit, told.ref) is None
    async with bench.read() as unit:
        assert (await unit.session.scalars(select(Report))).one().status == "new"


async def test_administrators_are_told_of_a_row_that_the_bot_did_not_write_once_a_look(
    bench: Bench, chats: Chats, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where nobody acts; and the audit log has it. Nothing of the row is said."""
    await enrol(chats, ADMIN, "Aspan", "admin")
    await enrol(chats, MALLORY, "Mallory", "translator")
    await changed(bench, update(Moderator).where(Moderator.alias == "Mallory").values(role="admin"))
    said = list[str]()

    async def enqueue(act: Callable[[UnitOfWork, Outbox], Awaitable[None]]) -> None:
        async with bench.write() as unit:
            outbox = Outbox(unit)
            await act(unit, outbox)
            await outbox.write()
            calls = [Call.load(bench.safe.ring, row) for row in outbox.rows]
            said.extend(str(call.params["text"]) for call in calls)

    await notices_jobs.look_once(bench.read, enqueue, chats.renderer)
    assert len(said) == 1
    assert "moderators" in said[0]
    assert "Mallory" not in caplog.text + said[0]
    async with bench.write() as unit:
        entries = select(AuditEntry.subject).where(AuditEntry.act == "foreign")
        assert (await unit.session.scalars(entries)).all() == ["moderators"]
        await people_service.revoke(unit, "Mallory")
    await notices_jobs.look_once(bench.read, enqueue, chats.renderer)
    assert len(said) == 1


async def test_who_is_locked_out_comes_back_by_an_invitation_of_the_operators(
    bench: Bench, chats: Chats
) -> None:
    """In the same row, under the same alias. One in whose chat another's row was put gets nothing of that other's."""
    await enrol(chats, ADMIN, "Aspan", "admin")
    await enrol(chats, MALLORY, "Mallory", "moderator")
    await changed(bench, update(Moderator).where(Moderator.alias == "Aspan").values(active=False))
    async with bench.read() as unit:
        assert await people_service.admins(unit) == []
    await enrol(chats, ADMIN, "Aspan", "admin")
    async with bench.read() as unit:
        (admin,) = await people_service.admins(unit)
    spare, mine = bytes(32), bench.safe.pseudonyms.chat(MALLORY)
    for alias, chat_hash in (("Mallory", spare), ("Aspan", mine)):
        await changed(bench, update(Moderator).where(Moderator.alias == alias).values(chat_hash=chat_hash))
    await enrol(chats, MALLORY, "Malika", "moderator")
    async with bench.read() as unit:
        found = await people_service.of_chats(unit, [mine])
        assert found[mine].id != admin.id


async def test_an_invitation_that_was_used_lets_in_nobody_else(bench: Bench, chats: Chats) -> None:
    """Its row put back as it was made is ended by the log."""
    async with bench.write() as unit:
        token = await people_service.invite(unit, "admin")
    async with bench.read() as unit:
        before = dict((await unit.session.execute(select(INVITES))).mappings().one())
    await chats.say(ADMIN, f"/start {token}")
    await chats.say(ADMIN, "Aspan")
    await changed(bench, insert(INVITES).values(before))
    await chats.say(MALLORY, f"/start {token}")
    await chats.say(MALLORY, "Mallory")
    async with bench.read() as unit:
        assert [one.alias for one in await people_service.list_moderators(unit)] == ["Aspan"]


@pytest.mark.parametrize("end", ["used", "declined", "revoked"])
async def test_a_request_that_has_ended_cannot_be_used_again(bench: Bench, end: str) -> None:
    """Put back as it was confirmed, its words of why with it."""
    async with bench.write() as unit:
        first, second = [
            await bench.moderator(unit, alias, people_service.ADMIN) for alias in ("Aspan", "Bota")
        ]
        row = await sharing_service.begin(unit, first, "names:csv::")
        await sharing_service.ask(unit, first, row, "For our partner")
        await sharing_service.confirm(unit, second, row.id)
    async with bench.read() as unit:
        before = dict((await unit.session.execute(select(REQUESTS))).mappings().one())
    async with bench.write() as unit:
        if end == "used":
            await sharing_service.use(unit, row.id)
        elif end == "declined":
            await sharing_service.decline(unit, first, row.id)
        else:
            await people_service.revoke(unit, "Bota")
    await changed(bench, REQUESTS.delete(), insert(REQUESTS).values(before))
    async with bench.write() as unit:
        with pytest.raises(Refusal, match="gone"):
            await sharing_service.use(unit, row.id)


async def test_an_approval_counts_for_the_one_who_gave_it(bench: Bench) -> None:
    """A copy of it in another's name is none."""
    bench.settings = bench.settings.model_copy(update={"approvals": 3})
    table = APPROVALS
    async with bench.write() as unit:
        first, second = [await bench.moderator(unit, alias) for alias in ("Aspan", "Bota")]
        told = (await bench.submit(unit)).report
        version = await bench.propose(unit, first, told)
        proof = (await decisions_service.proposal(unit, told)).proof
        await decisions_service.approve(unit, first, told, proof)
        before = dict((await unit.session.execute(select(table))).mappings().one())
        await unit.session.execute(insert(table).values({**before, "moderator_id": second.id}))
    async with bench.read() as unit:
        assert [one.alias for one in await approvals.given(unit, version, before["proof"])] == ["Aspan"]
