"""Approval: the version that waits becomes what exports show."""

import hmac

from bot.errors import Refusal
from bot.services import audit
from bot.services.desk.decisions import closing, proposals
from bot.services.desk.publishing import versions
from bot.services.reports.states import Move, Status, VersionState, after
from bot.services.unit import Unit
from db.models import Moderator, PublicVersion, Report


async def approve(unit: Unit, moderator: Moderator, report: Report, proof: str) -> PublicVersion:
    """Make the version that waits what exports show. The version before it is destroyed, the claim ends.

    Decrypts nothing: `proof`, from its `proposal`, tells that it was shown and complete. Raises Refusal when the
    proof is that of another version or form, or the moderator does not hold the report.
    """
    found = await versions.of_report(unit, report, VersionState.PROPOSED, VersionState.APPROVED)
    version = proposals.waiting(report, found)
    if not hmac.compare_digest(proposals.proof_of(unit, report, version).encode(), proof.encode()):
        raise Refusal("moderator.approve.stale", {"ref": report.ref})
    closing.require_held(unit, moderator, report)
    to = after(Status(report.status), Move.APPROVE)
    await versions.replace(unit, [one for one in found if one.state == VersionState.APPROVED])
    version.state, version.current = VersionState.APPROVED, True
    version.approved_hour, version.moderator_id = unit.hour, moderator.id
    await closing.close(unit, report, to)
    await audit.record(unit, moderator.alias, "approve", report.ref, f"v{version.version}")
    return version
