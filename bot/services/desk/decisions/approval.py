"""Approval: the waiting version becomes public once enough moderators have approved it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.errors import Refusal
from bot.services import audit, shown
from bot.services.desk import claims
from bot.services.desk.decisions import closing, proposals
from bot.services.desk.publishing import versions
from bot.services.reports import announcements, approvals
from bot.services.reports.states import Move, Status, VersionState, after
from bot.services.unit import Unit
from db.models import Moderator, PublicVersion, Report


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of an approval. The version is public once `given` reaches `needed`, in place of those of
    `replaces`."""

    version: PublicVersion
    given: int
    needed: int
    replaces: Sequence[PublicVersion] = ()

    @property
    def is_public(self) -> bool:
        return self.given >= self.needed


async def require_new(unit: Unit, moderator: Moderator, report: Report, proof: str) -> None:
    """Raise Refusal for a moderator who already approved the version shown, before they claim a report that
    waits for others."""
    if report.approvals:
        version = proposals.waiting(report, await versions.of_report(unit, report, VersionState.PROPOSED))
        _require_new(moderator, report, await approvals.given(unit, version, proof))


def _require_new(moderator: Moderator, report: Report, others: Collection[Moderator]) -> None:
    if moderator in others:
        raise Refusal("moderator.approve.again", {"ref": report.ref})


async def outcome(unit: Unit, moderator: Moderator, report: Report, proof: str) -> Outcome:
    """Check an approval of the waiting version. Changes and decrypts nothing.

    `proof`, from its `proposal`, shows that the version was shown, complete, and how many approvals it needs.

    Raises Refusal when:
    - the proof belongs to another version or form,
    - the moderator does not hold the report, or has approved before,
    - words of the reporter are unread.
    """
    found = await versions.of_report(unit, report, VersionState.PROPOSED, VersionState.APPROVED)
    version = proposals.waiting(report, found)
    needed = approvals.needed_by(unit, report, version, proof)
    if needed is None:
        raise Refusal("moderator.approve.stale", {"ref": report.ref})
    closing.require_held(unit, moderator, report)
    others = await approvals.given(unit, version, proof) if needed > 1 else ()
    _require_new(moderator, report, others)
    closing.require_read(report)
    public = [one for one in found if one.state == VersionState.APPROVED]
    return Outcome(version, len(others) + 1, needed, public)


async def approve(unit: Unit, moderator: Moderator, report: Report, proof: str) -> Outcome:
    """Approve the waiting version and end the claim. The version becomes public, or waits for more
    approvals. Raises Refusal as `outcome` does."""
    found = await outcome(unit, moderator, report, proof)
    if found.is_public:
        await versions.replace(unit, found.replaces)
        await _publish(unit, moderator, report, found.version)
    else:
        await approvals.add(unit, moderator, report, found.version, proof, found.given - 1)
        await _hand_on(unit, moderator, report, found)
    return found


async def _publish(unit: Unit, moderator: Moderator, report: Report, version: PublicVersion) -> None:
    to = after(Status(report.status), Move.APPROVE)
    version.state, version.current = VersionState.APPROVED, True
    version.approved_hour, version.moderator_id = unit.hour, moderator.id
    version.consent = report.consent_use
    await approvals.void(unit, report)
    await closing.close(unit, report, to)
    await audit.record(unit, moderator.alias, "approve", report.ref, f"v{version.version}")


async def _hand_on(unit: Unit, moderator: Moderator, report: Report, found: Outcome) -> None:
    report.status = after(Status(report.status), Move.ENDORSE)
    report.moderator_id = report.claimed_until_hour = None
    announcements.came_back(unit, report)
    await claims.drop_edits(unit, report)
    shown.end(unit, report.id)
    told = f"v{found.version.version} {found.given}/{found.needed}"
    await audit.record(unit, moderator.alias, "endorse", report.ref, told)
