"""The audit log: its chain, and what stands in it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from bot.desk.decisions import service as decisions_service
from bot.reports import claims
from bot.safety.sealing import new_key
from bot.store import audit
from bot.store.unit import UnitOfWork
from db.models import AuditEntry
from tests.bench import Bench, approve_proposal

Forgery = Callable[[UnitOfWork], Awaitable[object]]


async def fill(bench: Bench) -> None:
    """Four entries in two transactions."""
    for subject in ("R00001", "R00002"):
        async with bench.write() as unit:
            await audit.record(unit, "Aspan", "claim", subject)
            await audit.record(unit, "Aspan", "reject", subject, "spam")


async def test_an_untouched_chain_holds(bench: Bench) -> None:
    """Across transactions, and when it is empty."""
    async with bench.read() as unit:
        assert await audit.broken_at(unit) is None
    await fill(bench)
    async with bench.read() as unit:
        assert await audit.broken_at(unit) is None


@pytest.mark.parametrize("column", ["hour", "actor", "act", "subject", "detail"])
async def test_a_changed_entry_is_found(bench: Bench, column: str) -> None:
    """Whichever of its columns was changed."""
    await fill(bench)
    async with bench.write() as unit:
        value = 1 if column == "hour" else "other"
        await unit.session.execute(update(AuditEntry).where(AuditEntry.id == 2).values({column: value}))
    async with bench.read() as unit:
        assert await audit.broken_at(unit) == 2


@pytest.mark.parametrize(("gone", "found"), [(1, 2), (3, 4)])
async def test_an_entry_taken_out_is_found(bench: Bench, gone: int, found: int) -> None:
    """At the first entry that follows it. (The last one has none that follows; see the threat model.)"""
    await fill(bench)
    async with bench.write() as unit:
        await unit.session.execute(delete(AuditEntry).where(AuditEntry.id == gone))
    async with bench.read() as unit:
        assert await audit.broken_at(unit) == found


async def test_words_moved_between_columns_are_found(bench: Bench) -> None:
    """`act` and `subject` together say the same, but not each."""
    async with bench.write() as unit:
        await audit.record(unit, "Aspan", "claim", "R00001")
        await unit.session.execute(update(AuditEntry).values(act="claimR", subject="00001"))
    async with bench.read() as unit:
        assert await audit.broken_at(unit) == 1


async def test_without_the_key_no_entry_can_be_forged(bench: Bench) -> None:
    """A chain made with another key does not hold."""
    async with bench.write() as unit:
        unit.safe = replace(unit.safe, audit_key=new_key())
        await audit.record(unit, "Aspan", "claim", "R00001")
    async with bench.read() as unit:
        assert await audit.broken_at(unit) == 1


async def test_a_key_is_known_by_the_end_of_the_log(bench: Bench) -> None:
    """Of an empty log each is good. One entry that was changed at its end does not make the right one a wrong one."""
    right, wrong = bench.safe, replace(bench.safe, audit_key=new_key())

    async def fit() -> tuple[bool, bool]:
        found = []
        for bench.safe in (wrong, right):
            async with bench.read() as unit:
                found.append(await audit.fits(unit))
        return found[0], found[1]

    assert await fit() == (True, True)
    for _ in range(3):
        await fill(bench)
        assert await fit() == (False, True)
    async with bench.write() as unit:
        last = await audit.head(unit)
        await unit.session.execute(
            update(AuditEntry).where(AuditEntry.id == last.number).values(detail="other")
        )
    assert await fit() == (False, True)


@pytest.mark.parametrize("by_wrong_key", [True, False])
async def test_a_log_that_began_anew_is_whole_and_the_old_one_cannot_be_changed_any_more(
    bench: Bench, by_wrong_key: bool
) -> None:
    """Whatever was wrong with the old one; what comes after the beginning is chained to it."""
    await fill(bench)
    async with bench.write() as unit:
        if by_wrong_key:
            unit.safe = replace(unit.safe, audit_key=new_key())
            await audit.record_all(unit, "Aspan", "claim", [(str(number), "") for number in range(5)])
        else:
            await unit.session.execute(update(AuditEntry).where(AuditEntry.id == 2).values(detail="other"))
    async with bench.write() as unit:
        broken = await audit.broken_at(unit)
        assert broken is not None
        assert await audit.fits(unit) is not by_wrong_key
        await audit.restart(unit, broken, "changed")
        begun = await audit.head(unit)
    async with bench.read() as unit:
        assert (await audit.broken_at(unit), await audit.fits(unit)) == (None, True)
    await fill(bench)
    async with bench.read() as unit:
        assert await audit.broken_at(unit) is None
    for changed in (1, begun.number - 1, begun.number, begun.number + 1):
        async with bench.write() as unit:
            of_it = AuditEntry.id == changed
            hour = (await unit.session.scalars(select(AuditEntry.hour).where(of_it))).one()
            await unit.session.execute(update(AuditEntry).where(of_it).values(hour=hour + 1))
        async with bench.read() as unit:
            assert await audit.broken_at(unit) is not None
        async with bench.write() as unit:
            await unit.session.execute(update(AuditEntry).where(of_it).values(hour=hour))
    async with bench.write() as unit:
        await unit.session.execute(delete(AuditEntry).where(AuditEntry.id < begun.number))
    async with bench.read() as unit:
        assert await audit.broken_at(unit) == begun.number


async def test_an_entry_is_no_finer_than_an_hour(bench: Bench) -> None:
    """Hours since 1970, nothing else that tells the time."""
    await fill(bench)
    async with bench.read() as unit:
        entry = (await unit.session.scalars(select(AuditEntry).order_by(AuditEntry.id))).first()
    assert entry is not None
    assert entry.hour * 3600 <= bench.now.timestamp() < (entry.hour + 1) * 3600


async def test_every_act_is_in_the_audit_log_without_content(bench: Bench) -> None:
    """Who, what, which report, a code; nothing that a person said."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        await claims.correct(unit, moderator, report)
        await claims.release(unit, moderator, report)
        await claims.correct(unit, moderator, report)
        await decisions_service.reject(unit, moderator, report, "duplicate")
        entries = (await unit.session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    told = [(entry.actor, entry.act, entry.detail) for entry in entries if entry.subject == report.ref]
    assert told == [
        ("reporter", "submit", ""),
        ("Aspan", "claim", ""),
        ("Aspan", "edit", ""),
        ("Aspan", "propose", "v1"),
        ("Aspan", "approve", "v1"),
        ("Aspan", "correct", ""),
        ("Aspan", "release", ""),
        ("Aspan", "correct", ""),
        ("Aspan", "reject", "duplicate"),
    ]
