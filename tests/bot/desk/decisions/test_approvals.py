"""Several moderators approve what one alone must not: each once, and all of them the same version."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.desk.card import service as card_service
from bot.desk.decisions import service as decisions_service
from bot.desk.decisions.service import Outcome
from bot.desk.people import service as people_service
from bot.desk.queue.service import claim_next
from bot.errors import Refusal
from bot.form.answers import Answer, Chosen
from bot.reports import approvals, claims, withdrawal
from bot.reports.receipts import service as receipts_service
from bot.reports.states import Status
from bot.store import drafting
from bot.store.unit import REPORT_FORM, REVIEW_FORM, UnitOfWork
from db.models import Approval, AuditEntry, Moderator, PublicVersion, Report
from tests.bench import TOLD, Bench, count, text


@pytest.fixture
def strict(bench: Bench) -> Bench:
    """A bench with the settings as they come: two moderators where somebody is named."""
    bench.settings = bench.settings.model_copy(update={"approvals_named": 2})
    return bench


async def named(bench: Bench, unit: UnitOfWork) -> Report:
    """A report that names somebody."""
    filling = await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru")
    answers = {filling.form.by_role[role].path: answer for role, answer in TOLD.items()}
    answers["/incident/report/depth"] = Chosen(("full",))
    affected: dict[str, Answer] = {
        "affected_role": text("a journalist"),
        "affected_groups": Chosen(("journalist",)),
        "affected_number": Chosen(("1",)),
        "affected_name_ok": Chosen(("agreed",)),
        "affected_name": text("Gulnara Planted"),
    }
    answers |= {f"/incident/report/affected[1]/{name}": answer for name, answer in affected.items()}
    counts = {"/incident/report/affected": 1}
    filling.draft = replace(filling.draft, answers=answers, counts=counts)
    drafting.save(unit, filling)
    return (await receipts_service.submit(unit, filling)).report


async def approve(unit: UnitOfWork, moderator: Moderator, report: Report) -> Outcome:
    """The moderator claims it, looks and approves."""
    await claims.claim(unit, moderator, report)
    return await decisions_service.approve(
        unit, moderator, report, (await decisions_service.proposal(unit, report)).proof
    )


async def public(unit: UnitOfWork) -> Sequence[int]:
    """The numbers of the versions that are public."""
    return (await unit.session.scalars(select(PublicVersion.version).where(PublicVersion.current))).all()


async def test_where_somebody_is_named_two_moderators_approve(strict: Bench) -> None:
    """After the first nothing is public and the report waits for anybody else; nobody counts twice, and nothing is left of who approved
    but the log."""
    async with strict.write() as unit:
        first, second = [await strict.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        report = await named(strict, unit)
        await strict.propose(unit, first, report)
        assert (await decisions_service.proposal(unit, report)).needed == 2
        outcome = await approve(unit, first, report)
        assert (outcome.given, outcome.needed, outcome.is_public) == (1, 2, False)
        assert (report.status, report.approvals, report.moderator_id) == (Status.NEW, 1, None)
        assert await claim_next(unit, first) is None
        with pytest.raises(Refusal, match=r"approve\.again"):
            await approve(unit, first, report)
        await claims.release(unit, first, report)
        assert await public(unit) == []
        assert await claim_next(unit, second) is report
        assert (await decisions_service.proposal(unit, report)).given == ("Aspan",)
        assert (await approve(unit, second, report)).is_public
        assert (await public(unit), report.status, report.approvals) == ([1], Status.APPROVED, 0)
        assert await count(unit, Approval) == 0
        told = select(AuditEntry.actor, AuditEntry.act, AuditEntry.detail).order_by(AuditEntry.id)
        acts = [tuple(row) for row in await unit.session.execute(told) if row.act in {"endorse", "approve"}]
    assert acts == [("Aspan", "endorse", "v1 1/2"), ("Teniz", "approve", "v1")]


async def test_a_version_that_names_nobody_takes_one(strict: Bench) -> None:
    """Unless the operator wants more for every record: then never fewer where somebody is named."""
    async with strict.write() as unit:
        moderator = await strict.moderator(unit)
        plain = (await strict.submit(unit)).report
        await strict.propose(unit, moderator, plain)
        assert (await approve(unit, moderator, plain)).is_public
        unit.settings = unit.settings.model_copy(update={"approvals": 3})
        for report in ((await strict.submit(unit)).report, await named(strict, unit)):
            await strict.propose(unit, moderator, report)
            assert (await approve(unit, moderator, report)).needed == 3


async def test_whatever_changes_begins_anew(strict: Bench) -> None:
    """Another version, a revoked moderator and other settings: no approval outlives what it was given to."""
    async with strict.write() as unit:
        people = [await strict.moderator(unit, alias) for alias in ("Aspan", "Teniz", "Bulak")]
        first, second, third = people
        report = await named(strict, unit)
        await strict.propose(unit, first, report)
        await approve(unit, first, report)
        await strict.propose(unit, second, report)
        assert (report.approvals, await count(unit, Approval)) == (0, 0)
        assert not (await approve(unit, second, report)).is_public
        await people_service.revoke(unit, "Teniz")
        assert not (await approve(unit, third, report)).is_public
        await claims.claim(unit, first, report)
        shown = await decisions_service.proposal(unit, report)
        assert shown.given == ("Bulak",)
        unit.settings = unit.settings.model_copy(update={"approvals_named": 3})
        with pytest.raises(Refusal, match=r"approve\.stale"):
            await decisions_service.approve(unit, first, report, shown.proof)
        assert await public(unit) == []


@pytest.mark.parametrize("change", ["form", "number"])
async def test_what_was_approved_under_other_terms_counts_nowhere(strict: Bench, change: str) -> None:
    """Neither on the card nor in lists; whoever approved it gets it again from the queue, and approves it as one of as many as are needed."""
    async with strict.write() as unit:
        first, second = [await strict.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        report = await named(strict, unit)
        await strict.propose(unit, first, report)
        await approve(unit, first, report)
        card = await card_service.card(unit, report)
        assert [one.alias for one in card.votes.given] == ["Aspan"]
        if change == "form":
            changed = replace(unit.forms[REVIEW_FORM], version="another")
            unit.forms = {**unit.forms, REVIEW_FORM: changed}
        else:
            unit.settings = unit.settings.model_copy(update={"approvals": 2, "approvals_named": 3})
        assert (await card_service.card(unit, report)).votes.given == []
        assert not (await approvals.votes(unit, [report])).get(report.id)
        assert await claim_next(unit, first) is report
        outcome = await approve(unit, first, report)
        assert (outcome.given, outcome.is_public) == (1, False)
        assert (report.approvals, await count(unit, Approval)) == (1, 1)
        assert await claim_next(unit, first) is None
        assert await claim_next(unit, second) is report


async def test_a_proof_from_before_does_not_make_fewer_enough(strict: Bench) -> None:
    """As many as were needed of a record with names can be those that are needed of others now."""
    async with strict.write() as unit:
        moderator = await strict.moderator(unit)
        report = await named(strict, unit)
        await strict.propose(unit, moderator, report)
        shown = await decisions_service.proposal(unit, report)
        unit.settings = unit.settings.model_copy(update={"approvals": 2, "approvals_named": 3})
        with pytest.raises(Refusal, match=r"approve\.stale"):
            await decisions_service.approve(unit, moderator, report, shown.proof)


async def test_an_older_approval_of_another_is_not_counted_beside_a_new_one(strict: Bench) -> None:
    """It is gone, and nobody who is revoked afterwards takes the new one with them."""
    async with strict.write() as unit:
        first, second = [await strict.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        report = await named(strict, unit)
        await strict.propose(unit, first, report)
        await approve(unit, first, report)
        unit.settings = unit.settings.model_copy(update={"approvals_named": 3})
        assert (await approve(unit, second, report)).given == 1
        assert (report.approvals, await count(unit, Approval)) == (1, 1)
        await people_service.revoke(unit, "Aspan")
        assert report.approvals == 1


@pytest.mark.parametrize("end", ["reject", "withdraw"])
async def test_nothing_of_an_approval_outlasts_the_report(strict: Bench, end: str) -> None:
    """Rejected or withdrawn, nobody is known to approve it."""
    async with strict.write() as unit:
        moderator = await strict.moderator(unit)
        report = await named(strict, unit)
        await strict.propose(unit, moderator, report)
        await approve(unit, moderator, report)
        await claims.claim(unit, moderator, report)
        if end == "reject":
            await decisions_service.reject(unit, moderator, report, "harmful")
        else:
            await withdrawal.withdraw(unit, report)
        assert (report.approvals, await count(unit, Approval)) == (0, 0)


async def test_whoever_comes_back_approves_nothing_by_what_they_approved_before(strict: Bench) -> None:
    """Their phone may have been in other hands, and they may have come back to another work."""
    async with strict.write() as unit:
        first, second = [await strict.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        report = await named(strict, unit)
        await strict.propose(unit, first, report)
        await approve(unit, first, report)
        await people_service.revoke(unit, "Aspan")
        assert (report.approvals, await count(unit, Approval)) == (0, 0)
        await people_service.open_invite(unit, await people_service.invite(unit, "analyst"), first.chat_hash)
        await people_service.enrol(unit, first.chat_hash, 5, "Aspan", "ru")
        assert not (await approve(unit, second, report)).is_public
