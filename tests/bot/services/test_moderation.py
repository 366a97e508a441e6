"""A report among its moderators: queue, claims, the moves between states, edits, decisions, withdrawal."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from bot.errors import Refusal
from bot.form.answers import Chosen, FileKind, FileRef, Part, Written
from bot.form.draft import REVIEW
from bot.form.events import Show, Submit
from bot.services import claims, decisions, drafting, editing, intake, moderators, reading, versions
from bot.services.drafting import End, Filling
from bot.services.queue import claim_next, queue
from bot.services.states import MOVES, Move, Status, after
from bot.services.unit import Unit
from bot.services.versions import VersionState
from db.models import AuditEntry, DataKey, Draft, File, Moderator, OutboxRow, PublicVersion, Report
from tests.bench import Bench, count, opens, text

Act = Callable[[Bench, Unit, Moderator, Report], Awaitable[object]]


async def claimed(bench: Bench, unit: Unit, moderator: Moderator, report: Report) -> None:
    """The moderator holds the report."""
    del bench
    await claims.claim(unit, moderator, report)


async def approved(bench: Bench, unit: Unit, moderator: Moderator, report: Report) -> None:
    """The report has an approved version."""
    version = await bench.propose(unit, moderator, report)
    await decisions.approve(unit, moderator, report, version.version)


async def rejected(bench: Bench, unit: Unit, moderator: Moderator, report: Report) -> None:
    """The report is rejected."""
    await claims.claim(unit, moderator, report)
    await decisions.reject(unit, moderator, report, "spam")


async def withdrawn(bench: Bench, unit: Unit, moderator: Moderator, report: Report) -> None:
    """The reporter took it back."""
    del bench, moderator
    await intake.withdraw(unit, report)


async def new(bench: Bench, unit: Unit, moderator: Moderator, report: Report) -> None:
    """It waits."""
    del bench, unit, moderator, report


WAYS: Mapping[Status, Act] = {
    Status.NEW: new,
    Status.CLAIMED: claimed,
    Status.APPROVED: approved,
    Status.REJECTED: rejected,
    Status.WITHDRAWN: withdrawn,
}


async def approve_what_is_proposed(bench: Bench, unit: Unit, moderator: Moderator, report: Report) -> None:
    """Approve the version that waits, which every state has here."""
    del bench
    await decisions.approve(unit, moderator, report, 99)


DOINGS: Mapping[Move, Act] = {
    Move.CLAIM: claimed,
    Move.RELEASE: lambda _bench, unit, moderator, report: claims.release(unit, moderator, report),
    Move.APPROVE: approve_what_is_proposed,
    Move.REJECT: lambda _bench, unit, moderator, report: decisions.reject(unit, moderator, report, "false"),
    Move.REOPEN: lambda _bench, unit, moderator, report: claims.reopen(unit, moderator, report),
    Move.WITHDRAW: withdrawn,
}


async def add_proposal(unit: Unit, report: Report) -> None:
    """A complete proposed version number 99, whatever the state of the report."""
    from bot.services import vault  # noqa: PLC0415 - only here

    form = unit.forms["review"]
    answers = {
        "/review/title": text("Title"),
        "/review/summary": text("Summary"),
        "/review/kind": Chosen(("incident",)),
        "/review/violations": Chosen(("detention",)),
        "/review/violation_primary": Chosen(("detention",)),
        "/review/when": (await _told_when(unit)),
        "/review/region": Chosen(("KZ",)),
    }
    version = PublicVersion(
        id=vault.new_id(),
        report_id=report.id,
        version=99,
        current=False,
        state=VersionState.PROPOSED,
        data_key_id=vault.make_key(unit),
    )
    versions.write(unit, version, versions.Written(form.id, form.version, "ru", answers, {}))
    await unit.session.flush()
    unit.session.add(version)
    await unit.session.flush()


async def _told_when(unit: Unit) -> object:
    del unit
    from bot.form.answers import Precision, When  # noqa: PLC0415 - only here

    return When(Precision.MONTH, "2024-04")
