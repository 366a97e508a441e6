"""The states of a report and the moves between them: services make the moves of the table and no others."""

import secrets
from collections.abc import Awaitable, Callable, Mapping

import pytest

from bot.app import retention
from bot.desk.decisions import incidents
from bot.desk.decisions import service as decisions_service
from bot.errors import Refusal
from bot.form.answers import Answer, Chosen, Precision, When
from bot.publish import versions
from bot.reports import archive as archive_service
from bot.reports import claims, withdrawal
from bot.reports.archive import Reopening
from bot.reports.states import MOVES, Move, Status, VersionState, after
from bot.reports.talk import service as talk_service
from bot.store import vault
from bot.store.unit import UnitOfWork
from db.models import Incident, Moderator, PublicVersion, Report
from tests.bench import Bench, approve_proposal, text

Act = Callable[[UnitOfWork, Moderator, Report], Awaitable[object]]
PROPOSED: Mapping[str, Answer] = {
    "title": text("Title"),
    "summary": text("Summary"),
    "kind": Chosen(("incident",)),
    "violations": Chosen(("detention",)),
    "violation_primary": Chosen(("detention",)),
    "when": When(Precision.MONTH, "2024-04"),
    "region": Chosen(("KZ",)),
}
NUMBER = 99
OTHER = {"status": "new", "form": "incident", "form_version": "1", "language": "ru", "urgent": False}
"""What a report must have."""


async def add_proposal(unit: UnitOfWork, report: Report) -> None:
    """A complete proposed version, whatever the state of the report."""
    form = unit.forms["review"]
    version = PublicVersion(
        id=vault.new_id(),
        report_id=report.id,
        version=NUMBER,
        current=False,
        state=VersionState.PROPOSED,
        data_key_id=vault.make_key(unit),
    )
    answers = {f"/review/{name}": answer for name, answer in PROPOSED.items()}
    versions.write(
        unit,
        version,
        versions.VersionContent(form.id, form.version, "ru", answers, {}, consent=report.consent_use),
    )
    await unit.session.flush()
    unit.session.add(version)
    await unit.session.flush()


async def stay(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """Nothing happens."""


async def hold(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """The moderator claims it."""
    await claims.claim(unit, moderator, report)


async def approve(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """The moderator claims it and approves what is proposed."""
    await claims.claim(unit, moderator, report)
    await approve_proposal(unit, moderator, report)


async def reject(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """The moderator claims and rejects it."""
    await claims.claim(unit, moderator, report)
    await decisions_service.reject(unit, moderator, report, "spam")


async def withdraw(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """Its reporter takes it back."""
    await withdrawal.withdraw(unit, report)


async def expire(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """Nobody decided it in time."""
    retention.close(unit, report, Move.EXPIRE)


async def stand(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """Nobody decided anew in time what had been approved."""
    retention.close(unit, report, Move.STAND)


async def put_back(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """Nobody has written another version of what was approved."""
    for version in await versions.of_report(unit, report, VersionState.PROPOSED):
        version.state = VersionState.APPROVED
    await claims.release(unit, moderator, report)


async def endorse(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """The moderator approves what is proposed, and another has to."""
    unit.settings = unit.settings.model_copy(update={"approvals": 2})
    try:
        await approve_proposal(unit, moderator, report)
    finally:
        unit.settings = unit.settings.model_copy(update={"approvals": 1})


async def set_aside(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """A question waits for an answer, and the moderator does too."""
    report.waits = True
    await decisions_service.set_aside(unit, moderator, report)


async def need_info(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """The moderator claims it and waits for an answer."""
    await claims.claim(unit, moderator, report)
    await set_aside(unit, moderator, report)


async def resume(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """Its reporter answers, or never did."""
    talk_service.resume(report)


async def duplicate(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """It repeats another report."""
    other = await another(unit)
    await decisions_service.close_as_duplicate(unit, moderator, report, other.ref)


async def take_back(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """The moderator withdraws it."""
    await decisions_service.withdraw(unit, moderator, report, "danger")


async def revive(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """What it repeats is withdrawn."""
    report.status = after(Status(report.status), Move.REVIVE)


async def decide(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """The moderator decides it, and can undo that."""
    unit.settings = unit.settings.model_copy(update={"undo_minutes": 10})
    try:
        await decisions_service.decide(unit, moderator, report, Move.REJECT, "spam")
    finally:
        unit.settings = unit.settings.model_copy(update={"undo_minutes": 0})


async def hold_and_decide(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """The moderator claims it and decides."""
    await claims.claim(unit, moderator, report)
    await decide(unit, moderator, report)


async def undo(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """The moderator takes the decision back."""
    await decisions_service.undo(unit, moderator, report.ref)


WAYS: Mapping[Status, Act] = {
    Status.NEW: stay,
    Status.CLAIMED: hold,
    Status.UNDOABLE: hold_and_decide,
    Status.NEEDS_INFO: need_info,
    Status.APPROVED: approve,
    Status.REJECTED: reject,
    Status.WITHDRAWN: withdraw,
    Status.EXPIRED: expire,
}


async def another(unit: UnitOfWork) -> Report:
    """Another report."""
    ref = f"R{secrets.token_hex(3)[:5].upper()}"
    other = Report(**OTHER, id=vault.new_id(), ref=ref, submitted_hour=unit.hour)
    unit.session.add(other)
    await unit.session.flush()
    return other


async def join(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """It is of the same event as another."""
    await incidents.join(unit, moderator, report, (await another(unit)).ref)


async def leave(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """It is not of its incident."""
    report.incident_id = incident_id = vault.new_id()
    unit.session.add(Incident(id=incident_id, ref=f"E{incident_id[:5].upper()}", hour=unit.hour))
    await unit.session.flush()
    await incidents.leave(unit, moderator, report)


async def relate(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """It is related to another."""
    await incidents.relate(unit, moderator, report, (await another(unit)).ref)


async def bring_back(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """It comes back from the sealed archive."""
    await archive_service.bring_back(unit, Reopening(report, {}))


DOINGS: Mapping[Move, Act] = {
    Move.BRING_BACK: bring_back,
    Move.CLAIM: claims.claim,
    Move.RELEASE: claims.release,
    Move.HAND_OVER: lambda unit, mine, report: claims.hand_over(unit, mine, report, mine),
    Move.PUT_BACK: put_back,
    Move.DECIDE: decide,
    Move.UNDO: undo,
    Move.APPROVE: approve_proposal,
    Move.ENDORSE: endorse,
    Move.REJECT: lambda unit, moderator, report: decisions_service.reject(unit, moderator, report, "false"),
    Move.SET_ASIDE: set_aside,
    Move.RESUME: resume,
    Move.CLOSE_AS_DUPLICATE: duplicate,
    Move.TAKE_BACK: take_back,
    Move.REVIVE: revive,
    Move.JOIN: join,
    Move.LEAVE: leave,
    Move.RELATE: relate,
    Move.CORRECT: claims.correct,
    Move.REOPEN: claims.reopen,
    Move.WITHDRAW: withdraw,
    Move.EXPIRE: expire,
    Move.STAND: stand,
}


@pytest.mark.parametrize("status", Status)
async def test_the_services_make_the_moves_of_the_table_and_no_others(bench: Bench, status: Status) -> None:
    """Each move from each state ends where the table says, or is refused and changes nothing."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for move in Move:
            report = (await bench.submit(unit)).report
            await add_proposal(unit, report)
            await WAYS[status](unit, moderator, report)
            assert report.status == status
            to = MOVES.get((status, move))
            if (status, move) == (Status.CLAIMED, Move.CLAIM):
                to = Status.CLAIMED  # one's own claim is only made longer
            if to is None:
                with pytest.raises(Refusal):
                    await DOINGS[move](unit, moderator, report)
            else:
                await DOINGS[move](unit, moderator, report)
            await unit.session.flush()
            await unit.session.refresh(report)
            assert report.status == (to or status), move


def test_a_move_that_is_not_in_the_table_says_where_the_report_stands() -> None:
    """The refusal's text is that of the state."""
    with pytest.raises(Refusal, match=r"^state\.is_withdrawn$"):
        after(Status.WITHDRAWN, Move.REOPEN)
