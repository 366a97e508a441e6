"""Incidents and related cases: joined by people alone, known on both sides, and people counted once."""

import pytest
from sqlalchemy import select

from bot.desk.decisions import incidents
from bot.errors import Refusal
from bot.form.answers import Chosen
from bot.publish.export import selection
from bot.publish.export.selection import Belonging, Period, statistics
from bot.reports import claims, links, withdrawal
from bot.reports.states import Consent
from bot.store.unit import UnitOfWork
from db.models import AuditEntry, Incident, Moderator, RelatedReport, Report
from tests.bench import Bench, approve_proposal, count, statements


async def approved(
    bench: Bench, unit: UnitOfWork, moderator: Moderator, consent: str = Consent.PUBLISH
) -> Report:
    """An approved report of this consent; the next one comes an hour later."""
    report = (await bench.submit(unit, consent_use=Chosen((consent,)))).report
    await bench.propose(unit, moderator, report)
    await approve_proposal(unit, moderator, report)
    bench.later(1)
    unit.now = bench.now
    return report


async def belongings(unit: UnitOfWork, *consents: Consent) -> dict[str, Belonging]:
    """What each public record belongs with, by reference."""
    found = selection.approved_versions(unit, Period(), consents or (Consent.PUBLISH,))
    return {one.ref: one.belonging async for one in found}


async def test_reports_of_one_event_are_one_incident(bench: Bench) -> None:
    """The second brings it about, the third joins by its reference as people type it, one moves to another; it ends with its last
    report. Nobody joins what another holds, what is closed, or itself."""
    async with bench.write() as unit:
        moderator, other = [await bench.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        one, two, three, four = [(await bench.submit(unit)).report for _ in range(4)]
        for report in (one, two, three):
            await claims.claim(unit, moderator, report)
        incident = await incidents.join(unit, moderator, one, two.ref)
        assert incident.ref[0] == "E"
        assert (await incidents.join(unit, moderator, three, f" {incident.ref.lower()} ")) is incident
        assert [report.ref for report in await incidents.reports_of(unit, incident)] == sorted(
            report.ref for report in (one, two, three)
        )
        with pytest.raises(Refusal, match=r"incident\.already"):
            await incidents.join(unit, moderator, one, three.ref)
        with pytest.raises(Refusal, match=r"link\.itself"):
            await incidents.join(unit, moderator, one, one.ref)
        with pytest.raises(Refusal, match=r"incident\.unknown"):
            await incidents.join(unit, moderator, one, "E00000")
        with pytest.raises(Refusal, match="not_held"):
            await incidents.join(unit, other, one, four.ref)
        assert await incidents.leave(unit, moderator, three) == incident.ref
        second = await incidents.join(unit, moderator, three, four.ref)
        page, is_followed = await incidents.newest(unit, 1)
        rest, is_rest_followed = await incidents.newest(unit, 5, page[0][0].ref)
        assert {found.ref: number for found, number in (*page, *rest)} == {
            incident.ref: 2,
            second.ref: 2,
        }
        assert (is_followed, is_rest_followed) == (True, False)
        await incidents.join(unit, moderator, three, one.ref)
        await withdrawal.withdraw(unit, four)
        assert await count(unit, Incident) == 1
        with pytest.raises(Refusal, match=r"duplicate\.gone"):
            await incidents.join(unit, moderator, one, four.ref)
        told = select(AuditEntry.act, AuditEntry.detail).where(AuditEntry.subject == three.ref)
        acts = [tuple(row) for row in await unit.session.execute(told.order_by(AuditEntry.id))]
    assert acts[2:] == [
        ("join", incident.ref),
        ("leave", incident.ref),
        ("join", second.ref),
        ("join", incident.ref),
    ]


async def test_people_of_an_incident_are_counted_once(bench: Bench) -> None:
    """By the record that was approved first, also after it was corrected; by the next one once it is gone. A record that is in no
    public export counts nothing there. Events are counted so too."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        shared = await approved(bench, unit, moderator, Consent.SHARE)
        first, second = [await approved(bench, unit, moderator) for _ in range(2)]
        alone = await approved(bench, unit, moderator)
        incident = await incidents.join(unit, moderator, first, second.ref)
        await incidents.join(unit, moderator, shared, incident.ref)
        expected = {first.ref: (incident.ref, True), second.ref: (incident.ref, False), alone.ref: ("", True)}
        assert {ref: (one.incident, one.counts) for ref, one in (await belongings(unit)).items()} == expected
        with_shared = await belongings(unit, Consent.PUBLISH, Consent.SHARE)
        assert [one.counts for one in with_shared.values()] == [True, False, False, True]
        found = await statistics(unit, Period())
        assert (found.rows, found.events) == (3, 2)
        await claims.correct(unit, moderator, first)
        await bench.propose(unit, moderator, first)
        await approve_proposal(unit, moderator, first)
        assert {ref: (one.incident, one.counts) for ref, one in (await belongings(unit)).items()} == expected
        await withdrawal.withdraw(unit, first)
        await unit.session.flush()
        assert (await belongings(unit))[second.ref] == Belonging(incident.ref, counts=True)


async def test_related_cases_are_known_on_both_sides(bench: Bench) -> None:
    """On the card of either, and in an export as far as both are in it, until they are parted; and nothing of it outlasts one."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        one, two = [await approved(bench, unit, moderator) for _ in range(2)]
        hidden = await approved(bench, unit, moderator, Consent.COUNT)
        assert await incidents.relate(unit, moderator, one, two.ref) is two
        await incidents.relate(unit, moderator, hidden, one.ref)
        assert (await links.of_report(unit, one)).related == tuple(sorted((two.ref, hidden.ref)))
        assert {ref: found.related for ref, found in (await belongings(unit)).items()} == {
            one.ref: (two.ref,),
            two.ref: (one.ref,),
        }
        assert await incidents.part(unit, moderator, two, one.ref) is one
        assert (await links.of_report(unit, one)).related == (hidden.ref,)
        await withdrawal.withdraw(unit, hidden)
        assert await count(unit, RelatedReport) == 0
        async with statements(unit) as seen:
            await links.of_report(unit, one)
    assert len(seen) == 1
