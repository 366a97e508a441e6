"""Proposals: the version of a report that waits for approval, and the proof that it was shown."""

import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import Refusal
from bot.form.flow.filled.instance import Instance
from bot.form.model import Question
from bot.safety.personal_data.words import Kind
from bot.services import audit
from bot.services.desk.decisions import closing
from bot.services.desk.publishing import own_words, versions
from bot.services.desk.publishing.giveaways import Giveaway
from bot.services.desk.publishing.own_words import OwnWords
from bot.services.desk.publishing.versions import VersionContent
from bot.services.reports import approvals
from bot.services.reports.states import VersionState
from bot.services.unit import REVIEW_FORM, Unit
from db.models import Moderator, PublicVersion, Report

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A complete version that waits for approval. `proof` (16 hexadecimal digits) is what `approve` asks for: only
    whoever was shown this version as complete under the review form of today has it. `words` are the reporter's own that
    are left out, since nobody has confirmed them. `needed` moderators have to approve it; `given` are the aliases of those who do."""

    version: PublicVersion
    content: VersionContent
    proof: str
    words: tuple[OwnWords, ...] = ()
    needed: int = 1
    given: tuple[str, ...] = ()


async def proposal(unit: Unit, report: Report) -> Proposal:
    """The version that waits for approval, to be shown before it; raises Refusal when there is none, it lacks something,
    it is too old to tell its consent, or the consent in the clear is not the one sealed with it. This is the one place where an approval decrypts and validates."""
    version = waiting(report, await versions.of_report(unit, report, VersionState.PROPOSED))
    content = await versions.legible(unit, version)
    if content is None:
        log.error("report %s: the version that waits is damaged: it can be written anew", report.ref)
        raise Refusal("moderator.approve.damaged", {"ref": report.ref})
    if content.consent == versions.TOO_OLD:
        raise Refusal("moderator.approve.too_old", {"ref": report.ref})
    if content.consent != report.consent_use:
        log.error(
            "report %s: the consent in the database is not the one that was sealed: not approved", report.ref
        )
        raise Refusal("moderator.approve.consent_differs", {"ref": report.ref})
    if missing(unit, content):
        raise Refusal("moderator.approve.incomplete", {"ref": report.ref})
    needed = approvals.needed(unit, named=content.named)
    proof = approvals.proof_of(unit, report, version, named=content.named)
    given = await approvals.given(unit, version, proof) if report.approvals else ()
    return Proposal(
        version,
        content,
        proof,
        own_words.unconfirmed(unit.forms[REVIEW_FORM], content),
        needed,
        tuple(one.alias for one in given),
    )


def waiting(report: Report, found: Sequence[PublicVersion]) -> PublicVersion:
    """The version among these that waits for approval; raises Refusal when there is none."""
    for version in found:
        if version.state == VersionState.PROPOSED and version.data_key_id and version.content:
            return version
    raise Refusal("moderator.approve.nothing", {"ref": report.ref})


def words_proof(unit: Unit, found: Proposal, words: Sequence[OwnWords]) -> str:
    """What `confirm_words` asks for: a keyed hash of just these words in this version."""
    return approvals.keyed(unit, ":".join((found.version.id, *(f"{one.path}={one.digest}" for one in words))))


async def confirm_words(
    unit: Unit, moderator: Moderator, report: Report, found: Proposal, words: Sequence[OwnWords], proof: str
) -> None:
    """Let words of a proposal be public once it is approved. Raises Refusal when the proof is that of other words, or the
    moderator does not hold the report."""
    if not words or not hmac.compare_digest(words_proof(unit, found, words).encode(), proof.encode()):
        raise Refusal("moderator.approve.stale", {"ref": report.ref})
    closing.require_held(unit, moderator, report)
    await own_words.confirm(unit, moderator, report, found.version, found.content, words)


def missing(unit: Unit, content: VersionContent) -> tuple[str, ...]:
    """The instance paths of what the review form, as it is today, requires and the version lacks."""
    instance = Instance(unit.forms[REVIEW_FORM], content.answers, content.counts, unit.now)
    return tuple(
        path
        for path in instance.order()
        if isinstance(instance.node(path), Question)
        and instance.required(path)
        and instance.answer(path) is None
    )


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
