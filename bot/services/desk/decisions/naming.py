"""Names in a version whose reporter agreed to publication without names: it is not approved before they are taken out, or a
moderator has said that they are nobody's whom the report concerns."""

import hmac
from collections.abc import Sequence

from bot.errors import Refusal
from bot.safety.personal_data.finding import Kind
from bot.services import audit
from bot.services.desk.decisions import closing
from bot.services.desk.decisions.proposals import Proposal
from bot.services.desk.publishing.giveaways import Giveaway
from bot.services.reports import approvals
from bot.services.unit import Unit
from db.models import Moderator, Report


def names_among(found: Sequence[Giveaway]) -> tuple[Giveaway, ...]:
    """The names among what was found."""
    return tuple(one for one in found if one.kind is Kind.NAME)


def proof_of(unit: Unit, proposal: Proposal, names: Sequence[Giveaway]) -> str:
    """What `disclaim` asks for: a keyed hash of just these names in this version."""
    return approvals.keyed(unit, "\x1f".join((proposal.proof, *(one.words for one in names))))


async def disclaim(
    unit: Unit,
    moderator: Moderator,
    report: Report,
    proposal: Proposal,
    names: Sequence[Giveaway],
    proof: str,
) -> None:
    """A moderator says that these names are nobody's whom the report concerns. Raises Refusal when the proof is that of other
    names or of another version, or the moderator does not hold the report."""
    if not hmac.compare_digest(proof_of(unit, proposal, names).encode(), proof.encode()):
        raise Refusal("moderator.approve.stale", {"ref": report.ref})
    closing.require_held(unit, moderator, report)
    await audit.record(unit, moderator.alias, "disclaim_names", report.ref, f"v{proposal.version.version}")
