"""Decisions: a proposed version is approved for the public, or a report is rejected with a reason."""

from bot.errors import Refusal
from bot.form.flow.instance import Instance
from bot.form.model import Question
from bot.services import audit
from bot.services.desk import claims, versions
from bot.services.desk.versions import VersionContent, VersionState
from bot.services.reports.states import Move, Status, after
from bot.services.unit import REVIEW_FORM, Unit
from db.models import Moderator, PublicVersion, Report

REASONS = ("duplicate", "not_in_scope", "not_enough", "false", "harmful", "spam")
"""Why a report can be rejected; the texts are `moderator.reason.<code>`."""


async def proposal(unit: Unit, report: Report) -> tuple[PublicVersion, VersionContent]:
    """The version that waits for approval; raises Refusal when there is none or something is missing."""
    for version in await versions.of_report(unit, report, VersionState.PROPOSED):
        written = await versions.written(unit, version)
        if written is not None:
            if missing(unit, written):
                raise Refusal("moderator.approve.incomplete", {"ref": report.ref})
            return version, written
    raise Refusal("moderator.approve.nothing", {"ref": report.ref})


def missing(unit: Unit, written: VersionContent) -> tuple[str, ...]:
    """The instance paths of what the review form, as it is today, requires and the version lacks."""
    instance = Instance(unit.forms[REVIEW_FORM], written.answers, written.counts, unit.now)
    return tuple(
        path
        for path in instance.order()
        if isinstance(instance.node(path), Question)
        and instance.required(path)
        and instance.answer(path) is None
    )


async def approve(unit: Unit, moderator: Moderator, report: Report, number: int) -> PublicVersion:
    """Make this version what exports show. The version before it is destroyed, the claim ends.

    The moderator must hold the report; raises Refusal when `number` is no longer the proposed version.
    """
    version, _ = await proposal(unit, report)
    if version.version != number:
        raise Refusal("moderator.approve.stale", {"ref": report.ref})
    _must_hold(unit, moderator, report)
    to = after(Status(report.status), Move.APPROVE)
    await versions.replace(unit, await versions.of_report(unit, report, VersionState.APPROVED))
    version.state, version.current = VersionState.APPROVED, True
    version.approved_hour, version.moderator_id = unit.hour, moderator.id
    await _close(unit, report, to)
    await audit.record(unit, moderator.alias, "approve", report.ref, f"v{number}")
    return version


async def reject(unit: Unit, moderator: Moderator, report: Report, reason: str) -> None:
    """Close a report with a reason of REASONS; what was public of it is public no more. The moderator must
    hold it. Raises Refusal otherwise."""
    if reason not in REASONS:
        raise Refusal("moderator.reject.reason")
    to = after(Status(report.status), Move.REJECT)
    _must_hold(unit, moderator, report)
    await versions.replace(unit, await versions.of_report(unit, report, VersionState.APPROVED))
    report.reject_reason = reason
    await _close(unit, report, to)
    await audit.record(unit, moderator.alias, "reject", report.ref, reason)


def _must_hold(unit: Unit, moderator: Moderator, report: Report) -> None:
    if not claims.holds(unit, moderator, report):
        raise Refusal("moderator.not_held", {"ref": report.ref})


async def _close(unit: Unit, report: Report, to: Status) -> None:
    report.status, report.closed_hour = to, unit.hour
    report.moderator_id = report.claimed_until_hour = None
    await claims.drop_edits(unit, report)
